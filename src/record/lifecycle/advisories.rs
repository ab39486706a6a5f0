//! When advisories were published, as `data.advisories` says (rules L20, M8).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::Figures;
use crate::policy::Policy;

/// Days or moments of advisories, by id in lower case.
#[derive(Debug, Clone, Default)]
pub struct Advisories(BTreeMap<String, Timestamp>);

impl Advisories {
    /// What the file says that the policy names: its columns are `id` and `published`. A row
    /// without a date that can be read says nothing. How old the file is does not matter: what
    /// was published once stays so.
    pub fn of(policy: &Policy, figures: &Figures) -> Self {
        let mut dates = BTreeMap::new();
        let source = policy.data.advisories.as_ref();
        let file = source.and_then(|source| figures.file(&source.file, source.of_run()));
        let content = file.and_then(|file| file.content.as_ref().ok());
        let Some(table) = content.and_then(|content| content.table.as_ref()) else {
            return Self::default();
        };
        let (Some(id), Some(published)) = (table.column("id"), table.column("published")) else {
            return Self::default();
        };
        let zone = policy.time_zone();
        for row in &table.rows {
            let moment = row.cell(published).and_then(|text| moment(text, &zone));
            if let (Some(id), Some(moment)) = (row.cell(id), moment) {
                let first = dates.entry(id.to_ascii_lowercase()).or_insert(moment);
                *first = moment.min(*first);
            }
        }
        Self(dates)
    }

    /// When the first of these ids was published.
    pub(super) fn published<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Option<Timestamp> {
        let dates = ids.filter_map(|id| self.0.get(&id.to_ascii_lowercase()));
        dates.min().copied()
    }
}

/// A moment, or the begin of a day.
fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let day: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    zone.to_timestamp(day.at(0, 0, 0, 0)).ok()
}
