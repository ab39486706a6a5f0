//! The baseline file: strict, sorted, one finding a line.

use krgate::diagnostic::Code;
use krgate::ingest::read_baseline;
use krgate::model::Baseline;

use super::support::{hit, read, reread, sarif, text};

fn written() -> String {
    let hits = [
        hit("r", "b.py", 3).print("hash/v1", "x"),
        hit("r", "a.py", 30),
        hit("r", "a.py", 4).suppressed(),
        hit("q", "", 0),
    ];
    text(&Baseline::of(
        read(&sarif("1.4", &[], &hits), None),
        None,
        None,
    ))
}

#[test]
fn lifecycle_l09_a_baseline_has_one_finding_a_line_sorted_by_place() {
    let text = written();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "{");
    assert_eq!(lines[1], "\"schema\": \"krgate.baseline/1\",");
    let places: Vec<String> = lines
        .iter()
        .filter(|line| line.contains("\"id\":"))
        .map(|line| {
            let row: serde_json::Value =
                serde_json::from_str(line.trim_start_matches(',')).unwrap();
            format!("{}:{}", row["path"].as_str().unwrap_or("-"), row["line"])
        })
        .collect();
    assert_eq!(places, ["-:null", "a.py:4", "a.py:30", "b.py:3"]);
    assert!(!text.contains("the same for every hit"));
    // Written, read and written again it is the same to the byte.
    assert_eq!(super::support::text(&reread(&text)), text);
}

#[test]
fn lifecycle_l09_a_damaged_baseline_is_refused_with_its_place() {
    let text = written();
    let say = |text: &str| {
        let diagnostic = read_baseline(text.as_bytes(), "b.json")
            .unwrap()
            .unwrap_err();
        assert_eq!(diagnostic.code, Code::BaselineBroken);
        let parts: Vec<String> = diagnostic
            .message
            .parts()
            .iter()
            .map(|p| format!("{p:?}"))
            .collect();
        parts.concat()
    };
    let half = &text[..text.len() / 2];
    assert!(say(half).contains("it ends early"));
    assert!(say(&text.replace("baseline/1", "baseline/2")).contains("version"));
    let conflict = text.replacen(
        "{\"path\":\"a.py\",\"line\":30",
        "<<<<<<< HEAD\n{\"path\":\"a.py\",\"line\":30",
        1,
    );
    assert!(say(&conflict).contains("line "), "{}", say(&conflict));
    for (from, to) in [
        ("\"class\":\"sast\"", "\"class\":\"sats\""),
        ("\"line\":30", "\"line\":0"),
        ("\"line\":30", "\"line\":\"30\""),
        ("\"line\":30", "\"lines\":30"),
        (
            "\"tool\":\"semgrep\",\"version\"",
            "\"tool\":\"other\",\"version\"",
        ),
        ("\"findings\": [", "\"findings\": [], \"findings\": ["),
        ("\"commit\": null", "\"commit\": \"main\""),
    ] {
        assert!(text.contains(from), "{from}\n{text}");
        say(&text.replacen(from, to, 1));
    }
    let line = text.lines().find(|line| line.contains("b.py")).unwrap();
    let twice = text.replace(line, &format!("{line}\n{line}"));
    assert!(say(&twice).contains("one id"), "{}", say(&twice));
    // No baseline at all may be a report.
    assert!(read_baseline(sarif("1", &[], &[]).as_bytes(), "x").is_none());
}
