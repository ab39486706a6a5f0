//! `krgate report` as a process: its arguments, exit codes, files and record.

use std::fs;

use serde_json::Value;

use super::formats::faults;
use super::shop::{POLICY, Shop};

const NOW: &str = "2026-11-09T12:00:00Z";

#[test]
fn report_p09_a_report_exits_0_whatever_it_says() {
    let shop = Shop::with_weeks();
    let ended = shop.at(NOW, &["report"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stdout.contains(
            "**3 of 3 key results missed, 0 unknown; a release is blocked by `no-shell`.**"
        ),
        "{}",
        ended.stdout
    );
    assert_eq!(ended.stderr, "");
}

#[test]
fn report_p09_a_wrong_request_is_exit_2() {
    let shop = Shop::new(POLICY);
    for (arguments, words) in [
        (
            &["report", "--period", "2026-Q3"][..],
            "the period of this policy is `2026-Q4`",
        ),
        (
            &["report", "--filter", "cwe="],
            "expected numbers of weaknesses",
        ),
        (
            &["report", "--filter", "rule=x"],
            "expected numbers of weaknesses",
        ),
        (
            &["report", "--since", "yesterday"],
            "expected a day such as 2026-10-01",
        ),
        (
            &["report", "--name", "A b"],
            "expected a name such as access-control",
        ),
        (
            &["report", "--name", "report.x"],
            "the name stands without report. here",
        ),
        (
            &["report", "--output", "pdf=x"],
            "the format is one of markdown, html",
        ),
        (
            &["report", "--output", "markdown=krgate.yaml"],
            "an output would overwrite what was read",
        ),
        (
            &["report", "--period", "2026-Q4", "--since", "2026-10-01"],
            "cannot be used with",
        ),
    ] {
        let ended = shop.at(NOW, arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        let said = ended
            .stderr
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
    assert_eq!(
        fs::read_to_string(shop.path().join("krgate.yaml")).unwrap(),
        POLICY
    );
}

#[test]
fn report_p09_a_ledger_that_cannot_be_read_is_exit_4() {
    let shop = Shop::new(POLICY);
    fs::write(shop.path().join("a-file"), "x").unwrap();
    let ended = shop.at(NOW, &["report", "--ledger", "git:nowhere"]);
    assert_eq!((ended.code, &*ended.stdout), (4, ""), "{}", ended.stderr);
}

#[test]
fn report_p41_files_and_standard_output_have_the_same_bytes() {
    let shop = Shop::with_weeks();
    let ended = shop.at(
        NOW,
        &[
            "report",
            "--output",
            "json=out.json",
            "--output",
            "csv=out.csv",
            "--output",
            "markdown=out.md",
            "--output",
            "openmetrics=out.prom",
        ],
    );
    assert_eq!((ended.code, &*ended.stdout), (0, ""), "{}", ended.stderr);
    for (format, file) in [
        ("json", "out.json"),
        ("csv", "out.csv"),
        ("markdown", "out.md"),
        ("openmetrics", "out.prom"),
    ] {
        let written = fs::read_to_string(shop.path().join(file)).unwrap();
        let shown = shop.at(NOW, &["report", "--format", format]);
        assert_eq!(written, shown.stdout, "{format}");
    }
    let json = fs::read_to_string(shop.path().join("out.json")).unwrap();
    let document: Value = serde_json::from_str(&json).unwrap();
    let wrong = faults(&document, "report.schema.json");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(document["appendix"]["runs"], 3);
    assert_eq!(document["changes"]["counts"]["new"], 1);
    assert_eq!(
        document["coverage"]["repositories"][0]["classes"][0]["state"],
        "in time"
    );
}

#[test]
fn report_p13_over_real_scans() {
    let shop = Shop::with_weeks();
    let ended = shop.at(NOW, &["report", "--format", "json"]);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let key_results = &document["objectives"][0]["key_results"];
    // Bandit finds 10 a week, and from the 9th on one of them is B605.
    let shell = &key_results[0]["change"];
    assert_eq!(
        (
            &shell["state"],
            &shell["course"],
            &shell["before"],
            &shell["delta"]
        ),
        (&"known".into(), &"worse".into(), &"0".into(), &"1".into())
    );
    assert_eq!(key_results[1]["change"]["course"], "unchanged");
    // Nothing is older than a week here.
    let first = shop.at("2026-10-27T00:00:00Z", &["report", "--format", "json"]);
    let document: Value = serde_json::from_str(&first.stdout).unwrap();
    assert_eq!(
        document["objectives"][0]["key_results"][1]["change"]["state"],
        "new"
    );
}

#[test]
fn report_p44_a_series_begins_where_it_is_asked_to() {
    let shop = Shop::with_weeks();
    let weeks = |arguments: &[&str]| -> Vec<String> {
        let typed = [&["report", "--format", "csv"], arguments].concat();
        let ended = shop.at(NOW, &typed);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let rows = ended.stdout.lines().skip(1);
        let rows = rows.filter(|row| row.contains(",no-shell,"));
        rows.map(|row| row.split(',').nth(1).unwrap().to_owned())
            .collect()
    };
    assert_eq!(weeks(&[]).len(), 7);
    assert_eq!(weeks(&[])[0], "2026-W40");
    assert_eq!(weeks(&["--since", "2026-11-02"]), ["2026-W45", "2026-W46"]);
    assert_eq!(weeks(&["--period", "2026-Q4"]).len(), 7);
    // Not before anything is known, and not before the period's begin without a reason.
    assert_eq!(weeks(&["--since", "2020-01-01"]).len(), 13);
}

#[test]
fn key_result_f17_a_named_report_is_recorded_and_events_count_it() {
    let shop = Shop::with_weeks();
    let named = [
        "report",
        "--name",
        "access-control",
        "--filter",
        "cwe=284,639",
    ];
    let ended = shop.at("2026-11-10T08:00:00Z", &named);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended
            .stdout
            .starts_with("# Report `access-control`, only cwe=284,639 of 2026-11-10\n")
    );
    assert!(
        ended.stderr.starts_with("recorded: report "),
        "{}",
        ended.stderr
    );
    // Again in the same week: the same record, whatever it shows.
    let again = shop.at(
        "2026-11-12T08:00:00Z",
        &["report", "--name", "access-control"],
    );
    assert!(
        again.stderr.starts_with("recorded already: report "),
        "{}",
        again.stderr
    );
    let listed = shop.at(
        "2026-11-16T08:00:00Z",
        &["records", "list", "--kind", "report"],
    );
    assert_eq!(listed.stdout.lines().count(), 1, "{}", listed.stdout);
    let whole = shop.at("2026-11-16T08:00:00Z", &["records", "verify"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    let status = shop.at("2026-11-16T08:00:00Z", &["status", "--format", "json"]);
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    let weekly = &status["objectives"][0]["key_results"][2];
    // One of the seven weeks that have ended in the period.
    assert_eq!(
        (&weekly["value"], &weekly["fraction"]),
        (&"0.142857".into(), &"1/7".into())
    );
}

#[test]
fn record_r35_a_report_is_shown_though_its_record_cannot_be_kept() {
    let shop = Shop::with_weeks();
    let folder = shop.path().join(".krgate/ledger/records/2026-11");
    let moved = shop.path().join(".krgate/ledger/records/kept");
    fs::rename(&folder, &moved).unwrap();
    fs::write(&folder, "no folder").unwrap();
    let ended = shop.at(NOW, &["report", "--name", "weekly"]);
    if ended.stdout.is_empty() {
        // The store cannot even be read like this: exit 4 before anything is shown.
        assert_eq!(ended.code, 4, "{}", ended.stderr);
        return;
    }
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(ended.stdout.contains("## Appendix"));
    assert!(ended.stderr.contains(".krgate/spool/"), "{}", ended.stderr);
}

#[test]
fn record_r16_the_report_prints_the_digest_of_the_last_checkpoint() {
    let shop = Shop::new(&POLICY.replace("dir:.krgate/ledger", "git:./ledger.git"));
    let made = shop
        .program("git")
        .args(["init", "--quiet", "--bare", "ledger.git"])
        .status()
        .unwrap();
    assert!(made.success());
    shop.week("2026-11-02");
    let report = |now: &str| -> Value {
        let ended = shop.at(now, &["report", "--format", "json"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap()
    };
    assert_eq!(report("2026-11-02T10:00:00Z")["checkpoint"], Value::Null);
    let compact = shop.at("2026-11-02T11:00:00Z", &["records", "compact"]);
    assert_eq!(compact.code, 0, "{}", compact.stderr);
    let digest = compact
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("checkpoint: "));
    let digest = digest.unwrap();
    assert_eq!(report("2026-11-02T12:00:00Z")["checkpoint"], digest);
    // Whoever kept the report can hold the ledger to it.
    let kept = ["records", "verify", "--expect", digest];
    assert_eq!(shop.at("2026-11-02T12:00:00Z", &kept).code, 0);
}
