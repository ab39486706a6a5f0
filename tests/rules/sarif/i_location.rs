//! Section I: the location.

use krgate::diagnostic::Code;
use serde_json::{Value, json};

use crate::support::{
    Fact, Report, Seen, bytes, context, log, merged, named_tool, one, place, read, read_reports,
    result, run, without,
};

fn at(locations: Value) -> Seen {
    read(&one(result(json!({ "locations": locations }))))
}

fn uri(text: &str) -> Seen {
    at(json!([place(text, 3)]))
}

fn path(seen: &Seen) -> Option<String> {
    seen.only().path
}

/// A finding at a relative URI with a base, in a run with these bases.
fn based(relative: &str, base: &str, bases: Value) -> Seen {
    let location = json!({"physicalLocation": {
        "artifactLocation": {"uri": relative, "uriBaseId": base}, "region": {"startLine": 3}
    }});
    let over = json!({
        "results": [result(json!({"locations": [location]}))], "originalUriBaseIds": bases
    });
    read(&log(&[run(over)]))
}

fn with_roots(document: &Value, roots: &[&str]) -> Seen {
    let mut context = context();
    context.roots = roots.iter().map(|root| (*root).to_owned()).collect();
    read_reports(&[Report::new("r.sarif", bytes(document))], &context)
}

fn located(text: &str, roots: &[&str]) -> Seen {
    with_roots(&one(result(json!({"locations": [place(text, 3)]}))), roots)
}

/// Asserts that the finding has no repository path and is shown as text.
fn assert_no_repository_file(seen: &Seen, what: &str) -> Fact {
    let fact = seen.only();
    assert_eq!(fact.path, None, "{what}: no repository file: {seen}");
    assert!(
        fact.shown.as_deref().is_some_and(|shown| !shown.is_empty()),
        "{what}: shown as text"
    );
    assert!(
        seen.intake.views().all(|view| !view.path_can_be_linked()),
        "{what}: no annotation"
    );
    fact
}

#[test]
fn sarif_rule_098_the_first_location_is_the_place() {
    let seen = at(json!([place("src/a.c", 3), place("src/b.c", 9)]));
    let fact = seen.only();
    assert_eq!(
        (fact.path.as_deref(), fact.line),
        (Some("src/a.c"), Some(3))
    );
    assert_eq!(seen.run().counts.with_path, 1);
    assert_eq!(seen.run().counts.with_line, 1);
}

#[test]
fn sarif_rule_098_none_or_none_with_a_file_is_a_finding_without_a_place() {
    let logical = json!({"logicalLocations": [{"fullyQualifiedName": "a::b"}]});
    for locations in [
        json!(null),
        json!([]),
        json!([logical]),
        json!([{}]),
        json!([null]),
        json!([{"physicalLocation": null}]),
        json!([{"physicalLocation": {"region": {"startLine": 3}}}]),
        json!([{"physicalLocation": {"artifactLocation": {}}}]),
        json!([{"physicalLocation": {"artifactLocation": {"uri": ""}}}]),
        json!("src/a.c"),
        json!({"uri": "src/a.c"}),
        json!(["src/a.c"]),
        json!([{"physicalLocation": "src/a.c"}]),
        json!([{"physicalLocation": {"artifactLocation": {"uri": 5}}}]),
    ] {
        let seen = at(locations.clone());
        let fact = seen.only();
        assert_eq!((fact.path, fact.line), (None, None), "{locations}");
        assert_eq!(seen.run().counts.with_path, 0, "{locations}");
    }
    let absent = read(&one(without(result(json!({})), "locations")));
    assert_eq!(absent.only().path, None);
    absent.assert_codes(&[]);
}

fn artifacts(location: Value, artifacts: Value, bases: Value) -> Seen {
    let physical = json!({"physicalLocation": {
        "artifactLocation": location, "region": {"startLine": 3}
    }});
    let over = json!({
        "results": [result(json!({"locations": [physical]}))],
        "artifacts": artifacts, "originalUriBaseIds": bases
    });
    read(&log(&[run(over)]))
}

#[test]
fn sarif_rule_099_the_uri_of_the_artifact_serves_where_there_is_none() {
    let list = json!([
        {"location": {"uri": "lib/zero.c"}},
        {"location": {"uri": "one.c", "uriBaseId": "LIB"}}
    ]);
    let bases = json!({"LIB": {"uri": "lib/"}, "OTHER": {"uri": "other/"}});
    for (location, expected) in [
        (json!({"index": 0}), Some("lib/zero.c")),
        (json!({"index": 1}), Some("lib/one.c")),
        (json!({"uri": "own.c", "index": 0}), Some("own.c")),
        // The artifact's URI goes with the artifact's base.
        (
            json!({"index": 0, "uriBaseId": "OTHER"}),
            Some("lib/zero.c"),
        ),
        (json!({"uri": null, "index": 1}), Some("lib/one.c")),
        (json!({"index": 2}), None),
        (json!({"index": -1}), None),
        (json!({"index": "0"}), None),
    ] {
        let seen = artifacts(location.clone(), list.clone(), bases.clone());
        assert_eq!(path(&seen).as_deref(), expected, "{location}: {seen}");
    }
    let seen = artifacts(json!({"index": 0}), json!(null), json!(null));
    assert_eq!(path(&seen), None);
}

#[test]
fn sarif_rule_099_artifacts_may_stand_before_or_after_the_results() {
    let tool = named_tool("CodeQL", &[]);
    let artifacts = json!([{"location": {"uri": "src/x.c"}}]);
    let location = json!({"physicalLocation": {"artifactLocation": {"index": 0}}});
    let results = json!([result(json!({"locations": [location]}))]);
    for order in [
        format!(r#""tool": {tool}, "artifacts": {artifacts}, "results": {results}"#),
        format!(r#""results": {results}, "artifacts": {artifacts}, "tool": {tool}"#),
    ] {
        let text = format!(r#"{{"version": "2.1.0", "runs": [{{{order}}}]}}"#);
        let seen = crate::support::read_bytes(text);
        assert_eq!(path(&seen).as_deref(), Some("src/x.c"), "{order}");
    }
}

fn region(region: Value) -> Seen {
    at(json!([{"physicalLocation": {
        "artifactLocation": {"uri": "src/a.c"}, "region": region
    }}]))
}

#[test]
fn sarif_rule_100_a_line_is_an_integer_from_one() {
    for line in [1_u32, 7, 4_294_967_295] {
        let seen = region(json!({ "startLine": line }));
        assert_eq!(seen.only().line, Some(line));
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_100_no_line_is_the_file() {
    for odd in [
        json!(null),
        json!({}),
        json!({"charOffset": 10}),
        json!({"byteOffset": 10, "byteLength": 0}),
        json!({"startLine": null}),
    ] {
        let seen = region(odd.clone());
        let fact = seen.only();
        assert_eq!(
            (fact.path.as_deref(), fact.line),
            (Some("src/a.c"), None),
            "{odd}"
        );
        seen.assert_codes(&[]);
        assert_eq!(seen.run().counts.with_line, 0);
    }
}

#[test]
fn sarif_rule_100_an_odd_line_is_the_file_with_a_word() {
    for odd in [
        json!(0),
        json!(-1),
        json!("5"),
        json!(1.5),
        json!(true),
        json!([3]),
    ] {
        let seen = region(json!({ "startLine": odd }));
        let fact = seen.only();
        assert_eq!(
            (fact.path.as_deref(), fact.line),
            (Some("src/a.c"), None),
            "{odd}"
        );
        seen.assert_codes(&[(Code::SarifLocationUnusable, 1)]);
    }
}

#[test]
fn sarif_rule_101_the_base_goes_up_its_chain() {
    let bases = json!({
        "SRC": {"uri": "src/", "uriBaseId": "MOD"},
        "MOD": {"uri": "mod", "uriBaseId": "ROOT"},
        "ROOT": {"uri": "file:///w/"},
        "BARE": {"uri": "lib"}
    });
    for (relative, base, expected) in [
        ("a.c", "SRC", "mod/src/a.c"),
        ("a.c", "MOD", "mod/a.c"),
        ("a.c", "ROOT", "a.c"),
        ("a.c", "BARE", "lib/a.c"),
        ("../a.c", "SRC", "mod/a.c"),
    ] {
        let seen = based(relative, base, bases.clone());
        assert_eq!(
            path(&seen).as_deref(),
            Some(expected),
            "{relative} on {base}: {seen}"
        );
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_101_an_absolute_uri_needs_no_base() {
    let seen = based("file:///w/x/a.c", "SRC", json!({"SRC": {"uri": "src/"}}));
    assert_eq!(path(&seen).as_deref(), Some("x/a.c"));
}

#[test]
fn sarif_rule_101_a_loop_leaves_the_uri_at_the_root_with_a_word() {
    for bases in [
        json!({"A": {"uri": "a/", "uriBaseId": "B"}, "B": {"uri": "b/", "uriBaseId": "A"}}),
        json!({"A": {"uri": "a/", "uriBaseId": "A"}}),
    ] {
        let seen = based("x.c", "A", bases.clone());
        assert_eq!(path(&seen).as_deref(), Some("x.c"), "{bases}: {seen}");
        seen.assert_codes(&[(Code::SarifLocationUnusable, 1)]);
    }
}

#[test]
fn sarif_rule_102_a_base_without_a_definition_is_the_repository_root() {
    for base in [
        "%SRCROOT%",
        "SRCROOT",
        "ROOTPATH",
        "EXECUTIONROOT",
        "PROJECTROOT",
        "solutionDir",
        "file:///build/agent/",
        "anything",
        "",
    ] {
        for bases in [json!(null), json!({}), json!({"OTHER": {"uri": "other/"}})] {
            let seen = based("src/a.c", base, bases);
            assert_eq!(path(&seen).as_deref(), Some("src/a.c"), "{base}: {seen}");
            seen.assert_codes(&[]);
        }
    }
    for definition in [
        json!({}),
        json!({"uri": null}),
        json!({"description": {"text": "root"}}),
    ] {
        let seen = based("src/a.c", "SRCROOT", json!({ "SRCROOT": definition }));
        assert_eq!(
            path(&seen).as_deref(),
            Some("src/a.c"),
            "{definition}: {seen}"
        );
    }
    let above = json!({"SRC": {"uri": "src/", "uriBaseId": "SRCROOT"}});
    assert_eq!(
        path(&based("a.c", "SRC", above)).as_deref(),
        Some("src/a.c")
    );
}

#[test]
fn sarif_rule_103_a_base_that_is_a_machine_makes_no_repository_file() {
    let seen = based(
        "usr/lib/x.so",
        "ROOTPATH",
        json!({"ROOTPATH": {"uri": "file:///"}}),
    );
    let fact = assert_no_repository_file(&seen, "ROOTPATH");
    assert!(fact.shown.unwrap().contains("usr/lib/x.so"));
    assert_eq!(fact.line, Some(3), "it keeps its line as text");
}

#[test]
fn sarif_rule_103_a_run_of_class_container_has_no_repository_files() {
    let of = |tool: &str| {
        let over = json!({"tool": named_tool(tool, &[]), "results": [result(json!({}))]});
        read(&log(&[run(over)]))
    };
    for tool in ["Dockle", "Snyk Container"] {
        assert_no_repository_file(&of(tool), tool);
    }
    assert_eq!(path(&of("Snyk Open Source")).as_deref(), Some("src/a.c"));
}

#[test]
fn sarif_rule_104_percent_is_decoded_once() {
    for (text, expected) in [
        ("src/a%23b.cs", "src/a#b.cs"),
        ("src/a%20b.c", "src/a b.c"),
        ("src/a b.c", "src/a b.c"),
        ("src/%C3%A9.c", "src/é.c"),
        ("src/é.c", "src/é.c"),
        ("src/100%.txt", "src/100%.txt"),
        ("src/%zz.c", "src/%zz.c"),
        ("src/a%2", "src/a%2"),
        ("src/%2523.c", "src/%23.c"),
        ("src/%25.c", "src/%.c"),
        ("src/a+b.c", "src/a+b.c"),
        ("./src/./a.c", "src/a.c"),
    ] {
        let seen = uri(text);
        assert_eq!(path(&seen).as_deref(), Some(expected), "{text}: {seen}");
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_104_a_decoded_slash_or_nul_makes_the_path_unusable() {
    for text in ["src%2Fa.c", "src/a%2fb.c", "src/a%00.c"] {
        let seen = uri(text);
        assert_eq!(seen.counted().len(), 1, "{text}: still a finding");
        assert_eq!(path(&seen), None, "{text}: {seen}");
    }
}

#[test]
fn sarif_rule_104_decoded_dots_leave_no_root_unseen() {
    let seen = uri("%2e%2e/a.c");
    assert_eq!(path(&seen), None, "{seen}");
    let seen = uri("src/%2e%2e/%2E%2E/a.c");
    assert_eq!(path(&seen), None, "{seen}");
}

#[test]
fn sarif_rule_105_absolute_paths_are_made_relative_to_a_root() {
    for (text, roots, expected) in [
        ("file:///w/src/a.c", vec!["/w"], "src/a.c"),
        ("file:/w/src/a.c", vec!["/w"], "src/a.c"),
        ("/w/src/a.c", vec!["/w"], "src/a.c"),
        ("file:///w/src/../lib/a.c", vec!["/w"], "lib/a.c"),
        ("file:///w/a%20b.c", vec!["/w"], "a b.c"),
        ("file://C:/x/src/a.c", vec!["C:/x"], "src/a.c"),
        ("file:///C:/x/src/a.c", vec!["C:/x"], "src/a.c"),
        // The first root that fits, in the order given.
        ("/w/src/a.c", vec!["/w", "/w/src"], "src/a.c"),
        ("/w/src/a.c", vec!["/w/src", "/w"], "a.c"),
        ("/w/src/a.c", vec!["/elsewhere", "/w"], "src/a.c"),
    ] {
        let seen = located(text, &roots);
        assert_eq!(
            path(&seen).as_deref(),
            Some(expected),
            "{text} in {roots:?}: {seen}"
        );
        seen.assert_codes(&[]);
    }
}

#[test]
fn sarif_rule_105_the_working_directory_of_the_run_is_the_last_root() {
    let of = |directory: &str, text: &str| {
        let invocations = json!([
            {"executionSuccessful": true, "workingDirectory": {"uri": directory}},
            {"executionSuccessful": true, "workingDirectory": {"uri": "file:///second"}}
        ]);
        let over = json!({
            "results": [result(json!({"locations": [place(text, 3)]}))],
            "invocations": invocations
        });
        read(&log(&[run(over)]))
    };
    for directory in [
        "file:///build/agent/",
        "file:///build/agent",
        "/build/agent",
    ] {
        let seen = of(directory, "file:///build/agent/src/a.c");
        assert_eq!(
            path(&seen).as_deref(),
            Some("src/a.c"),
            "{directory}: {seen}"
        );
    }
    let seen = of(
        "file:///build/my%20agent/",
        "file:///build/my%20agent/src/a.c",
    );
    assert_eq!(path(&seen).as_deref(), Some("src/a.c"), "escaped: {seen}");
    let seen = of("file:///w/src", "file:///w/src/a.c");
    assert_eq!(
        path(&seen).as_deref(),
        Some("src/a.c"),
        "own roots go first: {seen}"
    );
    let seen = of("file:///build", "file:///second/a.c");
    assert_eq!(path(&seen), None, "only of the first invocation: {seen}");
}

#[test]
fn sarif_rule_105_a_prefix_is_of_whole_parts() {
    for text in [
        "/work2/src/a.c",
        "file:///wx/a.c",
        "/w2",
        "file:///other/a.c",
    ] {
        let seen = located(text, &["/w", "/work"]);
        assert_no_repository_file(&seen, text);
        seen.assert_codes(&[(Code::PathOutsideRepository, 1)]);
    }
}

#[test]
fn sarif_rule_106_backslashes_are_slashes_and_a_drive_is_no_scheme() {
    for (text, expected) in [
        ("src\\a.c", "src/a.c"),
        ("src\\lib/a.c", "src/lib/a.c"),
        (".\\src\\a.c", "src/a.c"),
        ("C:\\x\\src\\a.c", "src/a.c"),
        ("C:/x/src/a.c", "src/a.c"),
        ("file:///C:\\x\\src\\a.c", "src/a.c"),
    ] {
        let seen = located(text, &["C:/x"]);
        assert_eq!(path(&seen).as_deref(), Some(expected), "{text}: {seen}");
        seen.assert_codes(&[]);
    }
    let seen = located("D:\\y\\a.c", &["C:/x"]);
    assert_no_repository_file(&seen, "another drive");
    seen.assert_codes(&[(Code::PathOutsideRepository, 1)]);
}

#[test]
fn sarif_rule_107_dots_that_leave_the_root_make_no_repository_file() {
    for text in [
        "../a.c",
        "src/../../a.c",
        "../../etc/passwd",
        "..\\a.c",
        "..",
    ] {
        let seen = uri(text);
        assert_eq!(path(&seen), None, "{text}: {seen}");
        assert_eq!(seen.counted().len(), 1, "{text}");
        seen.assert_codes(&[(Code::PathOutsideRepository, 1)]);
    }
    for (text, expected) in [
        ("src/../a.c", "a.c"),
        ("src/x/../../a.c", "a.c"),
        ("src/..a.c", "src/..a.c"),
        ("src//a.c", "src/a.c"),
    ] {
        let seen = uri(text);
        assert_eq!(path(&seen).as_deref(), Some(expected), "{text}: {seen}");
        seen.assert_codes(&[]);
    }
    let seen = based("../../a.c", "SRC", json!({"SRC": {"uri": "src/"}}));
    assert_eq!(path(&seen), None, "through a base: {seen}");
}

#[test]
fn sarif_rule_108_other_schemes_and_places_in_an_image_are_no_files() {
    for text in [
        "https://example.com/src/a.c",
        "http://10.0.0.1:8080/login",
        "host:10.0.0.1",
        "benchmark:1.2.3",
        "pkg:npm/x@1",
        "git+ssh://host/x",
    ] {
        let seen = uri(text);
        let fact = assert_no_repository_file(&seen, text);
        assert_eq!(fact.shown.as_deref(), Some(text), "shown as written");
    }
    assert_no_repository_file(&uri("/usr/lib/x.so"), "rooted in an image");
    for text in ["src/a:b.c", "a b:c/d.c", "1:2/x.c"] {
        assert_eq!(uri(text).counted().len(), 1, "{text}");
    }
}

#[test]
fn sarif_rule_109_a_finding_without_a_path_is_kept_with_its_text() {
    let seen = at(json!([{"message": {"text": "in the image"}}]));
    assert_eq!(seen.only().path, None);
    assert_eq!(seen.run().counts.findings, 1);
}

/// The region of a result in a run with this `columnKind`.
fn columns(kind: Value, over: Value) -> krgate::model::Region {
    let location = json!({"physicalLocation": {
        "artifactLocation": {"uri": "src/a.c"},
        "region": merged(json!({"startLine": 3}), over)
    }});
    let over = json!({
        "results": [result(json!({"locations": [location]}))], "columnKind": kind
    });
    read(&log(&[run(over)])).only().region
}

#[test]
fn sarif_rule_110_the_end_defaults_to_the_start_and_the_line_end() {
    let region = columns(json!("utf16CodeUnits"), json!({"startColumn": 5}));
    assert_eq!(region.line.map(u32::from), Some(3));
    assert_eq!(region.column.map(u32::from), Some(5));
    assert!(matches!(region.end_line.map(u32::from), None | Some(3)));
    assert_eq!(region.end_column, None, "the end of the line");
    let region = columns(
        json!("unicodeCodePoints"),
        json!({"startColumn": 5, "endColumn": 9}),
    );
    assert_eq!(region.end_column.map(u32::from), Some(9));
    let region = columns(json!("utf16CodeUnits"), json!({"endLine": 8}));
    assert_eq!(region.end_line.map(u32::from), Some(8));
}

#[test]
fn sarif_rule_110_an_end_before_the_start_is_dropped() {
    let region = columns(json!("utf16CodeUnits"), json!({"endLine": 2}));
    assert!(
        matches!(region.end_line.map(u32::from), None | Some(3)),
        "{region:?}"
    );
    for odd in [json!(0), json!(-4), json!("9"), json!(2.5), json!(null)] {
        let region = columns(json!("utf16CodeUnits"), json!({ "startColumn": odd }));
        assert_eq!(region.column, None, "{odd}");
        assert_eq!(region.line.map(u32::from), Some(3), "{odd}: the line stays");
        let region = columns(
            json!("utf16CodeUnits"),
            json!({ "startColumn": 5, "endColumn": odd }),
        );
        assert_eq!(region.end_column, None, "{odd}");
    }
    let region = columns(
        json!("utf16CodeUnits"),
        json!({"startColumn": 9, "endColumn": 5}),
    );
    assert_eq!(region.end_column, None, "out of order: {region:?}");
}
