//! Measures without a filter: their keys beyond what the description of the language says.

use std::path::Path;

use jiff::Timestamp;

use super::key_result::weight;
use super::{Reader, texts};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::calendar::Cadence;
use crate::model::{Quantity, Untrusted};
use crate::policy::figures::condition;
use crate::policy::near::meant;
use crate::policy::node::{Mark, Node};
use crate::policy::scalar::{self, WrittenTarget, WrittenUnit};
use crate::policy::{
    Aggregate, AsOf, CellOp, CheckInDemand, Checklist, Condition, DataFiles, EventsDemand,
    FigureMeasure, FigureOf, FigureSource, FigureValue, Measure, Milestone, Need, Per, Share,
    Standard, StandardPart, Than, Unit,
};

/// How old a file may be where nothing else is said (rule M0b), in seconds.
const WEEK: u64 = 7 * 86_400;

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
    /// Measures of files of figures, which look at no finding.
    pub(super) fn figure(&mut self, name: &str, own: &Node) -> Option<(Measure, Unit)> {
        let (figure, unit) = match name {
            "checklist" => {
                let list = self.checklist(own)?;
                (FigureMeasure::Checklist(Box::new(list)), Unit::Percent)
            }
            "share" => (
                FigureMeasure::Share(Box::new(self.share(own)?)),
                Unit::Percent,
            ),
            "value" => (FigureMeasure::Value(Box::new(self.value(own)?)), unit(own)),
            _ => return None,
        };
        Some((Measure::Figure(figure, unit), unit))
    }

    /// `data` (rule Q2).
    pub(super) fn data_files(&mut self, root: &Node) -> DataFiles {
        let mut file = |key| {
            let node = root.get("data")?.get(key)?;
            if let (Some(max_age), None) = (node.entry("max_age"), node.get("as_of")) {
                self.needs(
                    max_age.key_mark,
                    "`max_age` needs to know how old the file is".to_owned(),
                    "add `as_of: { column: … }`, the column with the dates of its rows".to_owned(),
                );
            }
            self.source(node, node)
        };
        DataFiles {
            inventory: file("inventory"),
            roster: file("roster"),
            advisories: file("advisories"),
        }
    }

    /// The file under `file`, with its age; `max_age` stands in `aged`.
    pub(super) fn source(&mut self, own: &Node, aged: &Node) -> Option<FigureSource> {
        let file = own.text_of("file")?.to_owned();
        let as_of = own.entry("as_of").and_then(|entry| {
            let node = &entry.node;
            let named = |key| node.text_of(key).map(str::to_owned);
            match node.text() {
                Some("run") => Some(AsOf::Run),
                Some(_) => None,
                None => named("column")
                    .map(AsOf::Column)
                    .or_else(|| named("pointer").map(AsOf::Pointer)),
            }
        });
        let is_json = Path::new(&file)
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("json"));
        for key in ["pointer", "as_of"] {
            let node = match own.get(key) {
                Some(node) if key == "as_of" => node.get("pointer"),
                node => node,
            };
            let Some(text) = node.and_then(Node::text) else {
                continue;
            };
            let wrong = match (is_json, text.is_empty() || text.starts_with('/')) {
                (false, _) => "a JSON pointer leads into a file that ends in `.json`",
                (true, false) => "a JSON pointer begins with `/`, such as `/total/lines`",
                (true, true) => continue,
            };
            if let Some(node) = node {
                self.fault(
                    Diagnostic::new(Code::WrongType, "this pointer leads nowhere")
                        .at(node.mark.place())
                        .label(wrong),
                );
            }
        }
        let max_age = aged.text_of("max_age").map(scalar::duration);
        Some(FigureSource {
            file,
            as_of,
            max_age: max_age.map_or(Some(WEEK), Result::ok)?,
        })
    }

    pub(super) fn one_of(&mut self, own: &Node, keys: &[&str], noun: &str) {
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

    pub(super) fn friction(&mut self, own: &Node) -> Unit {
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

    fn checklist(&mut self, own: &Node) -> Option<Checklist> {
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
                    format!(
                        "add `standard: {}`",
                        Standard::names().collect::<Vec<_>>().join("`, or `")
                    ),
                ),
                _ => {}
            }
        }
        self.parts_of_a_standard(own);
        let column = |key| own.text_of(key).map(str::to_owned);
        let status = |word: &str| {
            vec![Condition {
                column: "status".to_owned(),
                op: CellOp::Is,
                than: Than::Text(word.to_owned()),
            }]
        };
        let named = own.get("pass").map(|node| conditions(Some(node)));
        let skip = own.get("skip").map(|node| conditions(Some(node)));
        Some(Checklist {
            file: own.text_of("file")?.to_owned(),
            standard: standard
                .and_then(Node::text)
                .and_then(Standard::named)
                .map(|standard| StandardPart {
                    standard,
                    chapters: texts(own.get("chapters")),
                    levels: texts(own.get("levels"))
                        .iter()
                        .filter_map(|level| scalar::whole(level).ok())
                        .collect(),
                }),
            skip: skip.unwrap_or_else(|| match named {
                Some(_) => Vec::new(),
                None => status("not_applicable"),
            }),
            pass: named.unwrap_or_else(|| status("pass")),
            expires: column("expires"),
            cwe: column("cwe"),
            key_result: column("key_result"),
        })
    }

    /// Chapters and levels are those of the standard (rule M23).
    fn parts_of_a_standard(&mut self, own: &Node) {
        let Some(standard) = own.text_of("standard").and_then(Standard::named) else {
            return;
        };
        let chapters = standard.chapters();
        let highest = standard.highest_level();
        let named = |key| own.get(key).map(Node::one_or_items).unwrap_or_default();
        for item in named("chapters") {
            let Some(name) = item.text().filter(|name| !chapters.contains(name)) else {
                continue;
            };
            self.fault(
                Diagnostic::new(
                    Code::UnknownWord,
                    Message::from(format!("{} has no chapter ", standard.name))
                        .foreign(Untrusted::new(name)),
                )
                .at(item.mark.place())
                .label(meant(name, &chapters)),
            );
        }
        for item in named("levels") {
            let level = item.text().and_then(|text| scalar::whole(text).ok());
            if level.is_none_or(|level| (1..=highest).contains(&level)) {
                continue;
            }
            self.fault(
                Diagnostic::new(
                    Code::UnknownWord,
                    format!("{} has no such level", standard.name),
                )
                .at(item.mark.place())
                .label(format!("expected a level from 1 to {highest}")),
            );
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

    fn share(&mut self, own: &Node) -> Option<Share> {
        let source = self.source(own, own);
        let mut roster = None;
        if let Some(entry) = own
            .entry("roster")
            .filter(|_| own.text_of("roster") == Some("true"))
        {
            let key = own.text_of("key");
            if key.is_none() {
                self.needs(
                    own.head(),
                    "`roster: true` needs a `key`".to_owned(),
                    "add `key: …`, the column that joins rows with the roster".to_owned(),
                );
            }
            let said = |need: &Need| *need == Need::DataFile("roster");
            if self.data.roster.is_none() && !self.is_excused(entry.key_mark, said) {
                self.needs(
                    entry.key_mark,
                    "the policy names no roster".to_owned(),
                    "add `data: { roster: { file: data/people.csv } }` beside `objectives`"
                        .to_owned(),
                );
            }
            roster = self.data.roster.clone().zip(key.map(str::to_owned));
        }
        Some(Share {
            source: source?,
            num: conditions(own.get("num")),
            den: conditions(own.get("den")),
            roster,
            weight: own.text_of("weight").map(str::to_owned),
        })
    }

    fn value(&mut self, own: &Node) -> Option<FigureValue> {
        self.one_of(own, &["pointer", "aggregate"], "`value`");
        let source = self.source(own, own);
        let Some(aggregate) = own.get("aggregate") else {
            return Some(FigureValue {
                source: source?,
                of: FigureOf::Pointer(own.text_of("pointer")?.to_owned()),
            });
        };
        match (aggregate.text(), own.entry("column")) {
            (Some("count"), Some(column)) => self.fault(
                Diagnostic::new(
                    Code::UnknownKey,
                    "`aggregate: count` counts rows and has no `column`",
                )
                .at(column.key_mark.place())
                .label("remove it"),
            ),
            (Some("count"), None) | (_, Some(_)) => {}
            (_, None) => self.needs(
                aggregate.mark,
                "this aggregate needs a `column`".to_owned(),
                "add `column: …`".to_owned(),
            ),
        }
        let source = source?;
        if aggregate.text() == Some("last") && !matches!(source.as_of, Some(AsOf::Column(_)) | None)
        {
            self.needs(
                aggregate.mark,
                "`aggregate: last` needs to know which row is the newest".to_owned(),
                "say `as_of: { column: … }`, the column with the dates of the rows".to_owned(),
            );
        }
        Some(FigureValue {
            source,
            of: FigureOf::Rows {
                aggregate: Aggregate::from_word(aggregate.text()?)?,
                column: own.text_of("column").map(str::to_owned),
                filter: conditions(own.get("where")),
            },
        })
    }
}

/// Conditions on columns; one that cannot be read was already found at fault.
fn conditions(node: Option<&Node>) -> Vec<Condition> {
    let entries = node.into_iter().flat_map(Node::entries);
    entries
        .filter_map(|entry| {
            let (op, than) = condition(entry.node.text()?).ok()?;
            Some(Condition {
                column: entry.key.clone(),
                op,
                than,
            })
        })
        .collect()
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
