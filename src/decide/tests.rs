//! Verdicts, enforcement, scores and exit codes.

use super::*;
use crate::diagnostic::{Code, Place};
use crate::model::testing::{IntakeBuilder, RunSpec};
use crate::model::{Class, UntrustedText};
use crate::policy;
use crate::scope::{self, RunFacts};

const NOW: &str = "2026-11-16T00:00:00Z";

fn about(event: Event, now: &str) -> About {
    About {
        version: "0",
        policy_path: "krgate.yaml".into(),
        policy_sha256: String::new(),
        policy_commit: None,
        enforced: true,
        mission: None,
        period: None,
        entries: Vec::new(),
        event,
        reference: None,
        environment: None,
        now: now.parse().unwrap(),
        again: Vec::new(),
    }
}

/// Judges a policy on a SAST run with this many findings.
fn with_findings(text: &str, findings: u32, now: &str, diagnostics: Vec<Diagnostic>) -> Evaluation {
    let loaded = policy::parse("krgate.yaml", text);
    let Some(policy) = loaded.policy else {
        panic!("policy has faults: {:?}\n{text}", loaded.diagnostics);
    };
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("semgrep", Class::Sast));
    for line in 1..=findings {
        intake.finding(run, "r", "a.py", line);
    }
    let scoped = scope::mark(intake.build(), &policy, &RunFacts::default());
    evaluate(
        &policy,
        scoped,
        about(Event::State, now),
        &History::default(),
        diagnostics,
        Vec::new(),
    )
}

fn policy_with(head: &str, key_results: &[&str]) -> String {
    let list: Vec<String> = key_results
        .iter()
        .map(|kr| {
            format!("      - {{ title: T, measure: {{ count: {{ class: sast }} }}, {kr} }}\n")
        })
        .collect();
    let list = list.concat();
    format!(
        "version: 1\n{head}objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    \
         key_results:\n{list}"
    )
}

fn only(evaluation: &Evaluation) -> &KeyResultOutcome {
    evaluation.key_results().next().unwrap().1
}

const QUARTER: &str = "period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }\n";

#[test]
fn a_committed_guardrail_blocks_by_default() {
    let text = policy_with("", &[r#"id: k, target: "<= 0""#]);
    let missed = with_findings(&text, 1, NOW, Vec::new());
    assert_eq!(only(&missed).enforcement, Enforcement::Block);
    assert_eq!(missed.exit, ExitCode::Failed);
    let met = with_findings(&text, 0, NOW, Vec::new());
    assert_eq!(met.exit, ExitCode::Passed);
    assert_eq!(met.counts.met, 1);
}

#[test]
fn an_aspirational_key_result_warns() {
    let text = policy_with("", &[r#"id: k, target: "<= 0", ambition: aspirational"#]);
    let missed = with_findings(&text, 1, NOW, Vec::new());
    assert_eq!(missed.exit, ExitCode::Passed);
    assert_eq!(missed.counts.warnings, 1);
}

#[test]
fn a_committed_key_result_that_moves_warns_until_it_is_due() {
    let text = policy_with(
        QUARTER,
        &[r#"id: k, start: 10, target: "<= 0", due: 2026-12-01"#],
    );
    let before = with_findings(&text, 3, NOW, Vec::new());
    assert_eq!(only(&before).enforcement, Enforcement::Warn);
    assert_eq!(
        only(&before).softened.as_deref(),
        Some("not blocking before 2026-12-01")
    );
    let after = with_findings(&text, 3, "2026-12-01T00:00:00Z", Vec::new());
    assert_eq!(after.exit, ExitCode::Failed);
    let by_period = policy_with(QUARTER, &[r#"id: k, start: 10, target: "<= 0""#]);
    let softened = with_findings(&by_period, 3, NOW, Vec::new());
    assert_eq!(
        only(&softened).softened.as_deref(),
        Some("not blocking before 2027-01-01")
    );
    let stated = policy_with(
        QUARTER,
        &[r#"id: k, start: 10, target: "<= 0", on_miss: block"#],
    );
    assert_eq!(
        with_findings(&stated, 3, NOW, Vec::new()).exit,
        ExitCode::Failed
    );
}

#[test]
fn key_result_k32_enforce_from_is_a_shadow_period_in_the_policy_s_zone() {
    let berlin =
        "period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01, time_zone: Europe/Berlin }\n";
    let text = policy_with(
        berlin,
        &[r#"id: k, target: "<= 0", on_miss: block, enforce_from: 2026-12-01"#],
    );
    let before = with_findings(&text, 1, "2026-11-30T22:59:59Z", Vec::new());
    assert_eq!(only(&before).verdict, Verdict::Missed);
    assert_eq!(only(&before).enforcement, Enforcement::Warn);
    let after = with_findings(&text, 1, "2026-11-30T23:00:00Z", Vec::new());
    assert_eq!(only(&after).enforcement, Enforcement::Block);
}

#[test]
fn invariant_01_unknown_blocks_wherever_missed_would() {
    let other = r#"{ id: k, title: T, measure: { count: { class: dast } }, target: "<= 0""#;
    let head = "version: 1\nobjectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    key_results:\n      - ";
    let blocked = with_findings(&format!("{head}{other} }}\n"), 0, NOW, Vec::new());
    assert_eq!(only(&blocked).verdict, Verdict::Unknown);
    assert_eq!(blocked.exit, ExitCode::Failed);
    let said = with_findings(
        &format!("{head}{other}, on_unknown: warn }}\n"),
        0,
        NOW,
        Vec::new(),
    );
    assert_eq!(said.exit, ExitCode::Passed);
    assert_eq!(said.counts.warnings, 1);
}

#[test]
fn key_result_k02_score_of_a_falling_key_result() {
    let text = policy_with(QUARTER, &[r#"id: k, start: 40, target: "<= 20""#]);
    let rows = [
        (40, "0.0000", "0.0000"),
        (26, "0.7000", "0.7000"),
        (46, "-0.3000", "0.0000"),
        (12, "1.4000", "1.0000"),
    ];
    for (value, raw, score) in rows {
        let evaluation = with_findings(&text, value, NOW, Vec::new());
        let kr = only(&evaluation);
        assert_eq!(kr.raw.unwrap().to_decimal(4), raw, "{value}");
        assert_eq!(kr.score.unwrap().to_decimal(4), score, "{value}");
    }
}

#[test]
fn key_result_k04_verdict_and_score_are_separate() {
    let text = policy_with(QUARTER, &[r#"id: k, start: 40, target: "<= 20""#]);
    let evaluation = with_findings(&text, 21, NOW, Vec::new());
    let kr = only(&evaluation);
    assert_eq!(kr.verdict, Verdict::Missed);
    assert_eq!(kr.score.unwrap().to_decimal(4), "0.9500");
}

#[test]
fn key_result_k14_roll_up_is_the_weighted_mean_of_what_is_known() {
    let text = policy_with(
        QUARTER,
        &[
            r#"id: a, target: "<= 2", weight: 2"#,
            r#"id: b, start: 4, target: "<= 0""#,
            r#"id: c, target: "<= 9", kind: health"#,
        ],
    );
    let known = with_findings(&text, 2, NOW, Vec::new());
    // Weights 2 and 1, scores 1 and 1/2; the health key result is left out.
    let score = known.objectives[0].score;
    assert_eq!(score.value.unwrap().to_decimal(4), "0.8333");
    assert_eq!(score.known, Quantity::ONE);
}

#[test]
fn key_result_k13_less_than_half_known_is_unknown() {
    let dast = |weight: &str| {
        format!(
            "version: 1\nobjectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    key_results:\n      \
             - {{ id: a, title: T, measure: {{ count: {{ class: sast }} }}, target: \"<= 0\" }}\n      \
             - {{ id: b, title: T, measure: {{ count: {{ class: dast }} }}, target: \"<= 0\", weight: {weight} }}\n"
        )
    };
    let half = with_findings(&dast("1"), 0, NOW, Vec::new());
    assert_eq!(half.objectives[0].score.value, Some(Quantity::ONE));
    let less = with_findings(&dast("1.5"), 0, NOW, Vec::new());
    assert_eq!(less.objectives[0].score.value, None);
    assert_eq!(less.objectives[0].score.known.to_decimal(2), "0.40");
}

#[test]
fn exit_codes_the_highest_of_two_to_four_wins_over_one() {
    let text = policy_with("", &[r#"id: k, target: "<= 0""#]);
    let place = Place::report(&UntrustedText::new("x.sarif"));
    let broken = Diagnostic::new(Code::ReportTruncated, "x").at(place);
    let evaluation = with_findings(&text, 1, NOW, vec![broken.clone()]);
    assert_eq!(evaluation.exit, ExitCode::Evidence);
    assert_eq!(
        evaluation.counts.missed_blocking, 1,
        "it is judged all the same"
    );
    let unwritten = Diagnostic::new(Code::OutputNotWritten, "x");
    let both = with_findings(&text, 0, NOW, vec![broken, unwritten]);
    assert_eq!(both.exit, ExitCode::Environment);
    let warning = Diagnostic::new(Code::SameToolTwice, "x");
    assert_eq!(
        with_findings(&text, 0, NOW, vec![warning]).exit,
        ExitCode::Passed
    );
}

#[test]
fn a_target_that_is_a_share_of_an_unknown_start_is_unknown() {
    let text = policy_with(
        QUARTER,
        &[
            r#"id: k, start: { baseline: previous }, target: "<= 50% of start", ambition: aspirational"#,
        ],
    );
    let evaluation = with_findings(&text, 0, NOW, Vec::new());
    let kr = only(&evaluation);
    assert_eq!(kr.verdict, Verdict::Unknown);
    assert_eq!(kr.measurement.reasons[0].code, "no-baseline");
    let figure = text.replace("<= 50% of start", "<= 0");
    let by_figure = with_findings(&figure, 0, NOW, Vec::new());
    assert_eq!(only(&by_figure).verdict, Verdict::Unknown, "rule Q3");
    let measured = policy_with(QUARTER, &[r"id: k, target: measured"]);
    let base = with_findings(&measured, 0, NOW, Vec::new());
    assert_eq!(only(&base).verdict, Verdict::Unknown, "rule K10");
}
