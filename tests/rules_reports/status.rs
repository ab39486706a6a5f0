//! The remaining formats of `krgate status`, and any node as root (rules P21, P22, F15, F22).

use jiff::tz::TimeZone;
use krgate::decide::okr::{Progress, progress};
use krgate::render::status::{
    About, Status, write_dot, write_json, write_markdown, write_mermaid, write_text,
};
use krgate::render::text::Verbosity;
use serde_json::Value;

use super::formats::{faults, is_harmless};
use super::sample::{RUNNING, at, history, policy};
use super::shop::Shop;

/// The status of the sample, or of a part of it.
fn shown(root: Option<&str>, format: &str) -> String {
    let policy = policy();
    let whole = progress(&policy, &history(&policy), &[], at(RUNNING));
    let progress = match root {
        Some(root) => whole.rooted_at(root).unwrap(),
        None => whole,
    };
    written(&progress, policy.mission.as_deref(), format)
}

fn written(progress: &Progress, mission: Option<&str>, format: &str) -> String {
    let status = Status {
        progress,
        about: About {
            version: "0.1.0",
            policy_path: "krgate.yaml",
            policy_sha256: &"ab".repeat(32),
            mission,
            ledger: "dir:x",
            ledger_exists: true,
            zone: &TimeZone::UTC,
        },
    };
    let mut out = Vec::new();
    match format {
        "markdown" => write_markdown(&status, &mut out),
        "mermaid" => write_mermaid(&status, &mut out),
        "dot" => write_dot(&status, &mut out),
        "json" => write_json(&status, &mut out),
        _ => write_text(&status, (Verbosity::Normal, false), &mut out),
    }
    .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn report_p21_the_tree_in_markdown() {
    let text = shown(None, "markdown");
    is_harmless("markdown", &text);
    insta::assert_snapshot!("status_markdown", text);
}

#[test]
fn report_p21_the_tree_in_mermaid() {
    let text = shown(None, "mermaid");
    is_harmless("mermaid", &text);
    insta::assert_snapshot!("status_mermaid", text);
}

#[test]
fn report_p21_the_tree_in_dot() {
    let text = shown(None, "dot");
    is_harmless("dot", &text);
    insta::assert_snapshot!("status_dot", text);
}

/// A string in quotes at the begin of a text, by the rules of a language, and the rest.
fn string(text: &str, has_backslash: bool) -> &str {
    let inner = text.strip_prefix('"').expect("a label begins with a quote");
    let mut escaped = false;
    let end = inner.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = has_backslash && c == '\\' && !escaped;
        ends
    });
    &inner[end.expect("a label ends") + 1..]
}

/// True for `n` and digits.
fn is_id(word: &str) -> bool {
    word.strip_prefix('n')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Nodes and edges of a diagram of Mermaid, by a strict reader.
fn read_mermaid(text: &str) -> (usize, Vec<(String, String, String)>) {
    let (mut nodes, mut edges) = (0, Vec::new());
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("flowchart TD"));
    for line in lines {
        let line = line.strip_prefix("  ").unwrap();
        if line.starts_with("linkStyle ") {
            continue;
        }
        let end = line.find(|c: char| !c.is_ascii_alphanumeric()).unwrap();
        let (id, rest) = line.split_at(end);
        assert!(is_id(id), "{line}");
        let Some(rest) = rest.strip_prefix(' ') else {
            let label = rest.trim_start_matches(['(', '[', '/']);
            let close = string(label, false);
            assert!(["])", "]", ")", "/]"].contains(&close), "{line}");
            assert_eq!(id, format!("n{nodes}"));
            nodes += 1;
            continue;
        };
        let arrow = ["---", "-->", "==>", "-.->"]
            .into_iter()
            .find(|arrow| rest.starts_with(arrow))
            .unwrap();
        let rest = &rest[arrow.len()..];
        let rest = match rest.strip_prefix('|') {
            Some(label) => string(label, false).strip_prefix('|').unwrap(),
            None => rest,
        };
        let to = rest.strip_prefix(' ').unwrap();
        assert!(is_id(to), "{line}");
        edges.push((id.to_owned(), to.to_owned(), arrow.to_owned()));
    }
    (nodes, edges)
}

/// The same of a graph of Graphviz.
fn read_dot(text: &str) -> (usize, Vec<(String, String, String)>) {
    let (mut nodes, mut edges) = (0, Vec::new());
    let body = text
        .strip_prefix("digraph krgate {\n  rankdir=TB;\n")
        .unwrap();
    for line in body.strip_suffix("}\n").unwrap().lines() {
        let line = line.strip_prefix("  ").unwrap();
        let (head, attributes) = line.split_once(" [").unwrap();
        let before = attributes.split_once("label=");
        if let Some((_, label)) = before {
            assert_eq!(string(label, true), "];", "{line}");
        }
        match head.split_once(" -> ") {
            None => {
                assert_eq!(head, format!("n{nodes}"));
                nodes += 1;
            }
            Some((from, to)) => {
                assert!(is_id(from) && is_id(to), "{line}");
                let style = attributes.strip_prefix("style=").unwrap();
                let style = style.split([',', ']']).next().unwrap();
                edges.push((from.to_owned(), to.to_owned(), style.to_owned()));
            }
        }
    }
    (nodes, edges)
}

#[test]
fn report_p21_both_diagrams_have_the_same_graph() {
    let (nodes, edges) = read_mermaid(&shown(None, "mermaid"));
    let (same, others) = read_dot(&shown(None, "dot"));
    // The mission, 3 objectives, 19 key results, and what they name elsewhere.
    assert_eq!((nodes, same), (28, 28));
    let ends = |edges: &[(String, String, String)]| -> Vec<(String, String)> {
        edges
            .iter()
            .map(|(from, to, _)| (from.clone(), to.clone()))
            .collect()
    };
    assert_eq!(ends(&edges), ends(&others));
    let count = |style: &str| others.iter().filter(|(_, _, of)| of == style).count();
    // `exposure` and `people` contribute without a roll-up, `speed` with one; each objective
    // and one key result comes from something.
    assert_eq!((count("dashed"), count("bold"), count("dotted")), (2, 1, 4));
    assert_eq!(count("solid"), 3 + 19 + 1);
}

#[test]
fn report_p21_the_verdict_stands_in_the_label() {
    for format in ["mermaid", "dot"] {
        let text = shown(None, format);
        let (miss, unknown, ok) = match format {
            "mermaid" => (
                "#91;MISS#93; below",
                "#91;#63;#93; above",
                "#91;ok#93; fixed",
            ),
            _ => ("[MISS] below", "[?] above", "[ok] fixed"),
        };
        for words in [miss, unknown, ok] {
            assert!(text.contains(words), "{format}: {words}");
        }
    }
}

#[test]
fn report_p21_any_node_is_a_root() {
    let of = |root: &str| -> Vec<(String, usize)> {
        let text = shown(Some(root), "json");
        let document: Value = serde_json::from_str(&text).unwrap();
        assert!(faults(&document, "status.schema.json").is_empty());
        let objectives = document["objectives"].as_array().unwrap().iter();
        objectives
            .map(|objective| {
                let id = objective["id"].as_str().unwrap().to_owned();
                (id, objective["key_results"].as_array().unwrap().len())
            })
            .collect()
    };
    // What contributes to it belongs to it, at any depth.
    assert_eq!(
        of("exposure"),
        [
            ("exposure".into(), 7),
            ("speed".into(), 6),
            ("people".into(), 6)
        ]
    );
    // And of other objectives the key results that it uses.
    assert_eq!(
        of("speed"),
        [
            ("exposure".into(), 1),
            ("speed".into(), 6),
            ("people".into(), 6)
        ]
    );
    assert_eq!(of("people"), [("people".into(), 6)]);
    assert_eq!(of("down"), [("speed".into(), 1)]);
    assert_eq!(of("speed/down"), [("speed".into(), 1)]);
}

#[test]
fn report_p21_a_root_that_is_not_there_is_exit_2() {
    let shop = Shop::with_weeks();
    let now = "2026-11-09T12:00:00Z";
    let ended = shop.at(now, &["status", "cod"]);
    assert_eq!((ended.code, &*ended.stdout), (2, ""));
    assert!(
        ended.stderr.contains("did you mean `code`?"),
        "{}",
        ended.stderr
    );
    let ended = shop.at(now, &["status", "no-shell"]);
    assert_eq!(ended.code, 0);
    assert!(
        ended
            .stdout
            .ends_with("STATUS: 1 key result, 0 met, 1 missed, 0 unknown (exit 0)\n"),
        "{}",
        ended.stdout
    );
    // The score of the objective is that of all its key results.
    let whole = shop.at(now, &["status"]);
    let line = |text: &str| {
        text.lines()
            .find(|l| l.starts_with("code "))
            .unwrap()
            .to_owned()
    };
    assert_eq!(line(&ended.stdout), line(&whole.stdout));
}

#[test]
fn report_p22_the_json_status_names_everything_by_id() {
    let text = shown(None, "json");
    is_harmless("json", &text);
    let document: Value = serde_json::from_str(&text).unwrap();
    let wrong = faults(&document, "status.schema.json");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let speed = &document["objectives"][1];
    assert_eq!(speed["rolls_up"], true);
    assert_eq!(speed["uses"][0]["key_result"], "exposure/below");
    assert_eq!(speed["key_results"][0]["derived_from"][0], "TM-7");
    assert_eq!(document["objectives"][0]["rolled_up"][0], "speed");
}
