//! Nosey Parker (S9, S49).

use krgate::model::{Evidence, Triage, Validity};
use serde_json::{Value, json};

use super::support::*;

fn written() -> Vec<Value> {
    let lines = fixture("written/noseyparker.jsonl");
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn read_line(change: impl FnOnce(&mut Value)) -> Outcome {
    read_changed(written()[0].clone(), change).clean()
}

#[test]
fn noseyparker_lines_are_read() {
    let outcome = read_one(fixture("written/noseyparker.jsonl")).clean();
    assert_eq!(outcome.intake.reports[0].format, Some("noseyparker"));
    assert_eq!(outcome.paths(), ["config/mirror.json", "config/app.ini"]);
    let view = outcome.view(0);
    assert_eq!(view.rule_id().raw(), "np.generic.3");
    assert_eq!(view.title().unwrap().raw(), "Generic API Key");
    assert_eq!(view.line(), Some(3));
    assert!(view.commit().unwrap().raw().starts_with("3f1c9a7d"));
    assert_eq!(view.finding.validity, Validity::NotAttempted);
    let run = &outcome.intake.runs[0];
    assert_eq!(run.evidence, Evidence::Weak);
    assert!(run.believed);
}

#[test]
fn secrets_rule_049_the_last_provenance_wins() {
    let outcome = read_line(|line| {
        let provenance = line["matches"][0]["provenance"].as_array_mut().unwrap();
        provenance.reverse();
    });
    assert_eq!(outcome.paths(), ["config/mirror.json"]);
    assert!(outcome.view(0).commit().is_none(), "the last one is a file");
    let outcome = read_line(|line| {
        line["matches"][0]["provenance"] = json!([
            {"kind": "file", "path": "./a"},
            {"kind": "git_repo", "commit_provenance": {"blob_path": "b"}},
        ]);
    });
    assert_eq!(outcome.paths(), ["b"]);
    let outcome = read_line(|line| {
        line["matches"][0]["provenance"] =
            json!([{"first_commit": {"blob_path": "in/git"}, "path": "on/disk"}]);
    });
    assert_eq!(
        outcome.paths(),
        ["in/git"],
        "the path in the repository goes first"
    );
}

#[test]
fn secrets_rule_049_several_groups_are_one_secret() {
    let report = fixture("written/noseyparker.jsonl");
    let outcome = read_one(&report).clean();
    assert_eq!(outcome.secrets().len(), 2);
    // Both parts are scrubbed, each on its own.
    let mut line = written()[1].clone();
    line["rule_name"] = json!("ledger-Heron-writer and moss-Anvil-31-harbour");
    line["groups"] = json!([]);
    let outcome = read_one(line.to_string()).clean();
    assert_eq!(
        outcome.view(0).title().unwrap().raw(),
        "‹secret› and ‹secret›"
    );
    // Another order of parts is another secret.
    let mut swapped = written()[1].clone();
    swapped["matches"][0]["groups"]
        .as_array_mut()
        .unwrap()
        .reverse();
    let outcome = read_one(format!("{}\n{swapped}\n", written()[1])).clean();
    assert_eq!(outcome.secrets().len(), 2);
}

#[test]
fn secrets_rule_075_a_group_is_the_value_of_other_tools() {
    let outcome = Bench::new()
        .with(fixture("written/noseyparker.jsonl"))
        .with(fixture("written/betterleaks.json"))
        .read()
        .clean();
    let first = |run: usize| {
        let findings = outcome.intake.findings.iter();
        findings
            .clone()
            .find(|f| f.run.index() == run)
            .unwrap()
            .secret
    };
    assert!(first(0).is_some());
    assert_eq!(first(0), first(1), "decoded, it is the same value");
}

#[test]
fn secrets_rule_072_match_content_is_the_value_of_older_versions() {
    let with_groups = read_line(|_| {});
    let older = read_line(|line| {
        for part in [&mut line["matches"][0].clone(), line] {
            part.as_object_mut().unwrap().remove("groups");
        }
        line["matches"][0].as_object_mut().unwrap().remove("groups");
        line["matches"][0]["match_content"] = json!("b7Qx0vWm3ZkT9rLs2NfYc8HdJg5PuEa1");
    });
    assert_eq!(
        older.view(0).finding.secret,
        with_groups.view(0).finding.secret
    );
}

#[test]
fn secrets_rule_074_the_finding_id_stands_in_for_a_missing_value() {
    let outcome = read_line(|line| {
        line["groups"] = json!([]);
        line["matches"][0]["groups"] = json!([]);
    });
    assert!(outcome.view(0).finding.secret.is_some());
    let outcome = read_line(|line| {
        line["groups"] = json!(["LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t"]);
        line["matches"][0]["groups"] = line["groups"].clone();
    });
    assert!(
        outcome.view(0).finding.secret.is_none(),
        "a bare PEM header"
    );
}

#[test]
fn secrets_rule_067_a_rejected_match_is_dismissed() {
    for (status, triage) in [
        (json!("reject"), Triage::Dismissed),
        (json!("accept"), Triage::Open),
        (json!(null), Triage::Open),
        (json!("maybe"), Triage::Open),
    ] {
        let outcome = read_line(|line| line["matches"][0]["status"] = status.clone());
        assert_eq!(outcome.view(0).finding.triage, triage, "{status}");
        let noted = outcome.codes().contains(&"unknown-validity-word");
        assert_eq!(noted, status == json!("maybe"));
    }
}

#[test]
fn a_finding_without_matches_counts() {
    let outcome = read_line(|line| line["matches"] = json!([]));
    assert_eq!(outcome.secrets().len(), 1);
    assert_eq!(outcome.paths(), ["-"]);
}
