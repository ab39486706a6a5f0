//! Measures on hand-made intakes, under policies as people write them.

use crate::decide::{self, About, Evaluation, Event, ExitCode, Verdict};
use crate::model::history::History;
use crate::model::testing::{IntakeBuilder, RunSpec};
use crate::model::{
    Class, Evidence, Figures, Level, RunReason, RunStatus, Triage, Validity, Verification,
};
use crate::policy;
use crate::scope::{self, RunFacts};

mod figures;
mod past;

/// A policy with one objective and these key results (YAML flow maps).
fn policy_text(head: &str, key_results: &[&str]) -> String {
    let list: Vec<String> = key_results
        .iter()
        .map(|kr| format!("      - {kr}\n"))
        .collect();
    let list = list.concat();
    format!(
        "version: 1\n{head}objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    \
         key_results:\n{list}"
    )
}

fn judge_as(intake: IntakeBuilder, text: &str, event: Event) -> Evaluation {
    judge_with(intake, text, event, Figures::default())
}

/// Judges on 2026-11-02 at 00:00 UTC.
fn judge_with(intake: IntakeBuilder, text: &str, event: Event, figures: Figures) -> Evaluation {
    let loaded = policy::parse("krgate.yaml", text);
    let Some(policy) = loaded.policy else {
        panic!("policy has faults: {:?}\n{text}", loaded.diagnostics);
    };
    let mut intake = intake.build();
    intake.figures = figures;
    let facts = RunFacts {
        now: Some("2026-11-02T00:00:00Z".parse().unwrap()),
        ..RunFacts::default()
    };
    let scoped = scope::mark(intake, &policy, &facts);
    let about = About {
        version: "0",
        policy_path: "krgate.yaml".into(),
        policy_sha256: String::new(),
        policy_commit: None,
        enforced: true,
        mission: None,
        period: None,
        entries: policy.reports.iter().map(|e| e.name.clone()).collect(),
        event,
        reference: None,
        environment: None,
        now: "2026-11-02T00:00:00Z".parse().unwrap(),
        again: Vec::new(),
    };
    decide::evaluate(
        &policy,
        scoped,
        about,
        &History::default(),
        Vec::new(),
        Vec::new(),
    )
}

/// Verdict and shown value of the only key result.
fn one(intake: IntakeBuilder, head: &str, key_result: &str) -> (Verdict, String) {
    let evaluation = judge_as(intake, &policy_text(head, &[key_result]), Event::State);
    let (_, kr) = evaluation.key_results().next().unwrap();
    (kr.verdict, kr.shown_value.clone())
}

fn reasons(evaluation: &Evaluation) -> Vec<&'static str> {
    evaluation
        .key_results()
        .flat_map(|(_, kr)| kr.measurement.reasons.iter().map(|r| r.code))
        .collect()
}

const SAST_ZERO: &str =
    r#"{ id: k, title: K, measure: { count: { class: sast } }, target: "<= 0", on_miss: block }"#;
const CVSS_FOUR: &str = r#"{ id: k, title: K, measure: { count: { class: sast, cvss: "> 4.0" } }, target: "<= 0", on_miss: block }"#;
const SECRETS_ZERO: &str = r#"{ id: k, title: K, measure: { count: { class: secrets, not: { validity: inactive } } }, target: "<= 0", on_miss: block }"#;

#[test]
fn invariant_01_without_a_run_of_the_class_nothing_is_met() {
    let empty = judge_as(
        IntakeBuilder::default(),
        &policy_text("", &[SAST_ZERO]),
        Event::State,
    );
    assert_eq!(reasons(&empty), ["no-evidence"]);
    assert_eq!(empty.exit, ExitCode::Failed);
    let mut other = IntakeBuilder::default();
    other.run(RunSpec::of("gitleaks", Class::Secrets));
    assert_eq!(
        one(other, "", SAST_ZERO),
        (Verdict::Unknown, "unknown".to_owned())
    );
}

#[test]
fn invariant_03_a_failed_run_is_a_lower_bound_and_its_findings_count() {
    let failed = RunSpec {
        status: RunStatus::Failed,
        evidence: Evidence::Failed,
        reasons: vec![RunReason::ExecutionNotification],
        ..RunSpec::of("semgrep", Class::Sast)
    };
    let mut clean = IntakeBuilder::default();
    clean.run(failed.clone());
    assert_eq!(
        one(clean, "", SAST_ZERO),
        (Verdict::Unknown, "at least 0 findings".to_owned())
    );
    let mut dirty = IntakeBuilder::default();
    let run = dirty.run(failed);
    dirty.finding(run, "r", "a.py", 1);
    assert_eq!(
        one(dirty, "", SAST_ZERO),
        (Verdict::Missed, "at least 1 finding".to_owned())
    );
}

#[test]
fn invariant_03_a_failed_run_of_another_class_touches_nothing() {
    let mut intake = IntakeBuilder::default();
    intake.run(RunSpec::of("semgrep", Class::Sast));
    intake.run(RunSpec {
        status: RunStatus::Failed,
        ..RunSpec::of("gitleaks", Class::Secrets)
    });
    assert_eq!(
        one(intake, "", SAST_ZERO),
        (Verdict::Met, "0 findings".to_owned())
    );
}

#[test]
fn sarif_rule_082_without_a_stand_on_scores_an_unscored_finding_is_unknown() {
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("bandit", Class::Sast));
    intake.finding(run, "B1", "a.py", 1);
    let text = policy_text("", &[CVSS_FOUR]);
    let evaluation = judge_as(intake, &text, Event::State);
    assert_eq!(reasons(&evaluation), ["unscored"]);
    assert_eq!(evaluation.counts.unknown_blocking, 1);
}

#[test]
fn formats_rule_004_unscored_by_level_fail_and_ignore() {
    let intake = || {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("bandit", Class::Sast));
        intake.finding(run, "B1", "a.py", 1).level(Level::Error);
        intake.finding(run, "B2", "a.py", 2).level(Level::Note);
        intake.finding(run, "B3", "a.py", 3).level(Level::None);
        intake
    };
    let by_level = "severity: { unscored: by_level, by_level: { error: 8.0, note: 2.0 } }\n";
    // The level `none` has no number here, so the figure is a lower bound of 1.
    assert_eq!(
        one(intake(), by_level, CVSS_FOUR),
        (Verdict::Missed, "at least 1 finding".to_owned())
    );
    let with_none =
        "severity: { unscored: by_level, by_level: { error: 8.0, note: 2.0, none: 1.0 } }\n";
    assert_eq!(
        one(intake(), with_none, CVSS_FOUR),
        (Verdict::Missed, "1 finding".to_owned())
    );
    assert_eq!(
        one(intake(), "severity: { unscored: fail }\n", CVSS_FOUR),
        (Verdict::Missed, "3 findings".to_owned())
    );
    assert_eq!(
        one(intake(), "severity: { unscored: ignore }\n", CVSS_FOUR),
        (Verdict::Met, "0 findings".to_owned())
    );
}

#[test]
fn sarif_rule_084_a_comparison_is_exact_in_tenths() {
    for (score, verdict) in [(70, Verdict::Met), (71, Verdict::Missed)] {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("grype", Class::Sca));
        intake.finding(run, "CVE", "go.sum", 1).score(score);
        let above_seven =
            r#"{ id: k, title: K, measure: { count: { cvss: "> 7" } }, target: "<= 0" }"#;
        assert_eq!(one(intake, "", above_seven).0, verdict, "{score}");
    }
}

#[test]
fn metric_m28_secrets_count_by_secret_and_the_rest_by_finding() {
    let intake = || {
        let mut intake = IntakeBuilder::default();
        let sast = intake.run(RunSpec::of("semgrep", Class::Sast));
        intake.finding(sast, "a", "a.py", 1);
        intake.finding(sast, "b", "a.py", 2);
        let secrets = intake.run(RunSpec::of("gitleaks", Class::Secrets));
        for line in 1..=3 {
            intake.finding(secrets, "key", "b.py", line).secret(0);
        }
        intake
    };
    let count = |distinct: &str| {
        let key_result = format!(
            "{{ id: k, title: K, measure: {{ count: {{ {distinct} }} }}, target: \"<= 9\" }}"
        );
        one(intake(), "", &key_result).1
    };
    assert_eq!(count(""), "3 findings");
    assert_eq!(count("distinct: finding"), "5 findings");
}

#[test]
fn metric_m29_max_cvss_with_an_unscored_finding_is_a_lower_bound() {
    let intake = || {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("grype", Class::Sca));
        intake.finding(run, "a", "go.sum", 1).score(40);
        intake.finding(run, "b", "go.sum", 1).score(75);
        intake.finding(run, "c", "go.sum", 1);
        intake
    };
    let at_most = |n: &str| {
        format!(r#"{{ id: k, title: K, measure: {{ max_cvss: {{}} }}, target: "<= {n}" }}"#)
    };
    assert_eq!(
        one(intake(), "", &at_most("7.0")),
        (Verdict::Missed, "at least 7.5 (n = 2)".to_owned())
    );
    assert_eq!(one(intake(), "", &at_most("8.0")).0, Verdict::Unknown);
    let mut clean = IntakeBuilder::default();
    clean.run(RunSpec::of("grype", Class::Sca));
    assert_eq!(
        one(clean, "", &at_most("0")),
        (Verdict::Met, "0.0 (n = 0)".to_owned())
    );
}

#[test]
fn metric_m27_tools_count_satisfied_legs() {
    let both =
        r#"{ id: k, title: K, measure: { tools: { sast: 1, secrets: 1 } }, target: ">= 100%" }"#;
    let with = |status: RunStatus| {
        let mut intake = IntakeBuilder::default();
        intake.run(RunSpec::of("semgrep", Class::Sast));
        intake.run(RunSpec {
            status,
            ..RunSpec::of("gitleaks", Class::Secrets)
        });
        intake
    };
    assert_eq!(
        one(with(RunStatus::Failed), "", both),
        (Verdict::Missed, "50%".to_owned())
    );
    assert_eq!(
        one(with(RunStatus::Ok), "", both),
        (Verdict::Met, "100%".to_owned())
    );
}

#[test]
fn metric_m27_two_runs_of_one_tool_are_one_tool() {
    let two = r#"{ id: k, title: K, measure: { tools: { sast: 2 } }, target: ">= 100%" }"#;
    let mut same = IntakeBuilder::default();
    same.run(RunSpec::of("semgrep", Class::Sast));
    same.run(RunSpec::of("semgrep", Class::Sast));
    assert_eq!(one(same, "", two).0, Verdict::Missed);
    let mut different = IntakeBuilder::default();
    different.run(RunSpec::of("semgrep", Class::Sast));
    different.run(RunSpec::of("bandit", Class::Sast));
    assert_eq!(one(different, "", two).0, Verdict::Met);
}

#[test]
fn secrets_rule_061_a_run_that_is_not_believed_proves_nothing() {
    let mut intake = IntakeBuilder::default();
    intake.run(RunSpec {
        believed: false,
        ..RunSpec::of("gitleaks", Class::Secrets)
    });
    let evaluation = judge_as(intake, &policy_text("", &[SECRETS_ZERO]), Event::State);
    assert_eq!(reasons(&evaluation), ["evidence-not-believed"]);
    assert_eq!(evaluation.exit, ExitCode::Failed);
}

#[test]
fn secrets_rule_059_no_verified_secret_is_not_met_by_a_scanner_that_never_verifies() {
    let active = r#"{ id: k, title: K, measure: { count: { class: secrets, validity: active } }, target: "<= 0", on_miss: block }"#;
    let with = |verification, validity| {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec {
            verification,
            ..RunSpec::of("trufflehog", Class::Secrets)
        });
        if let Some(validity) = validity {
            intake.finding(run, "aws", "a.env", 1).validity(validity);
        }
        intake
    };
    let verdict = |v, f| one(with(v, f), "", active).0;
    assert_eq!(verdict(Verification::NotProven, None), Verdict::Unknown);
    assert_eq!(verdict(Verification::Proven, None), Verdict::Met);
    assert_eq!(
        verdict(Verification::NotProven, Some(Validity::Active)),
        Verdict::Missed
    );
    // S60: proven, and still one that was never tried.
    assert_eq!(
        verdict(Verification::Proven, Some(Validity::NotAttempted)),
        Verdict::Unknown
    );
    assert_eq!(
        verdict(Verification::Proven, Some(Validity::Inactive)),
        Verdict::Met
    );
}

#[test]
fn metric_m18_a_secret_in_many_places_is_one_and_takes_the_worst_validity() {
    let mut intake = IntakeBuilder::default();
    let one_tool = intake.run(RunSpec::of("gitleaks", Class::Secrets));
    let other = intake.run(RunSpec::of("trufflehog", Class::Secrets));
    for line in 1..=5 {
        intake.finding(one_tool, "r", "a.env", line).secret(1);
    }
    intake
        .finding(other, "AWS", "b.env", 1)
        .secret(1)
        .validity(Validity::Active);
    intake.finding(one_tool, "r", "c.env", 1).secret(2);
    intake
        .finding(one_tool, "r", "d.env", 1)
        .secret(3)
        .validity(Validity::Inactive);
    assert_eq!(
        one(intake, "", SECRETS_ZERO),
        (Verdict::Missed, "2 secrets".to_owned())
    );
}

#[test]
fn secrets_rule_067_a_dismissed_secret_is_set_aside_and_counted_apart() {
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("detect-secrets", Class::Secrets));
    intake
        .finding(run, "r", "a.env", 1)
        .secret(1)
        .triage(Triage::Dismissed);
    let evaluation = judge_as(intake, &policy_text("", &[SECRETS_ZERO]), Event::State);
    let (_, kr) = evaluation.key_results().next().unwrap();
    assert_eq!((kr.verdict, kr.measurement.set_aside), (Verdict::Met, 1));
}

#[test]
fn sarif_rule_109_a_finding_without_a_path_is_in_every_scope() {
    let scoped = r#"{ id: k, title: K, measure: { count: { scope: prod } }, target: "<= 0" }"#;
    let head = "scopes: { prod: { paths: [\"services/**\", \"!**/tests/**\"] } }\n";
    let with = |path: &str| {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("semgrep", Class::Sast));
        intake.finding(run, "r", path, 1);
        one(intake, head, scoped).0
    };
    assert_eq!(with(""), Verdict::Missed);
    assert_eq!(with("services/pay/a.py"), Verdict::Missed);
    assert_eq!(with("services/pay/tests/a.py"), Verdict::Met);
    assert_eq!(with("web/a.js"), Verdict::Met);
    let outside = scoped.replace("scope: prod", "not: { scope: prod }");
    let without_path = || {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("semgrep", Class::Sast));
        intake.finding(run, "r", "", 1);
        intake
    };
    assert_eq!(one(without_path(), head, &outside).0, Verdict::Missed);
    let by_path = scoped.replace("scope: prod", "not: { path: \"web/**\" }");
    assert_eq!(one(without_path(), head, &by_path).0, Verdict::Missed);
}

#[test]
fn formats_rule_005_a_fact_that_is_not_there_is_neither_true_nor_false() {
    let kev = r#"{ id: k, title: K, measure: { count: { cwe: [79] } }, target: "<= 0" }"#;
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("semgrep", Class::Sast));
    intake.finding(run, "r", "a.py", 1);
    let evaluation = judge_as(intake, &policy_text("", &[kev]), Event::State);
    assert_eq!(reasons(&evaluation), ["undecided"]);
}

#[test]
fn metric_m30_suppressed_counts_what_was_silenced() {
    let intake = || {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("semgrep", Class::Sast));
        for line in 1..=8 {
            let finding = intake.finding(run, "r", "a.py", line);
            if line <= 2 {
                finding.suppressed();
            }
        }
        intake
    };
    let by = |shown: &str| {
        format!(
            r#"{{ id: k, title: K, measure: {{ suppressed: {{ as: {shown} }} }}, target: "<= 1" }}"#
        )
    };
    assert_eq!(one(intake(), "", &by("count")).1, "2 findings");
    let share = by("share").replace("<= 1", "<= 10%");
    assert_eq!(
        one(intake(), "", &share),
        (Verdict::Missed, "25%".to_owned())
    );
    let refused = "suppressions: { mode: ignore }\n";
    assert_eq!(one(intake(), refused, &by("count")).1, "0 findings");
    assert_eq!(one(intake(), refused, SAST_ZERO).1, "8 findings");
}

#[test]
fn a_silenced_finding_is_what_suppressed_counts() {
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("semgrep", Class::Sast));
    intake.finding(run, "r", "a.py", 1).suppressed();
    intake.finding(run, "r", "a.py", 2);
    let text = policy_text(
        "",
        &[r#"{ id: k, title: K, measure: { suppressed: {} }, target: "<= 1" }"#],
    );
    let policy = policy::parse("krgate.yaml", &text).policy.unwrap();
    let scoped = scope::mark(intake.build(), &policy, &RunFacts::default());
    let sight = super::Sight::new(&scoped, &policy, false);
    let (_, key_result) = policy.key_results().next().unwrap();
    let counted: Vec<bool> = scoped
        .intake
        .views()
        .map(|view| sight.explain(key_result, &view).unwrap().counted)
        .collect();
    assert_eq!(counted, [true, false]);
}

#[test]
fn sarif_rule_041_on_a_change_what_existed_is_not_judged() {
    let intake = || {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("scan", Class::Sast));
        intake.finding(run, "r", "a.py", 1).existing();
        intake
    };
    let text = policy_text("", &[SAST_ZERO]);
    let change = judge_as(intake(), &text, Event::Change);
    let (_, kr) = change.key_results().next().unwrap();
    assert_eq!((kr.verdict, kr.measurement.existing), (Verdict::Met, 1));
    let state = judge_as(intake(), &text, Event::State);
    assert_eq!(state.counts.missed_blocking, 1);
    let all = SAST_ZERO.replace("on_miss: block", "on_miss: block, judge: all");
    let judged_all = judge_as(intake(), &policy_text("", &[&all]), Event::Change);
    assert_eq!(judged_all.counts.missed_blocking, 1);
}

#[test]
fn key_result_k31_a_measure_of_the_ledger_blocks_no_change() {
    let later = r#"{ id: k, title: K, measure: { sla: { limits: { high: 30d }, window: 90d } }, target: ">= 80%", on_miss: block }"#;
    let text = policy_text("", &[later]);
    let state = judge_as(IntakeBuilder::default(), &text, Event::State);
    assert_eq!(reasons(&state), ["no-ledger"]);
    assert_eq!(state.exit, ExitCode::Failed);
    let change = judge_as(IntakeBuilder::default(), &text, Event::Change);
    assert_eq!(change.exit, ExitCode::Passed);
    assert_eq!(change.counts.observed, 1);
}

#[test]
fn metric_m00_the_order_of_reports_changes_nothing() {
    let build = |swap: bool| {
        let mut intake = IntakeBuilder::default();
        let mut specs = vec![
            RunSpec::of("semgrep", Class::Sast),
            RunSpec::of("bandit", Class::Sast),
        ];
        if swap {
            specs.reverse();
        }
        for spec in specs {
            let rule = format!("rule of {}", spec.alias);
            let run = intake.run(spec);
            intake.finding(run, &rule, "a.py", 1).score(70);
            intake.finding(run, &rule, "b.py", 1).score(90);
        }
        let evaluation = judge_as(intake, &policy_text("", &[SAST_ZERO]), Event::State);
        let (_, kr) = evaluation.key_results().next().unwrap();
        kr.measurement
            .counted
            .iter()
            .filter_map(|i| evaluation.scoped.intake.view(usize::try_from(*i).ok()?))
            .map(|v| format!("{} {}", v.shown_path().unwrap().raw(), v.rule_id().raw()))
            .collect::<Vec<_>>()
    };
    assert_eq!(build(false), build(true));
    assert_eq!(build(false)[0], "b.py rule of bandit");
}

/// What `suppressed` counts of each way of silencing, and whether the gate passes.
fn silenced(head: &str, by: &str) -> (Verdict, String) {
    let mut intake = IntakeBuilder::default();
    let sast = intake.run(RunSpec::of("semgrep", Class::Sast));
    for line in 1..=9 {
        intake.finding(sast, "a", "a.py", line);
    }
    intake.finding(sast, "b", "a.py", 10).suppressed();
    intake.finding(sast, "b", "a.py", 11).suppressed();
    intake.finding(sast, "w", "a.py", 12);
    one(
        intake,
        head,
        &format!(
            "{{ id: k, title: K, measure: {{ suppressed: {{ class: sast{by} }} }}, target: \"<= 0\" }}"
        ),
    )
}

#[test]
fn measures_m30_each_way_of_silencing_is_counted_apart() {
    let head = "waivers: { list: [{ rule: w, path: a.py }] }\n";
    let shown = |by: &str| silenced(head, by).1;
    assert_eq!(shown(""), "3 findings");
    assert_eq!(shown(", by: [source]"), "2 findings");
    assert_eq!(shown(", by: [waiver]"), "1 finding");
    assert_eq!(shown(", by: [vex]"), "0 findings");
    assert_eq!(shown(", as: share"), "25%");
}

/// A waiver has an owner and an end: what it sets aside is its, whatever the report says.
#[test]
fn measures_m30_a_waiver_goes_before_what_the_report_suppresses() {
    let head = "waivers: { list: [{ rule: \"b\", path: a.py }] }\n";
    let shown = |by: &str| silenced(head, by).1;
    assert_eq!(shown(", by: [source]"), "0 findings");
    assert_eq!(shown(", by: [waiver]"), "2 findings");
}

#[test]
fn sarif_rule_038_what_is_forbidden_is_neither_waived_nor_suppressed() {
    let list = "list: [{ id: w, rule: \"?\", path: a.py }]";
    let text =
        |forbid: &str| policy_text(&format!("waivers: {{ {list}{forbid} }}\n"), &[SAST_ZERO]);
    let judged = |forbid: &str| {
        let mut intake = IntakeBuilder::default();
        let sast = intake.run(RunSpec::of("semgrep", Class::Sast));
        intake.finding(sast, "a", "a.py", 1).suppressed();
        intake.finding(sast, "a", "a.py", 2).score(90);
        intake.finding(sast, "b", "b.py", 3).suppressed();
        let evaluation = judge_as(intake, &text(forbid), Event::State);
        let (_, kr) = evaluation.key_results().next().unwrap();
        let shown = (kr.verdict, kr.shown_value.clone());
        let state = evaluation.scoped.waivers[0].state.as_str();
        (shown, state, evaluation)
    };
    let (shown, state, _) = judged("");
    assert_eq!(shown, (Verdict::Met, "0 findings".to_owned()));
    assert_eq!(state, "active");
    // A part of what the waiver matches.
    let (shown, state, _) = judged(", forbid: { cvss: \">= 9.0\", not: { path: b.py } }");
    // The first has no score: it might be one of those, so it counts too.
    assert_eq!(shown, (Verdict::Missed, "2 findings".to_owned()));
    assert_eq!(state, "refused");
    // All.
    let (shown, state, evaluation) = judged(", forbid: { class: sast }");
    assert_eq!(shown, (Verdict::Missed, "3 findings".to_owned()));
    assert_eq!(state, "refused");
    let said = evaluation.diagnostics.iter().map(|d| d.code.as_str());
    assert_eq!(said.collect::<Vec<_>>(), ["waiver-refused"]);
    // None of them: nothing changes.
    let (shown, state, _) = judged(", forbid: { class: secrets }");
    assert_eq!(shown.0, Verdict::Met);
    assert_eq!(state, "active");
}

/// Rule S67: what people dismissed in the tool is set aside by a report as well.
#[test]
fn secrets_rule_067_what_is_forbidden_counts_though_it_was_dismissed() {
    let judged = |head: &str| {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("ggshield", Class::Secrets));
        intake
            .finding(run, "a", "a.env", 1)
            .validity(Validity::Active)
            .triage(Triage::Dismissed);
        let kr = r#"{ id: k, title: K, measure: { count: { class: secrets } }, target: "<= 0" }"#;
        one(intake, head, kr).0
    };
    assert_eq!(judged(""), Verdict::Met);
    let head = "waivers: { forbid: { class: secrets, validity: active } }\n";
    assert_eq!(judged(head), Verdict::Missed);
}

/// T: `no-new-high` of pack `baseline`, met, missed and unknown (rule M31).
#[test]
fn template_no_new_high_is_met_missed_and_unknown() {
    let text = "version: 1\nextends: [pack:baseline]\nscopes: { prod: { paths: \"**\" } }\n\
                severity: { unscored: unknown }\n";
    let verdict = |tenths: Option<u8>, existing: bool, event: Event| {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("semgrep", Class::Sast));
        let finding = intake.finding(run, "r", "a.py", 3);
        let finding = match tenths {
            Some(tenths) => finding.score(tenths),
            None => finding,
        };
        if existing {
            finding.existing();
        } else {
            drop(finding);
        }
        let evaluation = judge_as(intake, text, event);
        let (_, kr) = evaluation
            .key_results()
            .find(|(_, kr)| kr.id == "no-new-high")
            .unwrap();
        (kr.verdict, kr.blocks)
    };
    let change = Event::Change;
    assert_eq!(verdict(Some(69), false, change), (Verdict::Met, false));
    assert_eq!(verdict(Some(70), false, change), (Verdict::Missed, true));
    assert_eq!(verdict(Some(70), true, change), (Verdict::Met, false));
    assert_eq!(verdict(None, false, change), (Verdict::Unknown, true));
    // A state has no base: it is a note there, and never blocks.
    assert_eq!(
        verdict(Some(70), false, Event::State),
        (Verdict::Unknown, false)
    );
}
