//! Section B: did the scan run?

use krgate::diagnostic::Code;
use krgate::ingest::Expected;
use krgate::model::{Evidence, Level, RunReason, RunStatus};
use serde_json::{Value, json};

use crate::support::{
    Seen, log, merged, named_tool, read, read_expecting, result, run, tool, without,
};

/// A run with these invocations and one result.
fn invoked(invocations: Value) -> Seen {
    let results = [result(json!({"level": "note"}))];
    read(&log(&[run(
        json!({"results": results, "invocations": invocations}),
    )]))
}

fn notified(member: &str, notification: Value) -> Seen {
    invoked(json!([{"executionSuccessful": true, member: [notification]}]))
}

#[test]
fn sarif_rule_015_no_results_and_no_sign_of_failure_is_ok() {
    let seen = read(&log(&[run(json!({"results": []}))]));
    seen.assert_run(RunStatus::Ok, &[]);
    assert!(seen.facts().is_empty());
    seen.assert_codes(&[]);
    assert_eq!(seen.run().counts.results, Some(0));
    assert_eq!(seen.run().evidence, Evidence::Weak);
    assert!(seen.run().believed, "a named tool with results is believed");
}

#[test]
fn sarif_rule_016_absent_or_null_results_were_not_computed() {
    for (document, reason) in [
        (
            log(&[without(run(json!({})), "results")]),
            RunReason::ResultsAbsent,
        ),
        (
            log(&[run(json!({"results": null}))]),
            RunReason::ResultsNull,
        ),
    ] {
        let seen = read(&document);
        seen.assert_run(RunStatus::NotRun, &[reason]);
        seen.assert_codes(&[(Code::SarifResultsAbsent, 1)]);
        assert_eq!(seen.run().evidence, Evidence::None);
        assert_eq!(seen.run().counts.results, None);
        assert!(!seen.run().is_exact(), "proves nothing");
    }
}

#[test]
fn sarif_rule_016_success_does_not_make_up_for_absent_results() {
    let over = json!({"invocations": [{"executionSuccessful": true}]});
    let seen = read(&log(&[without(run(over), "results")]));
    seen.assert_run(RunStatus::NotRun, &[RunReason::ResultsAbsent]);
}

#[test]
fn sarif_rule_017_absent_results_mean_none_where_the_entry_says_so() {
    let none = Expected {
        absent_results_mean_none: true,
        ..Expected::default()
    };
    let success = json!([{"executionSuccessful": true}]);
    for run in [
        without(run(json!({})), "results"),
        run(json!({"results": null})),
        run(json!({"results": null, "invocations": success})),
    ] {
        let document = log(&[run]);
        let seen = read_expecting(&document, none.clone());
        assert_eq!(seen.statuses(), [RunStatus::Ok], "{seen}");
        assert_eq!(seen.run().evidence, Evidence::Weak, "weak, never strong");
        assert!(seen.facts().is_empty());
        assert_eq!(seen.count(Code::SarifResultsAbsent), 1, "it stays");
        let seen = read_expecting(&document, Expected::default());
        assert_eq!(seen.statuses(), [RunStatus::NotRun], "without the key");
    }
}

#[test]
fn sarif_rule_017_the_key_excuses_nothing_else() {
    let none = Expected {
        absent_results_mean_none: true,
        ..Expected::default()
    };
    let failed = run(json!({"results": null, "invocations": [{"executionSuccessful": false}]}));
    let seen = read_expecting(&log(&[failed]), none.clone());
    assert_eq!(seen.statuses(), [RunStatus::Failed], "{seen}");
    let unstarted = json!([{"executionSuccessful": true, "processStartFailureMessage": "no"}]);
    let unstarted = run(json!({"results": null, "invocations": unstarted}));
    let seen = read_expecting(&log(&[unstarted]), none);
    assert_eq!(seen.statuses(), [RunStatus::NotRun], "{seen}");
}

#[test]
fn sarif_rule_019_not_successful_is_failed_whatever_the_exit_code() {
    for exit in [json!(0), json!(1), Value::Null] {
        let seen = invoked(json!([{"executionSuccessful": false, "exitCode": exit}]));
        seen.assert_run(RunStatus::Failed, &[RunReason::ExecutionUnsuccessful]);
        assert_eq!(seen.count(Code::SarifRunFailed), 1, "{seen}");
        assert_eq!(seen.run().evidence, Evidence::Failed);
        assert!(!seen.run().is_exact());
    }
}

#[test]
fn sarif_rule_019_a_value_that_is_no_boolean_reads_as_false() {
    for odd in [json!("true"), json!(1), json!([]), json!({}), json!("")] {
        let seen = invoked(json!([{ "executionSuccessful": odd }]));
        assert_eq!(seen.statuses(), [RunStatus::Failed], "{odd}: {seen}");
        assert_eq!(seen.run().reasons, [RunReason::ExecutionUnsuccessful]);
    }
}

#[test]
fn sarif_rule_020_success_with_an_exit_code_is_ok_and_strong() {
    for exit in [json!(0), json!(1), json!(255), json!(-1)] {
        let seen = invoked(json!([{"executionSuccessful": true, "exitCode": exit}]));
        seen.assert_run(RunStatus::Ok, &[]);
        seen.assert_codes(&[]);
        assert_eq!(seen.run().evidence, Evidence::Strong, "exit {exit}");
    }
}

#[test]
fn sarif_rule_021_a_status_that_is_not_there_is_ok_with_a_note() {
    for invocation in [json!({}), json!({"executionSuccessful": null})] {
        let seen = invoked(json!([invocation, invocation]));
        seen.assert_run(RunStatus::Ok, &[]);
        seen.assert_codes(&[(Code::SarifStatusMissing, 2)]);
        assert_eq!(seen.run().evidence, Evidence::Weak, "{invocation}");
    }
}

#[test]
fn sarif_rule_021_no_invocations_are_normal() {
    for over in [
        json!({}),
        json!({"invocations": null}),
        json!({"invocations": []}),
    ] {
        let seen = read(&log(&[run(over)]));
        seen.assert_run(RunStatus::Ok, &[]);
        seen.assert_codes(&[]);
        assert_eq!(seen.run().evidence, Evidence::Weak);
    }
}

#[test]
fn sarif_rule_021_one_invocation_of_two_without_a_status_is_weak() {
    let seen = invoked(json!([{"executionSuccessful": true}, {}]));
    seen.assert_run(RunStatus::Ok, &[]);
    assert_eq!(seen.run().evidence, Evidence::Weak);
}

#[test]
fn sarif_rule_022_an_execution_notification_of_level_error_fails() {
    let seen = notified("toolExecutionNotifications", json!({"level": "error"}));
    seen.assert_run(RunStatus::Failed, &[RunReason::ExecutionNotification]);
    assert_eq!(seen.count(Code::SarifRunFailed), 1, "{seen}");
}

#[test]
fn sarif_rule_023_a_configuration_notification_of_level_error_fails() {
    let seen = notified("toolConfigurationNotifications", json!({"level": "error"}));
    seen.assert_run(RunStatus::Failed, &[RunReason::ConfigurationNotification]);
    assert_eq!(seen.count(Code::SarifRunFailed), 1, "{seen}");
}

#[test]
fn sarif_rule_024_lesser_notifications_fail_nothing() {
    for member in [
        "toolExecutionNotifications",
        "toolConfigurationNotifications",
    ] {
        for notification in [
            json!({"level": "warning"}),
            json!({"level": "note"}),
            json!({"level": "none"}),
            json!({"level": null}),
            json!({"message": {"text": "error"}}),
        ] {
            let seen = notified(member, notification.clone());
            seen.assert_run(RunStatus::Ok, &[]);
            assert_eq!(seen.run().evidence, Evidence::Strong, "{notification}");
        }
    }
}

#[test]
fn sarif_rule_024_the_default_of_the_descriptor_is_used() {
    let error = json!({"defaultConfiguration": {"level": "error"}});
    let fine = json!({"defaultConfiguration": {"level": "note"}});
    let seen = |notifications: Value, rules: &[Value], notification: Value| {
        let mut tools = tool(rules);
        tools["driver"]["notifications"] = notifications;
        let invocations = json!([{
            "executionSuccessful": true, "toolExecutionNotifications": [notification]
        }]);
        let over = json!({"tool": tools, "invocations": invocations});
        let read = read(&log(&[run(over)]));
        assert_eq!(read.intake.runs.len(), 1);
        read.run().status
    };
    let n1 = merged(error.clone(), json!({"id": "N1", "guid": "g1"}));
    let n2 = merged(fine.clone(), json!({"id": "N2", "guid": "g2"}));
    let both = json!([n1, n2]);
    for (descriptor, status) in [
        (json!({"id": "N1"}), RunStatus::Failed),
        (json!({"id": "N2"}), RunStatus::Ok),
        (json!({"index": 0}), RunStatus::Failed),
        (json!({"index": 1}), RunStatus::Ok),
        (json!({"id": "N3"}), RunStatus::Ok),
        (json!({"index": 9}), RunStatus::Ok),
    ] {
        let got = seen(both.clone(), &[], json!({ "descriptor": descriptor }));
        assert_eq!(got, status, "{descriptor}");
    }
    // Its own level goes first, in both directions.
    let own = json!({"descriptor": {"id": "N1"}, "level": "warning"});
    assert_eq!(seen(both.clone(), &[], own), RunStatus::Ok);
    let own = json!({"descriptor": {"id": "N2"}, "level": "error"});
    assert_eq!(seen(both, &[], own), RunStatus::Failed);
    // A rule of that id or index is no descriptor of a notification.
    let rule = merged(error, json!({"id": "N1"}));
    for descriptor in [json!({"id": "N1"}), json!({"index": 0})] {
        let got = seen(
            json!([]),
            std::slice::from_ref(&rule),
            json!({ "descriptor": descriptor }),
        );
        assert_eq!(got, RunStatus::Ok, "not in rules: {descriptor}");
    }
}

#[test]
fn sarif_rule_024_the_descriptor_may_stand_in_an_extension() {
    let mut tools = tool(&[]);
    tools["driver"]["notifications"] =
        json!([{"id": "N1", "defaultConfiguration": {"level": "note"}}]);
    tools["extensions"] = json!([{
        "name": "e", "notifications": [{"id": "N1", "defaultConfiguration": {"level": "error"}}]
    }]);
    for (descriptor, status) in [
        (
            json!({"index": 0, "toolComponent": {"index": 0}}),
            RunStatus::Failed,
        ),
        (json!({"index": 0}), RunStatus::Ok),
    ] {
        let invocations = json!([{
            "executionSuccessful": true,
            "toolExecutionNotifications": [{"descriptor": descriptor}]
        }]);
        let seen = read(&log(&[run(
            json!({"tool": tools, "invocations": invocations}),
        )]));
        assert_eq!(seen.statuses(), [status], "{descriptor}: {seen}");
    }
}

#[test]
fn sarif_rule_024_an_unknown_word_reads_as_for_a_result() {
    for (word, status) in [
        (json!("fatal"), RunStatus::Failed),
        (json!(""), RunStatus::Failed),
        (json!(3), RunStatus::Failed),
        (json!("ERROR"), RunStatus::Failed),
        (json!("info"), RunStatus::Ok),
        (json!("warn"), RunStatus::Ok),
        (json!("Warning"), RunStatus::Ok),
    ] {
        let seen = notified("toolExecutionNotifications", json!({ "level": word }));
        assert_eq!(seen.statuses(), [status], "{word}: {seen}");
        assert_eq!(seen.count(Code::SarifLevelUnknown), 1, "{word}: {seen}");
    }
}

#[test]
fn sarif_rule_025_a_start_failure_means_not_run() {
    for message in [json!("not found"), json!({"text": "not found"})] {
        let seen = invoked(json!([{
            "executionSuccessful": true, "processStartFailureMessage": message
        }]));
        assert_eq!(seen.statuses(), [RunStatus::NotRun], "{message}: {seen}");
        assert!(seen.run().reasons.contains(&RunReason::StartFailure));
    }
    let seen = invoked(json!([{
        "executionSuccessful": true, "processStartFailureMessage": null
    }]));
    seen.assert_run(RunStatus::Ok, &[]);
}

#[test]
fn sarif_rule_025_an_exit_signal_fails() {
    for (member, value) in [
        ("exitSignalName", json!("SIGKILL")),
        (
            "exitSignalName",
            json!("1 analysis error, 2 missing classes"),
        ),
        ("exitSignalNumber", json!(9)),
        ("exitSignalNumber", json!("9")),
    ] {
        let seen = invoked(json!([{"executionSuccessful": true, member: value}]));
        seen.assert_run(RunStatus::Failed, &[RunReason::ExitSignal]);
        assert_eq!(seen.count(Code::SarifRunFailed), 1, "{seen}");
        let seen = invoked(json!([{"executionSuccessful": true, member: null}]));
        seen.assert_run(RunStatus::Ok, &[]);
    }
}

#[test]
fn sarif_rule_025_not_run_wins_over_failed() {
    let seen = invoked(json!([{
        "executionSuccessful": false,
        "exitSignalName": "SIGSEGV",
        "processStartFailureMessage": "no"
    }]));
    assert_eq!(seen.statuses(), [RunStatus::NotRun], "{seen}");
    let both = run(json!({"results": null, "invocations": [{"executionSuccessful": false}]}));
    let seen = read(&log(&[both]));
    assert_eq!(seen.statuses(), [RunStatus::NotRun], "{seen}");
    assert_eq!(
        seen.run().reasons,
        [RunReason::ResultsNull, RunReason::ExecutionUnsuccessful],
        "both reasons are kept"
    );
}

#[test]
fn sarif_rule_026_one_failed_invocation_fails_the_run() {
    let (good, bad) = (
        json!({"executionSuccessful": true}),
        json!({"executionSuccessful": false}),
    );
    for invocations in [
        json!([good, bad]),
        json!([bad, good]),
        json!([good, good, bad]),
    ] {
        let seen = invoked(invocations);
        seen.assert_run(RunStatus::Failed, &[RunReason::ExecutionUnsuccessful]);
    }
    let seen = invoked(json!([good, good]));
    seen.assert_run(RunStatus::Ok, &[]);
    assert_eq!(seen.run().evidence, Evidence::Strong);
}

#[test]
fn sarif_rule_026_invocations_of_the_wrong_type_fail_the_run() {
    for odd in [
        json!({}),
        json!("ok"),
        json!(true),
        json!(["ok"]),
        json!([[]]),
    ] {
        let seen = invoked(odd.clone());
        assert_eq!(seen.statuses(), [RunStatus::Failed], "{odd}: {seen}");
        assert_eq!(seen.counted().len(), 1, "{odd}: its finding counts");
    }
}

#[test]
fn sarif_rule_022_notifications_of_the_wrong_type_are_not_taken_as_none() {
    for odd in [json!({}), json!("error"), json!([5]), json!(["error"])] {
        let seen = invoked(json!([{
            "executionSuccessful": true, "toolExecutionNotifications": odd
        }]));
        assert_eq!(seen.statuses(), [RunStatus::Failed], "{odd}: {seen}");
    }
}

#[test]
fn sarif_rule_027_results_of_a_failed_run_are_findings() {
    let results = [
        result(json!({"level": "error"})),
        result(json!({"level": "note"})),
        result(json!({"kind": "pass"})),
    ];
    let invocations = json!([{"executionSuccessful": false}]);
    let seen = read(&log(&[run(
        json!({"results": results, "invocations": invocations}),
    )]));
    assert_eq!(seen.statuses(), [RunStatus::Failed]);
    let levels: Vec<_> = seen.counted().iter().map(|f| f.level).collect();
    assert_eq!(levels, [Level::Error, Level::Note]);
    assert_eq!(seen.run().counts.findings, 2);
}

fn degraded(invocation: Value, more: Value) -> Seen {
    let base = run(json!({
        "results": [result(json!({}))], "invocations": [invocation]
    }));
    let expected = Expected {
        accept_degraded: true,
        ..Expected::default()
    };
    read_expecting(&log(&[merged(base, more)]), expected)
}

#[test]
fn sarif_rule_028_accept_degraded_makes_a_reported_failure_ok_and_weak() {
    let error = json!([{"level": "error"}]);
    for (invocation, reason) in [
        (
            json!({"executionSuccessful": false}),
            RunReason::ExecutionUnsuccessful,
        ),
        (
            json!({"executionSuccessful": true, "toolExecutionNotifications": error}),
            RunReason::ExecutionNotification,
        ),
        (
            json!({"executionSuccessful": true, "toolConfigurationNotifications": error}),
            RunReason::ConfigurationNotification,
        ),
    ] {
        let seen = degraded(invocation, json!({}));
        assert_eq!(seen.statuses(), [RunStatus::Ok], "{seen}");
        assert_eq!(seen.run().reasons, [reason], "the failure is still shown");
        assert!(seen.run().accepted);
        assert_eq!(seen.run().evidence, Evidence::Weak);
    }
}

#[test]
fn sarif_rule_028_accept_degraded_excuses_no_other_failure() {
    for (invocation, more) in [
        (
            json!({"executionSuccessful": true, "exitSignalName": "SIGKILL"}),
            json!({}),
        ),
        (
            json!({"executionSuccessful": false, "exitSignalNumber": 9}),
            json!({}),
        ),
        (
            json!({"executionSuccessful": true}),
            json!({"externalPropertyFileReferences": {"results": [{"location": {"uri": "r.json"}}]}}),
        ),
        (
            json!({"executionSuccessful": false}),
            json!({"results": [5]}),
        ),
        (json!(5), json!({})),
    ] {
        let seen = degraded(invocation.clone(), more.clone());
        assert_eq!(
            seen.statuses(),
            [RunStatus::Failed],
            "{invocation} {more}: {seen}"
        );
        assert!(!seen.run().accepted, "{invocation} {more}");
    }
    let seen = degraded(
        json!({"executionSuccessful": false}),
        json!({"results": null}),
    );
    assert_eq!(seen.statuses(), [RunStatus::NotRun], "{seen}");
}

#[test]
fn sarif_rule_028_a_run_that_did_not_fail_is_not_marked_as_accepted() {
    let seen = degraded(json!({"executionSuccessful": true}), json!({}));
    seen.assert_run(RunStatus::Ok, &[]);
    assert!(!seen.run().accepted);
    assert_eq!(seen.run().evidence, Evidence::Strong);
}

#[test]
fn sarif_rule_028_kube_linter_says_failed_when_it_found_something() {
    let failed = json!([{"executionSuccessful": false}]);
    let of = |name: &str, results: &[Value], invocations: &Value| {
        let over = json!({
            "tool": named_tool(name, &[json!({"id": "R1"})]),
            "results": results, "invocations": invocations
        });
        read(&log(&[run(over)]))
    };
    let found = [result(json!({}))];
    let seen = of("kube-linter", &found, &failed);
    assert_eq!(seen.statuses(), [RunStatus::Ok], "{seen}");
    assert_eq!(seen.count(Code::SarifStatusIgnored), 1);
    // Without results the flag stands, and so does every other sign, and every other tool.
    let seen = of("kube-linter", &[], &failed);
    assert_eq!(seen.statuses(), [RunStatus::Failed], "{seen}");
    assert_eq!(seen.count(Code::SarifStatusIgnored), 0);
    let signal = json!([{"executionSuccessful": false, "exitSignalName": "SIGKILL"}]);
    let seen = of("kube-linter", &found, &signal);
    assert_eq!(seen.statuses(), [RunStatus::Failed], "{seen}");
    let seen = of("CodeQL", &found, &failed);
    assert_eq!(seen.statuses(), [RunStatus::Failed], "{seen}");
}

#[test]
fn sarif_rule_029_each_run_has_a_status_of_its_own() {
    let named = |name: &str, over: Value| {
        run(merged(
            json!({"tool": named_tool(name, &[]), "results": [result(json!({}))]}),
            over,
        ))
    };
    let seen = read(&log(&[
        named("CodeQL", json!({})),
        named(
            "Bandit",
            json!({"invocations": [{"executionSuccessful": false}]}),
        ),
        named("gosec", json!({"results": null})),
        named(
            "Brakeman",
            json!({"invocations": [{"executionSuccessful": true}]}),
        ),
    ]));
    assert_eq!(
        seen.statuses(),
        [
            RunStatus::Ok,
            RunStatus::Failed,
            RunStatus::NotRun,
            RunStatus::Ok
        ]
    );
    let evidence: Vec<_> = seen.intake.runs.iter().map(|run| run.evidence).collect();
    assert_eq!(
        evidence,
        [
            Evidence::Weak,
            Evidence::Failed,
            Evidence::None,
            Evidence::Strong
        ]
    );
    let runs: Vec<_> = seen.counted().iter().map(|fact| fact.run).collect();
    assert_eq!(runs, [0, 1, 3], "each finding knows its run");
}

#[test]
fn sarif_terms_evidence_is_strong_where_every_invocation_succeeded() {
    let good = json!({"executionSuccessful": true});
    for (invocations, evidence) in [
        (json!([good]), Evidence::Strong),
        (json!([good, good]), Evidence::Strong),
        (json!([good, {}]), Evidence::Weak),
        (json!([]), Evidence::Weak),
        (json!(null), Evidence::Weak),
    ] {
        let seen = invoked(invocations.clone());
        assert_eq!(seen.run().evidence, evidence, "{invocations}");
        assert!(seen.run().believed, "{invocations}: of a named tool");
        let expected = Expected {
            strong_evidence: true,
            ..Expected::default()
        };
        let document = log(&[run(json!({ "invocations": invocations }))]);
        let strict = read_expecting(&document, expected);
        let strong = evidence == Evidence::Strong;
        assert_eq!(
            strict.run().believed,
            strong,
            "{invocations}: strong is demanded"
        );
    }
}

#[test]
fn sarif_terms_the_row_of_a_secrets_tool_goes_first() {
    let of = |tool: &str, over: Value| {
        let base = json!({
            "tool": named_tool(tool, &[]), "invocations": [{"executionSuccessful": true}]
        });
        read(&log(&[run(merged(base, over))])).run().evidence
    };
    let audit = |succeeded: u32, partial: u32, failed: u32| {
        json!({"properties": {"repository_audit": {"summary": {
            "discovered": 1, "scan_succeeded": succeeded, "scan_partial": partial,
            "scan_failed": failed
        }}}})
    };
    assert_eq!(of("gitleaks", json!({})), Evidence::Weak, "never strong");
    assert_eq!(
        of("noseyparker-cli", json!({})),
        Evidence::Strong,
        "its row is not about its SARIF"
    );
    assert_eq!(of("kingfisher", audit(1, 0, 0)), Evidence::Strong);
    assert_eq!(of("kingfisher", audit(1, 0, 1)), Evidence::Failed);
    assert_eq!(of("kingfisher", audit(1, 1, 0)), Evidence::Failed);
    assert_eq!(of("kingfisher", audit(0, 0, 0)), Evidence::Failed);
    assert_eq!(of("kingfisher", json!({})), Evidence::Weak, "no summary");
    assert_eq!(
        of("CodeQL", audit(0, 0, 1)),
        Evidence::Strong,
        "of Kingfisher alone"
    );
}

#[test]
fn max_age_asks_each_invocation_for_its_end() {
    let young = json!({"executionSuccessful": true, "endTimeUtc": "2025-12-31T23:30:00Z"});
    let untold = json!({"executionSuccessful": true});
    let future = json!({"executionSuccessful": true, "endTimeUtc": "9999-12-01T00:00:00Z"});
    for (invocations, too_old) in [
        (json!([young]), false),
        (json!([young, young]), false),
        (json!([young, untold]), true),
        (json!([untold, young]), true),
        (json!([future]), true),
        (json!([young, future]), true),
        (json!([]), true),
    ] {
        let document = log(&[run(json!({"results": [], "invocations": invocations}))]);
        let expected = Expected {
            max_age: Some(3600),
            ..Expected::default()
        };
        let seen = read_expecting(&document, expected);
        let reasons = if too_old {
            vec![RunReason::TooOld]
        } else {
            Vec::new()
        };
        assert_eq!(seen.run().reasons, reasons, "{invocations}: {seen}");
        assert_eq!(seen.count(Code::ReportTooOld), u64::from(too_old), "{seen}");
        // Without the demand none of them is odd.
        assert!(read(&document).run().reasons.is_empty());
    }
}
