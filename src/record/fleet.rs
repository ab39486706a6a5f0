//! Which repositories a ledger has, and when each was scanned last (rules M16, M17).
//!
//! An inventory asks for all of them, while every other figure is of the repository that is
//! judged: of the others nothing is replayed, and no finding is looked at.

use std::collections::BTreeMap;

use super::Record;
use super::canonical::{Object, Value};
use super::union::Union;
use crate::model::history::FleetScan;
use crate::model::{Class, UntrustedText};

/// The last admitted scans of every repository, by repository and class.
pub(super) fn last_scans(union: &Union) -> Vec<FleetScan> {
    let mut last: BTreeMap<(String, Class), FleetScan> = BTreeMap::new();
    for record in union.standing() {
        let findings = record.body().get("findings").and_then(Value::as_object);
        let streams = findings.map_or(&[][..], |findings| findings.list("streams"));
        for scan in streams
            .iter()
            .filter_map(|stream| admitted(record, stream.as_object()?))
        {
            let of = (scan.repository.clone(), scan.class);
            match last.get_mut(&of) {
                Some(known) => {
                    known.history_at = known.history_at.max(scan.history_at);
                    if known.at <= scan.at {
                        // A renamed repository goes by its last name.
                        *known = FleetScan {
                            history_at: known.history_at,
                            ..scan
                        };
                    }
                }
                None => {
                    last.insert(of, scan);
                }
            }
        }
    }
    last.into_values().collect()
}

/// One scan of a record, if it was admitted and can be read.
fn admitted(record: &Record, stream: &Object) -> Option<FleetScan> {
    let is_admitted = stream.get("admitted").and_then(Value::as_bool)?;
    let of_history = stream.get("of_history").and_then(Value::as_bool);
    let class = Class::from_word(stream.text("class")?)?;
    let repository = record.repository();
    is_admitted.then(|| FleetScan {
        repository: record.repository_key().to_owned(),
        name: UntrustedText::new(repository.name),
        host: UntrustedText::new(repository.host),
        class,
        at: record.at(),
        history_at: of_history.unwrap_or(false).then(|| record.at()),
    })
}
