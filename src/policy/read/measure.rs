//! Measures: those that are computed, and those that are checked for later.

use super::{Reader, figures, texts};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Class;
use crate::policy::node::{Entry, Node};
use crate::policy::{
    Distinct, Filter, LaterMeasure, Measure, SuppressedAs, SuppressedBy, ToolsDemand, Unit, scalar,
};

/// What is known of a measure that is not computed yet.
pub(super) struct Later {
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    pub(super) moves_on_change: bool,
}

impl Reader<'_> {
    /// The measure of a key result, and its unit in a target.
    pub(super) fn measure(&mut self, node: &Node, target: Option<&str>) -> Option<(Measure, Unit)> {
        let entry = node.entries().first()?;
        let own = &entry.node;
        match entry.key.as_str() {
            "count" => {
                let filter = self.filter(own);
                let distinct = distinct(own);
                let unit = unit_of_count(&filter, distinct);
                Some((Measure::Count(filter, distinct), unit))
            }
            "introduced" if matches!(own.text_of("since"), None | Some("base")) => {
                let filter = self.filter(own);
                let distinct = distinct(own);
                let unit = unit_of_count(&filter, distinct);
                Some((Measure::Introduced(filter, distinct), unit))
            }
            "max_cvss" => Some((Measure::MaxCvss(self.filter(own)), Unit::Cvss)),
            "suppressed" => Some(self.suppressed(own)),
            "tools" if own.get("inventory").is_none() => Some((tools(own), Unit::Percent)),
            "tools" => {
                self.tools_inventory(entry);
                let known = Later {
                    name: "tools",
                    unit: Unit::Percent,
                    moves_on_change: true,
                };
                Some(later(&known))
            }
            "check_in" => {
                let demand = figures::check_in(own, target);
                Some((Measure::CheckIn(demand), demand.unit))
            }
            "events" => {
                self.iteration_is_defined(own);
                Some((Measure::Events(figures::events(own)?), Unit::Percent))
            }
            "milestones" => Some((Measure::Milestones(self.milestones(own)), Unit::Percent)),
            name => {
                let known = self.known(name, own)?;
                // A length of time is shown in the unit that the target names.
                let unit = match (known.unit, target.map(scalar::target)) {
                    (Unit::Duration(unit), Some(Ok(written))) => {
                        Unit::Duration(figures::unit_written(written).unwrap_or(unit))
                    }
                    (unit, _) => unit,
                };
                Some(later(&Later { unit, ..known }))
            }
        }
    }

    fn suppressed(&mut self, own: &Node) -> (Measure, Unit) {
        let filter = self.filter(own);
        let mut by: Vec<SuppressedBy> = texts(own.get("by"))
            .iter()
            .filter_map(|word| match word.as_str() {
                "source" => Some(SuppressedBy::Source),
                "waiver" => Some(SuppressedBy::Waiver),
                "vex" => Some(SuppressedBy::Vex),
                _ => None,
            })
            .collect();
        if by.is_empty() {
            by = vec![
                SuppressedBy::Source,
                SuppressedBy::Waiver,
                SuppressedBy::Vex,
            ];
        }
        let (shown_as, unit) = match own.text_of("as") {
            Some("share") => (SuppressedAs::Share, Unit::Percent),
            _ => (SuppressedAs::Count, Unit::Findings),
        };
        let measure = Measure::Suppressed {
            filter,
            by,
            shown_as,
        };
        (measure, unit)
    }

    fn tools_inventory(&mut self, entry: &Entry) {
        let Some(inventory) = entry.node.entry("inventory") else {
            return;
        };
        if entry.node.entries().len() > 1 {
            self.fault(
                Diagnostic::new(
                    Code::WrongType,
                    "`tools` demands classes, or the inventory, and here are both",
                )
                .at(inventory.key_mark.place())
                .label("make two key results of it"),
            );
        } else if inventory.node.text() == Some("false") {
            self.fault(
                Diagnostic::new(Code::EmptyList, "`tools` demands nothing")
                    .at(inventory.key_mark.place())
                    .label("name classes, such as `sast: 1`, or write `inventory: true`"),
            );
        }
    }

    /// Measures that are not computed yet, with what the description of the language cannot
    /// say of their keys.
    fn known(&mut self, name: &str, own: &Node) -> Option<Later> {
        let over_findings = |name, unit, moves_on_change| Later {
            name,
            unit,
            moves_on_change,
        };
        let later = match name {
            "introduced" => {
                let filter = self.filter(own);
                let unit = unit_of_count(&filter, distinct(own));
                return Some(over_findings("introduced", unit, true));
            }
            "routed" => over_findings("routed", Unit::Percent, true),
            "density" => over_findings("density", Unit::None, true),
            "time_to_fix" => over_findings("time_to_fix", Unit::Duration("d"), false),
            "time_to_detect" => over_findings("time_to_detect", Unit::Duration("d"), false),
            "age" => over_findings("age", Unit::Duration("d"), false),
            "sla" => over_findings("sla", Unit::Percent, false),
            "fix_rate" => over_findings("fix_rate", Unit::Percent, false),
            "net_flow" => over_findings("net_flow", Unit::Findings, false),
            "recurrence" => over_findings("recurrence", Unit::Percent, false),
            "escape_rate" => over_findings("escape_rate", Unit::Percent, false),
            _ => return self.without_filter(name, own),
        };
        self.filter(own);
        Some(later)
    }
}

fn later(known: &Later) -> (Measure, Unit) {
    let measure = Measure::Later(LaterMeasure {
        name: known.name,
        unit: known.unit,
        moves_on_change: known.moves_on_change,
    });
    (measure, known.unit)
}

fn distinct(own: &Node) -> Distinct {
    match own.text_of("distinct") {
        Some("finding") => Distinct::Finding,
        Some("vulnerability") => Distinct::Vulnerability,
        Some("secret") => Distinct::Secret,
        Some("path") => Distinct::Path,
        _ => Distinct::Default,
    }
}

fn unit_of_count(filter: &Filter, distinct: Distinct) -> Unit {
    match distinct {
        Distinct::Secret => Unit::Secrets,
        Distinct::Default if filter.is_of_secrets() => Unit::Secrets,
        Distinct::Path => Unit::Paths,
        Distinct::Default | Distinct::Finding | Distinct::Vulnerability => Unit::Findings,
    }
}

fn tools(own: &Node) -> Measure {
    let legs = own
        .entries()
        .iter()
        .filter_map(|entry| {
            let class = Class::from_word(&entry.key)?;
            Some((class, scalar::whole(entry.node.text()?).ok()?))
        })
        .collect();
    Measure::Tools(ToolsDemand { legs })
}
