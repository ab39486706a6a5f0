//! Measures over the history.

use super::measure::{distinct, unit_of_count};
use super::{Reader, figures, is_true};
use crate::model::{Class, ClassSet, Severity};
use crate::policy::node::Node;
use crate::policy::{
    Begin, Cost, Filter, FreshnessOf, IfNone, Measure, PastKind, PastMeasure, Statistic, Unit,
    Until, scalar,
};

const DAY: u64 = 86_400;

impl Reader<'_> {
    /// A measure of the ledger, if it is one.
    pub(super) fn past(
        &mut self,
        name: &str,
        own: &Node,
        target: Option<&str>,
    ) -> Option<(Measure, Unit)> {
        let (kind, unit) = match name {
            "freshness" => {
                self.one_of(own, &["class", "event"], "`freshness`");
                (freshness(own), Unit::Duration("d"))
            }
            "coverage" => (coverage(own), Unit::Percent),
            "friction" => {
                let unit = self.friction(own);
                (friction(own), unit)
            }
            _ => over_findings(name, own)?,
        };
        let filter = if matches!(name, "freshness" | "coverage" | "friction") {
            Filter::default()
        } else {
            self.filter(own)
        };
        let unit = match unit {
            Unit::Findings => unit_of_count(&filter, distinct(own)),
            // A length of time is shown in the unit that the target names.
            Unit::Duration(unit) => Unit::Duration(match target.map(scalar::target) {
                Some(Ok(written)) => figures::unit_written(written).unwrap_or(unit),
                _ => unit,
            }),
            unit => unit,
        };
        let past = PastMeasure {
            filter,
            distinct: distinct(own),
            unit,
            kind: kind?,
        };
        Some((Measure::Past(Box::new(past)), unit))
    }
}

/// The measures with a filter; the outer `None` is for any other name.
fn over_findings(name: &str, own: &Node) -> Option<(Option<PastKind>, Unit)> {
    let window = || seconds(own, "window");
    let days = Unit::Duration("d");
    Some(match name {
        "introduced" => {
            let kind = PastKind::Introduced {
                of_period: own.text_of("since") == Some("period"),
            };
            (Some(kind), Unit::Findings)
        }
        "time_to_fix" => (time_to_fix(own), days),
        "time_to_detect" => (time_to_detect(own), days),
        "age" => (
            statistic(own).map(|statistic| PastKind::Age { statistic }),
            days,
        ),
        "sla" => (sla(own), Unit::Percent),
        "fix_rate" => (
            window().map(|window| PastKind::FixRate { window }),
            Unit::Percent,
        ),
        "net_flow" => (
            window().map(|window| PastKind::NetFlow { window }),
            Unit::Findings,
        ),
        "recurrence" => (
            window()
                .zip(seconds_or(own, "within", 90 * DAY))
                .map(|(window, within)| PastKind::Recurrence { window, within }),
            Unit::Percent,
        ),
        "escape_rate" => (
            window().map(|window| PastKind::EscapeRate { window }),
            Unit::Percent,
        ),
        _ => return None,
    })
}

fn time_to_fix(own: &Node) -> Option<PastKind> {
    let restricted = own.text_of("statistic") == Some("restricted_mean");
    Some(PastKind::TimeToFix {
        statistic: if restricted {
            None
        } else {
            Some(statistic(own)?)
        },
        window: seconds(own, "window")?,
        until: until(own),
        horizon: seconds_or(own, "horizon", 90 * DAY)?,
        min_n: min_n(own)?,
        if_none: if_none(own),
    })
}

fn time_to_detect(own: &Node) -> Option<PastKind> {
    Some(PastKind::TimeToDetect {
        from: match own.text_of("from")? {
            "advisory" => Begin::Advisory,
            _ => Begin::Introduced,
        },
        statistic: statistic(own)?,
        window: seconds(own, "window")?,
        min_n: min_n(own)?,
    })
}

fn sla(own: &Node) -> Option<PastKind> {
    let limits = own.get("limits")?.entries().iter().filter_map(|entry| {
        let limit = scalar::duration(entry.node.text()?).ok()?;
        Some((Severity::from_word(&entry.key)?, limit))
    });
    Some(PastKind::Sla {
        limits: limits.collect(),
        window: seconds(own, "window")?,
        until: until(own),
        if_none: if_none(own),
    })
}

fn freshness(own: &Node) -> Option<PastKind> {
    let of = match own.text_of("event") {
        Some(event) => FreshnessOf::Event(event.to_owned()),
        None => FreshnessOf::Classes(classes(own.get("class")?)),
    };
    Some(PastKind::Freshness {
        of,
        inventory: is_true(own, "inventory"),
    })
}

fn coverage(own: &Node) -> Option<PastKind> {
    Some(PastKind::Coverage {
        classes: classes(own.get("class")?),
        within: seconds(own, "within")?,
        of_history: own.text_of("depth") == Some("history"),
    })
}

fn friction(own: &Node) -> Option<PastKind> {
    let of = match own.text_of("of")? {
        "duration" => Cost::Duration,
        "feedback" => Cost::Feedback,
        _ => Cost::Overturned,
    };
    Some(PastKind::Friction {
        of,
        statistic: statistic(own).unwrap_or(Statistic(50)),
        window: seconds(own, "window")?,
        min_n: min_n(own)?,
    })
}

fn classes(node: &Node) -> ClassSet {
    let words = node.one_or_items().iter();
    words
        .filter_map(|item| Class::from_word(item.text()?))
        .collect()
}

fn statistic(own: &Node) -> Option<Statistic> {
    Statistic::from_word(own.text_of("statistic")?)
}

fn until(own: &Node) -> Until {
    let word = own.text_of("until").and_then(Until::from_word);
    word.unwrap_or(Until::Fixed)
}

fn if_none(own: &Node) -> IfNone {
    match own.text_of("if_none") {
        Some("met") => IfNone::Met,
        _ => IfNone::Unknown,
    }
}

fn min_n(own: &Node) -> Option<u64> {
    match own.text_of("min_n") {
        Some(text) => scalar::whole(text).ok().map(u64::from),
        None => Some(5),
    }
}

fn seconds(own: &Node, key: &str) -> Option<u64> {
    scalar::duration(own.text_of(key)?).ok()
}

fn seconds_or(own: &Node, key: &str, default: u64) -> Option<u64> {
    match own.text_of(key) {
        Some(text) => scalar::duration(text).ok(),
        None => Some(default),
    }
}
