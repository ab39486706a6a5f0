//! A ledger that several repositories write to, looked at from one of them.

use super::cli::Shop;

const SECURITY: &str = r#"version: 1
reports:
  - { name: secrets, path: "reports/*.json", format: gitleaks, class: secrets }
data:
  inventory: { file: data/repositories.csv, as_of: run }
objectives:
  - id: programme
    title: Nothing is left out
    owner: "@acme/appsec"
    key_results:
      - id: repos-covered
        title: Every active repository is scanned for secrets
        measure: { coverage: { class: secrets, within: 7d } }
        target: ">= 100%"
        on_miss: warn
      - id: worst
        title: No repository waits longer
        measure: { freshness: { class: secrets, inventory: true } }
        target: "<= 2d"
        on_miss: warn
"#;

#[test]
fn metric_m17_the_ledger_of_several_repositories_is_seen_from_one() {
    let security = Shop::new();
    let ledger = format!("dir:{}", security.path("ledger").display());
    for (name, day) in [
        ("shop", "2026-11-15"),
        ("pay", "2026-11-01"),
        ("toy", "2026-11-15"),
        ("security", "2026-11-16"),
    ] {
        let shop = Shop::new();
        let url = format!("https://example.org/acme/{name}.git");
        shop.git(&["remote", "set-url", "origin", &url]);
        let now = format!("{day}T12:00:00Z");
        let mut command = shop.krgate(&[
            "check", "--record", "--event", "state", "--ledger", &ledger, "--now", &now,
        ]);
        // Without a key nobody could follow the secrets, and their scans are not recorded.
        command.env("KRGATE_SECRET_KEY", "sixteen-bytes-and-more");
        let ended = Shop::end(&mut command);
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    }
    let url = "https://example.org/acme/security.git";
    security.git(&["remote", "set-url", "origin", url]);
    security.file("krgate.yaml", SECURITY);
    let rows =
        "repository,archived\nacme/shop,\nexample.org/acme/pay,\nacme/security,\nacme/old,true\n";
    security.file("data/repositories.csv", rows);
    let look = || {
        let ended = security.run(&[
            "check", "--event", "state", "--ledger", &ledger, "--format", "json",
        ]);
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
        let json: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        json["objectives"][0]["key_results"].clone()
    };
    // That of `pay` is 15 days old.
    let seen = look();
    assert_eq!(seen[0]["value"].as_str(), Some("0.666667"), "{seen:#}");
    assert_eq!(seen[0]["verdict"], "missed");
    assert!(seen.to_string().contains("acme/toy"), "{seen:#}");
    assert_eq!(seen[1]["verdict"], "missed");
    // The oldest scan that counts is yesterday's, once `pay` is archived.
    security.file("data/repositories.csv", rows.replace("pay,", "pay,true"));
    let seen = look();
    assert_eq!(seen[0]["value"].as_str(), Some("1"), "{seen:#}");
    assert_eq!(seen[1]["verdict"], "met");
}
