//! Judging: reports in, and what a policy makes of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::check::CheckRequest;
use super::trust::{Ground, Proposal};
use super::{exploit, figures, ledger, reports};
use crate::ci::Surroundings;
use crate::decide::{self, About, Evaluation, ExitCode, Proposed, ProposedOutcome};
use crate::diagnostic::{Code, Diagnostic, Level, Message, Part};
use crate::ingest::{self, Context, ExtraTool};
use crate::model::Untrusted;
use crate::model::history::Aliases;
use crate::policy::{KeyResult, Loaded, Policy, Term, all_removed, compare};
use crate::scope::{self, RunFacts, Scoped, Since};

/// What this run comes to under the policy as a change would leave it (rules G128, G129).
pub(super) fn proposed(
    policy: &Policy,
    proposal: &Proposal,
    occasion: &Occasion<'_>,
) -> (Proposed, Option<Diagnostic>) {
    let loaded = match proposal {
        Proposal::Gone => {
            let proposed = Proposed {
                differences: all_removed(policy),
                outcome: ProposedOutcome::Gone,
            };
            return (proposed, None);
        }
        Proposal::Edited(loaded) => loaded,
    };
    let Some(after) = &loaded.policy else {
        let proposed = Proposed {
            differences: Vec::new(),
            outcome: ProposedOutcome::Broken(loaded.faults()),
        };
        return (proposed, Some(broken_proposal(loaded)));
    };
    let outcome = if occasion.reads_once() {
        ProposedOutcome::NotJudged("a report comes from a pipe, which can be read only once")
    } else {
        match occasion.judge(after, loaded.diagnostics.clone()) {
            Ok(evaluation) => ProposedOutcome::Judged {
                sha256: after.sha256.clone(),
                exit: evaluation.exit,
                counts: evaluation.counts,
                key_results: evaluation
                    .key_results()
                    .map(|(_, kr)| (kr.id.clone(), kr.verdict, kr.blocks))
                    .collect(),
            },
            Err(diagnostics) => ProposedOutcome::Broken(diagnostics.len()),
        }
    };
    let differences = compare(policy, after);
    (
        Proposed {
            differences,
            outcome,
        },
        None,
    )
}

/// The first fault of a proposed policy, as a warning: the base decides as long as the change
/// is not merged.
fn broken_proposal(loaded: &Loaded) -> Diagnostic {
    let message = Message::from("the change leaves the policy with faults");
    let first = loaded.diagnostics.iter().find(|d| d.level == Level::Error);
    let message = match first {
        Some(first) => first
            .message
            .parts()
            .iter()
            .fold(message.own(": "), |message, part| match part {
                Part::Own(words) => message.own(words.clone()),
                Part::Foreign(text) => message.foreign(text.as_untrusted()),
            }),
        None => message,
    };
    Diagnostic::new(Code::ProposedPolicyBroken, message).hint(
        "run `krgate policy check` on the change; once it is merged the gate ends with exit 2",
    )
}

/// All that a policy is judged with.
pub(super) struct Occasion<'a> {
    pub(super) request: &'a CheckRequest,
    pub(super) surroundings: &'a Surroundings,
    pub(super) ground: &'a Ground,
    pub(super) since: Since,
    /// Paths of report entries whose command failed: what lies there is no report of this run.
    pub(super) failed: BTreeSet<String>,
}

impl Occasion<'_> {
    /// True if a report cannot be read a second time.
    fn reads_once(&self) -> bool {
        let reports = self.request.reports.iter().map(|report| {
            let path = report.split_once('=').map(|(_, path)| path);
            Path::new(path.unwrap_or(report))
        });
        let data = [&self.request.kev, &self.request.epss]
            .into_iter()
            .flatten();
        reports.chain(data.map(PathBuf::as_path)).any(|path| {
            let there = self.surroundings.directory.join(path);
            path.as_os_str() == "-" || there.metadata().is_ok_and(|about| !about.is_file())
        })
    }

    /// Reads the reports that a policy names and judges its key results on them.
    ///
    /// # Errors
    /// If the request does not fit the policy.
    pub(super) fn judge(
        &self,
        policy: &Policy,
        said: Vec<Diagnostic>,
    ) -> Result<Evaluation, Vec<Diagnostic>> {
        let directory = &self.surroundings.directory;
        let wanted = if self.request.reports.is_empty() {
            let before_a_push = self.request.push.is_some();
            reports::by_policy(policy, directory, &self.failed, before_a_push)
        } else {
            reports::by_hand(policy, &self.request.reports, directory)
                .map_err(|diagnostic| vec![*diagnostic])?
        };
        let wrong: Vec<Diagnostic> = exploit::standard_input_twice(self.request)
            .iter()
            .chain(&wanted.diagnostics)
            .filter(|d| ExitCode::of_faults(std::slice::from_ref(d)) == ExitCode::Request)
            .cloned()
            .collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let context = context(policy, self.request, self.surroundings, self.ground);
        let (mut intake, read) = ingest::read(&wanted.requests, &context);
        intake.gaps.extend(wanted.gaps.iter().cloned());
        let not_given = reports::settle(wanted.open(), policy, &mut intake);
        let files = exploit::data_files(self.request, &policy.enrich, directory);
        let of_files = ingest::read_exploit_data(&mut intake, &files, &context);
        intake.figures = figures::read(policy, self.ground, self.surroundings);
        let past = ledger::past(self.request, policy, self.ground, self.surroundings);
        let mut facts = RunFacts {
            environment: self.request.environment.clone(),
            reference: self.ground.reference.clone(),
            now: Some(self.request.now),
            since: self.since.clone(),
            aliases: Aliases::of(&past.history, self.ground.reference.as_deref()),
        };
        let mut scoped = scope::mark(intake, policy, &facts);
        if let Some(aliases) = self.retraced(&past, policy, &scoped) {
            facts.aliases = aliases;
            scoped = scope::mark(scoped.intake, policy, &facts);
        }
        let notices = notices(&scoped, policy);
        let upstream = self.request.upstream.clone();
        let diagnostics = [
            said,
            upstream,
            wanted.diagnostics,
            read,
            not_given,
            of_files,
        ]
        .concat();
        let diagnostics = [diagnostics, past.diagnostics].concat();
        let about = self.about(policy);
        Ok(decide::evaluate(
            policy,
            scoped,
            about,
            &past.history,
            diagnostics,
            notices,
        ))
    }

    fn about(&self, policy: &Policy) -> About {
        About {
            version: env!("CARGO_PKG_VERSION"),
            policy_path: policy.path.clone(),
            policy_sha256: policy.sha256.clone(),
            policy_commit: self.ground.commit.clone(),
            enforced: self.ground.enforced,
            mission: policy.mission.clone(),
            period: policy.period.as_ref().map(|period| period.name.clone()),
            entries: policy
                .reports
                .iter()
                .map(|entry| entry.name.clone())
                .collect(),
            event: self.ground.event,
            reference: self.ground.reference.clone(),
            environment: self.request.environment.clone(),
            now: self.request.now,
            again: self.request.again(),
        }
    }
}

/// What the reading of reports depends on.
pub(super) fn context(
    policy: &Policy,
    request: &CheckRequest,
    surroundings: &Surroundings,
    ground: &Ground,
) -> Context {
    Context {
        now: request.now,
        roots: surroundings.roots(),
        secret_key: surroundings.secret_key.clone(),
        tools: policy
            .tools
            .iter()
            .map(|row| ExtraTool {
                alias: row.alias.clone(),
                names: row.names.clone(),
                classes: row.classes.clone(),
            })
            .collect(),
        head: ground.head.clone(),
        limits: ingest::Limits::default(),
    }
}

/// What a reader should know besides the verdicts: assumptions of scopes, scopes that the
/// run lies outside of, failures that the policy accepts.
fn notices(scoped: &Scoped, policy: &Policy) -> Vec<Message> {
    let mut notices = Vec::new();
    for (index, marks) in scoped.scopes.iter().enumerate() {
        if !policy.key_results().any(|(_, kr)| uses_scope(kr, index)) {
            continue;
        }
        let scope = || Message::from("scope ").foreign(Untrusted::new(&marks.name));
        if let Some(why) = &marks.run_outside {
            notices.push(
                scope()
                    .own(": this run is outside it, so no finding is in it: ")
                    .foreign(Untrusted::new(why)),
            );
        }
        for unknown in &marks.assumed {
            notices.push(
                scope()
                    .own(": ")
                    .own(*unknown)
                    .own(", so it counts as inside"),
            );
        }
    }
    for run in scoped.intake.runs.iter().filter(|run| run.accepted) {
        let entry = scoped
            .intake
            .reports
            .get(run.report.index())
            .and_then(|report| policy.reports.get(report.entry?));
        if let Some((entry, accepted)) =
            entry.and_then(|entry| Some((entry, entry.accept_degraded.as_ref()?)))
        {
            let why = run.reasons.first().map_or("", |reason| reason.explain());
            notices.push(
                Message::from("report ")
                    .foreign(Untrusted::new(&entry.name))
                    .own(": the scan did not finish (")
                    .own(why)
                    .own("), and the policy accepts that: ")
                    .foreign(Untrusted::new(&accepted.reason))
                    .own(", ")
                    .foreign(Untrusted::new(&accepted.owner)),
            );
        }
    }
    notices
}

fn uses_scope(key_result: &KeyResult, scope: usize) -> bool {
    let Some(filter) = key_result.measure.filter() else {
        return false;
    };
    filter.uses(&|term| matches!(term, Term::Scope(scopes) if scopes.contains(&scope)))
}
