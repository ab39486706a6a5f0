//! A tree whose shape was checked becomes a [`Policy`].
//!
//! What the description of the language cannot say is checked here: names resolve, targets
//! fit their measures, ids are unique, weights add up. A value that was already found at
//! fault is passed over in silence, so that every other fault is still found.

mod evidence;
mod figures;
mod filter;
mod key_result;
mod links;
mod measure;
mod objectives;
mod past;
mod reach;
mod sync;
mod target;
mod waivers;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::near::{nearest, nearest_three};
use super::node::{Mark, Node};
use super::scalar;
use super::syntax::line_of;
use super::{DataFiles, IntroducedBy, Need, Policy, VexStatement};
use crate::diagnostic::{Code, Diagnostic, Message, SourceFile};
use crate::model::Untrusted;

/// What is known of the text beside its tree.
pub(super) struct About<'a> {
    /// The path as the user gave it.
    pub(super) path: &'a str,
    /// SHA-256 of the first source.
    pub(super) sha256: String,
    /// All sources.
    pub(super) sources: &'a [SourceFile],
    /// What a pack needs and the policy lacks, by the pack's file, which `pack-needs` already
    /// said.
    pub(super) excused: &'a [(usize, Need)],
    /// What VEX documents state.
    pub(super) vex: Vec<VexStatement>,
    /// What stands before the name of a file that counts from the repository's root.
    pub(super) root: &'a str,
    /// The tree of the waiver file.
    pub(super) waivers: Option<&'a Node>,
}

/// Reads the merged tree. The policy is complete only if no fault of level error was found.
pub(super) fn policy(root: &Node, about: &About<'_>, faults: &mut Vec<Diagnostic>) -> Policy {
    let mut reader = Reader {
        faults,
        sources: about.sources,
        zone: Reader::time_zone(root),
        scopes: Vec::new(),
        used_scopes: BTreeSet::new(),
        excused: about.excused,
        has_iteration: root.get("iteration").is_some(),
        has_period: root.get("period").is_some(),
        data: DataFiles::default(),
        has_ledger: root.get("ledger").is_some(),
    };
    reader.data = reader.data_files(root);
    let period = reader.period(root);
    let iteration = reader.iteration(root);
    let scopes = reader.scopes(root);
    reader.scopes = scopes.iter().map(|scope| scope.name.clone()).collect();
    let reports = reader.reports(root);
    let tools = Reader::tools(root);
    let severity = reader.severity(root);
    let waivers = reader.waivers(root, about);
    let objectives = reader.objectives(root);
    let sync = reader.sync(root, &objectives);
    reader.unused_scopes(root);
    reader.dates_of_registers(root);
    Policy {
        path: about.path.to_owned(),
        sha256: about.sha256.clone(),
        sources: about.sources.to_vec(),
        mission: root.text_of("mission").map(str::to_owned),
        period,
        iteration,
        reports,
        tools,
        scopes,
        severity,
        suppressions: evidence::suppressions(root),
        enrich: evidence::enrich(root),
        data: reader.data.clone(),
        introduced_by: match root.text_of("introduced_by") {
            Some("changed_lines") => IntroducedBy::ChangedLines,
            _ => IntroducedBy::Baseline,
        },
        waivers,
        vex: about.vex.clone(),
        ledger: root.text_of("ledger").map(str::to_owned),
        sync,
        record_changes: root
            .get("record")
            .is_some_and(|node| is_true(node, "changes")),
        objectives,
    }
}

/// What the reading of one part knows of the others.
struct Reader<'a> {
    faults: &'a mut Vec<Diagnostic>,
    sources: &'a [SourceFile],
    zone: TimeZone,
    scopes: Vec<String>,
    used_scopes: BTreeSet<usize>,
    excused: &'a [(usize, Need)],
    has_iteration: bool,
    has_period: bool,
    data: DataFiles,
    has_ledger: bool,
}

impl Reader<'_> {
    fn fault(&mut self, diagnostic: Diagnostic) {
        self.faults.push(diagnostic);
    }

    /// True if what stands at a place lacks something of which `pack-needs` said so.
    fn is_excused(&self, at: Mark, lacks: impl Fn(&Need) -> bool) -> bool {
        let mut excused = self.excused.iter();
        excused.any(|(file, need)| *file == at.file && lacks(need))
    }

    /// The 1-based line of a place.
    fn line(&self, mark: Mark) -> usize {
        self.sources
            .get(mark.file)
            .map_or(1, |source| line_of(&source.text, mark.span.start))
    }

    /// The moment that a date names in the policy's zone.
    fn moment(&self, node: &Node) -> Option<Timestamp> {
        scalar::date(node.text()?).ok()?.at(&self.zone)
    }

    /// The moment under a key; a date that the zone does not have is a fault.
    fn moment_of(&mut self, node: &Node, key: &str) -> Option<Timestamp> {
        let value = node.get(key)?;
        let moment = self.moment(value);
        if moment.is_none() && value.text().is_some_and(|t| scalar::date(t).is_ok()) {
            self.fault(
                Diagnostic::new(Code::BadDate, "this moment is beyond the calendar")
                    .at(value.mark.place())
                    .label("expected a moment of 9999-12-30T22:00:00Z at the latest"),
            );
        }
        moment
    }

    /// The place of a scope; an undefined one is a fault.
    fn scope(&mut self, node: &Node) -> Option<usize> {
        let name = node.text()?;
        if let Some(index) = self.scopes.iter().position(|scope| scope == name) {
            self.used_scopes.insert(index);
            return Some(index);
        }
        let said = |need: &Need| matches!(need, Need::Scope(scope) if *scope == name);
        if !self.is_excused(node.mark, said) && scalar::id(name).is_ok() {
            let names = ids(self.scopes.iter().map(String::as_str));
            let label = match names.len() {
                0 => "no scope is defined; add it under `scopes`".to_owned(),
                1..=8 => format!("defined scopes: {}", names.join(", ")),
                _ => nearest(name, names.iter().copied()).map_or_else(
                    || {
                        format!(
                            "the nearest of those that are: {}",
                            nearest_three(name, &names).join(", ")
                        )
                    },
                    |near| format!("did you mean `{near}`?"),
                ),
            };
            self.fault(
                Diagnostic::new(
                    Code::UndefinedScope,
                    Message::from("scope ")
                        .foreign(Untrusted::new(name))
                        .own(" is not defined"),
                )
                .at(node.mark.place())
                .label(label),
            );
        }
        None
    }

    fn unused_scopes(&mut self, root: &Node) {
        let Some(scopes) = root.get("scopes") else {
            return;
        };
        for (index, entry) in scopes.entries().iter().enumerate() {
            if !self.used_scopes.contains(&index) {
                self.fault(
                    Diagnostic::new(
                        Code::UnusedScope,
                        Message::from("scope ")
                            .foreign(Untrusted::new(&entry.key))
                            .own(" is used by no filter"),
                    )
                    .at(entry.key_mark.place())
                    .label("name it in a filter, or remove it"),
                );
            }
        }
    }
}

/// Those of some names that have the form of an id, and so may stand in words of our own.
fn ids<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    names.filter(|name| scalar::id(name).is_ok()).collect()
}

/// The texts of a value that is one or a list.
fn texts(node: Option<&Node>) -> Vec<String> {
    node.into_iter()
        .flat_map(Node::one_or_items)
        .filter_map(|item| item.text().map(str::to_owned))
        .collect()
}

/// True for `true`.
fn is_true(node: &Node, key: &str) -> bool {
    node.text_of(key) == Some("true")
}
