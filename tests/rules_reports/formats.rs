//! Every writer on the shared sample: snapshots, and each output by a reader that is not ours.

use std::fs;

use krgate::decide::report::{Report, ReportFilter, ReportRequest};
use krgate::model::Quantity;
use krgate::render::report::{write_csv, write_json, write_markdown, write_openmetrics};
use pulldown_cmark::{Event, Options, Parser};
use serde_json::Value;

use super::sample::{HOSTILE, OVER, RUNNING, closed, history, policy, running, sample};

pub(crate) type Write = fn(&Report, &mut dyn std::io::Write) -> std::io::Result<()>;

pub(crate) const WRITERS: [(&str, Write); 4] = [
    ("markdown", write_markdown),
    ("json", write_json),
    ("csv", write_csv),
    ("openmetrics", write_openmetrics),
];

pub(crate) fn written(report: &Report, write: Write) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What is wrong with a document by a schema of this repository.
pub(crate) fn faults(document: &Value, schema: &str) -> Vec<String> {
    let path = format!("{}/schemas/{schema}", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults = validator.iter_errors(document);
    faults
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect()
}

/// Holds what is true of every output: lines end in one way, nothing that a log acts on or
/// hides, no message of a finding.
pub(crate) fn is_harmless(format: &str, text: &str) {
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{format}");
    assert!(!text.contains('\r'), "{format}");
    assert!(
        !text.contains("##[") && !text.contains("##vso["),
        "{format}"
    );
    let hidden = text
        .chars()
        .find(|c| *c != '\n' && krgate::model::is_hidden(*c));
    assert_eq!(hidden, None, "{format}");
}

#[test]
fn report_p46_the_sample_in_markdown() {
    let text = written(&running(), write_markdown);
    is_harmless("markdown", &text);
    insta::assert_snapshot!("running_markdown", text);
}

#[test]
fn report_p15_the_sample_after_its_end_in_markdown() {
    let policy = policy();
    let report = sample(&closed(&policy), &policy, &ReportRequest::default(), OVER);
    let text = written(&report, write_markdown);
    for words in [
        "down: closed on 2027-01-02 at 26 findings, missed, score 0.47 amber",
        "below: amended: with what came after the close it would be 3 findings, missed",
        "period over",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    insta::assert_snapshot!("closed_markdown", text);
}

#[test]
fn report_p46_the_sample_in_csv() {
    let text = written(&running(), write_csv);
    is_harmless("csv", &text);
    insta::assert_snapshot!("running_csv", text);
}

#[test]
fn report_p46_the_sample_in_openmetrics() {
    let text = written(&running(), write_openmetrics);
    is_harmless("openmetrics", &text);
    insta::assert_snapshot!("running_openmetrics", text);
}

#[test]
fn report_p46_the_sample_in_json() {
    let text = written(&running(), write_json);
    is_harmless("json", &text);
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let wrong = faults(&document, "report.schema.json");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    shorten(&mut document);
    let mut short = Vec::new();
    krgate::render::encode::json::write_pretty(&document, &mut short).unwrap();
    let short = String::from_utf8(short).unwrap();
    insta::assert_snapshot!("running_json", short);
}

/// Keeps one of many weeks, so that the snapshot can be read.
fn shorten(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(shorten),
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if let (Value::Array(list), true) =
                    (&mut *value, ["weeks", "ages"].contains(&&**key))
                {
                    let left = list.split_off(list.len().saturating_sub(1));
                    *list = left;
                }
                shorten(value);
            }
        }
        _ => {}
    }
}

#[test]
fn report_p41_every_sample_is_what_its_schema_says() {
    let policy = policy();
    let (open, over) = (history(&policy), closed(&policy));
    let filter = ReportRequest {
        filter: ReportFilter::of_cwe([79]),
        name: Some("access".to_owned()),
        ..ReportRequest::default()
    };
    for (history, request, now) in [
        (&open, &ReportRequest::default(), RUNNING),
        (&over, &ReportRequest::default(), OVER),
        (&open, &filter, RUNNING),
    ] {
        let text = written(&sample(history, &policy, request, now), write_json);
        let document: Value = serde_json::from_str(&text).unwrap();
        let wrong = faults(&document, "report.schema.json");
        assert!(wrong.is_empty(), "{now}: {}", wrong.join("\n"));
    }
}

/// Keys come in the order in which the schema demands them.
#[test]
fn report_p41_keys_stand_in_the_order_of_the_schema() {
    let text = written(&running(), write_json);
    let path = format!("{}/schemas/report.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for (demanded, indent) in [
        (&schema["required"], 2),
        (&schema["$defs"]["objective"]["required"], 6),
        (&schema["$defs"]["key_result"]["required"], 10),
    ] {
        let demanded = demanded.as_array().unwrap().iter();
        let demanded: Vec<&str> = demanded.map(|key| key.as_str().unwrap()).collect();
        let head = format!("\n{}\"", " ".repeat(indent));
        let keys = text.match_indices(&head).map(|(at, _)| {
            let rest = &text[at + head.len()..];
            &rest[..rest.find('"').unwrap()]
        });
        let keys: Vec<&str> = keys.take(demanded.len()).collect();
        assert_eq!(keys, demanded);
    }
}

#[test]
fn report_p16_the_filter_stands_in_title_and_verdict_line() {
    let policy = policy();
    let request = ReportRequest {
        filter: ReportFilter::of_cwe([79]),
        ..ReportRequest::default()
    };
    let report = sample(&history(&policy), &policy, &request, RUNNING);
    let text = written(&report, write_markdown);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("# Report, only cwe=79 of 2026-11-16"));
    let line = text.lines().find(|line| line.starts_with("**")).unwrap();
    assert!(
        line.starts_with("**Only cwe=79: 0 of 1 key result missed, 1 unknown. Of all: "),
        "{line}"
    );
    assert!(line.contains("`below` (not shown)"), "{line}");
    let csv = written(&report, write_csv);
    assert!(
        csv.lines()
            .skip(1)
            .all(|line| line.contains(",speed,down,")),
        "{csv}"
    );
}

/// The quantities of a row, from its exact fraction where the decimal rounds.
fn exact(row: &Value) -> Option<Quantity> {
    if let Some((num, den)) = row["fraction"]
        .as_str()
        .and_then(|text| text.split_once('/'))
    {
        return Quantity::ratio(num.parse().unwrap(), den.parse().unwrap());
    }
    row["value"]
        .as_str()
        .map(|text| Quantity::parse(text).unwrap())
}

#[test]
fn report_p43_every_verdict_can_be_computed_again() {
    let document: Value = serde_json::from_str(&written(&running(), write_json)).unwrap();
    let objectives = document["objectives"].as_array().unwrap();
    let rows = objectives
        .iter()
        .flat_map(|o| o["key_results"].as_array().unwrap());
    let mut computed = 0;
    for row in rows {
        let (verdict, target) = (row["verdict"].as_str().unwrap(), &row["target"]);
        let Some(value) = exact(row).filter(|_| verdict != "unknown") else {
            continue;
        };
        let figure = |key: &str| Quantity::parse(target[key].as_str().unwrap()).unwrap();
        let met = match (target["kind"].as_str().unwrap(), target["op"].as_str()) {
            ("compare", Some("<=")) => value <= figure("value"),
            ("compare", Some(">=")) => value >= figure("value"),
            ("compare", Some("==")) => value == figure("value"),
            ("within", _) => figure("low") <= value && value <= figure("high"),
            other => panic!("{other:?}"),
        };
        assert_eq!(verdict, if met { "met" } else { "missed" }, "{row}");
        computed += 1;
    }
    assert!(computed >= 9, "{computed}");
}

#[test]
fn report_p44_a_row_a_key_result_and_week_by_another_reader() {
    let report = running();
    let text = written(&report, write_csv);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        heads.join(","),
        "period,week,objective,kr,def,value,unit,num,den,n,verdict,score,known"
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    // Weeks 40 to 47 of 19 key results.
    assert_eq!(rows.len(), 8 * 19);
    for row in &rows {
        assert_eq!(&row[0], "'=1+1|`x` <img src=x onerror=alert(1)>");
        assert!(["met", "missed", "unknown"].contains(&&row[10]), "{row:?}");
        assert!(
            row.iter()
                .all(|field| !field.starts_with(['=', '+', '@', '\t'])),
            "{row:?}"
        );
    }
    let of = |kr: &str, week: &str| {
        let row = rows
            .iter()
            .find(|row| &row[3] == kr && &row[1] == week)
            .unwrap();
        row.iter()
            .skip(5)
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .join(",")
    };
    assert_eq!(of("down", "2026-W46"), "26,findings,,,,missed,,1");
    assert_eq!(of("down", "2026-W40"), ",findings,,,,unknown,,0");
    assert_eq!(of("range", "2026-W45"), "0.4,share,2,5,,met,,0.946429");
    assert_eq!(of("up", "2026-W45"), "30,number,,,14,missed,,0.946429");
    // A bound is no figure, and its verdict stands all the same.
    assert_eq!(of("fix", "2026-W47"), ",seconds,,,6,missed,,0.25");
}

/// What a strict reader makes of a text of `OpenMetrics` 1.0: families with their samples.
fn read_openmetrics(text: &str) -> Vec<(String, Vec<String>)> {
    let body = text.strip_suffix("# EOF\n").expect("it ends with # EOF");
    let mut families: Vec<(String, Vec<String>)> = Vec::new();
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        let help = line
            .strip_prefix("# HELP ")
            .expect("a family begins with HELP");
        let (name, _) = help.split_once(' ').unwrap();
        let kind = lines.next().unwrap();
        let kind = kind
            .strip_prefix(&format!("# TYPE {name} "))
            .expect("TYPE follows");
        assert!(["gauge", "stateset"].contains(&kind), "{kind}");
        assert!(
            families.iter().all(|(known, _)| **known < *name),
            "{name}: the order"
        );
        let mut samples = Vec::new();
        while let Some(sample) = lines.next_if(|line| !line.starts_with('#')) {
            let (before, value) = sample.rsplit_once(' ').unwrap();
            let digits = value.trim_start_matches('-');
            assert!(
                !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.'),
                "{sample}"
            );
            let labels = before.strip_prefix(name).expect("samples of this family");
            if !labels.is_empty() {
                let inner = labels
                    .strip_prefix('{')
                    .and_then(|l| l.strip_suffix('}'))
                    .unwrap();
                label_set(inner);
            }
            samples.push(sample.to_owned());
        }
        families.push((name.to_owned(), samples));
    }
    families
}

/// `name="value"`, separated by commas, with escapes.
fn label_set(mut text: &str) {
    loop {
        let (name, rest) = text.split_once("=\"").expect("a label has a value");
        assert!(
            name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{name}"
        );
        let mut escaped = false;
        let end = rest.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let after = &rest[end.expect("a value ends") + 1..];
        let Some(more) = after.strip_prefix(',') else {
            assert_eq!(after, "");
            return;
        };
        text = more;
    }
}

#[test]
fn report_p38_openmetrics_by_a_strict_reader() {
    let text = written(&running(), write_openmetrics);
    let families = read_openmetrics(&text);
    let names: Vec<&str> = families.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "krgate_evaluation_time_seconds",
            "krgate_kr_score",
            "krgate_kr_value",
            "krgate_kr_verdict",
            "krgate_objective_known_ratio",
            "krgate_objective_score"
        ]
    );
    assert_eq!(families[0].1, ["krgate_evaluation_time_seconds 1794830400"]);
    assert_eq!(families[3].1.len(), 3 * 19);
}

/// The parser of the Prometheus client for Python, where it is there.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a test finds programs where it was started"
)]
fn report_p38_openmetrics_by_the_parser_of_another_project() {
    const SCRIPT: &str = "
import sys
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
except ImportError:
    sys.exit(77)
for family in parse(sys.stdin.read()):
    print(family.name, family.type, len(family.samples))
";
    let mut command = std::process::Command::new("python3");
    command
        .args(["-c", SCRIPT])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let path = std::env::var_os("PYTHONPATH");
    let Ok(mut child) = command.envs(path.map(|path| ("PYTHONPATH", path))).spawn() else {
        println!("skipped: there is no python3");
        return;
    };
    let text = written(&running(), write_openmetrics);
    // One that has ended already reads nothing.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes());
    let output = child.wait_with_output().unwrap();
    if output.status.code() == Some(77) {
        println!("skipped: python3 has no prometheus_client");
        return;
    }
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let read = String::from_utf8(output.stdout).unwrap();
    let ours = read_openmetrics(&text).into_iter().map(|(name, samples)| {
        let kind = match name.as_str() {
            "krgate_kr_verdict" => "stateset",
            _ => "gauge",
        };
        format!("{name} {kind} {}", samples.len())
    });
    assert_eq!(read.lines().collect::<Vec<_>>(), ours.collect::<Vec<_>>());
}

#[test]
fn report_p39_what_is_unknown_has_no_sample_but_its_state() {
    let text = written(&running(), write_openmetrics);
    for kr in [
        "exposure/above",
        "exposure/range",
        "exposure/bound",
        "people/trained",
    ] {
        let of_it: Vec<&str> = text
            .lines()
            .filter(|line| line.contains(&format!("\"{kr}\"")))
            .collect();
        assert_eq!(of_it.len(), 3, "{kr}: {of_it:?}");
        assert!(
            of_it[2].ends_with("krgate_kr_verdict=\"unknown\"} 1"),
            "{of_it:?}"
        );
    }
    // A bound is no value, though it decides.
    assert!(!text.contains("krgate_kr_value{kr=\"speed/fix\""), "{text}");
    assert!(text.contains("krgate_kr_value{kr=\"exposure/worst\",unit=\"cvss\"} 9.8\n"));
}

#[test]
fn report_p06_markdown_shows_foreign_text_as_code_alone() {
    for now in [RUNNING, OVER] {
        let policy = policy();
        let report = sample(&closed(&policy), &policy, &ReportRequest::default(), now);
        let text = written(&report, write_markdown);
        for event in Parser::new_ext(&text, Options::all()) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => {
                    let ours = html
                        .strip_prefix("<a id=\"kr-")
                        .and_then(|h| h.strip_suffix("\">"));
                    let is_id = ours
                        .is_some_and(|id| id.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
                    assert!(is_id || &*html == "</a>", "{html}");
                }
                Event::Text(text) => {
                    for word in ["onerror", "javascript:", "owned", "add-mask", "gpj"] {
                        assert!(!text.contains(word), "{text}");
                    }
                }
                Event::Start(
                    pulldown_cmark::Tag::Link { .. } | pulldown_cmark::Tag::Image { .. },
                ) => {
                    panic!("a link or an image");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn report_p12_headings_and_anchors_are_fixed() {
    let text = written(&running(), write_markdown);
    let sections: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("## "))
        .collect();
    assert_eq!(
        sections,
        [
            "## Verdict",
            "## Objectives",
            "## Changes",
            "## Overdue",
            "## Waivers",
            "## Actions",
            "## Appendix"
        ]
    );
    for (_, key_result) in policy().key_results() {
        let anchor = format!("<a id=\"kr-{}\"></a>", key_result.id);
        assert_eq!(text.matches(&anchor).count(), 1, "{anchor}");
    }
}

#[test]
fn report_p47_without_colour_every_verdict_is_a_word() {
    let text = written(&running(), write_markdown);
    for (_, key_result) in policy().key_results() {
        let row = format!("| {} | `", key_result.id.replace('_', "\\_"));
        let row = text.lines().find(|line| line.contains(&row)).unwrap();
        let has_one = ["● met", "✕ missed", "◇ unknown"]
            .iter()
            .any(|v| row.contains(v));
        assert!(has_one, "{row}");
    }
}

#[test]
fn report_p10_no_message_and_no_note_of_a_person_is_shown() {
    // The note of a check-in and the evidence of a claim stand in no format.
    let policy = policy();
    let mut history = history(&policy);
    history.check_ins[0].note = Some(krgate::model::UntrustedText::new("a-private-note"));
    history.check_ins[0].evidence = vec![krgate::model::UntrustedText::new("https://private.test")];
    let report = sample(&history, &policy, &ReportRequest::default(), RUNNING);
    for (format, write) in WRITERS {
        let text = written(&report, write);
        assert!(!text.contains("private"), "{format}");
    }
    assert_eq!(HOSTILE.len(), 9);
}
