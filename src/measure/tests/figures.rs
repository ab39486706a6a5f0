//! Measures from files, under policies as people write them (rules M0a, M0b, M15, M21 to M23,
//! M27, M32).

use std::fmt::Write as _;

use super::{judge_with, policy_text};
use crate::decide::{Evaluation, Event, ExitCode, Verdict};
use crate::ingest::{FigureRequest, read_figures};
use crate::model::testing::{IntakeBuilder, RunSpec};
use crate::model::{Class, Figures, Owners};
use crate::policy::{self, Standard};

/// Files as their texts; a pointer that is looked at stands before `=`.
pub(super) fn files(files: &[(&str, &str)]) -> Figures {
    let files = files.iter().map(|(path, text)| {
        let (path, pointers) = path.split_once('=').unwrap_or((path, ""));
        let request = |of_run| FigureRequest {
            path: path.to_owned(),
            of_run,
            pointers: pointers.split(' ').map(str::to_owned).collect(),
        };
        [false, true].map(|of_run| read_figures(request(of_run), Ok(text.as_bytes())))
    });
    Figures {
        files: files.flatten().collect(),
        owners: None,
    }
}

fn judged(files: &[(&str, &str)], head: &str, measure: &str, target: &str) -> Evaluation {
    let key_result =
        format!("{{ id: k, title: K, measure: {measure}, target: \"{target}\", on_miss: block }}");
    let text = policy_text(head, &[&key_result]);
    let mut intake = IntakeBuilder::default();
    intake.run(RunSpec::of("semgrep", Class::Sast));
    judge_with(intake, &text, Event::State, self::files(files))
}

/// Verdict, shown value, and the codes of the reasons of the one key result.
fn seen(evaluation: &Evaluation) -> (Verdict, &str, Vec<&'static str>) {
    let (_, kr) = evaluation.key_results().next().unwrap();
    let reasons = kr.measurement.reasons.iter().map(|r| r.code).collect();
    (kr.verdict, &kr.shown_value, reasons)
}

fn notes(evaluation: &Evaluation) -> String {
    let (_, kr) = evaluation.key_results().next().unwrap();
    format!("{:?}{:?}", kr.measurement.notes, kr.measurement.reasons)
}

/// 10 people, 8 of them active, 6 of those trained until after today (2026-11-02).
const PEOPLE: &str = "\
login,active,course,expires,at
a,true,ac,2027-01-01,2026-11-01
b,true,ac,2027-01-01,2026-11-01
c,true,ac,2027-01-01,2026-11-01
d,true,ac,2027-01-01,2026-11-01
e,true,ac,2027-01-01,2026-11-01
f,true,ac,2026-11-03,2026-11-01
g,true,ac,2026-11-02,2026-11-01
h,true,other,2027-01-01,2026-11-01
i,false,ac,2027-01-01,2026-11-01
j,false,ac,2027-01-01,2026-11-01
";
const TRAINED: &str = r#"{ share: { file: p.csv, num: { course: ac, expires: "> today" }, den: { active: "true" }, as_of: { column: at } } }"#;

#[test]
fn metric_m21_share_of_the_active() {
    let evaluation = judged(&[("p.csv", PEOPLE)], "", TRAINED, ">= 75%");
    assert_eq!(seen(&evaluation), (Verdict::Met, "75%", vec![]));
    let (_, kr) = evaluation.key_results().next().unwrap();
    assert_eq!(kr.measurement.n, Some(8));
    let evaluation = judged(&[("p.csv", PEOPLE)], "", TRAINED, ">= 75.01%");
    assert_eq!(seen(&evaluation).0, Verdict::Missed);
}

#[test]
fn metric_m21_with_a_roster_rows_are_joined_by_key() {
    let head = "data: { roster: { file: roster.csv } }\n";
    let measure = r#"{ share: { file: t.csv, key: login, roster: true, num: { ok: "yes" }, den: { active: "true" }, as_of: run } }"#;
    let roster = "login,active\na,true\nb,true\nc,true\nc,true\nd,true\nx,false\n";
    let rows = "login,ok\na,yes\nb,no\nb,yes\nx,yes\nzz,yes\n,yes\n";
    let files = [("roster.csv", roster), ("t.csv", rows)];
    let evaluation = judged(&files, head, measure, ">= 50%");
    // a, and b by its better row; c has no row and is in the denominator once.
    assert_eq!(seen(&evaluation), (Verdict::Met, "50%", vec![]));
    let said = notes(&evaluation);
    for words in [
        "1 that the roster does not name",
        "2 of the roster without a row",
        "1 without a key",
        "1 of several rows",
        "has no `as_of`",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn metric_m21_a_cell_that_cannot_be_compared_makes_a_lower_bound() {
    let rows = "login,expires,at\na,2027-01-01,2026-11-01\nb,soon,2026-11-01\n";
    let measure =
        r#"{ share: { file: p.csv, num: { expires: "> today" }, as_of: { column: at } } }"#;
    let low = judged(&[("p.csv", rows)], "", measure, ">= 50%");
    assert_eq!(
        seen(&low),
        (Verdict::Met, "at least 50%", vec!["cell-unusable"])
    );
    let high = judged(&[("p.csv", rows)], "", measure, ">= 51%");
    assert_eq!(seen(&high).0, Verdict::Unknown);
    let said = notes(&high);
    assert!(said.contains("line 3, column "), "{said}");
    assert!(!said.contains("soon"), "the text is not shown: {said}");
}

#[test]
fn metric_m21_weights_and_an_empty_denominator() {
    let rows = "kind,points\nunplanned,1.5\nplanned,6\n";
    let measure =
        r"{ share: { file: w.csv, weight: points, num: { kind: unplanned }, as_of: run } }";
    let evaluation = judged(&[("w.csv", rows)], "", measure, "<= 20%");
    assert_eq!(seen(&evaluation), (Verdict::Met, "20%", vec![]));
    let none = judged(&[("w.csv", "kind,points\n")], "", measure, "<= 20%");
    assert_eq!(seen(&none), (Verdict::Unknown, "unknown", vec!["no-rows"]));
    let bad = judged(
        &[("w.csv", "kind,points\nunplanned,-1\n")],
        "",
        measure,
        "<= 20%",
    );
    assert_eq!(seen(&bad).2, ["cell-unusable"]);
}

#[test]
fn metric_m00a_an_unknown_column_is_exit_2_with_the_nearest_name() {
    let measure = r"{ share: { file: p.csv, num: { corse: ac }, as_of: { column: at } } }";
    let evaluation = judged(&[("p.csv", PEOPLE)], "", measure, ">= 50%");
    assert_eq!(seen(&evaluation).2, ["unknown-column"]);
    assert_eq!(evaluation.exit, ExitCode::Request);
    let fault = evaluation.diagnostics.first().unwrap();
    assert_eq!(fault.code.as_str(), "unknown-column");
    let shown = format!("{fault:?}");
    assert!(shown.contains("line_column: Some((1, 1))"), "{shown}");
    assert!(
        shown.contains("did you mean") && shown.contains("course"),
        "{shown}"
    );
}

#[test]
fn metric_m00b_a_file_says_how_old_it_is() {
    let at = |day: &str| PEOPLE.replace("2026-11-01", day);
    let verdict = |text: &str| {
        let evaluation = judged(&[("p.csv", text)], "", TRAINED, ">= 50%");
        let (verdict, _, reasons) = seen(&evaluation);
        (verdict, reasons)
    };
    // Today is 2026-11-02T00:00Z; seven days are the default.
    assert_eq!(verdict(&at("2026-10-26")), (Verdict::Met, vec![]));
    let old = (Verdict::Unknown, vec!["file-too-old"]);
    assert_eq!(verdict(&at("2026-10-25T23:59:59Z")), old);
    assert_eq!(verdict(&at("2026-11-03")), old, "in the future");
    assert_eq!(verdict(&at("")), old, "no date at all");
    assert_eq!(verdict(&at("last week")).1, ["cell-unusable"]);
    let missing = judged(&[], "", TRAINED, ">= 50%");
    assert_eq!(
        seen(&missing),
        (Verdict::Unknown, "unknown", vec!["no-file"])
    );
    assert_eq!(missing.exit, ExitCode::Failed);
}

const FIGURES: &str = "n,day\n3,2026-11-01\n5,2026-10-30\n8,2026-10-30\n12,2026-10-30\n\
                       20,2026-10-30\n30,2026-10-30\n31,2026-10-30\n40,2026-10-30\n\
                       47,2026-10-30\n90,2026-10-30\n";

#[test]
fn metric_m22_aggregates() {
    for (aggregate, shown) in [
        ("sum, column: n", "286"),
        ("median, column: n", "20"),
        ("p90, column: n", "47"),
        ("min, column: n", "3"),
        ("max, column: n", "90"),
        ("last, column: n", "3"),
        ("count", "10"),
        ("count, where: { n: \">= 40\" }", "3"),
    ] {
        let measure = format!(
            "{{ value: {{ file: v.csv, aggregate: {aggregate}, as_of: {{ column: day }} }} }}"
        );
        let evaluation = judged(&[("v.csv", FIGURES)], "", &measure, "<= 1000");
        assert_eq!(
            seen(&evaluation),
            (Verdict::Met, shown, vec![]),
            "{aggregate}"
        );
    }
}

#[test]
fn metric_m22_text_where_a_decimal_should_be_is_unknown() {
    let rows = "n,day\n3,2026-11-01\nSECRET-WORD,2026-11-01\n";
    let measure = "{ value: { file: v.csv, aggregate: sum, column: n, as_of: { column: day } } }";
    let evaluation = judged(&[("v.csv", rows)], "", measure, "<= 10");
    assert_eq!(
        seen(&evaluation),
        (Verdict::Unknown, "unknown", vec!["cell-unusable"])
    );
    let said = notes(&evaluation);
    assert!(
        said.contains("line 3, column ") && !said.contains("SECRET-WORD"),
        "{said}"
    );
    let none = judged(&[("v.csv", "n,day\n")], "", measure, "<= 10");
    assert_eq!(seen(&none).2, ["file-too-old"]);
}

#[test]
fn metric_m00d_a_figure_has_the_unit_that_is_named() {
    let rows = "minutes\n14\n16\n";
    let measure =
        "{ value: { file: v.csv, aggregate: max, column: minutes, unit: min, as_of: run } }";
    let evaluation = judged(&[("v.csv", rows)], "", measure, "<= 15min");
    assert_eq!(seen(&evaluation), (Verdict::Missed, "16 min", vec![]));
    let share = "{ value: { file: \"v.json\", pointer: /share, unit: \"%\", as_of: run } }";
    let evaluation = judged(&[("v.json=/share", "{\"share\": 90}")], "", share, ">= 0.9");
    assert_eq!(seen(&evaluation), (Verdict::Met, "90%", vec![]));
    let lost = judged(&[("v.json=/share", "{}")], "", share, ">= 0.9");
    assert_eq!(seen(&lost).2, ["cell-unusable"]);
}

/// 62 rows: 45 pass, 9 fail, 4 do not apply, 4 have no status at all.
fn controls() -> String {
    let mut text = "id,status,cwe\n".to_owned();
    for (number, status) in [(45, "pass"), (9, "fail"), (4, "not_applicable"), (4, "")] {
        for index in 0..number {
            writeln!(text, "{status}{index},{status},CWE-{}", 284 + index).unwrap();
        }
    }
    text
}

#[test]
fn metric_m23_checklist_counts_what_applies() {
    let text = controls();
    let measure = "{ checklist: { file: controls.csv } }";
    let evaluation = judged(&[("controls.csv", &text)], "", measure, ">= 100%");
    assert_eq!(seen(&evaluation), (Verdict::Missed, "77.59%", vec![]));
    let (_, kr) = evaluation.key_results().next().unwrap();
    assert_eq!(kr.measurement.n, Some(58));
    let skipped = judged(
        &[("controls.csv", "id,status\na,not_applicable\n")],
        "",
        measure,
        ">= 100%",
    );
    assert_eq!(
        seen(&skipped),
        (Verdict::Unknown, "unknown", vec!["no-rows"])
    );
}

#[test]
fn metric_m23_an_open_finding_refutes_a_row_of_its_cwe() {
    let text = policy_text(
        "",
        &[
            r#"{ id: k, title: K, measure: { checklist: { file: controls.csv, cwe: cwe } }, target: ">= 100%", on_miss: block }"#,
        ],
    );
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("semgrep", Class::Sast));
    // The CWE of one row that passes (and of one that fails).
    intake.finding(run, "r", "a.py", 1);
    let mut controls = controls().replace("pass40,pass,CWE-324", "pass40,pass,CWE-999");
    controls = controls.replace("CWE-284", "CWE-1");
    let judge = |cwe: u32, intake: IntakeBuilder| {
        let mut intake = intake;
        intake.cwe_of_last(cwe);
        judge_with(
            intake,
            &text,
            Event::State,
            files(&[("controls.csv", &controls)]),
        )
    };
    let evaluation = judge(999, intake);
    assert_eq!(seen(&evaluation).1, "75.86%");
    assert!(notes(&evaluation).contains("1 row refuted by an open finding of its CWE"));
}

/// Chapters V2 and V4 of ASVS 4.0.3 at levels 1 and 2 as the worked example has them: of 62
/// requirements 45 pass, 9 fail, 4 do not apply and 4 are not in the file.
fn asvs() -> String {
    let standard = Standard::named("asvs-4.0.3").unwrap();
    let wanted = standard
        .requirements()
        .filter(|one| matches!(one.chapter(), "V2" | "V4") && one.is_of(&[1, 2]));
    let mut text = String::from("id,status\n");
    for (place, requirement) in wanted.enumerate() {
        let status = match place {
            0..45 => "pass",
            45..54 => "fail",
            54..58 => "not_applicable",
            _ => continue,
        };
        let _ = writeln!(text, "{},{status}", requirement.id);
    }
    // What was not asked for is nothing to it.
    text + "V5.1.1,pass\nV4.1.4,pass\n"
}

const ASVS: &str = "{ checklist: { standard: asvs-4.0.3, chapters: [V2, V4], levels: [1, 2], file: controls/asvs.csv } }";

#[test]
fn metric_m23_requirements_of_a_standard() {
    let evaluation = judged(&[("controls/asvs.csv", &asvs())], "", ASVS, ">= 100%");
    assert_eq!(seen(&evaluation), (Verdict::Missed, "77.59%", vec![]));
    let (_, kr) = evaluation.key_results().next().unwrap();
    assert_eq!(kr.measurement.n, Some(58));
    assert!(notes(&evaluation).contains("4 requirements of the standard are not in the file"));
    let absent = judged(&[], "", ASVS, ">= 100%");
    assert_eq!(
        seen(&absent),
        (Verdict::Unknown, "unknown", vec!["no-file"])
    );
    // Of two rows of one requirement the worse counts, however its id is written.
    let twice = asvs() + "v4.0.3-2.1.1,fail\n";
    let evaluation = judged(&[("controls/asvs.csv", &twice)], "", ASVS, ">= 100%");
    assert_eq!(seen(&evaluation).1, "75.86%");
}

#[test]
fn metric_m23_an_open_finding_refutes_a_requirement_of_its_cwe() {
    let key_result =
        format!("{{ id: k, title: K, measure: {ASVS}, target: \">= 100%\", on_miss: block }}");
    let judge = |cwe: u32| {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("semgrep", Class::Sast));
        intake.finding(run, "r", "a.py", 1);
        intake.cwe_of_last(cwe);
        judge_with(
            intake,
            &policy_text("", &[&key_result]),
            Event::State,
            files(&[("controls/asvs.csv", &asvs())]),
        )
    };
    // Of the requirements on authentication one alone is about CWE-307.
    let evaluation = judge(307);
    assert_eq!(seen(&evaluation).1, "75.86%");
    assert!(notes(&evaluation).contains("1 row refuted by an open finding of its CWE"));
    assert_eq!(seen(&judge(79)).1, "77.59%");
}

#[test]
fn metric_m23_what_the_standard_does_not_have_is_exit_2() {
    let list = asvs() + "V2.99.1,pass\n";
    let evaluation = judged(&[("controls/asvs.csv", &list)], "", ASVS, ">= 100%");
    let codes: Vec<&str> = evaluation
        .diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code.as_str())
        .collect();
    assert_eq!(codes, ["unknown-requirement"]);
    assert_eq!(evaluation.exit, ExitCode::Request);
    let nameless = judged(
        &[("controls/asvs.csv", "a,status\nx,pass\n")],
        "",
        ASVS,
        ">= 1%",
    );
    assert_eq!(nameless.exit, ExitCode::Request);
    for (wrong, code) in [
        (ASVS.replace("asvs-4.0.3", "asvs-5.0.0"), "unknown-word"),
        (ASVS.replace("V4", "V15"), "unknown-word"),
        (ASVS.replace("[1, 2]", "[4]"), "unknown-word"),
    ] {
        let key_result = format!("{{ id: k, title: K, measure: {wrong}, target: \">= 1%\" }}");
        let loaded = policy::parse("krgate.yaml", &policy_text("", &[&key_result]));
        let codes: Vec<&str> = loaded.diagnostics.iter().map(|d| d.code.as_str()).collect();
        assert_eq!(codes, [code], "{wrong}");
    }
}

#[test]
fn metric_m23_an_expired_row_does_not_pass() {
    let rows = "id,result,retest_by,kr\na,tested,2026-11-02,\nb,tested,2026-11-01,\n\
                c,tested,,\nd,na,,\n";
    let measure = "{ checklist: { file: c.csv, pass: { result: tested }, skip: { result: na }, expires: retest_by } }";
    let evaluation = judged(&[("c.csv", rows)], "", measure, ">= 100%");
    assert_eq!(seen(&evaluation).1, "33.33%");
    assert!(notes(&evaluation).contains("2 rows expired, or without a last day"));
    // A row that rests on a key result is not known to pass without a ledger.
    let rows = "id,result,kr\na,tested,\nb,tested,exposure/prod\n";
    let measure = "{ checklist: { file: c.csv, pass: { result: tested }, key_result: kr } }";
    let evaluation = judged(&[("c.csv", rows)], "", measure, ">= 100%");
    assert_eq!(
        seen(&evaluation),
        (Verdict::Unknown, "at least 50%", vec!["no-ledger"])
    );
}

#[test]
fn metric_m00a_files_that_are_named_once_have_their_columns() {
    let head = "data: { inventory: { file: r.csv }, advisories: { file: a.csv } }\n";
    let measure = "{ value: { file: v.csv, aggregate: count, as_of: run } }";
    let said = |inventory: &str, advisories: &str| {
        let files = [
            ("r.csv", inventory),
            ("a.csv", advisories),
            ("v.csv", "x\n1\n"),
        ];
        let evaluation = judged(&files, head, measure, ">= 1");
        let said: Vec<String> = evaluation
            .diagnostics
            .iter()
            .map(|fault| format!("{}: {:?}", fault.code.as_str(), fault.message))
            .collect();
        (evaluation.exit, said)
    };
    let whole = said(
        "repository\nacme/shop\n",
        "id,published\nCVE-2026-1,2026-11-01\n",
    );
    assert_eq!(whole, (ExitCode::Passed, vec![]));
    let (exit, said) = said("repo\nacme/shop\n", "id,date\nCVE-2026-1,2026-11-01\n");
    assert_eq!(exit, ExitCode::Request);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("unknown-column") && said[0].contains("`repository`"));
    assert!(said[1].contains("`data.advisories` needs the column `published`"));
}

#[test]
fn metric_m16_what_this_run_scanned_for_is_fresh_without_a_ledger() {
    let judge = |classes: &str, event: Event| {
        let key_result = format!(
            "{{ id: k, title: K, measure: {{ freshness: {{ class: {classes} }} }}, target: \"<= 7d\", on_miss: block }}"
        );
        let mut intake = IntakeBuilder::default();
        intake.run(RunSpec::of("semgrep", Class::Sast));
        let text = policy_text("", &[&key_result]);
        judge_with(intake, &text, event, Figures::default())
    };
    let state = judge("sast", Event::State);
    assert_eq!(seen(&state), (Verdict::Met, "0 d", vec![]));
    let other = judge("[sast, secrets]", Event::State);
    assert_eq!(
        seen(&other),
        (Verdict::Unknown, "unknown", vec!["no-ledger"])
    );
    assert_eq!(other.exit, ExitCode::Failed);
    // A change is no state of the branch, and blocks nothing by it.
    let change = judge("sast", Event::Change);
    assert_eq!(seen(&change).2, ["no-ledger"]);
    assert_eq!(change.exit, ExitCode::Passed);
}

#[test]
fn metric_m15_density_per_thousand_lines() {
    let text = policy_text(
        "",
        &[
            r#"{ id: k, title: K, measure: { density: { class: sast, lines: { file: l.json, pointer: /code, as_of: { pointer: /at } } } }, target: "<= 0.35", on_miss: block }"#,
        ],
    );
    let judge = |at: &str| {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("semgrep", Class::Sast));
        for line in 1..=42 {
            intake.finding(run, "r", "a.py", line);
        }
        let lines = format!("{{\"code\": 120000, \"at\": \"{at}\"}}");
        judge_with(
            intake,
            &text,
            Event::State,
            files(&[("l.json=/code /at", &lines)]),
        )
    };
    assert_eq!(seen(&judge("2026-11-01")), (Verdict::Met, "0.35", vec![]));
    assert_eq!(
        seen(&judge("2026-10-01")),
        (Verdict::Unknown, "unknown", vec!["file-too-old"])
    );
}

#[test]
fn metric_m32_routed_by_the_last_line_that_matches() {
    let text = policy_text(
        "",
        &[
            r#"{ id: k, title: K, measure: { routed: { class: sast } }, target: ">= 95%", on_miss: block }"#,
        ],
    );
    let judge = |owners: Option<&str>| {
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("semgrep", Class::Sast));
        for line in 1..=38 {
            intake.finding(run, "r", "a.py", line);
        }
        intake.finding(run, "r", "legacy/x.py", 1);
        intake.finding(run, "r", "", 1);
        let figures = Figures {
            files: Vec::new(),
            owners: owners.map(Owners::parse),
        };
        judge_with(intake, &text, Event::State, figures)
    };
    let evaluation = judge(Some("* @acme/dev\n/legacy/\n"));
    assert_eq!(seen(&evaluation), (Verdict::Met, "95%", vec![]));
    let (_, kr) = evaluation.key_results().next().unwrap();
    assert_eq!(
        (kr.measurement.n, kr.measurement.counted.len()),
        (Some(40), 2),
        "the two that nobody looks at are listed"
    );
    assert_eq!(
        seen(&judge(None)),
        (Verdict::Unknown, "unknown", vec!["no-owners"])
    );
}

#[test]
fn metric_m32_filters_and_scopes_by_owner() {
    let judge = |head: &str, filter: &str, owners: Option<&str>| {
        let key_result = format!(
            "{{ id: k, title: K, measure: {{ count: {{ class: sast, {filter} }} }}, target: \"<= 0\" }}"
        );
        let mut intake = IntakeBuilder::default();
        let run = intake.run(RunSpec::of("semgrep", Class::Sast));
        intake.finding(run, "r", "a/x.py", 1);
        intake.finding(run, "r", "b/x.py", 1);
        let figures = Figures {
            files: Vec::new(),
            owners: owners.map(Owners::parse),
        };
        let evaluation = judge_with(
            intake,
            &policy_text(head, &[&key_result]),
            Event::State,
            figures,
        );
        seen(&evaluation).1.to_owned()
    };
    let owners = Some("/a/ @acme/one\n/b/ @acme/two\n");
    let filter = "owner: [\"@acme/one\"]";
    assert_eq!(judge("", filter, owners), "1 finding");
    assert_eq!(judge("", filter, None), "at least 0 findings");
    let scopes = "scopes: { mine: { owners: [\"@acme/two\"], paths: [\"**\"] } }\n";
    assert_eq!(judge(scopes, "scope: mine", owners), "1 finding");
    assert_eq!(judge(scopes, "scope: mine", None), "2 findings");
}

#[test]
fn metric_m27_the_inventory_of_tools() {
    let head = "tools: { semgrep: { class: sast }, gitleaks: { class: secrets } }\n";
    let text = policy_text(
        head,
        &[
            r#"{ id: k, title: K, measure: { tools: { inventory: true } }, target: ">= 100%", on_miss: block }"#,
        ],
    );
    let judge = |tools: &[(&'static str, Class)]| {
        let mut intake = IntakeBuilder::default();
        for (tool, class) in tools {
            intake.run(RunSpec::of(tool, *class));
        }
        judge_with(intake, &text, Event::State, Figures::default())
    };
    let both = [("semgrep", Class::Sast), ("gitleaks", Class::Secrets)];
    assert_eq!(seen(&judge(&both)), (Verdict::Met, "100%", vec![]));
    let other = judge(&[("semgrep", Class::Sast), ("bandit", Class::Sast)]);
    assert_eq!(seen(&other), (Verdict::Missed, "33.33%", vec![]));
    let said = notes(&other);
    assert!(
        said.contains("not listed in `tools`: ") && said.contains("bandit"),
        "{said}"
    );
    assert!(
        said.contains("listed, and no run: ") && said.contains("gitleaks"),
        "{said}"
    );
}
