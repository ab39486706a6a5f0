//! "Where other readers go wrong": one test a line.

use krgate::diagnostic::Code;
use krgate::model::{Level, RunStatus};
use serde_json::{Value, json};

use crate::support::{
    log, merged, named_tool, one, read, read_bytes, result, ruled, run, run_of, without,
};

#[test]
fn sarif_readers_go_wrong_only_the_results_level_is_read() {
    let rule = json!({"id": "R1", "defaultConfiguration": {"level": "error"}});
    let seen = read(&ruled(rule.clone(), result(json!({}))));
    assert_eq!(seen.only().level, Level::Error, "the default");
    let overrides = json!([{"descriptor": {"index": 0}, "configuration": {"level": "note"}}]);
    let base = run_of(
        &[rule],
        &[result(json!({"provenance": {"invocationIndex": 0}}))],
    );
    let invocations = json!([
        {"executionSuccessful": true, "ruleConfigurationOverrides": overrides}
    ]);
    let seen = read(&log(&[merged(base, json!({ "invocations": invocations }))]));
    assert_eq!(seen.only().level, Level::Note, "the override");
}

#[test]
fn sarif_readers_go_wrong_the_index_of_an_extension_is_looked_up_in_the_driver() {
    let mut tools = named_tool(
        "CodeQL",
        &[json!({"id": "wrong", "defaultConfiguration": {"level": "none"}})],
    );
    tools["extensions"] = json!([{
        "name": "e", "rules": [{"id": "right", "defaultConfiguration": {"level": "error"}}]
    }]);
    let own = merged(
        without(result(json!({})), "ruleId"),
        json!({"rule": {"index": 0, "toolComponent": {"index": 0}}}),
    );
    let fact = read(&log(&[run(json!({"tool": tools, "results": [own]}))])).only();
    assert_eq!((fact.rule.as_str(), fact.level), ("right", Level::Error));
}

#[test]
fn sarif_readers_go_wrong_missing_members_crash() {
    let fact = read(&one(without(result(json!({})), "ruleId"))).only();
    assert_eq!(fact.rule, "(no rule)");
    let seen = read(&log(&[without(run(json!({})), "results")]));
    assert_eq!(seen.statuses(), [RunStatus::NotRun]);
    let seen = read(&json!({"version": "2.1.0"}));
    assert_eq!(seen.count(Code::SarifNoRuns), 1);
    let toolless = without(run(json!({"results": [result(json!({}))]})), "tool");
    let seen = read(&log(&[toolless]));
    assert_eq!(seen.counted().len(), 1);
    assert_eq!(seen.count(Code::SarifToolUnnamed), 1);
}

#[test]
fn sarif_readers_go_wrong_unknown_levels_and_kinds_vanish() {
    let seen = read(&log(&[run(json!({"results": [
        result(json!({"level": "catastrophic"})),
        result(json!({"kind": "defect", "level": "note"})),
        result(json!({})),
    ]}))]));
    let levels: Vec<_> = seen.counted().iter().map(|f| f.level).collect();
    assert_eq!(levels, [Level::Error, Level::Note, Level::Warning]);
    assert_eq!(seen.run().counts.findings, 3, "in every total");
}

#[test]
fn sarif_readers_go_wrong_one_odd_member_loses_the_file() {
    let fine = || result(json!({"level": "error"}));
    for odd in [
        json!({"level": "Info"}),
        json!({"level": 5}),
        json!({"kind": "x"}),
        json!({"kind": []}),
        json!({"fixes": [{"description": {"text": null}}]}),
        json!({"fixes": "x"}),
    ] {
        let results = [fine(), result(odd.clone()), fine()];
        let seen = read(&log(&[run(json!({ "results": results }))]));
        assert_eq!(seen.counted().len(), 3, "{odd}: {seen}");
        let errors = seen
            .counted()
            .iter()
            .filter(|f| f.level == Level::Error)
            .count();
        assert!(errors >= 2, "{odd}: its neighbours are as they were");
    }
}

#[test]
fn sarif_readers_go_wrong_a_failed_run_without_results_looks_clean() {
    for invocation in [
        json!({"executionSuccessful": false}),
        json!({"executionSuccessful": true, "toolExecutionNotifications": [{"level": "error"}]}),
        json!({"executionSuccessful": true, "toolConfigurationNotifications": [{"level": "error"}]}),
        json!({"executionSuccessful": true, "exitSignalName": "SIGKILL"}),
        json!({"executionSuccessful": true, "processStartFailureMessage": "no"}),
    ] {
        let seen = read(&log(&[run(
            json!({"results": [], "invocations": [invocation]}),
        )]));
        assert!(!seen.run().is_exact(), "{invocation}: proves nothing");
        assert_ne!(seen.statuses(), [RunStatus::Ok], "{invocation}");
    }
    let fine = json!({"results": [], "invocations": [{"executionSuccessful": true}]});
    assert!(read(&log(&[run(fine)])).run().is_exact());
}

#[test]
fn sarif_readers_go_wrong_what_does_not_count_is_counted() {
    let results = [
        result(json!({"suppressions": [{"kind": "inSource"}]})),
        result(json!({"kind": "pass"})),
        result(json!({"baselineState": "absent"})),
        result(json!({"level": "note"})),
    ];
    let seen = read(&log(&[run(json!({ "results": results }))]));
    assert_eq!(seen.only().level, Level::Note);
    assert_eq!(seen.run().counts.findings, 1);
    assert_eq!(seen.run().counts.results, Some(4));
}

#[test]
fn sarif_readers_go_wrong_another_language_is_read_as_2_1_0() {
    let with = |version: &str| merged(one(result(json!({}))), json!({ "version": version }));
    for version in ["1.0.0", "2.0.0", "2.2"] {
        read(&with(version)).assert_refused(Code::SarifVersionUnsupported);
    }
    let good = one(result(json!({"rank": 1}))).to_string();
    assert_eq!(read_bytes(good.clone()).counted().len(), 1);
    read_bytes(good.replace("\"rank\":1", "\"rank\":NaN")).assert_refused(Code::ReportSyntax);
    read_bytes(format!("{good}{good}")).assert_refused(Code::ReportSyntax);
    let mut latin = one(result(json!({"message": {"text": "X"}})))
        .to_string()
        .into_bytes();
    let at = latin.iter().position(|b| *b == b'X').unwrap();
    latin[at] = 0xe9;
    read_bytes(latin).assert_refused(Code::ReportNotUtf8);
}

#[test]
fn sarif_readers_go_wrong_inline_external_results_are_not_read() {
    let references: Value = json!({
        "results": [{"location": {"uri": "sarif:/inlineExternalProperties/0"}}]
    });
    let base = without(
        run(json!({ "externalPropertyFileReferences": references })),
        "results",
    );
    let document = merged(
        log(&[base]),
        json!({"inlineExternalProperties": [{"results": [result(json!({"level": "error"}))]}]}),
    );
    assert_eq!(read(&document).only().level, Level::Error);
}
