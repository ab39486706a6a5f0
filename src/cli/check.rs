//! A check as a value: what is asked, and what came of it. `step` gives it to people and
//! programs, `explain` answers questions about it.

use std::mem;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::args::{Circumstances, Clock, EventChoice};
use super::judge::{Occasion, proposed};
use super::trust::{self, Refusal};
use super::{Voice, scans, since};
use crate::ci::{Base, Change, Surroundings};
use crate::decide::{Evaluation, Event};
use crate::diagnostic::{Diagnostic, SourceFile};
use crate::measure::Sight;
use crate::model::{ChangedLines, CiContext, ObjectId};
use crate::policy::Policy;

/// A judged policy, or what is wrong with the request.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing was evaluated.
    Refused {
        /// What is wrong.
        diagnostics: Vec<Diagnostic>,
        /// The files that the diagnostics point into.
        sources: Vec<SourceFile>,
    },
    /// Everything was evaluated.
    Judged(Box<Judged>),
}

/// An evaluation with the policy that it was made under.
#[derive(Debug)]
pub struct Judged {
    /// The policy.
    pub policy: Policy,
    /// What was decided.
    pub evaluation: Evaluation,
    /// What the CI system says of the run.
    pub context: CiContext,
    /// The change that was judged, where its base is known.
    pub change: Option<Change>,
    /// The working directory from the repository's root: empty, or ending in `/`.
    pub folder: String,
}

/// What to judge.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// The policy file; `None` to look for it.
    pub policy: Option<PathBuf>,
    /// Reports given by hand; empty to take what the policy's globs match.
    pub reports: Vec<String>,
    /// The environment that is deployed.
    pub environment: Option<String>,
    /// The ref that is judged.
    pub reference: Option<String>,
    /// Change or state; `None` for what the context says.
    pub event: Option<Event>,
    /// The commit that a change is judged against; `None` for what the context says.
    pub base: Option<String>,
    /// The clock.
    pub now: Timestamp,
    /// True if the clock was set by the user.
    pub clock_given: bool,
    /// The catalogue of exploited vulnerabilities, in place of the policy's.
    pub kev: Option<PathBuf>,
    /// The probabilities of exploitation, in place of the policy's.
    pub epss: Option<PathBuf>,
    /// What was there before: a file, or a commit that holds one.
    pub baseline: Option<String>,
    /// The commit since which lines count as changed.
    pub changed_since: Option<String>,
    /// The ledger, in place of the policy's; `None` to read one only where the policy names it.
    pub ledger: Option<String>,
    /// True if what is not committed belongs to the change.
    pub work_tree: bool,
    /// What is known to be missing before a report is read.
    pub upstream: Vec<Diagnostic>,
    /// What a hook judges before it is pushed, in place of what the context says.
    pub push: Option<Push>,
}

/// One ref that is about to be pushed, and how its reports are got.
#[derive(Debug, Clone)]
pub struct Push {
    /// The commit that is pushed.
    pub head: ObjectId,
    /// What it is judged against; `None` if nothing of the remote is known here.
    pub base: Option<Base>,
    /// How long a command that writes a report may take; `None` if none is to be started.
    pub limit: Option<Duration>,
}

impl CheckRequest {
    pub(super) fn new(reports: &[String], how: &Circumstances, now: Timestamp) -> Self {
        // What is there and empty is not known: it must not put the run outside a scope.
        let known = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let named = |path: &Option<PathBuf>| path.clone().filter(|p| !p.as_os_str().is_empty());
        Self {
            policy: named(&how.policy),
            reports: reports.to_vec(),
            environment: known(&how.environment),
            reference: known(&how.reference),
            event: how
                .event
                .as_ref()
                .and_then(|given| given.0)
                .map(|event| match event {
                    EventChoice::Change => Event::Change,
                    EventChoice::State => Event::State,
                }),
            base: known(&how.base).filter(|base| base != "auto"),
            now: how.now.as_ref().and_then(|given| given.0).unwrap_or(now),
            clock_given: how.now.as_ref().is_some_and(|given| given.0.is_some()),
            kev: named(&how.kev),
            epss: named(&how.epss),
            baseline: known(&how.baseline),
            changed_since: known(&how.changed_since),
            ledger: None,
            work_tree: how.work_tree,
            upstream: Vec::new(),
            push: None,
        }
    }
}

impl CheckRequest {
    /// A request for the policy alone.
    pub(super) fn of_policy(
        policy: Option<&PathBuf>,
        clock: Option<&Clock>,
        now: Timestamp,
    ) -> Self {
        Self {
            policy: policy.filter(|path| !path.as_os_str().is_empty()).cloned(),
            reports: Vec::new(),
            environment: None,
            reference: None,
            event: None,
            base: None,
            now: clock.and_then(|given| given.0).unwrap_or(now),
            clock_given: clock.is_some_and(|given| given.0.is_some()),
            kev: None,
            epss: None,
            baseline: None,
            changed_since: None,
            ledger: None,
            work_tree: false,
            upstream: Vec::new(),
            push: None,
        }
    }

    /// The arguments with which `explain` judges the same.
    pub(super) fn again(&self) -> Vec<String> {
        let mut words = self.reports.clone();
        let mut flag = |name: &str, value: Option<&str>| {
            words.extend(
                value
                    .into_iter()
                    .flat_map(|v| [name.to_owned(), v.to_owned()]),
            );
        };
        let policy = self.policy.as_ref().map(|path| path.to_string_lossy());
        flag("--policy", policy.as_deref());
        flag("--environment", self.environment.as_deref());
        flag("--ref", self.reference.as_deref());
        flag("--event", self.event.map(Event::as_str));
        let of_push = self.push.as_ref().and_then(|push| push.base.as_ref());
        let base = self
            .base
            .as_deref()
            .or(of_push.map(|base| base.commit.as_str()));
        flag("--base", base);
        flag("--baseline", self.baseline.as_deref());
        flag("--changed-since", self.changed_since.as_deref());
        let now = self.clock_given.then(|| self.now.to_string());
        flag("--now", now.as_deref());
        for (name, path) in [("--kev", &self.kev), ("--epss", &self.epss)] {
            let path = path.as_ref().map(|path| path.to_string_lossy());
            flag(name, path.as_deref());
        }
        if self.work_tree {
            words.push("--worktree".to_owned());
        }
        words
    }
}

/// Reads the policy and the reports, and judges.
pub fn evaluate(request: &CheckRequest, surroundings: &Surroundings) -> Outcome {
    match judged(request, surroundings) {
        Ok(judged) => Outcome::Judged(Box::new(judged)),
        Err(refusal) => Outcome::Refused {
            diagnostics: refusal.diagnostics,
            sources: refusal.sources,
        },
    }
}

fn judged(request: &CheckRequest, surroundings: &Surroundings) -> Result<Judged, Refusal> {
    let mut ground = trust::ground(request, surroundings)?;
    let mut said = mem::take(&mut ground.loaded.diagnostics);
    let Some(policy) = ground.loaded.policy.take() else {
        said.append(&mut ground.diagnostics);
        return Err(Refusal {
            diagnostics: said,
            sources: ground.loaded.sources,
        });
    };
    said.append(&mut ground.diagnostics);
    let since = since::since(request, surroundings, &ground, &policy)?;
    said.extend(since.diagnostics);
    let made = scans::made(&policy, request, surroundings, &ground)?;
    said.extend(made.diagnostics);
    let occasion = Occasion {
        request,
        surroundings,
        ground: &ground,
        since: since.since,
        failed: made.failed,
    };
    let proposed = match &ground.proposal {
        Some(proposal) => {
            let (proposed, warning) = proposed(&policy, proposal, &occasion);
            said.extend(warning);
            Some(proposed)
        }
        None => None,
    };
    let mut evaluation = occasion
        .judge(&policy, said)
        .map_err(|diagnostics| Refusal {
            diagnostics,
            sources: ground.loaded.sources.clone(),
        })?;
    evaluation.proposed = proposed;
    Ok(Judged {
        policy,
        evaluation,
        context: ground.context,
        change: ground.change,
        folder: ground.folder,
    })
}

impl Judged {
    /// The lines that the change touches, where a view asks for them. What git cannot tell is
    /// said in the log, and the views show all findings.
    pub(super) fn lines(&self, wanted: bool, voice: Voice) -> Option<ChangedLines> {
        let change = self.change.as_ref().filter(|_| wanted)?;
        match change.lines(&self.context) {
            Ok(lines) => Some(lines),
            Err(unknown) => {
                let text = super::drawn(&[*unknown], &[], voice.styled);
                voice.log.say(&text);
                None
            }
        }
    }

    /// The marked findings as measures look at them, for `explain`.
    pub fn sight(&self) -> Sight<'_> {
        Sight::new(
            &self.evaluation.scoped,
            &self.policy,
            self.evaluation.about.event == Event::Change,
        )
    }
}
