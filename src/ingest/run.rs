//! A run of a scanner in the making, and what a format tells of it.

use jiff::Timestamp;

use crate::diagnostic::{Code, Diagnostic, Message, Place};
use crate::model::{
    BaselineState, Class, ClassSet, Cvss, Evidence, Finding, FingerprintRange, Level, PathId,
    Region, ResultCounts, RuleId, RunReason, RunStatus, SecretId, Suppression, TextId, ToolRun,
    Triage, UntrustedText, Validity, Verification,
};

use super::age;
use super::builder::{Builder, Tally};
use super::detect::Lines;
use super::report::Report;
use super::window::Refusal;

/// One secret as a scanner reports it.
#[derive(Debug)]
pub(super) struct Found {
    /// The scanner's rule.
    pub(super) rule: RuleId,
    /// The file.
    pub(super) path: Option<PathId>,
    /// Where in it.
    pub(super) region: Region,
    /// The commit, for display and for telling occurrences apart.
    pub(super) commit: Option<TextId>,
    /// Whether it works.
    pub(super) validity: Validity,
    /// What people decided.
    pub(super) triage: Triage,
    /// Which secret it is.
    pub(super) secret: Option<SecretId>,
    /// What the report itself sets aside (rule O6).
    pub(super) suppression: Suppression,
}

/// Where a report says that a secret is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spot {
    /// The file.
    pub(super) path: Option<PathId>,
    /// Where in it.
    pub(super) region: Region,
    /// The commit.
    pub(super) commit: Option<TextId>,
}

impl Found {
    /// A secret of which nothing is known but the rule and the place.
    pub(super) fn at(rule: RuleId, spot: Spot) -> Self {
        Self {
            rule,
            path: spot.path,
            region: spot.region,
            commit: spot.commit,
            validity: Validity::NotAttempted,
            triage: Triage::Open,
            secret: None,
            suppression: Suppression::None,
        }
    }
}

/// What a format knows of its run when all of it was read.
#[derive(Debug)]
pub(super) struct RunFacts {
    /// Name of the tool; in lower case it is the alias.
    pub(super) tool: UntrustedText,
    /// Its version, if the report says.
    pub(super) version: Option<UntrustedText>,
    /// The class that the run counts as; `None` where the report does not tell.
    pub(super) class: Option<Class>,
    /// The classes that findings of such a run can have.
    pub(super) could_find: ClassSet,
    /// Proof that the scan ran.
    pub(super) evidence: Evidence,
    /// True if weak evidence is believed where the entry does not ask for more (rule S61).
    pub(super) believable: bool,
    /// True if the report shows that a check of a secret was tried (rule S58).
    pub(super) checked: bool,
    /// The report's own time, if it tells one.
    pub(super) ended: Option<Timestamp>,
    /// The commits that the report says it is of (rule S64).
    pub(super) commits: Vec<String>,
    /// Why the run is failed by what the report itself says.
    pub(super) reasons: Vec<RunReason>,
}

impl RunFacts {
    /// A run of a secrets scanner of which nothing is known but the tool: weak, and believed
    /// where the entry does not ask for more.
    pub(super) fn of(tool: &str) -> Self {
        Self {
            tool: UntrustedText::new(tool),
            version: None,
            class: Some(Class::Secrets),
            could_find: ClassSet::of(Class::Secrets),
            evidence: Evidence::Weak,
            believable: true,
            checked: false,
            ended: None,
            commits: Vec::new(),
            reasons: Vec::new(),
        }
    }

    /// The scan failed, or did not come to its end (rule S62).
    pub(super) fn fail(&mut self, reason: RunReason) {
        self.evidence = Evidence::Failed;
        self.reasons.push(reason);
    }
}

/// The level of a secret, as the SARIF of the same scanners has it (rules 66, S35).
pub(super) const fn level_of_secret(validity: Validity) -> Level {
    match validity {
        Validity::Active => Level::Error,
        _ => Level::Warning,
    }
}

/// A run of a secrets scanner in the making: what is common to all of them.
#[derive(Debug, Default)]
pub(super) struct SecretRun {
    /// Diagnostics, one for each code.
    pub(super) tally: Tally,
    /// Log lines and other lines among the findings.
    pub(super) lines: Lines,
    /// True once a word of the report said that a check of a secret was tried (rule S58).
    pub(super) checked: bool,
    items: u32,
}

impl SecretRun {
    /// The index of the item that is being read.
    pub(super) fn item(&self) -> u32 {
        self.items
    }

    /// Adds a finding.
    ///
    /// # Errors
    /// `too-many-findings`.
    pub(super) fn push(&mut self, builder: &mut Builder<'_>, found: &Found) -> Result<(), Refusal> {
        let finding = Finding {
            run: builder.next_run(),
            rule: found.rule,
            path: found.path,
            region: found.region,
            message: None,
            cvss: Cvss::Unscored,
            class: Class::Secrets,
            level: level_of_secret(found.validity),
            suppression: found.suppression,
            baseline: BaselineState::Unstated,
            validity: found.validity,
            triage: found.triage,
            secret: found.secret,
            commit: found.commit,
            fingerprints: FingerprintRange::default(),
            facts: None,
            item: self.items,
        };
        self.push_finding(builder, finding)
    }

    /// Adds a finding of whatever class.
    ///
    /// # Errors
    /// `too-many-findings`.
    pub(super) fn push_finding(
        &mut self,
        builder: &mut Builder<'_>,
        finding: Finding,
    ) -> Result<(), Refusal> {
        self.items = self.items.saturating_add(1);
        builder.push_finding(finding)
    }

    /// What its findings came to.
    fn count(&self, builder: &Builder<'_>) -> ResultCounts {
        let mut counts = ResultCounts {
            results: Some(u64::from(self.items)),
            log_lines: self.lines.log,
            skipped_lines: self.lines.skipped,
            ..ResultCounts::default()
        };
        let run = builder.next_run();
        let last_first = builder.intake.findings.iter().rev();
        for finding in last_first.take_while(|finding| finding.run == run) {
            if finding.triage == Triage::Dismissed || finding.suppression.holds() {
                counts.suppressed += 1;
            } else {
                counts.findings += 1;
            }
            let has_path = finding.path.is_some();
            counts.with_path += u64::from(has_path);
            counts.with_line += u64::from(has_path && finding.region.line.is_some());
        }
        counts
    }

    /// Says how many lines were skipped, and whether the entry declares another class.
    fn note_oddities(&mut self, report: &Report<'_, '_>, facts: &RunFacts) {
        if self.lines.skipped > 0 {
            let skipped = self.lines.skipped;
            self.tally.add(
                Diagnostic::new(
                    Code::LinesSkipped,
                    "lines of the report are neither findings nor log lines",
                )
                .at(Place::report(report.shown))
                .times(skipped),
            );
        }
        let declared = report.expected.class;
        if declared.is_some_and(|class| !facts.could_find.contains(class)) {
            let stays = facts.class.map_or("of several classes", Class::as_str);
            self.tally.add(
                Diagnostic::new(
                    Code::ToolClassConflict,
                    Message::from(
                        "the report entry declares a class that its tool does not have; it stays ",
                    )
                    .own(stays),
                )
                .at(Place::report(report.shown)),
            );
        }
    }

    /// Adds the run, with what is odd in it.
    pub(super) fn finish(mut self, report: &mut Report<'_, '_>, facts: RunFacts) {
        self.lines.log += report.before.log;
        self.lines.skipped += report.before.skipped;
        let counts = self.count(report.builder);
        self.note_oddities(report, &facts);
        let expected = report.expected;
        let commits: Vec<&str> = facts.commits.iter().map(String::as_str).collect();
        let (mut reasons, diagnostics) = age::reasons(
            facts.ended.into(),
            &commits,
            expected,
            report.builder.context,
            report.shown,
        );
        reasons.extend(facts.reasons);
        reasons.sort_unstable();
        reasons.dedup();
        let accepted = expected.accept_degraded
            && !reasons.is_empty()
            && reasons.iter().all(|reason| reason.can_be_accepted());
        let evidence = if accepted {
            Evidence::Weak
        } else {
            facts.evidence
        };
        let checked = self.checked || facts.checked || expected.verification_attempted;
        self.tally.flush(&mut report.builder.diagnostics);
        report.builder.diagnostics.extend(diagnostics);
        report.builder.push_run(ToolRun {
            report: report.id,
            alias: UntrustedText::new(facts.tool.raw().to_lowercase()),
            name: facts.tool,
            named: true,
            version: facts.version,
            category: None,
            class: facts.class,
            could_find: facts.could_find,
            status: if reasons.is_empty() || accepted {
                RunStatus::Ok
            } else {
                RunStatus::Failed
            },
            reasons,
            accepted,
            evidence,
            believed: match evidence {
                Evidence::Strong => true,
                Evidence::Weak => facts.believable && !expected.strong_evidence,
                Evidence::Failed | Evidence::None => false,
            },
            verification: if checked {
                Verification::Proven
            } else {
                Verification::NotProven
            },
            counts,
            rules: None,
            max_needs_review: None,
        });
    }

    /// Notes a descriptive field of the wrong type, which is read as absent (rule S55).
    pub(super) fn wrong_type(
        &mut self,
        shown: &UntrustedText,
        field: &'static str,
        expected: &'static str,
    ) {
        let item = self.items;
        self.tally.note(
            Code::ItemWrongType,
            shown,
            || format!("[{item}].{field}"),
            || {
                Message::from("a field is not ")
                    .own(expected)
                    .own("; it is read as absent")
            },
        );
    }
}
