//! What concerns all reports together: evidence, tools that come twice, secrets, ids.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic, Message, Part, Place};
use crate::model::{
    Class, Concealed, Evidence, InRepository, Intake, PathId, RepoPath, RuleId, SecretGroup,
    TextId, UntrustedText, group_secrets,
};

use super::super::ExtraTool;
use super::super::secret::{Scrubber, Vault};
use super::super::tools::Tool;

/// Says which runs nothing proves (rule S61).
pub(super) fn note_weak_evidence(intake: &Intake, diagnostics: &mut Vec<Diagnostic>) {
    for run in &intake.runs {
        if run.evidence != Evidence::Weak {
            continue;
        }
        let Some(report) = intake.reports.get(run.report.index()) else {
            continue;
        };
        let message = Message::from("nothing in the report proves that the scan by ")
            .foreign(run.name.as_untrusted())
            .own(if run.believed {
                " ran to its end; it is believed"
            } else {
                " ran to its end; it is not believed if it shows nothing"
            });
        diagnostics
            .push(Diagnostic::new(Code::WeakEvidence, message).at(Place::report(&report.path)));
    }
}

/// Says which tools brought two reports whose findings add up (rules 45, S78).
pub(super) fn note_tools_twice(intake: &Intake, diagnostics: &mut Vec<Diagnostic>) {
    let mut by_tool: BTreeMap<(&str, Option<&str>), Vec<usize>> = BTreeMap::new();
    for (index, run) in intake.runs.iter().enumerate() {
        let category = run.category.as_ref().map(UntrustedText::raw);
        by_tool
            .entry((run.alias.raw(), category))
            .or_default()
            .push(index);
    }
    for runs in by_tool.into_values() {
        if is_one_report(intake, &runs) {
            continue;
        }
        let last = runs.last().and_then(|run| intake.runs.get(*run));
        let Some((run, report)) =
            last.and_then(|run| Some((run, intake.reports.get(run.report.index())?)))
        else {
            continue;
        };
        if run.class == Some(Class::Secrets) && are_one_scan(intake, &runs) {
            continue;
        }
        let message = Message::from("several runs are by ")
            .foreign(run.alias.as_untrusted())
            .own(" with the same category; their findings add up");
        diagnostics.push(
            Diagnostic::new(Code::SameToolTwice, message)
                .at(Place::report(&report.path))
                .hint("give one report of a scan; parts of a scan may be given each, with a category of their own"),
        );
    }
}

/// True for the runs of one report that tells several classes, each a run of its own: none
/// of their findings is of two.
fn is_one_report(intake: &Intake, runs: &[usize]) -> bool {
    let of = |run: &usize| intake.runs.get(*run).map(|run| (run.report, run.class));
    let mut seen = BTreeSet::new();
    let all_differ = runs
        .iter()
        .filter_map(of)
        .all(|(_, class)| seen.insert(class));
    let mut reports = runs.iter().filter_map(of).map(|(report, _)| report);
    let first = reports.next();
    all_differ && reports.all(|report| Some(report) == first)
}

/// True if no secret is counted twice over these runs: one of them has all of them.
fn are_one_scan(intake: &Intake, runs: &[usize]) -> bool {
    let secrets = |wanted: &[usize]| -> Vec<SecretGroup> {
        group_secrets(intake, |index| {
            intake
                .findings
                .get(index)
                .is_some_and(|finding| wanted.contains(&finding.run.index()))
        })
    };
    let all = secrets(runs).len();
    runs.iter().any(|run| secrets(&[*run]).len() == all)
}

/// Scrubs every kept string of every report (rule S82).
pub(super) fn scrub(
    intake: &mut Intake,
    diagnostics: &mut [Diagnostic],
    vault: Vault,
    tools: &[ExtraTool],
) {
    let scrubber = vault.into_scrubber();
    if scrubber.is_idle() {
        return;
    }
    conceal_rules(intake, &scrubber);
    conceal_packages(intake, &scrubber);
    let mut paths = conceal_paths(intake, &scrubber);
    intake.texts.seal(|id, text| {
        if paths.looked_at.get(id.index()) == Some(&true) {
            return paths.blanked.remove(&id);
        }
        scrubber.scrub(text)
    });
    for run in &mut intake.runs {
        // Names of ours and of the policy are no secret, whatever a report calls one, and
        // filters go by them.
        if !Tool::by_alias(run.alias.raw(), tools).known {
            scrub_text(&scrubber, &mut run.alias);
            scrub_text(&scrubber, &mut run.name);
        }
        run.version
            .iter_mut()
            .for_each(|v| scrub_text(&scrubber, v));
        run.category
            .iter_mut()
            .for_each(|c| scrub_text(&scrubber, c));
    }
    for diagnostic in diagnostics {
        scrub_message(&scrubber, &mut diagnostic.message);
        let more = [&mut diagnostic.label, &mut diagnostic.hint];
        more.into_iter()
            .flatten()
            .for_each(|message| scrub_message(&scrubber, message));
    }
}

/// Keeps the names of packages as they were written, for filters, where scrubbing changes
/// them.
fn conceal_packages(intake: &mut Intake, scrubber: &Scrubber) {
    for facts in &mut intake.facts {
        let name = facts.package.map(|package| intake.texts.get(package.name));
        facts.concealed_package = name
            .filter(|name| scrubber.scrub(name.raw()).is_some())
            .map(|name| Concealed::new(name.raw()));
    }
}

/// The texts of paths that were scrubbed.
struct Paths {
    /// By place of the text.
    looked_at: Vec<bool>,
    /// Those that had a secret, without it.
    blanked: BTreeMap<TextId, String>,
}

/// Keeps the paths that scrubbing changes as they are, for scopes (rule S80).
fn conceal_paths(intake: &mut Intake, scrubber: &Scrubber) -> Paths {
    let texts = &intake.texts;
    let mut paths = Paths {
        looked_at: vec![false; texts.len()],
        blanked: BTreeMap::new(),
    };
    for (place, entry) in intake.paths.iter_mut().enumerate() {
        if entry.repo != InRepository::AsShown {
            continue;
        }
        let path = texts.get(entry.shown).raw();
        if let Some(blanked) = scrubber.scrub(path) {
            entry.repo = InRepository::Other;
            let path = RepoPath::from_normal(path).map(|path| (PathId::new(place), path));
            intake.other_paths.extend(path);
            paths.blanked.insert(entry.shown, blanked);
        }
        if let Some(looked_at) = paths.looked_at.get_mut(entry.shown.index()) {
            *looked_at = true;
        }
    }
    paths
}

/// Keeps ids and tags of rules that scrubbing changes as they are, for filters alone.
fn conceal_rules(intake: &mut Intake, scrubber: &Scrubber) {
    let texts = &intake.texts;
    for (index, rule) in intake.rules.iter_mut().enumerate() {
        let id = texts.get(rule.id).raw();
        rule.concealed_id = scrubber.scrub(id).map(|_| Concealed::new(id));
        let tags = || rule.tags.iter().map(|tag| texts.get(*tag).raw());
        if tags().any(|tag| scrubber.scrub(tag).is_some()) {
            let tags = tags().map(Concealed::new).collect();
            intake.concealed_tags.insert(RuleId::new(index), tags);
        }
    }
}

fn scrub_text(scrubber: &Scrubber, text: &mut UntrustedText) {
    if let Some(clean) = scrubber.scrub(text.raw()) {
        *text = UntrustedText::new(clean);
    }
}

fn scrub_message(scrubber: &Scrubber, message: &mut Message) {
    let foreign = |part: &Part| matches!(part, Part::Foreign(_));
    if !message.parts().iter().any(foreign) {
        return;
    }
    let mut clean = Message::default();
    for part in message.parts() {
        clean = match part {
            Part::Own(words) => clean.own(words.clone()),
            Part::Foreign(text) => {
                let mut text = text.clone();
                scrub_text(scrubber, &mut text);
                clean.foreign(text.as_untrusted())
            }
        };
    }
    *message = clean;
}
