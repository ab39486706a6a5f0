//! `krgate init --pack NAME` in a fresh repository, with an empty home.

use std::fs;

use krgate::policy::PACKS;

use super::place::{Ended, Place};
use super::reports::report;

const NOW: &str = "2026-11-29T12:00:00Z";

fn checked(place: &Place) -> Ended {
    place.krgate(
        "shop",
        NOW,
        &["check", "--event", "state", "--format", "json"],
    )
}

/// What a fresh repository gets: a policy without a fault, which judges at once.
#[test]
fn template_t00_init_writes_a_policy_that_runs_for_each_pack() {
    for pack in &PACKS {
        let place = Place::fresh();
        let wrote = place.krgate("shop", NOW, &["init", "--pack", pack.name]);
        assert_eq!(wrote.code, 0, "{}: {}", pack.name, wrote.stderr);
        let sound = place.krgate("shop", NOW, &["policy", "check"]);
        assert_eq!(sound.code, 0, "{}: {}", pack.name, sound.stderr);
        assert!(!sound.stderr.contains("warning"), "{}", sound.stderr);
        // Nothing was scanned yet: what blocks is unknown, which is not met, and all else warns.
        let before = place.krgate("shop", NOW, &["check", "--format", "json"]);
        let blocks = matches!(pack.name, "baseline" | "secrets" | "exploit");
        let expected = i32::from(blocks);
        assert_eq!(before.code, expected, "{}: {}", pack.name, before.stderr);
        judged(&before, pack.name);
        // With reports in their places nothing is wrong any more.
        scan(&place);
        let policy = fs::read_to_string(place.of("shop").join("krgate.yaml")).unwrap();
        let strict: Vec<&str> = policy
            .lines()
            .filter(|line| !line.contains("required: false"))
            .collect();
        place.file("shop", "krgate.yaml", &strict.join("\n"));
        let after = checked(&place);
        assert!(
            matches!(after.code, 0 | 1),
            "{}: exit {}: {}",
            pack.name,
            after.code,
            after.stderr
        );
        judged(&after, pack.name);
        let recorded = place.krgate("shop", NOW, &["check", "--record", "--event", "state"]);
        assert_eq!(recorded.code, after.code, "{}", recorded.stderr);
    }
}

/// All six key results have a verdict, and each that is unknown says why.
fn judged(ended: &Ended, pack: &str) {
    let document = ended.json();
    let objectives = document["objectives"].as_array().unwrap();
    assert_eq!(objectives.len(), 1, "{pack}");
    let rows = objectives[0]["key_results"].as_array().unwrap();
    assert_eq!(rows.len(), 6, "{pack}");
    for row in rows {
        let unknown = row["verdict"] == "unknown";
        assert!(!unknown || row["reasons"][0]["code"].is_string(), "{row}");
    }
}

/// Empty reports at the places that the proposed policy names.
fn scan(place: &Place) {
    let text = fs::read_to_string(place.of("shop").join("krgate.yaml")).unwrap();
    for (path, empty) in [
        ("reports/semgrep.sarif", report("sast", &[]).1),
        ("reports/gitleaks.json", "[]".to_owned()),
        (
            "reports/osv.json",
            r#"{ "results": [], "experimental_config": {} }"#.to_owned(),
        ),
    ] {
        if text.contains(path) {
            place.file("shop", path, &empty);
        }
    }
}

#[test]
fn template_t00_all_packs_go_together() {
    let place = Place::fresh();
    let mut arguments = vec!["init"];
    arguments.extend(PACKS.iter().flat_map(|pack| ["--pack", pack.name]));
    assert_eq!(place.krgate("shop", NOW, &arguments).code, 0);
    scan(&place);
    let ended = checked(&place);
    assert!(matches!(ended.code, 0 | 1), "{}", ended.stderr);
    let document = ended.json();
    let objectives = document["objectives"].as_array().unwrap();
    let rows = objectives.iter().map(|objective| {
        let rows = objective["key_results"].as_array().unwrap();
        rows.len()
    });
    // The one that two packs share is measured once.
    assert_eq!(rows.sum::<usize>(), 29);
}

/// What a pack needs and the policy lacks is exit 2, with the lines to add; with these lines
/// the policy stands.
#[test]
fn template_t00_a_missing_need_is_exit_2_with_the_lines_to_add() {
    for pack in &PACKS {
        let place = Place::fresh();
        let bare = format!("version: 1\nextends: [pack:{}]\n", pack.name);
        place.file("shop", "krgate.yaml", &bare);
        let refused = place.krgate("shop", NOW, &["policy", "check"]);
        assert_eq!(refused.code, 2, "{}", pack.name);
        let faults = refused.stderr.matches("error[").count();
        assert_eq!(faults, 1, "{}: {}", pack.name, refused.stderr);
        let (_, lines) = refused
            .stderr
            .split_once("add these lines:\n")
            .unwrap_or_else(|| panic!("{}: {}", pack.name, refused.stderr));
        let added: String = lines
            .lines()
            .map(|line| line.trim_start_matches(' '))
            .take_while(|line| !line.is_empty())
            .fold(String::new(), |text, line| {
                let key = line.split(':').next().unwrap_or_default();
                let top = ["scopes", "severity", "ledger", "enrich", "data"];
                let indent = if top.contains(&key) { "" } else { "  " };
                text + indent + line + "\n"
            });
        place.file("shop", "krgate.yaml", &format!("{bare}{added}"));
        let sound = place.krgate("shop", NOW, &["policy", "check"]);
        assert_eq!(sound.code, 0, "{}: {added}\n{}", pack.name, sound.stderr);
    }
}
