//! What `krgate findings` lists of a ledger (rules M9, M10, L2, L16, L19, R32, R34, V3, V4), with
//! the built binary.

use std::fs;

use serde_json::{Value, json};

use super::cli::{Ended, Shop};

const POLICY: &str = r#"version: 1
ledger: dir:.krgate/ledger
scopes:
  prod: { paths: ["src/**"] }
  docs: { paths: ["docs/**"] }
reports:
  - { name: code, path: "reports/*.sarif", class: sast }
severity: { unscored: by_level, by_level: { error: 8.0, warning: 5.0 } }
objectives:
  - id: speed
    title: What is found is mended
    owner: "@acme/appsec"
    key_results:
      - id: kept
        title: In time
        measure: { sla: { limits: { high: 30d, medium: 90d }, window: 90d } }
        target: ">= 95%"
        on_miss: observe
      - id: kept-in-prod
        title: In time where it is run
        measure: { sla: { scope: prod, limits: { high: 10d }, window: 90d } }
        target: ">= 95%"
        on_miss: observe
"#;

const OWNERS: &str = "/src/ @acme/shop @octo\n/docs/ @acme/docs\n/docs/free.md\n";

/// Rule, path, line and level of each finding.
type Found = (&'static str, &'static str, u32, &'static str);

const A: Found = ("ra", "src/a.py", 10, "error");
const B: Found = ("rb", "src/b.py", 20, "warning");
const C: Found = ("rc", "docs/c.py", 30, "error");
const D: Found = ("rd", "docs/free.md", 4, "note");

fn shop() -> Shop {
    let shop = Shop::new();
    shop.file("krgate.yaml", POLICY);
    shop.file(".github/CODEOWNERS", OWNERS);
    shop
}

fn sarif(found: &[Found]) -> String {
    let results: Vec<Value> = found
        .iter()
        .map(|(rule, path, line, level)| {
            json!({
                "ruleId": rule,
                "level": level,
                "message": { "text": "the message of a finding" },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": path },
                    "region": { "startLine": line },
                } }],
            })
        })
        .collect();
    json!({
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "Semgrep", "version": "1.0" } },
            "invocations": [{ "executionSuccessful": true }],
            "results": results,
        }],
    })
    .to_string()
}

/// A commit and a recorded scan of it.
fn scan(shop: &Shop, now: &str, found: &[Found]) {
    shop.file("reports/semgrep.sarif", sarif(found));
    shop.git(&["commit", "--quiet", "--allow-empty", "-m", "a day"]);
    let mut command = shop.krgate(&["check", "--record", "--event", "state"]);
    let ended = Shop::end(command.env("KRGATE_NOW", now));
    assert!(ended.stderr.contains("recorded: run "), "{}", ended.stderr);
}

fn list(shop: &Shop, now: &str, arguments: &[&str]) -> Ended {
    let mut command = shop.krgate(&["findings"]);
    Shop::end(command.args(arguments).env("KRGATE_NOW", now))
}

/// The document, held to its schema.
fn document(shop: &Shop, now: &str, arguments: &[&str]) -> (i32, Value) {
    let arguments = [arguments, &["--format", "json"]].concat();
    let ended = list(shop, now, &arguments);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let schema = include_str!("../../schemas/findings.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults = validator.iter_errors(&document);
    let faults: Vec<String> = faults
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    (ended.code, document)
}

fn rules(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings.map(|one| one["rule"].as_str().unwrap()).collect()
}

/// Adoption with A and C on the 1st, B on the 2nd, C fixed on the 3rd and back on the 4th.
fn lived() -> Shop {
    let shop = shop();
    scan(&shop, "2026-11-01T12:00:00Z", &[A, C]);
    scan(&shop, "2026-11-02T12:00:00Z", &[A, B, C, D]);
    scan(&shop, "2026-11-03T12:00:00Z", &[A, B, D]);
    scan(&shop, "2026-11-04T12:00:00Z", &[A, B, C, D]);
    shop
}

#[test]
fn metric_m09_findings_show_the_limit_that_ends_first() {
    let shop = lived();
    scan(&shop, "2026-11-11T12:00:00Z", &[A, B, C, D]);
    // Exactly at the limit is kept; a second later it is overdue.
    let at_the_limit = document(&shop, "2026-11-11T12:00:00Z", &[]).1;
    let later = document(&shop, "2026-11-11T12:00:01Z", &[]).1;
    let sla = |document: &Value, rule: &str| {
        let findings = document["findings"].as_array().unwrap();
        let one = findings.iter().find(|one| one["rule"] == rule).unwrap();
        one["sla"].clone()
    };
    assert_eq!(
        sla(&at_the_limit, "ra"),
        json!({ "state": "due", "key_result": "speed/kept-in-prod", "limit_seconds": 864_000,
                "due": "2026-11-11T12:00:00Z" })
    );
    assert_eq!(sla(&later, "ra")["state"], "overdue");
    // Only one of the two looks at docs; medium has no limit in prod.
    let c = sla(&later, "rc");
    assert_eq!(
        (&c["key_result"], &c["due"]),
        (&"speed/kept".into(), &"2026-12-01T12:00:00Z".into())
    );
    assert_eq!(sla(&later, "rb")["limit_seconds"], 90 * 86_400);
    // A level without a score has no severity, so which limit holds is not known.
    assert_eq!(sla(&later, "rd")["state"], "unknown");
    assert_eq!(later["counts"]["overdue"], 1);
    // Overdue first, then what has no severity, then the worst.
    assert_eq!(rules(&later), ["ra", "rd", "rc", "rb"]);
    let overdue = document(&shop, "2026-11-11T12:00:01Z", &["--overdue"]).1;
    assert_eq!(rules(&overdue), ["ra", "rd"], "what is not known is listed");
    assert_eq!(overdue["counts"]["others"], 2);
}

#[test]
fn metric_m10_findings_say_how_old_each_is_at_least() {
    let shop = lived();
    let (code, document) = document(&shop, "2026-11-06T12:00:00Z", &[]);
    assert_eq!(code, 0);
    let of = |rule: &str| {
        let findings = document["findings"].as_array().unwrap();
        findings
            .iter()
            .find(|one| one["rule"] == rule)
            .unwrap()
            .clone()
    };
    let (a, b, c) = (of("ra"), of("rb"), of("rc"));
    assert_eq!(
        (&a["age_seconds"], &a["at_adoption"], &a["state"]),
        (&(5 * 86_400).into(), &true.into(), &"open".into())
    );
    assert_eq!(
        (&b["age_seconds"], &b["at_adoption"]),
        (&(4 * 86_400).into(), &false.into())
    );
    // One clock through both episodes (rule M7).
    assert_eq!(
        (&c["age_seconds"], &c["state"], &c["episodes"]),
        (&(5 * 86_400).into(), &"reopened".into(), &2.into())
    );
    assert_eq!(a["owners"], json!(["@acme/shop", "@octo"]));
    assert_eq!(of("rd")["owners"], json!([]));
    assert_eq!(a["severity"], "high");
    let counts = &document["counts"];
    assert_eq!(
        (&counts["listed"], &counts["reopened"]),
        (&4.into(), &1.into())
    );
    assert_eq!(document["whole"], true);
    let text = list(&shop, "2026-11-06T12:00:00Z", &[]).stdout;
    for words in [
        "src/a.py:10  ra",
        "high 8.0 · at least 5 d: first seen at adoption, 2026-11-01",
        "medium 5.0 · 4 d, first seen 2026-11-02",
        "reopened, episode 2",
        "`semgrep` (sast) · `@acme/shop` `@octo`",
        "owned by nobody",
        "due in 5 d: speed/kept-in-prod allows 10 d, until 2026-11-11",
    ] {
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(&words), "{words}: {text}");
    }
    assert!(!text.contains("the message of a finding"), "{text}");
    let last = text.lines().last().unwrap();
    assert_eq!(
        last,
        "FINDINGS: 4 findings open, 0 overdue, 1 reopened, 0 unknown (exit 0)"
    );
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{text}");
    let quiet = list(&shop, "2026-11-06T12:00:00Z", &["--quiet"]).stdout;
    assert_eq!(quiet, format!("{last}\n"));
}

#[test]
fn findings_are_chosen_by_scope_class_severity_and_owner() {
    let shop = lived();
    let chosen = |arguments: &[&str]| {
        let document = document(&shop, "2026-11-05T12:00:00Z", arguments).1;
        let chosen = rules(&document).join(" ");
        let others = document["counts"]["others"].as_u64().unwrap();
        assert_eq!(rules(&document).len() + usize::try_from(others).unwrap(), 4);
        chosen
    };
    assert_eq!(chosen(&["--scope", "prod"]), "ra rb");
    assert_eq!(chosen(&["--scope", "docs"]), "rd rc");
    assert_eq!(
        chosen(&["--scope", "docs", "--scope", "prod"]),
        "rd rc ra rb"
    );
    assert_eq!(chosen(&["--class", "sca"]), "");
    assert_eq!(chosen(&["--class", "sast"]), "rd rc ra rb");
    // One without a severity could be of this one.
    assert_eq!(chosen(&["--severity", "medium"]), "rd rb");
    assert_eq!(chosen(&["--severity", "high", "--scope", "prod"]), "ra");
    assert_eq!(chosen(&["--owner", "@octo"]), "ra rb");
    assert_eq!(chosen(&["--owner", "@acme/docs"]), "rc");
    let text = list(&shop, "2026-11-05T12:00:00Z", &["--severity", "medium"]).stdout;
    for words in [
        "1 finding listed though not all that was asked for is known of them",
        "2 findings open besides, and not asked for",
    ] {
        assert!(text.contains(words), "{text}");
    }
    for (arguments, words) in [
        (&["--scope", "prd"][..], "did you mean `prod`"),
        (&["--class", "code"], "expected sast"),
        (&["--severity", "bad"], "expected none"),
        (&["--limit", "0"], "a number from 1"),
    ] {
        let ended = list(&shop, "2026-11-05T12:00:00Z", arguments);
        assert_eq!((ended.code, &*ended.stdout), (2, ""), "{arguments:?}");
        assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    }
    fs::remove_file(shop.path(".github/CODEOWNERS")).unwrap();
    let ended = list(&shop, "2026-11-05T12:00:00Z", &["--owner", "@octo"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("no CODEOWNERS"), "{}", ended.stderr);
    let (_, document) = document(&shop, "2026-11-05T12:00:00Z", &[]);
    assert_eq!(document["owners_known"], false);
    assert_eq!(document["findings"][0]["owners"], Value::Null);
}

#[test]
fn findings_beyond_the_limit_are_counted_and_json_has_all() {
    let shop = lived();
    let text = list(&shop, "2026-11-05T12:00:00Z", &["--limit", "1"]).stdout;
    assert!(
        text.contains("and 3 more: --limit 4, or --format json"),
        "{text}"
    );
    assert_eq!(text.matches("first seen").count(), 1, "{text}");
    assert!(text.contains("FINDINGS: 4 findings open"), "{text}");
    let all = list(&shop, "2026-11-05T12:00:00Z", &["--limit", "4"]).stdout;
    assert!(
        all.contains(" allows ") && !all.contains("no limit"),
        "{all}"
    );
    let other = POLICY.replace("high: 30d, medium: 90d", "low: 30d");
    shop.file(
        "krgate.yaml",
        other.replace("{ high: 10d }", "{ high: 9d }"),
    );
    let text = list(&shop, "2026-11-05T12:00:00Z", &[]).stdout;
    assert_eq!(
        text.matches("no limit of an `sla` key result").count(),
        2,
        "{text}"
    );
    shop.file("krgate.yaml", POLICY);
    assert!(!all.contains(" more: "), "{all}");
    let (_, document) = document(&shop, "2026-11-05T12:00:00Z", &["--limit", "1"]);
    assert_eq!(rules(&document).len(), 4);
    let again = list(&shop, "2026-11-05T12:00:00Z", &["--limit", "4"]).stdout;
    assert_eq!(all, again);
}

#[test]
fn lifecycle_l16_findings_that_nobody_looked_at_are_unknown() {
    let shop = lived();
    let (code, document) = document(&shop, "2026-11-20T12:00:00Z", &[]);
    assert_eq!(code, 0, "it decides nothing");
    assert_eq!(document["whole"], false);
    assert_eq!(document["streams"][0]["stands"], false);
    assert_eq!(document["counts"]["unknown"], 4);
    let first = &document["findings"][0];
    assert_eq!(
        (&first["state"], &first["last_covered"]),
        (&"unknown".into(), &"2026-11-04T12:00:00Z".into())
    );
    let text = list(&shop, "2026-11-20T12:00:00Z", &[]).stdout;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "its last scan, of 2026-11-04, stood for 7 d: what became of its 4 open findings since is \
         not known",
        "no scan has covered it since 2026-11-04: whether it is still there is not known",
        "FINDINGS: at least 4 findings open, 1 overdue, 1 reopened, 4 unknown",
    ] {
        let words = words.replace("1 reopened, 4 unknown", "0 reopened, 4 unknown");
        assert!(flat.contains(&words), "{words}: {text}");
    }
    // A class that the policy has a report of and nobody scanned.
    let secrets = POLICY.replace(
        "reports:\n",
        "reports:\n  - { name: keys, path: \"k/*.json\", class: secrets, required: false }\n",
    );
    shop.file("krgate.yaml", secrets);
    let text = list(&shop, "2026-11-05T12:00:00Z", &[]).stdout;
    assert!(text.contains("no scan of secrets is recorded"), "{text}");
    assert!(
        text.contains("FINDINGS: at least 4 findings open"),
        "{text}"
    );
}

#[test]
fn lifecycle_l19_findings_that_are_set_aside_are_counted_apart() {
    let shop = lived();
    let waiver = r#"
waivers:
  list:
    - { rule: ra, path: "src/**", reason: "known", owner: "@octo", expires: 2026-12-31 }
"#;
    shop.file("krgate.yaml", POLICY.to_owned() + waiver);
    scan(&shop, "2026-11-05T12:00:00Z", &[A, B, C, D]);
    let (_, document) = document(&shop, "2026-11-05T13:00:00Z", &[]);
    assert_eq!(rules(&document), ["rd", "rc", "rb"]);
    assert_eq!(document["counts"]["set_aside"], 1);
    let text = list(&shop, "2026-11-05T13:00:00Z", &[]).stdout;
    assert!(
        text.contains("1 finding set aside as of their last scan"),
        "{text}"
    );
}

#[test]
fn record_r32_findings_of_an_absent_ledger_are_not_none() {
    let shop = shop();
    let ended = list(&shop, "2026-11-05T12:00:00Z", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended
            .stdout
            .contains("there is no ledger yet at `dir:.krgate/ledger`"),
        "{}",
        ended.stdout
    );
    let last = ended.stdout.lines().last().unwrap();
    assert_eq!(last, "FINDINGS: not known, nothing is recorded (exit 0)");
    let (_, absent) = document(&shop, "2026-11-05T12:00:00Z", &[]);
    assert_eq!(
        (&absent["ledger"]["exists"], &absent["whole"]),
        (&false.into(), &false.into())
    );
    assert!(!shop.path(".krgate").exists(), "it only looks");
    // A ledger without a scan is no clean one either.
    assert_eq!(shop.run(&["event", "drill"]).code, 0);
    let ended = list(&shop, "2026-11-16T12:00:00Z", &[]);
    assert!(
        ended.stdout.contains("no scan is recorded"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("FINDINGS: not known"),
        "{}",
        ended.stdout
    );
    // And one that was scanned and has none says so.
    scan(&shop, "2026-11-16T12:00:00Z", &[]);
    let ended = list(&shop, "2026-11-16T12:00:00Z", &[]);
    let last = ended.stdout.lines().last().unwrap();
    assert_eq!(
        last,
        "FINDINGS: 0 findings open, 0 overdue, 0 reopened, 0 unknown (exit 0)"
    );
}

#[test]
fn record_r34_findings_of_a_damaged_ledger_are_exit_4_after_what_is_known() {
    let shop = lived();
    let last = shop
        .files()
        .into_iter()
        .find(|file| fs::read_to_string(file).unwrap().contains("2026-11-02T12"));
    fs::write(last.unwrap(), "{}\n").unwrap();
    let ended = list(&shop, "2026-11-05T12:00:00Z", &[]);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(ended.stderr.contains("record-damaged"), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("the ledger is not whole"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("src/a.py:10"), "{}", ended.stdout);
    let line = ended.stdout.lines().last().unwrap();
    assert!(
        line.starts_with("THE LEDGER IS DAMAGED: at least "),
        "{line}"
    );
    assert!(line.ends_with("(exit 4)"), "{line}");
    let (code, document) = document(&shop, "2026-11-05T12:00:00Z", &[]);
    assert_eq!((code, &document["ledger"]["whole"]), (4, &false.into()));
    let nowhere = list(&shop, "2026-11-05T12:00:00Z", &["--ledger", "git:nowhere"]);
    assert_eq!(
        (nowhere.code, &*nowhere.stdout),
        (4, ""),
        "{}",
        nowhere.stderr
    );
}

/// The clock of a fix that is deployed ends with an event at its commit, by git's history.
#[test]
fn metric_m35_a_deployment_ends_the_clock_of_a_fix() {
    let shop = shop();
    let measure =
        "measure: { time_to_fix: { until: deployed, statistic: median, window: 90d, min_n: 1 } }";
    let of_fixes = POLICY.replacen(
        "measure: { sla: { limits: { high: 30d, medium: 90d }, window: 90d } }\n        target: \">= 95%\"",
        &format!("{measure}\n        target: \"<= 9d\""),
        1,
    );
    shop.file("krgate.yaml", &of_fixes);
    scan(&shop, "2026-11-01T12:00:00Z", &[C]);
    scan(&shop, "2026-11-02T12:00:00Z", &[A, C]);
    let before = shop.git(&["rev-parse", "HEAD"]);
    scan(&shop, "2026-11-04T12:00:00Z", &[C]);
    let measured = |now: &str| {
        shop.file("reports/semgrep.sarif", sarif(&[C]));
        let mut command = shop.krgate(&["check", "--event", "state", "--format", "json"]);
        let ended = Shop::end(command.env("KRGATE_NOW", now));
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        let kr = &document["objectives"][0]["key_results"][0];
        (kr["shown"]["value"].clone(), kr["verdict"].clone())
    };
    let told = measured("2026-11-05T12:00:00Z");
    assert_eq!(told.1, "unknown", "fixed, and not deployed: {}", told.0);
    // A deployment of what was there before holds no fix.
    shop.git(&["checkout", "--quiet", "--detach", &before]);
    let event = |now: &str| {
        let mut command = shop.krgate(&["event", "deployment"]);
        let ended = Shop::end(command.env("KRGATE_NOW", now));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    };
    event("2026-11-05T13:00:00Z");
    shop.git(&["checkout", "--quiet", "main"]);
    assert_eq!(measured("2026-11-06T12:00:00Z").1, "unknown");
    shop.git(&["commit", "--quiet", "--allow-empty", "-m", "later"]);
    event("2026-11-07T13:00:00Z");
    // First seen on the 2nd at noon, deployed on the 7th, of which the day is known.
    assert_eq!(
        measured("2026-11-08T12:00:00Z"),
        ("4.5 d".into(), "met".into())
    );
}
