//! Measures without a filter: their keys beyond what the description of the language says.

use jiff::Timestamp;

use super::Reader;
use super::key_result::weight;
use super::measure::Later;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Quantity;
use crate::model::calendar::Cadence;
use crate::policy::node::{Mark, Node};
use crate::policy::scalar::{self, WrittenTarget, WrittenUnit};
use crate::policy::{CheckInDemand, EventsDemand, Milestone, Per, Unit};

/// The unit of time that a target is written in.
pub(super) fn unit_written(target: WrittenTarget) -> Option<&'static str> {
    let figure = match target {
        WrittenTarget::Compare(_, figure) | WrittenTarget::Within(figure, _) => figure,
        WrittenTarget::OfStart(..) | WrittenTarget::Measured => return None,
    };
    match figure.unit {
        WrittenUnit::Duration(unit) => Some(unit),
        WrittenUnit::None | WrittenUnit::Percent => None,
    }
}

impl Reader<'_> {
    /// Measures of the ledger and of files that look at no finding.
    pub(super) fn without_filter(&mut self, name: &str, own: &Node) -> Option<Later> {
        let (name, unit, moves_on_change) = match name {
            "freshness" => {
                self.one_of(own, &["class", "event"], "`freshness`");
                ("freshness", Unit::Duration("d"), false)
            }
            "coverage" => ("coverage", Unit::Percent, false),
            "friction" => ("friction", self.friction(own), false),
            "checklist" => {
                self.checklist(own);
                let moves = own.get("cwe").is_some() || own.get("standard").is_some();
                ("checklist", Unit::Percent, moves)
            }
            "share" => {
                self.share(own);
                ("share", Unit::Percent, false)
            }
            "value" => {
                self.value(own);
                ("value", unit(own), false)
            }
            _ => return None,
        };
        Some(Later {
            name,
            unit,
            moves_on_change,
        })
    }

    fn one_of(&mut self, own: &Node, keys: &[&str], noun: &str) {
        let there: Vec<Mark> = keys
            .iter()
            .filter_map(|key| own.entry(key).map(|entry| entry.key_mark))
            .collect();
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        match there.as_slice() {
            [_] => {}
            [] => self.needs(
                own.head(),
                format!("{noun} has neither {}", keys.join(" nor ")),
                format!("add {}", keys.join(" or ")),
            ),
            [_, second, ..] => self.fault(
                Diagnostic::new(
                    Code::WrongType,
                    format!("{noun} has {}, and here are both", keys.join(" or ")),
                )
                .at(second.place())
                .label("keep one of them"),
            ),
        }
    }

    fn needs(&mut self, at: Mark, what: String, label: String) {
        self.fault(
            Diagnostic::new(Code::MissingKey, what)
                .at(at.place())
                .label(label),
        );
    }

    /// Rule Q8.
    pub(super) fn iteration_is_defined(&mut self, own: &Node) {
        if let Some(per) = own.get("per").filter(|per| per.text() == Some("iteration"))
            && !self.has_iteration
        {
            self.needs(
                per.mark,
                "the policy does not say what an iteration is".to_owned(),
                "add `iteration: { start: 2026-10-05, every: 14d }` beside `objectives`".to_owned(),
            );
        }
    }

    fn friction(&mut self, own: &Node) -> Unit {
        let overturned = own.text_of("of") == Some("overturned");
        match (own.entry("statistic"), own.get("of")) {
            (Some(statistic), _) if overturned => self.fault(
                Diagnostic::new(
                    Code::UnknownKey,
                    "`overturned` is a share and has no `statistic`",
                )
                .at(statistic.key_mark.place())
                .label("remove it"),
            ),
            (None, Some(of)) if !overturned => self.needs(
                of.mark,
                "this friction needs a `statistic`".to_owned(),
                "add `statistic: p90`, or another one of median, p75, p95, max".to_owned(),
            ),
            _ => {}
        }
        match own.text_of("of") {
            Some("overturned") => Unit::Percent,
            _ => Unit::Duration("s"),
        }
    }

    fn checklist(&mut self, own: &Node) {
        let standard = own.get("standard");
        for key in ["chapters", "levels"] {
            match (standard, own.entry(key)) {
                (Some(standard), None) => self.needs(
                    standard.head(),
                    format!("a checklist of a standard needs `{key}`"),
                    format!("add `{key}: […]`"),
                ),
                (None, Some(entry)) => self.needs(
                    entry.key_mark,
                    format!("`{key}` needs a `standard`"),
                    "add `standard: asvs-4.0.3`, or another standard with its version".to_owned(),
                ),
                _ => {}
            }
        }
    }

    /// The steps, and that no two share an id.
    pub(super) fn milestones(&mut self, own: &Node) -> Vec<Milestone> {
        let mut seen: Vec<&str> = Vec::new();
        let mut steps = Vec::new();
        for item in own.items() {
            let due = self.moment_of(item, "due");
            let valid_to = self.moment_of(item, "valid_to");
            let Some(id) = item.text_of("id") else {
                continue;
            };
            if seen.contains(&id)
                && let Some(node) = item.get("id")
            {
                self.fault(
                    Diagnostic::new(Code::DuplicateId, "two milestones have this id")
                        .at(node.mark.place())
                        .label("give each an id of its own"),
                );
            }
            seen.push(id);
            steps.push(Milestone {
                id: id.to_owned(),
                title: item.text_of("title").unwrap_or_default().to_owned(),
                weight: weight(item),
                due,
                expires: valid_to.map(|moment| self.end_of(item, moment)),
            });
        }
        self.steps_have_weight(own, &steps);
        steps
    }

    /// Steps whose weights are all zero can never be done (rule K33).
    fn steps_have_weight(&mut self, own: &Node, steps: &[Milestone]) {
        if steps.is_empty() || steps.iter().any(|step| step.weight > Quantity::ZERO) {
            return;
        }
        self.fault(
            Diagnostic::new(
                Code::BadWeight,
                "every milestone has weight zero, so that none can be done",
            )
            .at(own.head().place())
            .label("give one of them a weight above zero"),
        );
    }

    /// The end of the day that `valid_to` names, or the moment that it names.
    fn end_of(&self, item: &Node, moment: Timestamp) -> Timestamp {
        let is_day = item
            .text_of("valid_to")
            .is_some_and(|text| scalar::day(text).is_ok());
        if !is_day {
            return moment;
        }
        Cadence::Every {
            from: moment,
            seconds: 86_400,
        }
        .window_of(moment, &self.zone)
        .map_or(moment, |day| day.end)
    }

    fn share(&mut self, own: &Node) {
        if own.text_of("roster") == Some("true") && own.get("key").is_none() {
            self.needs(
                own.head(),
                "`roster: true` needs a `key`".to_owned(),
                "add `key: …`, the column that joins rows with the roster".to_owned(),
            );
        }
    }

    fn value(&mut self, own: &Node) {
        self.one_of(own, &["pointer", "aggregate"], "`value`");
        let Some(aggregate) = own.get("aggregate") else {
            return;
        };
        match (aggregate.text() == Some("count"), own.entry("column")) {
            (true, Some(column)) => self.fault(
                Diagnostic::new(
                    Code::UnknownKey,
                    "`aggregate: count` counts rows and has no `column`",
                )
                .at(column.key_mark.place())
                .label("remove it"),
            ),
            (false, None) => self.needs(
                aggregate.mark,
                "this aggregate needs a `column`".to_owned(),
                "add `column: …`".to_owned(),
            ),
            _ => {}
        }
    }
}

/// The demand of `check_in`. A length of time is shown in the unit that the target names.
pub(super) fn check_in(own: &Node, target: Option<&str>) -> CheckInDemand {
    let unit = match (unit(own), target.map(scalar::target)) {
        (Unit::Duration(unit), Some(Ok(written))) => {
            Unit::Duration(unit_written(written).unwrap_or(unit))
        }
        (unit, _) => unit,
    };
    CheckInDemand {
        unit,
        stated_every: own.text_of("every").and_then(|t| scalar::duration(t).ok()),
    }
}

/// The demand of `events`; `None` if a key was found at fault.
pub(super) fn events(own: &Node) -> Option<EventsDemand> {
    Some(EventsDemand {
        name: own.text_of("name")?.to_owned(),
        per: match own.text_of("per")? {
            "week" => Per::Week,
            "month" => Per::Month,
            "iteration" => Per::Iteration,
            text => Per::Every(scalar::duration(text).ok()?),
        },
        at_least: match own.text_of("at_least") {
            Some(text) => scalar::whole(text).ok()?,
            None => 1,
        },
    })
}

fn unit(own: &Node) -> Unit {
    match own.text_of("unit") {
        Some("%") => Unit::Percent,
        Some("d") => Unit::Duration("d"),
        Some("h") => Unit::Duration("h"),
        Some("min") => Unit::Duration("min"),
        Some("s") => Unit::Duration("s"),
        _ => Unit::None,
    }
}
