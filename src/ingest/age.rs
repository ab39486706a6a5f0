//! Whether a report is of the commit that is judged, and young enough (rules S63, S64).

use jiff::{SignedDuration, Timestamp};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::model::{RunReason, UntrustedText};

use super::{Context, Expected};

/// A scan that ended this long before the commit was made is of another commit; clocks of
/// machines differ by less.
const SLACK: SignedDuration = SignedDuration::from_mins(5);

/// A report's own time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended {
    /// The latest end that it tells.
    pub(super) latest: Option<Timestamp>,
    /// True if no part of the scan leaves its end untold.
    pub(super) whole: bool,
}

impl From<Option<Timestamp>> for Ended {
    fn from(latest: Option<Timestamp>) -> Self {
        Self {
            latest,
            whole: true,
        }
    }
}

/// Why a run is failed for its age or its commit, with the diagnostics that say so.
///
/// `ended` is the report's own time and `commits` are the commits that it names. File times
/// tell nothing in a pipeline, since downloads rewrite them; only where the entry expects one
/// (before a push) does it stand in for a report that tells neither.
pub(super) fn reasons(
    ended: Ended,
    commits: &[&str],
    expected: &Expected,
    context: &Context,
    report: &UntrustedText,
) -> (Vec<RunReason>, Vec<Diagnostic>) {
    let mut reasons = Vec::new();
    let mut diagnostics = Vec::new();
    let mut fail = |reason, diagnostic: Diagnostic| {
        reasons.push(reason);
        diagnostics.push(diagnostic.at(Place::report(report)));
    };
    let untold = ended.latest.is_none() && commits.is_empty();
    let written = expected.written.filter(|_| untold);
    if let (Some(ended), Some(head)) = (ended.latest.or(written), &context.head)
        && head.committed.duration_since(ended) > SLACK
    {
        fail(
            RunReason::OlderThanCommit,
            Diagnostic::new(
                Code::ReportOlderThanCommit,
                "the report is older than the commit that is judged, so it is no scan of it",
            )
            .hint("run the scanner again, on the commit that is judged"),
        );
    }
    if let (false, Some(head)) = (commits.is_empty(), &context.head)
        && !head.commits.is_empty()
        && !commits
            .iter()
            .all(|commit| is_one_of(commit, &head.commits))
    {
        fail(
            RunReason::OtherCommit,
            Diagnostic::new(
                Code::ReportOfOtherCommit,
                "the report names another commit than the one that is judged",
            )
            .hint("run the scanner again, on the commit that is judged"),
        );
    }
    if let Some(words) = too_old(ended, expected, context) {
        fail(
            RunReason::TooOld,
            Diagnostic::new(Code::ReportTooOld, words)
                .hint("run the scanner again, or drop `max_age` from the report entry"),
        );
    }
    (reasons, diagnostics)
}

/// Why a report does not meet its entry's `max_age`. A time that is not known, or that no
/// clock shows yet, is not young.
fn too_old(ended: Ended, expected: &Expected, context: &Context) -> Option<&'static str> {
    let most = SignedDuration::from_secs(i64::try_from(expected.max_age?).unwrap_or(i64::MAX));
    let Some(latest) = ended.latest else {
        return Some("the report does not say when its scan ended, and its entry has a `max_age`");
    };
    let age = context.now.duration_since(latest);
    if age > most {
        Some("the report is older than its entry's `max_age` allows")
    } else if age < -SLACK {
        Some(
            "the report says that its scan ends in the future, which tells nothing of its age, \
             and its entry has a `max_age`",
        )
    } else if ended.whole {
        None
    } else {
        Some(
            "the report does not say of each part of its scan when it ended, and its entry has \
             a `max_age`",
        )
    }
}

fn is_one_of(commit: &str, judged: &[String]) -> bool {
    judged.iter().any(|one| one.eq_ignore_ascii_case(commit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Head, Limits};

    fn context(committed: &str) -> Context {
        Context {
            now: "2026-03-01T12:00:00Z".parse().unwrap(),
            roots: Vec::new(),
            secret_key: None,
            tools: Vec::new(),
            head: Some(Head {
                commits: vec!["ab".repeat(20)],
                committed: committed.parse().unwrap(),
            }),
            limits: Limits::default(),
        }
    }

    fn judge(ended: Option<&str>, commits: &[&str], expected: &Expected) -> Vec<RunReason> {
        let context = context("2026-03-01T11:00:00Z");
        let ended = ended.map(|text| text.parse().unwrap());
        let report = UntrustedText::new("r.json");
        let (reasons, diagnostics) = reasons(ended.into(), commits, expected, &context, &report);
        assert_eq!(reasons.len(), diagnostics.len());
        reasons
    }

    #[test]
    fn secrets_rule_063_five_minutes_are_allowed() {
        let expected = Expected::default();
        assert!(judge(Some("2026-03-01T10:55:00Z"), &[], &expected).is_empty());
        assert_eq!(
            judge(Some("2026-03-01T10:54:59Z"), &[], &expected),
            [RunReason::OlderThanCommit]
        );
        assert!(judge(None, &[], &expected).is_empty());
    }

    #[test]
    fn secrets_rule_063_a_file_s_time_counts_only_where_it_is_expected_and_nothing_else_tells() {
        let old: Expected = Expected {
            written: Some("2026-03-01T10:00:00Z".parse().unwrap()),
            ..Expected::default()
        };
        assert_eq!(judge(None, &[], &old), [RunReason::OlderThanCommit]);
        assert!(judge(Some("2026-03-01T11:30:00Z"), &[], &old).is_empty());
        assert!(judge(None, &["ab".repeat(20).as_str()], &old).is_empty());
        let young = Expected {
            written: Some("2026-03-01T11:00:00Z".parse().unwrap()),
            ..Expected::default()
        };
        assert!(judge(None, &[], &young).is_empty());
        let early = judge(Some("2026-03-01T10:00:00Z"), &[], &young);
        assert_eq!(early, [RunReason::OlderThanCommit]);
    }

    #[test]
    fn secrets_rule_064_a_named_commit_must_be_the_judged_one() {
        let expected = Expected::default();
        let judged = "AB".repeat(20);
        assert!(judge(None, &[&judged], &expected).is_empty());
        let other = "cd".repeat(20);
        assert_eq!(judge(None, &[&other], &expected), [RunReason::OtherCommit]);
    }

    #[test]
    fn max_age_counts_from_the_report_s_own_time_and_needs_one() {
        let expected = Expected {
            max_age: Some(3600),
            ..Expected::default()
        };
        assert!(judge(Some("2026-03-01T11:00:00Z"), &[], &expected).is_empty());
        assert_eq!(
            judge(Some("2026-03-01T10:59:59Z"), &[], &expected),
            [RunReason::TooOld]
        );
        assert_eq!(judge(None, &[], &expected), [RunReason::TooOld]);
    }

    #[test]
    fn max_age_is_not_met_by_a_time_that_is_yet_to_come() {
        let expected = Expected {
            max_age: Some(3600),
            ..Expected::default()
        };
        // Clocks of machines differ.
        assert!(judge(Some("2026-03-01T12:05:00Z"), &[], &expected).is_empty());
        for future in ["2026-03-01T12:05:01Z", "9999-12-30T00:00:00Z"] {
            assert_eq!(
                judge(Some(future), &[], &expected),
                [RunReason::TooOld],
                "{future}"
            );
            assert!(judge(Some(future), &[], &Expected::default()).is_empty());
        }
    }
}
