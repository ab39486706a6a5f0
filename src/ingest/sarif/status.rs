//! Whether a run took place, ended well, and proves it (rules 15 to 29, S61, S62).

use crate::diagnostic::{Code, Message};
use crate::model::{Evidence, Level, RunReason, RunStatus};

use super::super::Expected;
use super::super::age::Ended;
use super::invocation::Invocations;
use super::lookup::Lookup;
use super::notes::Notes;
use super::run::{Audit, ResultsGiven};

/// What a run says of itself.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a sign of its own, looked at by one rule"
)]
pub(super) struct Signs<'a> {
    pub(super) given: ResultsGiven,
    /// How many results there are, wherever they stand; `None` if none were computed.
    pub(super) results: Option<usize>,
    pub(super) invocations: &'a Invocations,
    pub(super) not_read: bool,
    pub(super) malformed: bool,
    pub(super) audit: Option<Audit>,
    /// Reasons of age and commit.
    pub(super) outdated: Vec<RunReason>,
    pub(super) named: bool,
    /// The tool says that it failed exactly when it found something.
    pub(super) fails_on_findings: bool,
    /// The tool's SARIF never proves that its scan ran to the end.
    pub(super) never_proves: bool,
    /// The tool gives an account of its own scan in SARIF: Kingfisher.
    pub(super) proves_by_audit: bool,
}

/// What comes of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) outcome: RunStatus,
    pub(super) reasons: Vec<RunReason>,
    pub(super) accepted: bool,
    pub(super) evidence: Evidence,
    pub(super) believed: bool,
}

impl Signs<'_> {
    /// Judges them, with the diagnostics that say so.
    pub(super) fn judge(
        self,
        lookup: &Lookup<'_>,
        expected: &Expected,
        notes: &mut Notes<'_>,
    ) -> Status {
        let mut reasons = self.outdated.clone();
        let none_meant = self.results_absent(expected, notes, &mut reasons);
        self.invocation_reasons(lookup, notes, &mut reasons);
        if self.invocations.malformed {
            reasons.push(RunReason::InvocationsMalformed);
        }
        if self.not_read {
            reasons.push(RunReason::ExternalNotRead);
        }
        if self.malformed {
            reasons.push(RunReason::ResultMalformed);
        }
        if self.proves_by_audit && self.audit_is_proof() == Some(false) {
            reasons.push(RunReason::ReportedFailure);
        }
        reasons.sort_unstable();
        reasons.dedup();
        note_failure(notes, &reasons);

        let accepted = expected.accept_degraded
            && !reasons.is_empty()
            && reasons.iter().all(|reason| reason.can_be_accepted());
        let outcome = if reasons.is_empty() || accepted {
            RunStatus::Ok
        } else if reasons.iter().any(|reason| reason.means_not_run()) {
            RunStatus::NotRun
        } else {
            RunStatus::Failed
        };
        let evidence = match outcome {
            RunStatus::NotRun => Evidence::None,
            RunStatus::Failed => Evidence::Failed,
            RunStatus::Ok if accepted || none_meant => Evidence::Weak,
            RunStatus::Ok if self.is_proof() => Evidence::Strong,
            RunStatus::Ok => Evidence::Weak,
        };
        let believed = match evidence {
            Evidence::Strong => true,
            Evidence::Weak => self.named && !expected.strong_evidence,
            Evidence::Failed | Evidence::None => false,
        };
        Status {
            outcome,
            reasons,
            accepted,
            evidence,
            believed,
        }
    }

    /// Rules 16 and 17; true if absent results are meant to be none.
    fn results_absent(
        &self,
        expected: &Expected,
        notes: &mut Notes<'_>,
        reasons: &mut Vec<RunReason>,
    ) -> bool {
        if self.results.is_some() {
            return false;
        }
        let (reason, words) = match self.given {
            ResultsGiven::Null => (RunReason::ResultsNull, "the `results` of a run are null"),
            ResultsGiven::Absent | ResultsGiven::Array => {
                (RunReason::ResultsAbsent, "a run has no `results`")
            }
        };
        let meant = expected.absent_results_mean_none;
        notes.note_with_hint(
            Code::SarifResultsAbsent,
            "results",
            Message::from(words).own(if meant {
                "; its entry says that this means none"
            } else {
                ": they were not computed"
            }),
            if meant {
                "an empty list would prove more".into()
            } else {
                "if the tool writes a clean scan like this, say `absent_results_mean_none: true` in the report entry".into()
            },
        );
        if !meant {
            reasons.push(reason);
        }
        meant
    }

    fn invocation_reasons(
        &self,
        lookup: &Lookup<'_>,
        notes: &mut Notes<'_>,
        reasons: &mut Vec<RunReason>,
    ) {
        for (index, invocation) in self.invocations.all.iter().enumerate() {
            match invocation.successful {
                Some(false) if self.fails_on_findings && self.results.unwrap_or(0) > 0 => {
                    notes.note(
                        Code::SarifStatusIgnored,
                        || format!("invocations[{index}].executionSuccessful"),
                        || {
                            "the tool says that it failed whenever it found something; \
                             that is not taken at its word"
                                .into()
                        },
                    );
                }
                Some(false) => reasons.push(RunReason::ExecutionUnsuccessful),
                Some(true) => {}
                None => notes.note(
                    Code::SarifStatusMissing,
                    || format!("invocations[{index}].executionSuccessful"),
                    || "an invocation does not say whether it was successful".into(),
                ),
            }
            if invocation.start_failure {
                reasons.push(RunReason::StartFailure);
            }
            if invocation.exit_signal {
                reasons.push(RunReason::ExitSignal);
            }
            for notification in &invocation.notifications {
                let by_default = || {
                    let descriptor = notification.descriptor.as_ref()?;
                    lookup.notification(descriptor)?.level
                };
                let level = notification.level.or_else(by_default);
                if level == Some(Level::Error) {
                    reasons.push(if notification.execution {
                        RunReason::ExecutionNotification
                    } else {
                        RunReason::ConfigurationNotification
                    });
                }
            }
        }
    }

    /// What Kingfisher's own account says; `None` without one.
    fn audit_is_proof(&self) -> Option<bool> {
        let (succeeded, failed, partial) = self.audit?.summary?;
        Some(succeeded >= 1 && failed == 0 && partial == 0)
    }

    fn is_proof(&self) -> bool {
        if self.proves_by_audit {
            return self.audit_is_proof() == Some(true);
        }
        self.named
            && !self.never_proves
            && !self.invocations.all.is_empty()
            && self
                .invocations
                .all
                .iter()
                .all(|invocation| invocation.successful == Some(true))
    }
}

/// The time at which the scan ended, as far as the run tells.
pub(super) fn ended(invocations: &Invocations, audit: Option<Audit>) -> Ended {
    let completed = audit.and_then(|audit| audit.completed);
    let ends = invocations.all.iter().filter_map(|one| one.ended);
    Ended {
        latest: ends.chain(completed).max(),
        whole: completed.is_some() || invocations.all.iter().all(|one| one.ended.is_some()),
    }
}

fn note_failure(notes: &mut Notes<'_>, reasons: &[RunReason]) {
    let said_otherwise = |reason: &RunReason| {
        matches!(
            reason,
            RunReason::ResultsAbsent
                | RunReason::ResultsNull
                | RunReason::ExternalNotRead
                | RunReason::ResultMalformed
                | RunReason::OlderThanCommit
                | RunReason::OtherCommit
                | RunReason::TooOld
        )
    };
    let told: Vec<_> = reasons
        .iter()
        .filter(|reason| !said_otherwise(reason))
        .collect();
    let Some((first, others)) = told.split_first() else {
        return;
    };
    let field = match first {
        RunReason::ReportedFailure => "properties.repository_audit",
        _ => "invocations",
    };
    let mut words = format!("a run did not end well: {}", first.explain());
    for other in others {
        words.push_str("; ");
        words.push_str(other.explain());
    }
    notes.note_with_hint(
        Code::SarifRunFailed,
        field,
        words.into(),
        "look at the log of the scanner; its findings count, and nothing that it did not find is taken for clean".into(),
    );
}
