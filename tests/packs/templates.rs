//! Every template of every pack on its stories (rules T0 to T2).

use std::collections::BTreeSet;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;

use krgate::policy::{self, Ambition, Enforcement, Measure, PACKS};

use super::place::{Place, project};
use super::story::{Outcome, cases};

/// One template of a pack.
struct Template {
    pack: &'static str,
    id: String,
    /// True if its measure is never unknown: what cannot be shown is missed.
    never_unknown: bool,
}

/// What a story of a pack is judged by.
fn policy_of(pack: &str) -> String {
    fs::read_to_string(project(&format!("fixtures/packs/{pack}/krgate.yaml"))).unwrap()
}

fn templates() -> Vec<Template> {
    let mut templates = Vec::new();
    for pack in &PACKS {
        let loaded = policy::parse("krgate.yaml", &policy_of(pack.name));
        let policy = loaded
            .policy
            .unwrap_or_else(|| panic!("{}: {:?}", pack.name, loaded.diagnostics));
        templates.extend(policy.key_results().map(|(_, key_result)| Template {
            pack: pack.name,
            id: key_result.id.clone(),
            never_unknown: matches!(key_result.measure, Measure::Tools(_)),
        }));
    }
    templates
}

/// `met 5 d`, `missed 2 secrets, blocks`, `unknown no-file`: verdict, figure or reason.
fn written(outcome: &Outcome) -> String {
    let what = match outcome.verdict.as_str() {
        "unknown" => &outcome.reason,
        _ => &outcome.value,
    };
    let blocks = if outcome.blocks { ", blocks" } else { "" };
    format!("{} {what}{blocks}", outcome.verdict)
}

/// Plays the stories of a template; what is wrong with them.
fn played(template: &Template) -> Vec<String> {
    let name = format!("fixtures/packs/{}/{}.txt", template.pack, template.id);
    let Ok(text) = fs::read_to_string(project(&name)) else {
        return vec![format!("{name} is missing")];
    };
    let policy = policy_of(template.pack);
    let mut wrong = Vec::new();
    let mut verdicts = Vec::new();
    for case in cases(&text) {
        let play = || case.play(&policy, &template.id);
        let Ok(outcome) = std::panic::catch_unwind(AssertUnwindSafe(play)) else {
            wrong.push(format!("{name}:{}: see the panic above", case.line));
            continue;
        };
        let is = written(&outcome);
        if is != case.head {
            wrong.push(format!(
                "{name}:{}: expected {}, and it is {is}",
                case.line, case.head
            ));
        }
        verdicts.push(outcome.verdict);
    }
    let third = if template.never_unknown {
        "missed"
    } else {
        "unknown"
    };
    let expected = ["met", "missed", third];
    if verdicts != expected {
        wrong.push(format!(
            "{name}: its cases are {verdicts:?}, not {expected:?}"
        ));
    }
    wrong
}

#[test]
fn template_t00_every_template_is_met_missed_and_unknown() {
    let templates = Mutex::new(templates());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = templates.lock().unwrap().pop();
                    let Some(template) = next else { break };
                    wrong.lock().unwrap().extend(played(&template));
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn template_t00_no_story_is_of_no_template() {
    let mut wanted: BTreeSet<String> = BTreeSet::from(["README.md".to_owned()]);
    for pack in &PACKS {
        wanted.insert(format!("{}/krgate.yaml", pack.name));
    }
    for template in templates() {
        wanted.insert(format!("{}/{}.txt", template.pack, template.id));
    }
    let mut there = BTreeSet::new();
    for entry in fs::read_dir(project("fixtures/packs")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_file() {
            there.insert(name);
            continue;
        }
        for file in fs::read_dir(entry.path()).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            there.insert(format!("{name}/{file}"));
        }
    }
    assert_eq!(there, wanted);
    // no-live-secret stands in two packs.
    assert_eq!(templates().len(), 30);
}

/// What blocks in the first version of each pack.
const BLOCKS: [(&str, &[&str]); 5] = [
    (
        "baseline",
        &[
            "scanners-ran",
            "no-new-high",
            "no-live-secret",
            "prod-cvss",
            "scans-fresh",
        ],
    ),
    ("remediation", &[]),
    ("secrets", &["no-live-secret"]),
    ("exploit", &["kev-past-due"]),
    ("programme", &[]),
];

#[test]
fn template_t00_every_template_says_what_a_miss_does() {
    for pack in &PACKS {
        let policy = policy::parse("krgate.yaml", &policy_of(pack.name)).policy;
        for (_, key_result) in policy.unwrap().key_results() {
            let aspirational = key_result.ambition == Ambition::Aspirational;
            assert!(
                key_result.on_miss_stated != aspirational,
                "{}",
                key_result.id
            );
            let of_run = matches!(
                key_result.measure.name(),
                "count" | "introduced" | "tools" | "freshness"
            );
            let blocks = key_result.on_miss == Enforcement::Block;
            assert!(of_run || !blocks, "{} blocks over the past", key_result.id);
        }
    }
}

/// Whoever extends a pack gets no new block by an update of krgate: one that a later version
/// brings says from when on it blocks.
#[test]
fn template_t02_a_new_block_arrives_with_its_day() {
    for (name, first) in BLOCKS {
        let policy = policy::parse("krgate.yaml", &policy_of(name))
            .policy
            .unwrap();
        let blocks = policy
            .key_results()
            .filter(|(_, kr)| kr.on_miss == Enforcement::Block && kr.enforce_from.is_none());
        let blocks: Vec<&str> = blocks.map(|(_, kr)| kr.id.as_str()).collect();
        assert_eq!(blocks, first, "pack:{name}");
    }
}

#[test]
fn template_t01_ids_are_unique_but_for_what_packs_share() {
    let mut seen = BTreeSet::new();
    let twice: Vec<String> = templates()
        .into_iter()
        .map(|template| template.id)
        .filter(|id| !seen.insert(id.clone()))
        .collect();
    assert_eq!(twice, ["no-live-secret"]);
}

/// M8, with a real git: the commit of a finding's file begins its time, and the first one of
/// the range where no commit changed it.
#[test]
fn metric_m08_the_commit_that_brought_a_finding_in() {
    let policy = "version: 1\nreports:\n  - { name: code, path: code.sarif, class: sast, fresh: 60d }\n\
        ledger: dir:.krgate/ledger\nobjectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    \
        key_results:\n      - id: seen\n        title: S\n        measure: { time_to_detect: { from: \
        introduced, statistic: max, window: 30d, min_n: 1 } }\n        target: \"<= 3d\"\n";
    let played = |story: &str| written(&cases(story)[0].play(policy, "seen"));
    let of_file = "== a\n2026-10-01 scan sast -\n2026-10-03 commit services/other.py\n\
        2026-10-08 commit services/a.py\n2026-10-09 commit services/a.py services/other.py\n\
        2026-10-10 scan sast a/high\n2026-10-11 check sast a/high\n";
    assert_eq!(played(of_file), "met 2 d");
    let of_range = of_file.replace("services/a.py", "services/b.py");
    assert_eq!(played(&of_range), "missed 7 d, blocks");
    // The same commit was scanned before: no commit brought it in.
    let no_commit = "== a\n2026-10-01 scan sast -\n2026-10-10 scan sast a/high\n\
        2026-10-11 check sast a/high\n";
    assert_eq!(played(no_commit), "unknown insufficient-data, blocks");
}

/// Q2, F4: which list of people a share was made from can be told later.
#[test]
fn key_result_q02_digests_of_data_files_are_recorded() {
    let place = Place::fresh();
    let policy = "version: 1\nledger: dir:.krgate/ledger\n\
        data: { roster: { file: data/people.csv } }\nobjectives:\n  - id: o\n    title: O\n    \
        owner: \"@o\"\n    key_results:\n      - id: trained\n        title: T\n        measure: { \
        share: { file: data/training.csv, key: login, roster: true, num: { ok: \"yes\" }, as_of: \
        run } }\n        target: \">= 80%\"\n";
    place.file("shop", "krgate.yaml", policy);
    place.file("shop", "data/people.csv", "login\na\n");
    place.file("shop", "data/training.csv", "login,ok\na,yes\n");
    let now = "2026-11-25T09:00:00Z";
    let recorded = place.krgate(
        "shop",
        now,
        &["check", "--record", "--event", "state", "--quiet"],
    );
    assert_eq!(recorded.code, 0, "{}", recorded.stderr);
    let record = place.krgate("shop", now, &["records", "export"]).json();
    let data: Vec<(&str, &str)> = record["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap();
            (text("name"), text("digest"))
        })
        .collect();
    // As `sha256sum` has them.
    assert_eq!(
        data,
        [
            (
                "data/people.csv",
                "sha256:c9e62215971bc6906880f08c5097487a438d0071e06faa3eb477d7b93aaf0894"
            ),
            (
                "data/training.csv",
                "sha256:e979ea03ed77dc504b7457fb9a0016d25c4ee52453bab430c1452dbb8746cad7"
            ),
        ]
    );
}

/// Q9, M23: a change that brings in what a requirement forbids makes it fail, which is a step
/// back from the last recorded state.
#[test]
fn key_result_q09_a_change_that_refutes_a_requirement_is_a_step_back() {
    let story = "== a\nasvs V2.1.1\n2026-10-05 scan sast -\n\
        2026-11-25 check-change sast guess/high/307\n";
    let outcome = cases(story)[0].play(&policy_of("programme"), "asvs-access");
    assert_eq!(written(&outcome), "missed 96.77%, blocks");
    let harmless = story.replace("/307", "/1004");
    let outcome = cases(&harmless)[0].play(&policy_of("programme"), "asvs-access");
    assert_eq!(written(&outcome), "missed 98.39%");
}
