//! Facts in words, the same in every format that people read.

use std::num::NonZeroU32;

use crate::decide::{Counts, Evaluation, ExitCode, KeyResultOutcome, Verdict};
use crate::diagnostic::{Diagnostic, Fault, Level, Message, Place};
use crate::model::{
    ChangedLines, Class, Cvss, Evidence, Finding, FindingView, Quantity, RunStatus, ScoreHow,
    ScoreSource, Severity, Suppression, ToolRun, Untrusted, Validity,
};
use crate::policy::{Enforcement, SeverityRule};
use crate::scope::{
    JudgedScore, Standing, WaiverOutcome, judged_epss, judged_kev, judged_score, judged_severity,
};
use jiff::civil::Date;

/// `1 finding`, `3 findings`, `1,204 findings`.
pub(super) fn count(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{} {noun}s", thousands(number))
    }
}

/// `1,048,576`.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How many there are, for lists whose lengths fit 64 bits.
pub(super) fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// What the exit code is called in one word.
pub(super) const fn outcome(exit: ExitCode) -> &'static str {
    match exit {
        ExitCode::Passed => "passed",
        ExitCode::Failed => "failed",
        ExitCode::Request => "wrong_request",
        ExitCode::Evidence => "wrong_evidence",
        ExitCode::Environment => "environment_failed",
    }
}

/// How the verdict begins.
pub(super) const fn headline(exit: ExitCode) -> &'static str {
    match exit {
        ExitCode::Passed => "PASSED",
        ExitCode::Failed => "FAILED",
        ExitCode::Request => "THE REQUEST IS WRONG",
        ExitCode::Evidence => "THE EVIDENCE IS WRONG",
        ExitCode::Environment => "THE ENVIRONMENT FAILED",
    }
}

/// The verdict in one sentence with the exit code (rule V1).
pub(super) fn verdict(evaluation: &Evaluation) -> Message {
    let exit = evaluation.exit;
    let head = Message::from(headline(exit)).own(": ");
    let head = match exit {
        ExitCode::Passed | ExitCode::Failed => head,
        ExitCode::Request => first_fault(head, evaluation, Fault::Request),
        ExitCode::Evidence => first_fault(head, evaluation, Fault::Evidence),
        ExitCode::Environment => first_fault(head, evaluation, Fault::Environment),
    };
    let sentence = head
        .own(key_results(&evaluation.counts))
        .own(format!(" (exit {})", exit.number()));
    match exit {
        ExitCode::Evidence => sentence.own(". Repair or give the report, then run again"),
        _ => sentence,
    }
}

/// `2 key results missed, 1 unknown, 3 met, 1 warning`.
pub(super) fn key_results(counts: &Counts) -> String {
    let mut parts = Vec::new();
    if counts.missed_blocking > 0 {
        parts.push(format!(
            "{} missed",
            count(counts.missed_blocking, "key result")
        ));
    }
    if counts.unknown_blocking > 0 {
        parts.push(if parts.is_empty() {
            format!("{} unknown", count(counts.unknown_blocking, "key result"))
        } else {
            format!("{} unknown", counts.unknown_blocking)
        });
    }
    if counts.met > 0 || parts.is_empty() {
        parts.push(format!("{} met", counts.met));
    }
    if counts.warnings > 0 {
        parts.push(count(counts.warnings, "warning"));
    }
    if counts.observed > 0 {
        parts.push(format!("{} observed", counts.observed));
    }
    parts.join(", ")
}

/// The first error of a kind with its place, and how many more there are.
fn first_fault(head: Message, evaluation: &Evaluation, fault: Fault) -> Message {
    let mut errors = errors(&evaluation.diagnostics).filter(|d| d.code.fault() == fault);
    let Some(first) = errors.next() else {
        return head;
    };
    let mut message = head.own(first.code.as_str());
    if let Place::Report { path, .. } = &first.place {
        message = message.own(" in ").foreign(path.as_untrusted());
    }
    let more = number(errors.count());
    if more > 0 {
        message = message.own(format!(" and {}", count(more, "more error")));
    }
    message.own("; ")
}

/// Where a diagnostic of the policy is shown with its line, which an evaluation does not hold.
pub(super) const IN_POLICY: &str = "the policy; see `krgate policy check` for where";

/// True if a diagnostic points into the policy: its label explains the place that is marked
/// there and is no expectation.
pub(super) const fn is_in_policy(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.place, Place::Source { .. })
}

/// What is wrong and where, in one sentence without the next step.
pub(super) fn diagnosed(diagnostic: &Diagnostic) -> Message {
    let mut said =
        Message::from(format!("`{}`: ", diagnostic.code.as_str())).join(&diagnostic.message);
    if let Place::Report {
        path,
        offset,
        line_column,
        field,
    } = &diagnostic.place
    {
        said = said.own(", at ").foreign(path.as_untrusted());
        if let Some(offset) = offset {
            said = said.own(format!(", byte {}", thousands(*offset)));
        }
        if let Some((line, column)) = line_column {
            said = said.own(format!(", line {line}, column {column}"));
        }
        if let Some(field) = field {
            said = said.own(format!(", `{field}`"));
        }
    }
    if is_in_policy(diagnostic) {
        if let Some(label) = &diagnostic.label {
            said = said.own("; ").join(label);
        }
        said = said.own("; in ").own(IN_POLICY);
    }
    if diagnostic.count > 1 {
        let more = count(diagnostic.count - 1, "more place");
        said = said.own(format!(" and {more}"));
    }
    said
}

/// True if a finding lies on changed lines, or may: one without a path is not known to lie
/// elsewhere, and one without a line lies anywhere in its file.
pub(super) fn is_on_changed_lines(changed: &ChangedLines, view: &FindingView<'_>) -> bool {
    let Some(path) = view.repo_path() else {
        return true;
    };
    let region = view.finding.region;
    let number = |line: Option<NonZeroU32>| line.map(NonZeroU32::get);
    changed.touches(path, number(region.line), number(region.end_line))
}

/// Diagnostics of level error.
pub(super) fn errors(diagnostics: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    diagnostics.iter().filter(|d| d.level == Level::Error)
}

/// What a key result that is not met does: `blocks`, `warns`, `is observed`.
pub(super) const fn effect(key_result: &KeyResultOutcome) -> &'static str {
    match (key_result.verdict, key_result.enforcement) {
        (Verdict::Met, _) => "",
        (_, Enforcement::Block) => "blocks",
        (_, Enforcement::Warn) => "warns",
        (_, Enforcement::Observe) => "observed",
    }
}

/// What stands beside a figure on every page: a note can say that the figure leaves findings
/// out, so it is never hidden (rule O4). Without a figure the reasons say it, and which tools
/// satisfied a demand in full is for whoever asks for more.
pub(super) fn beside(key_result: &KeyResultOutcome) -> &[Message] {
    let measurement = &key_result.measurement;
    match measurement.value {
        None => &[],
        Some(value) if value == Quantity::ONE && key_result.measure == "tools" => &[],
        Some(_) => &measurement.notes,
    }
}

/// What the gate goes by: `CVSS 9.8 (security-severity of the rule)`, or `no score` with what
/// the policy makes of that (rules V3, 76, 77, 82, 85).
pub(super) fn score(finding: Finding, rule: &SeverityRule) -> String {
    match (finding.cvss, judged_score(finding, rule)) {
        (Cvss::Scored(score), _) => {
            let source = score.source.as_str();
            match score.how {
                ScoreHow::Given => format!("CVSS {} ({source})", score.tenths),
                ScoreHow::Vector => {
                    format!("CVSS {} (computed from the vector, {source})", score.tenths)
                }
                ScoreHow::Band => format!(
                    "{}, read as CVSS {} (a word in {source})",
                    Severity::of(score.tenths),
                    score.tenths
                ),
                ScoreHow::Derived => {
                    format!("CVSS {} (derived by the tool, {source})", score.tenths)
                }
            }
        }
        (_, JudgedScore::FromLevel(tenths)) => format!(
            "{}; level {} read as {tenths} by the policy",
            no_score(finding.cvss),
            finding.level
        ),
        (_, JudgedScore::Assumed(tenths)) => {
            format!("{}; read as {tenths} by the policy", no_score(finding.cvss))
        }
        (_, JudgedScore::Ignored) => {
            format!("{}; left out by the policy", no_score(finding.cvss))
        }
        (_, JudgedScore::Known(..) | JudgedScore::Unknown) => {
            format!("{}, level {}", no_score(finding.cvss), finding.level)
        }
    }
}

fn no_score(cvss: Cvss) -> String {
    match cvss {
        Cvss::BareZero(source) => format!("no score (0.0 in {})", ScoreSource::as_str(source)),
        Cvss::Unscored | Cvss::Scored(_) => "no score".to_owned(),
    }
}

/// How bad a finding is: of secrets the validity, of all others the score.
pub(super) fn badness(finding: Finding, rule: &SeverityRule) -> String {
    if finding.class == Class::Secrets {
        format!("secret, {}", validity(finding.validity))
    } else {
        score(finding, rule)
    }
}

/// The band that the gate judges a finding by, where there is one.
pub(super) fn severity(view: &FindingView<'_>, rule: &SeverityRule) -> Option<Severity> {
    judged_severity(view.finding, view.facts(), rule)
}

/// Whether a secret works, in words (rule S65).
pub(super) const fn validity(validity: Validity) -> &'static str {
    match validity {
        Validity::Active => "checked and alive",
        Validity::Unknown => "checked without an answer",
        Validity::NotAttempted => "never checked",
        Validity::Unsupported => "of a kind that the tool cannot check",
        Validity::Inactive => "checked and dead",
    }
}

/// What a waiver says of itself: its name, why, who answers for it and until when.
pub(super) fn waiver(outcome: &WaiverOutcome) -> Message {
    let waiver = &outcome.waiver;
    let mut said = Message::default().foreign(Untrusted::new(&waiver.label()));
    if let Some(reason) = &waiver.reason {
        said = said.own(": ").foreign(Untrusted::new(reason));
    }
    let facts = [
        waiver.owner.as_ref().map(|owner| ("", owner)),
        waiver.approved_by.as_ref().map(|by| ("approved by ", by)),
    ];
    for (word, who) in facts.into_iter().flatten() {
        said = said.own(", ").own(word).foreign(Untrusted::new(who));
    }
    match waiver.expires {
        Some(day) => said.own(format!(", until {day}")),
        // A statement has no end.
        None if waiver.subject.statement.is_some() => said,
        None => said.own(", without an end"),
    }
}

/// Why a finding is set aside; `None` if it counts.
pub(super) const fn set_aside(finding: Finding, standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Counted => None,
        Standing::SuppressedInReport => Some(match finding.suppression {
            Suppression::InSource => "suppressed in the source",
            Suppression::External => "suppressed outside the source",
            Suppression::Both => "suppressed in the source and outside it",
            Suppression::None | Suppression::NotEffective => "suppressed in the report",
        }),
        Standing::Dismissed => Some("dismissed in the tool"),
        Standing::Waived => Some("waived"),
        Standing::Vex => Some("set aside by a VEX document"),
    }
}

/// The word that stands for a run: `ok`, `FAILED`, `NOT RUN`.
pub(super) const fn run_status(run: &ToolRun) -> &'static str {
    match run.status {
        RunStatus::Ok => "ok",
        RunStatus::Failed => "FAILED",
        RunStatus::NotRun => "NOT RUN",
    }
}

/// What a run left: `214 findings, 3 suppressed, 2 need review (highest 9.5), weak evidence`.
pub(super) fn run_results(run: &ToolRun) -> String {
    let counts = &run.counts;
    let mut parts = vec![count(counts.findings, "finding")];
    if run.status == RunStatus::NotRun && counts.findings == 0 {
        parts.clear();
    }
    if counts.suppressed > 0 {
        parts.push(format!("{} suppressed", thousands(counts.suppressed)));
    }
    if counts.needs_review > 0 {
        let highest = run
            .max_needs_review
            .and_then(Cvss::judged)
            .map_or(String::new(), |score| {
                format!(" (highest {})", score.tenths)
            });
        let need = if counts.needs_review == 1 {
            "needs"
        } else {
            "need"
        };
        parts.push(format!(
            "{} {need} review{highest}",
            thousands(counts.needs_review)
        ));
    }
    if counts.skipped_lines > 0 {
        parts.push(format!("{} skipped", count(counts.skipped_lines, "line")));
    }
    if run.evidence == Evidence::Weak {
        parts.push(if run.believed {
            "weak evidence".to_owned()
        } else {
            "weak evidence, not believed".to_owned()
        });
    }
    parts.join(", ")
}

/// Why a run is not ok, one clause a reason.
pub(super) fn run_reasons(run: &ToolRun) -> String {
    let why: Vec<&str> = run.reasons.iter().map(|reason| reason.explain()).collect();
    why.join("; ")
}

/// Names of the scopes that hold a finding, in the order of the policy.
pub(super) fn scopes(evaluation: &Evaluation, finding: usize) -> Vec<&str> {
    evaluation
        .scoped
        .scopes
        .iter()
        .enumerate()
        .filter(|(scope, _)| evaluation.scoped.is_inside(finding, *scope))
        .map(|(_, marks)| marks.name.as_str())
        .collect()
}

/// `:12`, or nothing without a line.
pub(super) fn line(view: &FindingView<'_>) -> String {
    view.line().map_or(String::new(), |line| format!(":{line}"))
}

/// The command that lists every finding, and what must be said after it where its arguments
/// cannot be pasted.
pub(super) fn list_all(evaluation: &Evaluation) -> (String, &'static str) {
    match plain_arguments(&evaluation.about.again) {
        Some(again) => (format!("krgate check{again} --format json"), ""),
        None => (
            "krgate check --format json".to_owned(),
            " with the same policy and reports",
        ),
    }
}

/// Arguments as they can be pasted, each after a space; `None` where a shell would need
/// quotes, or a reader patience.
pub(super) fn plain_arguments(arguments: &[String]) -> Option<String> {
    let plain = |text: &String| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_./=@:+,".contains(&b))
    };
    let line: String = arguments.iter().flat_map(|word| [" ", word]).collect();
    (arguments.iter().all(plain) && line.len() <= 160).then_some(line)
}

/// What is known of exploits of a finding's vulnerability: `EPSS 0.94358 (percentile
/// 0.99967); KEV listed, due 2021-12-24`; `None` if nothing is.
pub(super) fn exploits(view: &FindingView<'_>, today: Option<Date>) -> Option<String> {
    let epss = judged_epss(view).ok().map(|epss| {
        let percentile = epss.percentile.map_or(String::new(), |percentile| {
            format!(" (percentile {})", percentile.quantity().to_decimal(5))
        });
        let more = if epss.whole {
            ""
        } else {
            ", another CVE has no score"
        };
        let probability = epss.probability.quantity().to_decimal(5);
        let by = said_by(epss.from_file);
        format!("EPSS {probability}{percentile}{more}{by}")
    });
    let kev = judged_kev(view, today).ok().map(|kev| {
        let listed = if kev.listed {
            "KEV listed"
        } else {
            "not in KEV"
        };
        let due = kev.due.map_or(String::new(), |due| match kev.past_due {
            Some(true) => format!(", due {due} (over)"),
            _ => format!(", due {due}"),
        });
        let ransomware = if kev.ransomware == Some(true) {
            ", used for ransomware"
        } else {
            ""
        };
        format!("{listed}{due}{ransomware}{}", said_by(kev.from_file))
    });
    let parts: Vec<String> = epss.into_iter().chain(kev).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn said_by(file: bool) -> &'static str {
    if file { "" } else { ", by the report" }
}
