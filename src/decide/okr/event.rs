//! What other OKR tools are told of a key result (rule K36).

use jiff::Timestamp;

use super::progress::KeyResultProgress;
use crate::model::Quantity;
use crate::policy::Unit;

/// The one event that goes out, whatever the tool. Sending it is not this room's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressEvent {
    /// The key result as the other tool knows it: always `objective/key-result`.
    pub external_id: String,
    /// The figure as people read it in its unit, without the unit: percent, days, a count.
    pub value: Quantity,
    /// When it was judged.
    pub at: Timestamp,
    /// How sure a person is, 0 to 1, if one said so and that is not stale.
    pub confidence: Option<Quantity>,
    /// One line in krgate's own words.
    pub comment: String,
    /// Where to read more.
    pub url: Option<String>,
}

/// The name of a key result in other tools.
pub fn external_id(objective: &str, key_result: &str) -> String {
    format!("{objective}/{key_result}")
}

impl ProgressEvent {
    /// The event of a key result; `None` while its figure is unknown or stale.
    pub fn of(key_result: &KeyResultProgress, url: Option<String>) -> Option<Self> {
        let figure = key_result.figure;
        let value = figure.value.filter(|_| !figure.stale)?;
        Some(Self {
            external_id: key_result.record_name.clone(),
            value: in_unit(value, key_result.unit),
            at: figure.at?,
            confidence: key_result
                .confidence
                .filter(|confidence| !confidence.stale)
                .map(|confidence| confidence.value),
            comment: format!(
                "{} ({}), target {}",
                key_result.unit.show(value),
                figure.verdict,
                key_result.unit.show_target(&key_result.target)
            ),
            url,
        })
    }
}

/// The figure in the unit that it is shown in.
fn in_unit(value: Quantity, unit: Unit) -> Quantity {
    let per = match unit {
        Unit::Percent => Quantity::ratio(1, 100),
        Unit::Duration("d") => Some(Quantity::whole(86_400)),
        Unit::Duration("h") => Some(Quantity::whole(3_600)),
        Unit::Duration("min") => Some(Quantity::whole(60)),
        _ => None,
    };
    per.and_then(|per| value.over(per)).unwrap_or(value)
}
