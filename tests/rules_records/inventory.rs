//! What share of an inventory was scanned, with the run that asks among the scans (rules M16,
//! M17, L3), with the built binary.

use std::fs;

use serde_json::Value;

use super::cli::Shop;

const POLICY: &str = r#"version: 1
ledger: dir:.krgate/ledger
data: { inventory: { file: repositories.csv } }
reports:
  - { name: secrets, path: "reports/*.json", format: gitleaks, class: secrets, DEPTH }
objectives:
  - id: o
    title: O
    owner: "@acme/appsec"
    key_results:
      - { id: covered, title: T, measure: { coverage: { class: secrets, within: 7d } }, target: ">= 100%", on_miss: observe }
      - { id: deep, title: T, measure: { coverage: { class: secrets, within: 7d, depth: history } }, target: ">= 100%", on_miss: observe }
      - { id: both, title: T, measure: { coverage: { class: [secrets, sast], within: 7d } }, target: ">= 100%", on_miss: observe }
      - { id: worst, title: T, measure: { freshness: { class: secrets, inventory: true } }, target: "<= 7d", on_miss: observe }
"#;

fn shop(depth: &str) -> Shop {
    let shop = Shop::new();
    shop.file("krgate.yaml", POLICY.replace("DEPTH", depth));
    shop.file("repositories.csv", "repository\nacme/shop\nacme/other\n");
    shop.git(&["add", "--all"]);
    shop.git(&["commit", "--quiet", "-m", "what is scanned"]);
    shop
}

/// The figures of a check on a day of November 2026.
fn told(shop: &Shop, day: u32, more: &[&str]) -> [String; 4] {
    let mut command = shop.krgate(&[&["check", "--format", "json"], more].concat());
    let ended = Shop::end(command.env("KRGATE_NOW", format!("2026-11-{day:02}T12:00:00Z")));
    let document: Value = serde_json::from_str(&ended.stdout)
        .unwrap_or_else(|_| panic!("{}{}", ended.stdout, ended.stderr));
    let rows = document["objectives"][0]["key_results"].as_array().unwrap();
    [0, 1, 2, 3].map(|place| {
        let row = &rows[place];
        match row["value"].as_str() {
            Some(_) => row["shown"]["value"].as_str().unwrap().to_owned(),
            None => row["reasons"][0]["code"].as_str().unwrap().to_owned(),
        }
    })
}

const STATE: [&str; 2] = ["--event", "state"];

#[test]
fn metric_m17_the_run_that_judges_a_state_is_a_scan_of_its_repository() {
    // No key for secrets, and nothing was ever recorded.
    let plain = shop("");
    let never = "never-scanned";
    assert_eq!(told(&plain, 16, &STATE), ["50%", "0%", "0%", never]);
    let deep = shop("depth: history");
    assert_eq!(told(&deep, 16, &STATE), ["50%", "50%", "0%", never]);
    // By its name with the host, and nobody else by it.
    plain.file("repositories.csv", "repository\nexample.org/acme/shop\n");
    assert_eq!(told(&plain, 16, &STATE), ["100%", "0%", "0%", "0 d"]);
    plain.file(
        "repositories.csv",
        "repository\nother.example/acme/shop\nshop\n",
    );
    assert_eq!(told(&plain, 16, &STATE), ["0%", "0%", "0%", never]);
    plain.file("repositories.csv", "repository\nacme/shop\nacme/other\n");
    // A change is no scan of what is there, and a report that is not there none at all.
    let change = ["--event", "change", "--base", "HEAD"];
    assert_eq!(told(&plain, 16, &change)[0], "0%");
    fs::remove_file(plain.path("reports/gitleaks.json")).unwrap();
    assert_eq!(told(&plain, 16, &STATE)[0], "0%");
}

#[test]
fn metric_m17_lifecycle_l03_a_commit_that_is_older_than_the_last_one_is_no_scan() {
    let shop = shop("");
    let record = |day: u32| {
        let mut command = shop.krgate(&["check", "--record", "--event", "state"]);
        command
            .env("KRGATE_NOW", format!("2026-11-{day:02}T12:00:00Z"))
            .env("KRGATE_SECRET_KEY", "an-example-key-for-tests");
        let ended = Shop::end(&mut command);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stderr
    };
    assert!(record(2).contains("recorded: run "));
    // What was recorded counts as long as it is in time, without this run.
    fs::rename(shop.path("reports"), shop.path("away")).unwrap();
    assert_eq!(told(&shop, 9, &STATE)[0], "50%");
    assert_eq!(told(&shop, 10, &STATE)[0], "0%");
    fs::rename(shop.path("away"), shop.path("reports")).unwrap();
    // A week later this very run is the scan, unless it is of an older commit.
    assert_eq!(told(&shop, 10, &STATE)[0], "50%");
    shop.git(&["branch", "--quiet", "at-first"]);
    shop.git(&["commit", "--quiet", "--allow-empty", "-m", "later"]);
    assert_eq!(told(&shop, 10, &STATE)[0], "50%");
    record(11);
    shop.git(&["reset", "--quiet", "--hard", "at-first"]);
    assert_eq!(told(&shop, 18, &STATE)[0], "50%", "by the record");
    assert_eq!(told(&shop, 19, &STATE)[0], "0%");
}
