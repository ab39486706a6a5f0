//! What other tools were told (rule K36): `sync` records, so that nothing is sent twice.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::canonical::{Object, Value};
use super::{Digest, Draft, Idem, Kind, Record, RecordId, Repository, Union};

/// A figure that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// `objective/key-result`.
    pub key_result: String,
    /// The record that the figure rests on; `None` if it rests on none.
    pub record: Option<RecordId>,
    /// The figure as it was sent.
    pub value: String,
    /// False if nobody can tell whether it arrived.
    pub arrived: bool,
}

/// Where figures are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// `http` or `tability`.
    pub name: &'static str,
    /// The digest of the address: another one is another place, which knows nothing yet.
    pub place: Digest,
}

/// Every figure that went to a destination, by key result. Whether one was sent depends on no
/// order (rule R3).
pub fn sent_before(
    union: &Union,
    repository: &str,
    destination: &Destination,
) -> BTreeMap<String, Vec<Sent>> {
    let place = destination.place.to_string();
    let of_it = |record: &&Record| {
        record.kind() == Kind::Sync
            && record.repository_key() == repository
            && record.idem().text("destination") == Some(destination.name)
            && record.idem().text("place") == Some(&place)
    };
    let mut before: BTreeMap<String, Vec<Sent>> = BTreeMap::new();
    for record in union.records.iter().filter(of_it) {
        let rows = record.body().get("sent").and_then(Value::as_list);
        for row in rows.into_iter().flatten().filter_map(Value::as_object) {
            let (Some(key_result), Some(value)) = (row.text("kr"), row.text("value")) else {
                continue;
            };
            let sent = Sent {
                key_result: key_result.to_owned(),
                record: row.text("record").and_then(RecordId::parse),
                value: value.to_owned(),
                arrived: row.text("outcome") == Some("sent"),
            };
            before.entry(key_result.to_owned()).or_default().push(sent);
        }
    }
    before
}

/// The record of what was sent in one go.
pub fn draft(
    destination: &Destination,
    sent: &[Sent],
    (repository, parents): (Repository, Vec<RecordId>),
    at: Timestamp,
) -> Draft {
    let rows: Vec<Value> = sent
        .iter()
        .map(|sent| {
            let mut row = Object::new()
                .with("kr", sent.key_result.as_str())
                .with("value", sent.value.as_str())
                .with("outcome", if sent.arrived { "sent" } else { "unsure" });
            row.set_some("record", sent.record.map(|record| record.to_string()));
            Value::from(row)
        })
        .collect();
    let list = Object::new().with("sent", rows.clone());
    Draft {
        repository,
        idem: Idem::Sync {
            destination: destination.name.to_owned(),
            place: destination.place.to_string(),
            sent: Digest::of(list.canonical().as_bytes()).to_string(),
        },
        at,
        parents: Some(parents),
        fields: Object::new().with("sent", rows),
    }
}
