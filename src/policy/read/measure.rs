//! Measures over the findings of a run, and the way to all others.

use super::{Reader, figures, texts};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Class;
use crate::policy::node::{Entry, Node};
use crate::policy::{
    Distinct, Filter, Measure, SuppressedAs, SuppressedBy, ToolsDemand, Unit, scalar,
};

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
                Some((Measure::Inventory, Unit::Percent))
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
            "routed" => Some((Measure::Routed(self.filter(own)), Unit::Percent)),
            "density" => self.density(own),
            name => self
                .past(name, own, target)
                .or_else(|| self.figure(name, own)),
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

    fn density(&mut self, own: &Node) -> Option<(Measure, Unit)> {
        let filter = self.filter(own);
        let lines = own.get("lines")?;
        let source = self.source(lines, own)?;
        let per = own.text_of("per").map(scalar::whole);
        let measure = Measure::Density {
            filter,
            distinct: distinct(own),
            source,
            pointer: lines.text_of("pointer")?.to_owned(),
            per: per.map_or(Some(1000), Result::ok)?,
        };
        Some((measure, Unit::None))
    }
}

pub(super) fn distinct(own: &Node) -> Distinct {
    match own.text_of("distinct") {
        Some("finding") => Distinct::Finding,
        Some("vulnerability") => Distinct::Vulnerability,
        Some("secret") => Distinct::Secret,
        Some("path") => Distinct::Path,
        _ => Distinct::Default,
    }
}

pub(super) fn unit_of_count(filter: &Filter, distinct: Distinct) -> Unit {
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
