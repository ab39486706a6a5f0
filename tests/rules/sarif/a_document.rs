//! Section A: the document.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use krgate::diagnostic::Code;
use krgate::ingest::Expected;
use krgate::model::{Class, Level};
use serde_json::{Value, json};

use crate::support::{
    Report, bytes, context, log, merged, named_tool, one, place, read, read_bytes, read_expecting,
    read_reports, result, ruled, run, run_of, tool, without,
};

/// A document with one finding whose path is not plain ASCII.
fn sample() -> Value {
    one(result(
        json!({"level": "error", "locations": [place("src/é ü.c", 3)]}),
    ))
}

fn with_version(version: Value) -> Value {
    merged(sample(), json!({ "version": version }))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter();
    units
        .chain(text.encode_utf16())
        .flat_map(to_bytes)
        .collect()
}

#[test]
fn sarif_rule_001_other_versions_are_refused_by_name() {
    for version in [
        "1.0.0",
        "2.0.0",
        "2.0.0-csd.2.beta.2019-01-24",
        "2.1.0-rtm.5",
        "2.1",
        "2.2",
        "2.1.0 ",
        "2.1.00",
        "",
    ] {
        let seen = read(&with_version(json!(version)));
        seen.assert_refused(Code::SarifVersionUnsupported);
        assert!(
            seen.words(Code::SarifVersionUnsupported).contains(version),
            "the version found is named: {version:?} in {seen}"
        );
    }
}

#[test]
fn sarif_rule_001_version_2_1_0_is_read() {
    let seen = read(&with_version(json!("2.1.0")));
    assert_eq!(seen.only().level, Level::Error);
    seen.assert_codes(&[]);
}

#[test]
fn sarif_rule_001_a_version_that_is_no_string_is_never_read() {
    for version in [
        json!(2.1),
        json!(["2.1.0"]),
        json!({"v": "2.1.0"}),
        json!(true),
    ] {
        read(&with_version(version)).assert_refused_somehow();
    }
}

#[test]
fn sarif_rule_001_an_empty_body_of_another_version_is_not_clean() {
    let seen = read(&json!({"version": "2.0.0", "runs": []}));
    seen.assert_refused(Code::SarifVersionUnsupported);
}

#[test]
fn sarif_rule_002_missing_version_is_refused_though_the_body_fits() {
    let seen = read(&without(sample(), "version"));
    seen.assert_refused(Code::SarifVersionMissing);
    let with_results_only = json!({"runs": [{"results": []}]});
    read(&with_results_only).assert_refused(Code::SarifVersionMissing);
    let with_tool_only = json!({"runs": [{"tool": {"driver": {"name": "x"}}}]});
    read(&with_tool_only).assert_refused(Code::SarifVersionMissing);
}

#[test]
fn sarif_rule_002_null_is_missing_and_the_schema_does_not_help() {
    read(&with_version(Value::Null)).assert_refused(Code::SarifVersionMissing);
    let schema = "https://json.schemastore.org/sarif-2.1.0.json";
    let seen = read(&merged(
        without(sample(), "version"),
        json!({ "$schema": schema }),
    ));
    seen.assert_refused(Code::SarifVersionMissing);
}

#[test]
fn sarif_rule_003_the_schema_says_nothing() {
    let plain = read(&sample());
    assert_eq!(plain.counted().len(), 1);
    for schema in [
        json!("https://schemastore.azurewebsites.net/schemas/json/sarif-2.1.0-rtm.5.json"),
        json!("http://json.schemastore.org/sarif-1.0.0"),
        json!("mirror"),
        json!(""),
        json!(7),
        Value::Null,
    ] {
        let seen = read(&merged(sample(), json!({ "$schema": schema })));
        assert_eq!(seen.debug(), plain.debug(), "{schema}");
    }
}

#[test]
fn sarif_rule_004_a_byte_order_mark_changes_nothing() {
    let plain = bytes(&sample());
    let marked = [b"\xef\xbb\xbf".as_slice(), &plain].concat();
    let (plain, marked) = (read_bytes(plain), read_bytes(marked));
    assert_eq!(plain.only().path.as_deref(), Some("src/é ü.c"));
    assert_eq!(marked.debug(), plain.debug());
}

#[test]
fn sarif_rule_005_utf_16_with_a_mark_is_decoded() {
    let text = sample().to_string();
    let plain = read_bytes(text.as_bytes());
    assert_eq!(plain.counted().len(), 1);
    for (name, bytes) in [
        ("LE", utf16(&text, u16::to_le_bytes, true)),
        ("BE", utf16(&text, u16::to_be_bytes, true)),
    ] {
        assert_eq!(read_bytes(bytes).debug(), plain.debug(), "UTF-16 {name}");
    }
}

#[test]
fn sarif_rule_005_utf_16_without_a_mark_is_refused_with_a_hint() {
    let ascii = one(result(json!({}))).to_string();
    for bytes in [
        utf16(&ascii, u16::to_le_bytes, false),
        utf16(&ascii, u16::to_be_bytes, false),
    ] {
        let seen = read_bytes(bytes);
        seen.assert_refused(Code::ReportNotUtf8);
        assert!(
            seen.words(Code::ReportNotUtf8).contains("UTF-16"),
            "the hint names UTF-16: {seen}"
        );
    }
}

#[test]
fn sarif_rule_005_utf_32_is_refused() {
    let text = format!("\u{feff}{}", one(result(json!({}))));
    let little: Vec<u8> = text
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    let big: Vec<u8> = text
        .chars()
        .flat_map(|c| u32::from(c).to_be_bytes())
        .collect();
    read_bytes(little).assert_refused(Code::ReportNotUtf8);
    read_bytes(big).assert_refused(Code::ReportNotUtf8);
}

#[test]
fn sarif_rule_005_broken_utf_16_is_refused() {
    let text = sample().to_string();
    let whole = utf16(&text, u16::to_le_bytes, true);
    let mut half_unit = whole.clone();
    half_unit.push(b' ');
    read_bytes(half_unit).assert_refused_somehow();
    let at = text.find("é").unwrap();
    let unit = 2 + 2 * text[..at].encode_utf16().count();
    let mut lone = whole;
    lone.splice(unit..unit + 2, 0xd800_u16.to_le_bytes());
    read_bytes(lone).assert_refused_somehow();
}

#[test]
fn sarif_rule_006_bytes_that_are_not_utf_8_are_refused_with_the_offset() {
    let text = one(result(json!({"locations": [place("src/X.c", 3)]}))).to_string();
    let at = text.find('X').unwrap();
    for bad in [
        b"\xff".as_slice(),
        b"\xc3",
        b"\xe9",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
    ] {
        let mut bytes = text.clone().into_bytes();
        bytes.splice(at..=at, bad.iter().copied());
        let seen = read_bytes(bytes);
        seen.assert_refused(Code::ReportNotUtf8);
        assert_eq!(
            seen.offset(Code::ReportNotUtf8),
            Some(u64::try_from(at).unwrap()),
            "offset of the bad byte {bad:x?}"
        );
        assert!(
            !seen.everything().contains('\u{fffd}'),
            "nothing was replaced"
        );
    }
}

#[test]
fn sarif_rule_006_also_in_a_part_that_is_skipped() {
    let text = one(result(json!({"codeFlows": [{"message": {"text": "X"}}]}))).to_string();
    let at = text.find("\"X\"").unwrap() + 1;
    let mut bytes = text.into_bytes();
    bytes[at] = 0xff;
    read_bytes(bytes).assert_refused(Code::ReportNotUtf8);
}

#[test]
fn sarif_rule_007_gzip_is_known_by_its_bytes_not_by_its_name() {
    let plain = bytes(&sample());
    let zipped = read_bytes(gzip(&plain));
    assert_eq!(zipped.debug(), read_bytes(plain.clone()).debug());
    let named = read_reports(&[Report::new("report.sarif.gz", plain)], &context());
    assert_eq!(named.counted().len(), 1, "a name ending in gz is no gzip");
}

#[test]
fn sarif_rule_007_several_members_are_one_stream() {
    let plain = bytes(&sample());
    let (first, second) = plain.split_at(plain.len() / 2);
    let members = [gzip(first), gzip(second)].concat();
    assert_eq!(read_bytes(members).debug(), read_bytes(plain).debug());
}

#[test]
fn sarif_rule_007_the_limit_is_counted_after_decompression() {
    let plain = bytes(&merged(
        sample(),
        json!({"properties": " ".repeat(100_000)}),
    ));
    let zipped = gzip(&plain);
    assert!(zipped.len() < 1_000, "small on disk");
    let mut context = context();
    context.limits.report_bytes = u64::try_from(plain.len()).unwrap();
    for report in [&zipped, &plain] {
        let seen = read_reports(&[Report::new("r.sarif", report.clone())], &context);
        assert_eq!(seen.counted().len(), 1, "exactly the limit is read");
    }
    context.limits.report_bytes -= 1;
    for report in [&zipped, &plain] {
        let seen = read_reports(&[Report::new("r.sarif", report.clone())], &context);
        seen.assert_refused(Code::ReportTooLarge);
    }
}

#[test]
fn sarif_rule_007_a_cut_or_damaged_stream_is_truncated() {
    let whole = gzip(&bytes(&sample()));
    for missing in [1, 4, 8, 9, whole.len() / 2, whole.len() - 3] {
        let seen = read_bytes(&whole[..whole.len() - missing]);
        seen.assert_refused(Code::ReportTruncated);
    }
    let mut wrong_checksum = whole.clone();
    let at = wrong_checksum.len() - 6;
    wrong_checksum[at] ^= 0x55;
    read_bytes(wrong_checksum).assert_refused(Code::ReportTruncated);
}

#[test]
fn sarif_rule_007_one_layer_is_undone() {
    let twice = gzip(&gzip(&bytes(&sample())));
    read_bytes(twice).assert_refused(Code::ReportUnknownFormat);
}

#[test]
fn sarif_rule_008_archives_are_named_and_not_unpacked() {
    let mut tar = vec![0_u8; 1024];
    tar[..7].copy_from_slice(b"a.sarif");
    tar[257..262].copy_from_slice(b"ustar");
    let zip = [b"PK\x03\x04".as_slice(), &[0; 60]].concat();
    let zstd = [b"\x28\xb5\x2f\xfd".as_slice(), &[0; 60]].concat();
    for (kind, bytes) in [("zip", zip), ("tar", tar), ("zstd", zstd)] {
        let seen = read_bytes(bytes);
        seen.assert_refused(Code::ReportUnknownFormat);
        let words = seen.words(Code::ReportUnknownFormat).to_lowercase();
        assert!(words.contains(kind), "{kind} is named: {words}");
        assert!(words.contains("unpack"), "the way out is named: {words}");
    }
}

#[test]
fn sarif_rule_009_an_empty_file_is_refused() {
    read_bytes(*b"").assert_refused(Code::ReportEmpty);
    read_bytes(gzip(b"")).assert_refused(Code::ReportEmpty);
    read_bytes(*b" \n\t ").assert_refused_somehow();
    read_bytes(*b"\xef\xbb\xbf").assert_refused_somehow();
}

#[test]
fn sarif_rule_009_cut_off_json_is_truncated_wherever_it_ends() {
    let whole = bytes(&one(result(json!({"level": "error"}))));
    for end in 1..whole.len() {
        let seen = read_bytes(&whole[..end]);
        let code = seen.assert_refused_somehow();
        // While nothing tells the format, saying that is as good.
        if code != "report-truncated" {
            assert_eq!(code, "report-unknown-format", "cut at {end}: {seen}");
            assert!(end < 40, "cut at {end}: {seen}");
        }
    }
}

#[test]
fn sarif_rule_009_faults_of_syntax_have_line_and_column() {
    let good = "{\"version\": \"2.1.0\",\n \"runs\": [{\"tool\": {\"driver\": {\"name\": \"t\"}},\n  \"results\": []}]}";
    assert_eq!(read_bytes(good).statuses().len(), 1, "the good one is read");
    for (name, bad, line) in [
        ("trailing comma", good.replace("[]}]}", "[],}]}"), 3),
        (
            "trailing comma of a list",
            good.replace("[]}]}", "[]},]}"),
            3,
        ),
        ("two documents", format!("{good}\n{good}"), 4),
        ("bytes after the end", format!("{good}\n\nx"), 5),
        ("NaN", good.replace("[]}]}", "[], \"x\": NaN}]}"), 3),
        (
            "Infinity",
            good.replace("[]}]}", "[], \"x\": -Infinity}]}"),
            3,
        ),
        ("a comment", good.replace("[]}]}", "[] /* c */}]}"), 3),
        ("single quotes", good.replace("\"t\"", "'t'"), 2),
        (
            "a bare control character",
            good.replace("\"t\"", "\"\u{1}\""),
            2,
        ),
        ("a lone surrogate", good.replace("\"t\"", "\"\\ud800\""), 2),
        (
            "a leading zero",
            good.replace("[]}]}", "[], \"x\": 01}]}"),
            3,
        ),
    ] {
        let seen = read_bytes(bad);
        seen.assert_refused(Code::ReportSyntax);
        let at = seen.line_column(Code::ReportSyntax);
        assert_eq!(at.map(|(l, _)| l), Some(line), "line of {name}: {seen}");
        assert!(at.is_some_and(|(_, c)| c >= 1), "column of {name}: {at:?}");
    }
}

#[test]
fn sarif_rule_009_the_content_and_the_parser_are_not_heard() {
    let canary = "CANARY-5d1c";
    for bad in [
        format!(
            "{{\"version\": \"2.1.0\", \"runs\": [{{\"tool\": {{\"driver\": {{\"name\": {canary}}}}}}}]}}"
        ),
        format!("{{\"version\": \"2.1.0\", \"runs\": []}} {canary}"),
        format!("{{\"version\": \"2.1.0\", \"runs\": [\"{canary}"),
        format!("{{\"version\": \"2.1.0\", \"runs\": [], \"{canary}\" 1}}"),
    ] {
        let seen = read_bytes(bad);
        seen.assert_refused_somehow();
        let all = seen.everything();
        assert!(!all.contains(canary), "content is echoed: {seen}");
        for theirs in ["EOF while parsing", "at line 1 column", "expected value"] {
            assert!(!all.contains(theirs), "a parser's own text: {seen}");
        }
    }
}

#[test]
fn sarif_rule_010_what_is_not_recognised_is_refused_with_what_it_is() {
    for (kind, document) in [
        ("array", json!([sample()])),
        ("array", json!([1, 2])),
        ("object", json!({"name": "x", "items": []})),
        ("object", json!({"version": "2.1.0", "name": "x"})),
        ("string", json!("2.1.0")),
        // A bare number or word is the first line of some text.
        ("text", json!(21)),
        ("text", json!(true)),
    ] {
        let seen = read(&document);
        seen.assert_refused(Code::ReportUnknownFormat);
        let words = seen.words(Code::ReportUnknownFormat);
        assert!(words.contains(kind), "{document} is named {kind}: {words}");
    }
}

#[test]
fn sarif_rule_010_recognition_takes_the_three_shapes() {
    // (a) `version` and `runs`, whatever else is there.
    let a = merged(json!({"version": "2.1.0", "runs": []}), json!({"other": 1}));
    assert_eq!(read(&a).count(Code::SarifNoRuns), 1);
    // (b) `runs` whose first element has `tool` or `results`.
    read(&json!({"runs": [{"tool": {}}]})).assert_refused(Code::SarifVersionMissing);
    read(&json!({"runs": [{"x": 1}]})).assert_refused(Code::ReportUnknownFormat);
    // (c) the version and nothing but known members.
    for c in [
        json!({"version": "2.1.0"}),
        json!({"version": "2.1.0", "$schema": "s", "properties": {}, "inlineExternalProperties": []}),
    ] {
        assert_eq!(read(&c).count(Code::SarifNoRuns), 1, "{c}");
    }
    read(&json!({"version": "2.1", "$schema": "s"})).assert_refused(Code::ReportUnknownFormat);
}

#[test]
fn sarif_rule_011_unknown_members_are_ignored_anywhere() {
    let odd = json!({"x": [1, {"y": null}], "X-tool": "z"});
    let plain = read(&one(result(json!({"level": "error"}))));
    let rule = merged(json!({"id": "R1"}), odd.clone());
    let mut tools = named_tool("CodeQL", &[rule]);
    tools["driver"] = merged(tools["driver"].clone(), odd.clone());
    tools = merged(tools, odd.clone());
    let results = [merged(result(json!({"level": "error"})), odd.clone())];
    let run = merged(run(json!({"tool": tools, "results": results})), odd.clone());
    let seen = read(&merged(log(&[run]), odd));
    assert_eq!(seen.debug(), plain.debug());
}

#[test]
fn sarif_rule_011_null_equals_absent_in_a_result() {
    let plain = read(&one(result(json!({}))));
    assert_eq!(plain.counted().len(), 1);
    for member in [
        "kind",
        "level",
        "suppressions",
        "baselineState",
        "rule",
        "ruleIndex",
        "provenance",
        "fingerprints",
        "partialFingerprints",
        "properties",
        "taxa",
        "fixes",
        "codeFlows",
        "relatedLocations",
        "occurrenceCount",
        "rank",
        "guid",
    ] {
        let seen = read(&one(result(json!({ member: null }))));
        assert_eq!(seen.debug(), plain.debug(), "{member}: null");
    }
    let absent = read(&one(without(result(json!({})), "locations")));
    let null = read(&one(result(json!({"locations": null}))));
    assert_eq!(null.debug(), absent.debug(), "locations: null");
}

#[test]
fn sarif_rule_011_null_equals_absent_in_a_run_and_its_tool() {
    let results = [result(json!({}))];
    let plain = read(&log(&[run(json!({"results": results}))]));
    assert_eq!(plain.counted().len(), 1);
    for member in [
        "invocations",
        "originalUriBaseIds",
        "artifacts",
        "automationDetails",
        "externalPropertyFileReferences",
        "properties",
        "taxonomies",
        "columnKind",
        "versionControlProvenance",
        "conversion",
        "graphs",
        "baselineGuid",
    ] {
        let seen = read(&log(&[run(json!({"results": results, member: null}))]));
        assert_eq!(seen.debug(), plain.debug(), "{member}: null");
    }
    let rule = json!({
        "id": "R1", "defaultConfiguration": null, "properties": null, "relationships": null,
        "shortDescription": null, "name": null, "guid": null, "help": null
    });
    let mut tools = tool(&[rule]);
    tools["extensions"] = Value::Null;
    tools["driver"]["notifications"] = Value::Null;
    tools["driver"]["semanticVersion"] = Value::Null;
    let seen = read(&log(&[run(json!({"tool": tools, "results": results}))]));
    assert_eq!(seen.debug(), plain.debug(), "null in tool and rule");
}

#[test]
fn sarif_rule_012_broken_parts_that_the_gate_does_not_use_lose_nothing() {
    let plain = read(&one(result(json!({"level": "error"}))));
    for (member, broken) in [
        ("fixes", json!([{"description": {"text": null}}])),
        ("fixes", json!("none")),
        ("fixes", json!([{"artifactChanges": 1}, null, []])),
        ("stacks", json!(5)),
        ("codeFlows", json!({"threadFlows": "x"})),
        ("graphs", json!([[[]]])),
        ("attachments", json!(false)),
        ("webRequest", json!([])),
        ("workItemUris", json!(3)),
    ] {
        let seen = read(&one(result(json!({"level": "error", member: broken}))));
        assert_eq!(seen.debug(), plain.debug(), "{member}: {broken}");
    }
    for (member, broken) in [
        ("taxonomies", json!("x")),
        ("taxonomies", json!([5, null, {"taxa": {}}])),
        ("graphs", json!(7)),
        ("threadFlowLocations", json!("t")),
        ("addresses", json!({})),
        ("translations", json!(0)),
    ] {
        let results = [result(json!({"level": "error"}))];
        let seen = read(&log(&[run(json!({"results": results, member: broken}))]));
        assert_eq!(seen.facts().len(), 1, "{member}: {broken}: {seen}");
        assert_eq!(seen.only().level, Level::Error);
        assert_eq!(seen.statuses(), plain.statuses(), "{member}: {broken}");
    }
}

#[test]
fn sarif_rule_012_a_message_of_another_shape_is_shown_as_the_rule() {
    let rule = json!({"id": "R1", "shortDescription": {"text": "short"}});
    let good = read(&ruled(
        rule.clone(),
        result(json!({"message": {"text": "said"}})),
    ));
    assert_eq!(good.only().message.as_deref(), Some("said"));
    for message in [
        Value::Null,
        json!("text"),
        json!(["text"]),
        json!({"markdown": "m"}),
        json!({"text": null}),
        json!({"text": 5}),
        json!({"id": "default"}),
        json!(5),
    ] {
        let seen = read(&ruled(rule.clone(), result(json!({ "message": message }))));
        let fact = seen.only();
        assert_eq!(fact.title.as_deref(), Some("short"), "{message}");
        // An output falls back to the title, or the reader already did.
        assert!(
            matches!(fact.message.as_deref(), None | Some("short")),
            "{message} is shown as {:?}",
            fact.message
        );
        let seen = read(&ruled(
            json!({"id": "R1"}),
            result(json!({ "message": message })),
        ));
        assert!(
            matches!(seen.only().message.as_deref(), None | Some("R1")),
            "{message} without a description: {seen}"
        );
    }
    let seen = read(&ruled(rule, without(result(json!({})), "message")));
    assert!(matches!(
        seen.only().message.as_deref(),
        None | Some("short")
    ));
}

#[test]
fn sarif_rule_013_most_of_the_file_may_be_code_flows() {
    let step = json!({"location": place("src/b.c", 9), "kinds": ["taint"], "nestingLevel": 1});
    let steps: Vec<_> = std::iter::repeat_n(step, 6_000).collect();
    let flows = json!([{"threadFlows": [{"locations": steps}]}]);
    let snippet = json!({"physicalLocation": {
        "artifactLocation": {"uri": "src/a.c"},
        "region": {"startLine": 3, "snippet": {"text": "x".repeat(100_000)}}
    }});
    let heavy = json!({
        "level": "error", "codeFlows": flows, "graphs": [{"nodes": flows}], "locations": [snippet]
    });
    let plain = read(&one(result(json!({"level": "error"}))));
    let seen = read(&one(result(heavy)));
    assert_eq!(seen.debug(), plain.debug());
}

#[test]
fn sarif_rule_014_githubs_limit_on_runs_is_none_of_the_gate() {
    for (runs, told) in [(20_u32, 0), (21, 1)] {
        let runs: Vec<_> = (0..runs)
            .map(|n| {
                run(json!({
                    "results": [result(json!({}))],
                    "automationDetails": {"id": format!("c{n}/")}
                }))
            })
            .collect();
        let seen = read(&log(&runs));
        assert_eq!(seen.counted().len(), runs.len(), "every run is judged");
        assert_eq!(seen.of(Code::SarifGithubLimit).count(), told, "{seen}");
    }
}

#[test]
fn sarif_rule_014_githubs_limit_on_results_is_none_of_the_gate() {
    let results: Vec<_> = std::iter::repeat_n(result(json!({})), 25_001).collect();
    let seen = read(&log(&[run(json!({ "results": results }))]));
    assert_eq!(seen.counted().len(), 25_001);
    assert_eq!(seen.of(Code::SarifGithubLimit).count(), 1);
    let few = read(&log(&[run(json!({ "results": results[..5_000] }))]));
    assert_eq!(few.counted().len(), 5_000);
    assert_eq!(few.of(Code::SarifGithubLimit).count(), 0);
}

#[test]
fn sarif_rule_014_githubs_limits_on_tags_locations_extensions_and_rules() {
    let with_tags = |n: u32| {
        let tags: Vec<_> = (0..n).map(|t| format!("t{t}")).collect();
        ruled(
            json!({"id": "R1", "properties": {"tags": tags}}),
            result(json!({})),
        )
    };
    let with_locations = |n: u32| {
        let places: Vec<_> = (1..=n).map(|line| place("src/a.c", line)).collect();
        one(result(json!({ "locations": places })))
    };
    let with_extensions = |n: u32| {
        let mut tools = tool(&[json!({"id": "R1"})]);
        tools["extensions"] = (0..n).map(|e| json!({"name": format!("e{e}")})).collect();
        log(&[run(json!({"tool": tools, "results": [result(json!({}))]}))])
    };
    let with_rules = |n: u32| {
        let rules: Vec<_> = (1..=n).map(|r| json!({"id": format!("R{r}")})).collect();
        log(&[run_of(&rules, &[result(json!({}))])])
    };
    for (what, within, beyond) in [
        ("tags", with_tags(20), with_tags(21)),
        ("locations", with_locations(1_000), with_locations(1_001)),
        ("extensions", with_extensions(100), with_extensions(101)),
        ("rules", with_rules(25_000), with_rules(25_001)),
    ] {
        let (within, beyond) = (read(&within), read(&beyond));
        assert_eq!(
            within.of(Code::SarifGithubLimit).count(),
            0,
            "{what} within"
        );
        assert_eq!(
            beyond.of(Code::SarifGithubLimit).count(),
            1,
            "{what} beyond"
        );
        assert_eq!(beyond.counted().len(), 1, "{what}: the result is judged");
    }
    let kept = read(&with_tags(21)).only().tags.len();
    assert_eq!(kept, 21, "no tag is dropped");
}

#[test]
fn sarif_rule_018_no_runs_leave_the_class_of_the_entry_not_run() {
    for document in [
        json!({"version": "2.1.0"}),
        json!({"version": "2.1.0", "runs": null}),
        json!({"version": "2.1.0", "runs": []}),
    ] {
        let expected = Expected {
            entry: Some(0),
            class: Some(Class::Sast),
            ..Expected::default()
        };
        let seen = read_expecting(&document, expected);
        assert!(seen.intake.runs.is_empty(), "no run: {seen}");
        assert_eq!(seen.count(Code::SarifNoRuns), 1, "{seen}");
        let gap = seen.intake.gaps.first().expect("a gap stands for it");
        assert_eq!(gap.entry, Some(0));
        assert!(gap.classes.contains(Class::Sast), "{:?}", gap.classes);
        assert!(seen.intake.reports[0].read, "the report itself was read");
    }
}

#[test]
fn sarif_skeleton_of_the_wrong_type_refuses_the_file() {
    for (what, document) in [
        ("runs", json!({"version": "2.1.0", "runs": {}})),
        ("runs", json!({"version": "2.1.0", "runs": "none"})),
        ("a run", log(&[json!([])])),
        ("a run", log(&[json!("run")])),
        ("a run", log(&[run(json!({})), Value::Null])),
        ("results", log(&[run(json!({"results": {}}))])),
        ("results", log(&[run(json!({"results": "none"}))])),
        (
            "rules",
            log(&[run(
                json!({"tool": {"driver": {"name": "CodeQL", "rules": {}}}}),
            )]),
        ),
        ("a rule", log(&[run_of(&[json!("R1")], &[])])),
        (
            "a rule",
            log(&[run_of(&[json!({"id": "R1"}), json!([])], &[])]),
        ),
    ] {
        let seen = read(&document);
        seen.assert_refused(Code::ReportWrongType);
        assert!(!what.is_empty());
    }
}

#[test]
fn sarif_a_result_that_cannot_be_decoded_stays_a_finding_of_a_failed_run() {
    use krgate::model::{RunReason, RunStatus};
    for odd in [json!("text"), json!(5), json!([]), Value::Null] {
        let results = [result(json!({"level": "note"})), odd.clone(), odd.clone()];
        let seen = read(&log(&[run(json!({ "results": results }))]));
        seen.assert_run(RunStatus::Failed, &[RunReason::ResultMalformed]);
        assert_eq!(seen.count(Code::SarifResultMalformed), 2, "{seen}");
        assert!(
            seen.field(Code::SarifResultMalformed)
                .starts_with("runs[0].results[1]")
        );
        let facts = seen.counted();
        assert_eq!(facts.len(), 3, "{odd}: {seen}");
        assert_eq!(facts[0].level, Level::Note, "its neighbour is as it was");
        assert_eq!(facts[1].rule, "(no rule)");
        assert_eq!(facts[1].level, Level::Warning);
        assert_eq!((&facts[1].path, facts[1].line), (&None, None));
    }
}

#[test]
fn sarif_diagnostics_have_the_levels_of_the_page() {
    use krgate::diagnostic::Level::{Error, Note, Warning};
    let page = [
        (
            Error,
            "report-empty report-syntax report-truncated report-duplicate-key report-not-utf8 \
             report-too-large report-too-deep report-unknown-format report-wrong-type \
             item-too-large sarif-version-missing sarif-version-unsupported",
        ),
        (
            Warning,
            "sarif-no-runs sarif-results-absent sarif-run-failed sarif-result-malformed \
             sarif-external-not-read sarif-kind-level-conflict sarif-kind-unknown \
             sarif-level-unknown sarif-suppression-unknown sarif-baseline-unknown \
             sarif-rule-mismatch sarif-rule-not-found cvss-score-invalid cvss-vector-invalid \
             same-tool-twice path-outside-repository sarif-location-unusable \
             sarif-tool-unnamed tool-class-unknown tool-class-undeclared tool-class-conflict",
        ),
        (
            Note,
            "report-repeated sarif-status-missing sarif-status-ignored sarif-score-word \
             sarif-github-limit",
        ),
    ];
    for (level, names) in page {
        for name in names.split_whitespace() {
            let code = Code::ALL.iter().find(|code| code.as_str() == name);
            let code = code.unwrap_or_else(|| panic!("no code {name}"));
            assert_eq!(code.level(), level, "{name}");
        }
    }
}

#[test]
fn sarif_one_diagnostic_per_code_and_run_with_the_first_place() {
    let odd = result(json!({"level": "dire"}));
    let fine = result(json!({}));
    let first = run(json!({"results": [fine, odd, odd, fine, odd]}));
    let second = run(json!({"results": [odd], "automationDetails": {"id": "b/"}}));
    let seen = read(&log(&[first, second]));
    let told: Vec<_> = seen.of(Code::SarifLevelUnknown).collect();
    assert_eq!(told.len(), 2, "one per run: {seen}");
    assert_eq!(told[0].count, 3);
    assert_eq!(told[1].count, 1);
    assert!(
        seen.field(Code::SarifLevelUnknown)
            .starts_with("runs[0].results[1]")
    );
}

/// The value as text, with the members of every object in another order: `0` as they are,
/// `1` the other way round, more by that many places.
fn reordered(value: &Value, order: usize) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            match order {
                0 => {}
                1 => members.reverse(),
                by => {
                    let by = by % members.len().max(1);
                    members.rotate_left(by);
                }
            }
            let members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| format!("{}: {}", json!(name), reordered(value, order)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(|e| reordered(e, order)).collect();
            format!("[{}]", elements.join(", "))
        }
        other => other.to_string(),
    }
}

/// A document that uses much of what a rule can say.
fn rich() -> Value {
    let rules = [
        json!({
            "id": "R1", "guid": "g1", "name": "n1", "shortDescription": {"text": "short"},
            "defaultConfiguration": {"level": "note"},
            "properties": {"security-severity": "7.5", "tags": ["CWE-79", "x"]},
            "relationships": [{"target": {"id": "22", "toolComponent": {"name": "CWE"}}}]
        }),
        json!({"id": "R2", "defaultConfiguration": {"level": "error"}}),
    ];
    let mut tools = tool(&rules);
    tools["extensions"] = json!([{"name": "e", "guid": "ge", "rules": [
        {"id": "E1", "defaultConfiguration": {"level": "error"}}
    ]}]);
    let overrides = json!([{"descriptor": {"id": "R1"}, "configuration": {"level": "error"}}]);
    let invocation = json!({
        "executionSuccessful": true, "ruleConfigurationOverrides": overrides,
        "workingDirectory": {"uri": "file:///build/"}
    });
    let by_artifact = json!({"physicalLocation": {
        "artifactLocation": {"index": 1}, "region": {"startLine": 4, "endLine": 6}
    }});
    let by_base = json!({"physicalLocation": {
        "artifactLocation": {"uri": "b.c", "uriBaseId": "SRC"}, "region": {"startLine": 5}
    }});
    let results = [
        result(json!({"provenance": {"invocationIndex": 0}, "locations": [by_artifact]})),
        result(json!({"ruleId": "R2/sub", "ruleIndex": 1, "locations": [by_base]})),
        result(json!({"ruleId": "E1", "rule": {"index": 0, "toolComponent": {"guid": "ge"}}})),
        result(json!({"kind": "review", "level": "warning", "baselineState": "unchanged"})),
        result(json!({"kind": "open"})),
        result(json!({"suppressions": [{"kind": "inSource", "status": "accepted"}]})),
        result(json!({"level": "INFO", "partialFingerprints": {"a/v1": "1", "b/v1": "2"}})),
    ];
    log(&[
        run(json!({
            "tool": tools, "results": results, "invocations": [invocation],
            "artifacts": [{"location": {"uri": "x.c"}}, {"location": {"uri": "file:///build/y.c"}}],
            "originalUriBaseIds": {"SRC": {"uri": "src/", "uriBaseId": "ROOT"}},
            "automationDetails": {"id": "cat/1"}, "columnKind": "utf16CodeUnits"
        })),
        run(json!({
            "tool": named_tool("gitleaks", &[]), "results": [result(json!({}))],
            "properties": {"x": 1}
        })),
    ])
}

#[test]
fn sarif_rule_013_members_may_come_in_any_order() {
    let document = rich();
    let plain = read(&document);
    let levels: Vec<_> = plain.facts().iter().map(|fact| fact.level).collect();
    assert_eq!(
        levels[..3],
        [Level::Error; 3],
        "override, parent, extension"
    );
    assert_eq!(plain.facts().len(), 7);
    let paths: Vec<_> = plain.facts().into_iter().filter_map(|f| f.path).collect();
    assert_eq!(paths[..2], ["y.c", "src/b.c"]);
    for order in 0..12 {
        let seen = read_bytes(reordered(&document, order));
        let told = |seen: &crate::support::Seen| format!("{:#?}", seen.facts());
        assert_eq!(told(&seen), told(&plain), "order {order}");
        assert_eq!(seen.statuses(), plain.statuses(), "order {order}");
        assert_eq!(seen.codes(), plain.codes(), "order {order}");
    }
}

#[test]
fn sarif_rule_001_the_version_may_stand_first_or_last() {
    for (version, code) in [
        ("2.0.0", Some(Code::SarifVersionUnsupported)),
        ("2.1.0", None),
    ] {
        let runs = sample()["runs"].to_string();
        for text in [
            format!(r#"{{"version": "{version}", "runs": {runs}}}"#),
            format!(r#"{{"runs": {runs}, "version": "{version}"}}"#),
        ] {
            let seen = read_bytes(text.clone());
            match code {
                Some(code) => seen.assert_refused(code),
                None => assert_eq!(seen.only().level, Level::Error, "{text}"),
            }
        }
    }
}

#[test]
fn sarif_rule_009_nothing_before_the_document_is_passed_over() {
    let clean = bytes(&log(&[run(json!({"results": []}))]));
    let spaced = [b"\xef\xbb\xbf \r\n\t\n".as_slice(), &clean].concat();
    assert_eq!(
        read_bytes(spaced).statuses().len(),
        1,
        "white space is no matter"
    );
    for before in [
        "FATAL: rules failed to load\n",
        "1 rule failed\n",
        "[ERROR] rules failed to load\n",
        "{rules failed}\n",
        "{\"level\": \"error\", \"msg\": \"rules failed to load\"}\n",
        "{\"vulnerabilities\": [{\"id\": \"CVE-1\"}]}\n",
        "{\"a\": 1}",
        "[]\n",
        "{}\n",
        "null\n",
        "[{\"id\": 1}]\n",
        "[1, 2]\n",
        "{\"a\": [1,]}\n",
        "\u{feff}\u{feff}",
        "\u{1b}[0m",
        "\u{1b}]0;title\u{7}",
    ] {
        let document = [before.as_bytes(), &clean].concat();
        for format in [None, Some("sarif")] {
            let mut report = Report::new("report.sarif", document.clone());
            report.expected.format = format.map(str::to_owned);
            let seen = read_reports(&[report], &context());
            seen.assert_refused(Code::ReportSyntax);
            let (line, _) = seen.line_column(Code::ReportSyntax).unwrap();
            assert_eq!(line, 1, "{before:?}: {seen}");
        }
    }
    let seen = read_bytes([b"\n\n  x\n".as_slice(), &clean].concat());
    assert_eq!(seen.line_column(Code::ReportSyntax), Some((3, 3)), "{seen}");
}
