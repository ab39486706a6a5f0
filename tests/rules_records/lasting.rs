//! What is recorded stays what it is, whoever comes after it (rules R1, R46, R47, R50), and
//! what people wrote into it reaches no output as it is (rule Q11), with the built binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use krgate::record::Record;
use krgate::record::canonical::Whole;
use serde_json::Value;

use super::cli::{Ended, LEAK, POLICY, Shop};
use super::support::check_in;

const NOW: &str = "2026-11-16T12:00:00Z";

fn at(shop: &Shop, now: &str, arguments: &[&str]) -> Ended {
    let mut command = shop.krgate(arguments);
    Shop::end(command.env("KRGATE_NOW", now))
}

const CHECK: [&str; 4] = ["check", "--record", "--event", "state"];

/// Every file of the ledger, with its bytes.
fn stored(shop: &Shop) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = shop.files().into_iter();
    files
        .map(|file| (file.clone(), fs::read(file).unwrap()))
        .collect()
}

/// Puts a record of some other writer where a ledger in a folder has it.
fn put(shop: &Shop, bytes: &[u8]) -> PathBuf {
    let record: Value = serde_json::from_slice(bytes).unwrap();
    let month = &record["at"].as_str().unwrap()[..7];
    let id = record["id"].as_str().unwrap();
    let name = format!(".krgate/ledger/records/{month}/{id}.json");
    shop.file(&name, bytes);
    shop.path(&name)
}

#[test]
fn record_r01_no_command_changes_or_takes_away_what_is_stored() {
    let shop = Shop::new();
    let damaged = format!(".krgate/ledger/records/2026-11/{}.json", "0".repeat(64));
    let steps: [(&str, &[&str], i32); 14] = [
        (NOW, &["records", "init"], 0),
        (NOW, &CHECK, 0),
        (NOW, &CHECK, 0),
        ("2026-11-17T12:00:00Z", &CHECK, 0),
        (NOW, &["checkin", "trained", "62%"], 0),
        // Another figure of that day is a conflict, and waits elsewhere.
        (NOW, &["checkin", "trained", "63%"], 4),
        (NOW, &["records", "push"], 4),
        (NOW, &["event", "drill"], 0),
        (NOW, &["records", "verify"], 0),
        (NOW, &["records", "list"], 0),
        (NOW, &["records", "export", "--output", "all.jsonl"], 0),
        (NOW, &["status"], 0),
        ("2027-01-02T00:00:00Z", &["period", "close"], 2),
        (NOW, &["records", "compact"], 0),
    ];
    let mut before = stored(&shop);
    let mut most = 0;
    for (now, arguments, code) in steps {
        let ended = at(&shop, now, arguments);
        assert_eq!(ended.code, code, "{arguments:?}: {}", ended.stderr);
        let after = stored(&shop);
        for (file, bytes) in &before {
            assert_eq!(after.get(file), Some(bytes), "{arguments:?}: {file:?}");
        }
        most = after.len();
        before = after;
    }
    assert_eq!(most, 4, "two runs, a check-in, an event");
    held_to_their_schema(&shop);
    // What is damaged is set aside by a record more; its bytes stay for whoever looks for them.
    shop.file(&damaged, "half a rec");
    before = stored(&shop);
    let listed = at(&shop, NOW, &["records", "list"]);
    let from = listed.stderr.find("sha256:").unwrap();
    let digest = &listed.stderr[from..from + 71];
    let aside = ["records", "quarantine", digest, "--reason", "a full disk"];
    assert_eq!(at(&shop, NOW, &aside).code, 0);
    let after = stored(&shop);
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|(file, bytes)| after[file] == *bytes));
}

/// Other tools may rely on the schema for what krgate writes.
fn held_to_their_schema(shop: &Shop) {
    let schema = include_str!("../../schemas/record.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for record in shop.records() {
        let faults = validator.iter_errors(&record);
        let faults: Vec<String> = faults
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{}\n{record}", faults.join("\n"));
        // It can fail, where a reader would refuse too.
        let broken = |change: &dyn Fn(&mut Value)| {
            let mut record = record.clone();
            change(&mut record);
            assert!(!validator.is_valid(&record), "{record}");
        };
        broken(&|record| record["at"] = "2026-11-02T09:00:00+01:00".into());
        broken(&|record| record["id"] = "E7".into());
        broken(&|record| record["idem"]["kind"] = "other".into());
        broken(&|record| drop(record.as_object_mut().unwrap().remove("repo")));
        if record.get("krs").is_some() {
            broken(&|record| record["krs"][0]["value"] = "1.0".into());
            broken(&|record| record["krs"][0]["n"] = 0.5.into());
        }
    }
}

/// The one deletion that there is, of refs in the push that stores their records elsewhere
/// (rule R24), stands in `store/git/fold.rs`.
#[test]
fn record_r01_no_store_has_words_to_change_or_delete_with() {
    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .flat_map(|path| {
                if path.is_dir() {
                    sources(&path)
                } else {
                    vec![path]
                }
            })
            .collect()
    }
    let stores = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/record/store");
    let files = sources(&stores);
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = text
            .lines()
            .take_while(|line| *line != "mod tests {")
            .filter(|line| !line.trim_start().starts_with("//"))
            // What a role may do is asked for by these words too.
            .filter(|line| !line.contains("'UPDATE, DELETE, TRUNCATE, "))
            .collect();
        let code = code.join("\n");
        for word in [
            "remove_file",
            "remove_dir",
            "fs::write",
            "fs::rename",
            "set_len",
            "truncate(true)",
            "DELETE FROM",
            "UPDATE ",
            "DO UPDATE",
            "TRUNCATE",
            "DROP ",
            "update-ref -d",
            "--force\"",
        ] {
            assert!(!code.contains(word), "{}: {word}", file.display());
        }
    }
}

#[test]
fn record_r50_what_another_version_wrote_is_kept_and_counts() {
    let shop = Shop::new();
    // A newer krgate that knows a field more, and says who it is.
    let mut draft = check_in("octo", 41, "2026-11-02T09:00:00Z");
    draft.fields.set("mood", "bright");
    let bytes = draft.seal().unwrap().to_bytes();
    let text = String::from_utf8(bytes).unwrap();
    let newer = text.replacen(
        concat!("\"by\":\"krgate ", env!("CARGO_PKG_VERSION"), "\""),
        "\"by\":\"krgate 9.9.9\"",
        1,
    );
    assert_ne!(newer, text);
    let file = put(&shop, newer.as_bytes());
    let listed = at(&shop, NOW, &["records", "list"]);
    assert_eq!((listed.code, listed.stdout.lines().count()), (0, 1));
    assert_eq!(at(&shop, NOW, &CHECK).code, 0);
    assert_eq!(at(&shop, NOW, &["records", "verify"]).code, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), newer);
    let exported = at(&shop, NOW, &["records", "export"]).stdout;
    assert!(exported.lines().any(|line| format!("{line}\n") == newer));
    // The run named it as its parent: the one history of both.
    let run = shop.records().into_iter().find(|r| r["kind"] == "run");
    let id = file.file_stem().unwrap().to_str().unwrap();
    assert_eq!(run.unwrap()["parents"], serde_json::json!([id]));
    // A schema of later is named and not skipped (rule R12).
    let later = newer.replacen("krgate.record/1", "krgate.record/2", 1);
    fs::write(&file, &later).unwrap();
    let listed = at(&shop, NOW, &["records", "list"]);
    assert_eq!(listed.code, 4);
    assert!(
        listed.stderr.contains("record-schema-unknown"),
        "{}",
        listed.stderr
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), later);
}

fn secret(shop: &Shop, now: &str) -> Value {
    let ended = at(shop, now, &["status", "--format", "json"]);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    document["objectives"][0]["key_results"][0].clone()
}

#[test]
fn record_r46_a_policy_that_changes_in_mid_period_begins_a_segment() {
    let shop = Shop::new();
    assert_eq!(at(&shop, "2026-11-02T12:00:00Z", &CHECK).code, 0);
    // What people read is no part of the meaning; a filter is.
    shop.file(
        "krgate.yaml",
        POLICY.replace("title: No secret", "title: Not one secret"),
    );
    assert_eq!(at(&shop, "2026-11-03T12:00:00Z", &CHECK).code, 0);
    let of = |now| secret(&shop, now)["segments"].as_array().unwrap().len();
    assert_eq!(of("2026-11-03T13:00:00Z"), 1);
    let narrower = "measure: { count: { class: secrets, path: \"src/**\" } }";
    shop.file(
        "krgate.yaml",
        POLICY.replace("measure: { count: { class: secrets } }", narrower),
    );
    assert_eq!(at(&shop, "2026-11-04T12:00:00Z", &CHECK).code, 0);
    assert_eq!(of("2026-11-04T13:00:00Z"), 2);
    let records = shop.records();
    let defs = |day: &str| {
        let of_day = records
            .iter()
            .find(|r| r["at"].as_str().unwrap().starts_with(day));
        of_day.unwrap()["krs"][0]["def"].clone()
    };
    assert_eq!(defs("2026-11-02"), defs("2026-11-03"));
    assert_ne!(defs("2026-11-03"), defs("2026-11-04"));
}

#[test]
fn record_r47_clock_changes_leap_days_and_borders_move_nothing() {
    // The night in which Berlin has 02:30 twice: an hour apart in the records.
    let shop = Shop::new();
    let in_berlin = |period: &str| {
        let zoned = format!("period: {{ {period}, time_zone: Europe/Berlin }}");
        POLICY.replace(
            "period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }",
            &zoned,
        )
    };
    let quarter = in_berlin("name: 2026-Q4, start: 2026-10-01, end: 2027-01-01");
    shop.file("krgate.yaml", &quarter);
    for now in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
        assert_eq!(at(&shop, now, &CHECK).code, 0);
    }
    let ats: Vec<Value> = shop.records().iter().map(|r| r["at"].clone()).collect();
    assert!(ats.contains(&"2026-10-25T00:30:00Z".into()), "{ats:?}");
    assert!(ats.contains(&"2026-10-25T01:30:00Z".into()), "{ats:?}");
    // A day later by the clock on the wall 25 hours are over.
    let bounds = &secret(&shop, "2026-10-26T01:30:00Z")["in_bounds"];
    assert_eq!(bounds["met_seconds"], 25 * 3_600);
    assert_eq!(bounds["unknown_seconds"], (24 * 24 + 2) * 3_600 + 1_800);

    // What is judged at the end of a period is of the next one.
    let border = Shop::new();
    border.file("krgate.yaml", &quarter);
    border.file("reports/gitleaks.json", LEAK);
    assert_eq!(at(&border, "2026-12-31T22:59:59Z", &CHECK).code, 1);
    border.file("reports/gitleaks.json", "[]");
    assert_eq!(at(&border, "2026-12-31T23:00:00Z", &CHECK).code, 0);
    let steps = secret(&border, "2027-01-02T00:00:00Z")["steps"].clone();
    let [step] = &steps.as_array().unwrap()[..] else {
        panic!("{steps}");
    };
    assert_eq!(step["value"], "1");
    // The month of a file is that of UTC.
    let folders: Vec<bool> = border
        .files()
        .iter()
        .map(|file| file.to_string_lossy().contains("/2026-12/"))
        .collect();
    assert_eq!(folders, [true, true]);

    // The 29th of February is a day, and its last second is in its month.
    let leap = Shop::new();
    leap.file(
        "krgate.yaml",
        in_berlin("name: 2028-Q1, start: 2028-01-01, end: 2028-04-01"),
    );
    assert_eq!(at(&leap, "2028-02-29T23:59:59Z", &CHECK).code, 0);
    let said = |day: &str| {
        let arguments = ["checkin", "trained", "40%", "--as-of", day];
        at(&leap, "2028-03-01T12:00:00Z", &arguments).code
    };
    assert_eq!((said("2028-02-29"), said("2028-02-30")), (0, 2));
    let run = leap.files().into_iter().find(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.contains("\"kind\":\"run\"")
    });
    assert!(run.unwrap().to_string_lossy().contains("/2028-02/"));
}

const FOREIGN: &str = "::error::x\u{1b}[2J\n##[warning]\u{202e}<b>`";

#[test]
fn key_result_q11_what_people_wrote_is_encoded_wherever_it_is_shown() {
    let shop = Shop::new();
    // By hand, through the command …
    let noted = ["checkin", "trained", "62%", "--note", FOREIGN];
    let ended = at(&shop, NOW, &noted);
    assert!(ended.code == 0 || ended.code == 2, "{}", ended.stderr);
    // … and by someone who can write to the ledger: name, note, steps, addresses.
    let mut draft = check_in(FOREIGN, 41, "2026-11-15T09:00:00Z");
    let claim = krgate::record::canonical::Object::new()
        .with("as_of", "2026-11-02")
        .with("evidence", vec![FOREIGN.into()])
        .with("note", FOREIGN)
        .with("confidence", "0.5")
        .with("who", FOREIGN);
    draft.fields.set("claim", claim);
    let record: Record = draft.seal().unwrap();
    put(&shop, &record.to_bytes());
    let id = record.id().to_string();
    // A figure of a file whose column and text are somebody else's.
    shop.file("figures.csv", format!("\"{FOREIGN}\",n\nx,\"{FOREIGN}\"\n"));
    let figures = POLICY.to_owned()
        + r#"      - id: figure
        title: A figure
        measure: { value: { file: figures.csv, aggregate: sum, column: n, as_of: run } }
        target: "<= 1"
        on_miss: observe
"#;
    shop.file("krgate.yaml", &figures);
    shop.git(&["add", "--all"]);
    shop.git(&["commit", "--quiet", "-m", "figures"]);
    let mut outputs = Vec::new();
    for arguments in [
        &["status"][..],
        &["status", "--format", "json"],
        &["records", "list"],
        &["records", "list", "--format", "json"],
        &["records", "show", &id[..12]],
        &["records", "export"],
        &["check", "--event", "state"],
        &["check", "--event", "state", "--format", "json"],
        &["check", "--event", "state", "--format", "markdown"],
    ] {
        let ended = at(&shop, NOW, arguments);
        outputs.push((arguments.join(" "), ended.stdout + &ended.stderr));
    }
    let wrong = figures.replace("column: n", "column: m");
    shop.file("krgate.yaml", wrong);
    shop.git(&["commit", "--quiet", "-a", "-m", "no such column"]);
    let ended = at(&shop, NOW, &["check", "--event", "state"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    outputs.push(("an unknown column".to_owned(), ended.stdout + &ended.stderr));
    let said = |words: &str| outputs.iter().any(|(_, text)| text.contains(words));
    assert!(said("::error::x"), "the name is shown somewhere");
    for (what, text) in &outputs {
        for line in text.lines() {
            let start = line.trim_start();
            assert!(!start.starts_with("::"), "{what}: {line}");
            assert!(!line.contains("##["), "{what}: {line}");
        }
        let is_odd = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(is_odd), "{what}: {text:?}");
    }
}

#[test]
fn record_r50_a_number_that_this_version_does_not_know_changes_nothing() {
    let shop = Shop::new();
    let mut draft = check_in("octo", 41, "2026-11-02T09:00:00Z");
    draft.fields.set("weather", Whole::new(7).unwrap());
    put(&shop, &draft.seal().unwrap().to_bytes());
    let status = at(&shop, "2026-11-03T00:00:00Z", &["status"]);
    assert_eq!(status.code, 0, "{}", status.stderr);
}
