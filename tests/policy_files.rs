//! Policies that are made of several files, and files that are no policy.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use krgate::diagnostic::{Code, draw};
use krgate::policy::{self, Enforcement, Loaded, WaiverPart};

const KEY_RESULT: &str =
    "{ id: one, title: One, measure: { count: { class: secrets } }, target: \"<= 0\" }";

fn objective(id: &str, key_results: &str) -> String {
    format!("- {{ id: {id}, title: T, owner: \"@a\", key_results: [{key_results}] }}\n")
}

fn load(files: &[(&str, String)]) -> Loaded {
    let files: BTreeMap<&str, &String> = files.iter().map(|(n, t)| (*n, t)).collect();
    policy::load_with("krgate.yaml", &|name| {
        files
            .get(name)
            .map(|text| (*text).clone())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    })
}

fn codes(loaded: &Loaded) -> Vec<Code> {
    loaded.diagnostics.iter().map(|d| d.code).collect()
}

fn drawn(loaded: &Loaded) -> String {
    draw(&loaded.diagnostics, &loaded.sources, false)
}

#[test]
fn later_files_and_the_policy_itself_override_by_id() {
    let loaded = load(&[
        (
            "krgate.yaml",
            format!(
                "version: 1\nextends: [base/a.yaml, b.yaml]\nscopes:\n  prod: {{ refs: main }}\nobjectives:\n{}- {{ id: base, owner: \"@mine\" }}\n",
                objective("own", "{ id: two, on_miss: observe }")
            ),
        ),
        (
            "base/a.yaml",
            format!(
                "version: 1\nextends: common.yaml\nmission: From a\nscopes:\n  prod: {{ paths: \"a/**\" }}\n  test: {{ paths: \"t/**\" }}\nobjectives:\n{}",
                objective("base", &format!("{KEY_RESULT}, {}", KEY_RESULT.replace("one", "two")))
            ),
        ),
        (
            "base/common.yaml",
            format!("version: 1\nmission: From common\nreports:\n- {{ name: scan, path: x.sarif }}\nobjectives:\n{}", objective("base", &KEY_RESULT.replace("<= 0", "<= 9"))),
        ),
        (
            "b.yaml",
            "version: 1\nreports:\n- { name: scan, path: y.sarif, class: sast }\n- { path: z.json }\n".to_owned(),
        ),
    ]);
    assert_eq!(
        codes(&loaded),
        [Code::UnusedScope, Code::UnusedScope],
        "{}",
        drawn(&loaded)
    );
    let text = policy::show(&loaded);
    let policy = loaded.policy.unwrap();
    assert_eq!(policy.mission.as_deref(), Some("From a"));
    let reports: Vec<_> = policy
        .reports
        .iter()
        .map(|r| (r.name.as_str(), r.path.as_str()))
        .collect();
    assert_eq!(reports, [("scan", "y.sarif"), ("z.json", "z.json")]);
    let scopes: Vec<_> = policy
        .scopes
        .iter()
        .map(|s| (s.name.as_str(), s.paths.len(), s.refs.len()))
        .collect();
    assert_eq!(scopes, [("prod", 0, 1), ("test", 1, 0)]);
    let key_results: Vec<_> = policy
        .key_results()
        .map(|(o, kr)| (o.id.as_str(), o.owner.as_str(), kr.id.as_str(), kr.on_miss))
        .collect();
    assert_eq!(
        key_results,
        [
            ("base", "@mine", "one", Enforcement::Block),
            ("own", "@a", "two", Enforcement::Observe),
        ]
    );
    assert_eq!(
        policy.objectives[0].key_results[0].target,
        policy::Target::Compare(policy::Op::AtMost, krgate::model::Quantity::ZERO)
    );
    for line in [
        "mission: From a  # base/a.yaml:3",
        "    owner: \"@mine\"  # krgate.yaml:7",
        "        on_miss: observe  # krgate.yaml:6",
        "        target: \"<= 0\"  # base/a.yaml:8",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
}

#[test]
fn extends_in_a_circle_is_refused_with_the_way() {
    let loaded = load(&[
        (
            "krgate.yaml",
            format!(
                "version: 1\nextends: a.yaml\nobjectives:\n{}",
                objective("o", KEY_RESULT)
            ),
        ),
        ("a.yaml", "version: 1\nextends: [b.yaml]\n".to_owned()),
        (
            "b.yaml",
            "version: 1\nextends: [./krgate.yaml]\n".to_owned(),
        ),
    ]);
    assert_eq!(codes(&loaded), [Code::ExtendsCycle]);
    assert_eq!(
        drawn(&loaded),
        "\
error[extends-cycle]: `extends` leads in a circle: `krgate.yaml > a.yaml > b.yaml > krgate.yaml`
 --> b.yaml:2:11
  |
2 | extends: [./krgate.yaml]
  |           ^^^^^^^^^^^^^ this file is being read already; remove one of these links

"
    );
}

#[test]
fn a_file_that_two_files_extend_is_read_once() {
    let loaded = load(&[
        (
            "krgate.yaml",
            "version: 1\nextends: [a.yaml, b.yaml]\n".to_owned(),
        ),
        (
            "a.yaml",
            "version: 1\nextends: c.yaml\nmission: A\n".to_owned(),
        ),
        ("b.yaml", "version: 1\nextends: c.yaml\n".to_owned()),
        (
            "c.yaml",
            format!(
                "version: 1\nmission: C\nobjectives:\n{}",
                objective("o", KEY_RESULT)
            ),
        ),
    ]);
    assert!(loaded.diagnostics.is_empty(), "{}", drawn(&loaded));
    assert_eq!(loaded.sources.len(), 4);
    assert_eq!(loaded.policy.unwrap().mission.as_deref(), Some("A"));
}

#[test]
fn faults_of_every_file_are_told_at_once_with_their_file() {
    let loaded = load(&[
        (
            "krgate.yaml",
            "version: 1\nextends: [a.yaml]\ncolour: red\n".to_owned(),
        ),
        (
            "a.yaml",
            format!(
                "version: 1\nobjectives:\n{}",
                objective("o", &KEY_RESULT.replace("title: One", "titel: One"))
            ),
        ),
    ]);
    assert!(loaded.policy.is_none());
    let text = drawn(&loaded);
    assert_eq!(
        codes(&loaded),
        [Code::UnknownKey, Code::UnknownKey],
        "{text}"
    );
    assert!(
        text.contains("--> krgate.yaml:3:1") && text.contains("--> a.yaml:3:"),
        "{text}"
    );
}

/// T1: two packs may share a key result whose definition is the same; it is measured once.
#[test]
fn template_t01_packs_share_what_they_define_alike() {
    let loaded = load(&[(
        "krgate.yaml",
        "version: 1\nextends: [pack:baseline, pack:secrets]\nscopes: { prod: { paths: \"**\" } }\nseverity: { unscored: fail }\ndata: { inventory: { file: r.csv } }\n".to_owned(),
    )]);
    assert!(loaded.diagnostics.is_empty(), "{}", drawn(&loaded));
    let policy = loaded.policy.unwrap();
    let ids: Vec<_> = policy.key_results().map(|(_, kr)| kr.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "scanners-ran",
            "no-new-high",
            "no-live-secret",
            "prod-cvss",
            "scans-fresh",
            "owners-set",
            "time-to-revoke",
            "push-protection",
            "repos-covered",
            "history-scanned",
            "rotation-drill"
        ]
    );
    assert_eq!(
        policy.objectives[1].uses,
        [(0, 2, krgate::model::Quantity::ONE)]
    );
}

#[test]
fn files_are_read_from_the_repository_alone() {
    let root = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let policy_path = root.path().join("krgate.yaml");
    let common = format!("version: 1\nobjectives:\n{}", objective("o", KEY_RESULT));
    fs::write(outside.path().join("common.yaml"), &common).unwrap();
    fs::write(&policy_path, "version: 1\nextends: common.yaml\n").unwrap();

    assert_eq!(codes(&policy::load(&policy_path)), [Code::PolicyUnreadable]);
    fs::write(root.path().join("common.yaml"), &common).unwrap();
    assert!(policy::load(&policy_path).policy.is_some());
    fs::remove_file(root.path().join("common.yaml")).unwrap();
    #[cfg(unix)]
    {
        let link = root.path().join("common.yaml");
        std::os::unix::fs::symlink(outside.path().join("common.yaml"), &link).unwrap();
        let loaded = policy::load(&policy_path);
        assert_eq!(codes(&loaded), [Code::PolicyUnreadable]);
        assert!(
            drawn(&loaded).contains("a link leads out of the repository"),
            "{}",
            drawn(&loaded)
        );
    }
}

#[test]
fn what_is_no_policy_file_is_named_for_what_it_is() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("krgate.yaml");
    assert_eq!(codes(&policy::load(&path)), [Code::PolicyNotFound]);

    fs::create_dir(&path).unwrap();
    assert!(drawn(&policy::load(&path)).contains("it is a folder"));
    fs::remove_dir(&path).unwrap();
    fs::write(&path, b"version: 1\nmission: \xff\n").unwrap();
    assert!(drawn(&policy::load(&path)).contains("it is not UTF-8 text"));
    fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
    assert!(drawn(&policy::load(&path)).contains("it is larger than 1 MiB"));
}

#[test]
fn the_digest_is_that_of_the_file() {
    let text = format!("version: 1\nobjectives:\n{}", objective("o", KEY_RESULT));
    let policy = policy::parse("krgate.yaml", &text).policy.unwrap();
    assert_eq!(policy.sha256.len(), 64);
    let other = policy::parse("krgate.yaml", &format!("{text}\n"))
        .policy
        .unwrap();
    assert_ne!(policy.sha256, other.sha256);
    // Computed with coreutils over the same bytes.
    assert_eq!(
        policy::parse(
            "x",
            &fs::read_to_string(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/fixtures/policies/valid/smallest.yaml"
            ))
            .unwrap()
        )
        .policy
        .unwrap()
        .sha256,
        "0cba618cfebd8f9ec751e7552c64dd5f9b46f3ce0a005acfbb038f9d3b66d1f0"
    );
}

/// A file of a billion laughs, of too many values, and of nothing but faults end at once.
#[test]
fn a_hostile_policy_ends_fast_and_says_little() {
    let laughs: Vec<String> = (1..40)
        .map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}]", level - 1))
        .collect();
    let laughs = format!("version: 1\na0: &a0 [x, x]\n{}\n", laughs.join("\n"));
    assert_eq!(codes(&policy::parse("x", &laughs)), [Code::PolicySyntax]);

    let many = format!("version: 1\nobjectives: [{}]\n", "{id: a},".repeat(100_000));
    let loaded = policy::parse("x", &many);
    assert_eq!(codes(&loaded), [Code::PolicyUnreadable]);
    assert!(drawn(&loaded).len() < 2_000);

    let faults: Vec<String> = (0..5_000).map(|n| format!("key{n}: x")).collect();
    let faults = faults.join("\n");
    let loaded = policy::parse("x", &format!("version: 1\n{faults}"));
    assert_eq!(loaded.diagnostics.len(), 201);
    assert_eq!(
        krgate::diagnostic::refusal(&loaded.diagnostics, "x"),
        "5001 faults in x; nothing was evaluated (exit 2)"
    );
}

const WAIVERS: &str = "\
version: 1
list:
  - { id: w-1, finding: 7F3A91C2, reason: a false alarm, expires: 2026-12-31 }
  # The host is fixed by configuration.
  - rule: python.ssrf
    path: services/pay/**
    owner: \"@acme/pay\"
";

fn with_waivers(lines: &str, file: &str) -> Loaded {
    load(&[
        (
            "krgate.yaml",
            format!(
                "version: 1\n{lines}\nobjectives:\n{}",
                objective("o", KEY_RESULT)
            ),
        ),
        ("security/waivers.yaml", file.to_owned()),
    ])
}

/// On a change that is the commit that the policy is read from (rule G122).
#[test]
fn waivers_come_through_the_same_door_as_the_policy() {
    let loaded = with_waivers(
        "waivers: { file: security/waivers.yaml, list: [{ finding: 0123456789abcdef }] }",
        WAIVERS,
    );
    assert!(loaded.diagnostics.is_empty(), "{}", drawn(&loaded));
    let names: Vec<&str> = loaded.sources.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["krgate.yaml", "security/waivers.yaml"]);
    let waivers = loaded.policy.unwrap().waivers;
    let list: Vec<(String, &str, usize)> = waivers
        .list
        .iter()
        .map(|w| (w.label(), w.source.as_str(), w.line))
        .collect();
    assert_eq!(
        list,
        [
            ("finding 01234567".to_owned(), "krgate.yaml", 2),
            ("w-1".to_owned(), "security/waivers.yaml", 3),
            (
                "rule python.ssrf in services/pay/**".to_owned(),
                "security/waivers.yaml",
                5
            ),
        ]
    );
    assert_eq!(waivers.list[1].subject.finding.as_deref(), Some("7f3a91c2"));
    assert_eq!(waivers.list[1].expires.unwrap().to_string(), "2026-12-31");
}

/// Exit 2, with the place: a waiver file that is not read must not mean that nothing is waived
/// today and everything tomorrow.
#[test]
fn a_damaged_waiver_file_is_a_fault_with_its_place() {
    let named = "waivers: { file: security/waivers.yaml }";
    let refused = |lines: &str, file: &str| {
        let loaded = with_waivers(lines, file);
        assert!(loaded.policy.is_none());
        drawn(&loaded)
    };
    assert_eq!(
        refused("waivers: { file: security/waiver.yaml }", WAIVERS),
        "\
error[policy-unreadable]: the waiver file `security/waiver.yaml` cannot be read
 --> krgate.yaml:2:18
  |
2 | waivers: { file: security/waiver.yaml }
  |                  ^^^^^^^^^^^^^^^^^^^^ there is no such file
  |
  = help: begin it with two lines: `version: 1` and `list: []`

"
    );
    for (file, code, place) in [
        (
            "version: 1\nlist: [\n",
            "policy-syntax",
            "security/waivers.yaml:",
        ),
        ("# nothing\n", "policy-syntax", "security/waivers.yaml:1:1"),
        (
            "- finding: 7f3a91c2\n",
            "wrong-type",
            "security/waivers.yaml:1:3",
        ),
        ("list: []\n", "missing-key", "security/waivers.yaml:1:1"),
        ("version: 1\n", "missing-key", "security/waivers.yaml:1:1"),
        (
            "version: 1\nlist:\n- { finding: 7f3a91c2, expire: 2026-12-31 }\n",
            "unknown-key",
            "security/waivers.yaml:3:24",
        ),
        (
            "version: 1\nlist:\n- { rule: \"*\", path: \"**\" }\n",
            "waiver-too-broad",
            "security/waivers.yaml:3:11",
        ),
    ] {
        let text = refused(named, file);
        assert!(text.contains(&format!("error[{code}]")), "{text}");
        assert!(text.contains(place), "{place}\n{text}");
    }
    let twice = WAIVERS.replace("  - rule", "  - id: w-1\n    rule");
    let text = refused(named, &twice);
    assert!(
        text.contains("error[duplicate-id]: two waivers have this id")
            && text.contains("`security/waivers.yaml`, line 3"),
        "{text}"
    );
}

/// What an organisation demands stands, whatever file of waivers a repository names.
#[test]
fn the_demands_of_a_policy_that_is_extended_stand() {
    let loaded = load(&[
        (
            "krgate.yaml",
            format!(
                "version: 1\nextends: [org.yaml]\nwaivers: {{ file: w.yaml, max_days: 30 }}\nobjectives:\n{}",
                objective("o", KEY_RESULT)
            ),
        ),
        (
            "org.yaml",
            "version: 1\nwaivers: { require: [owner, expires], max_days: 90, forbid: { class: secrets } }\n"
                .to_owned(),
        ),
        ("w.yaml", "version: 1\nlist: []\n".to_owned()),
    ]);
    assert!(loaded.diagnostics.is_empty(), "{}", drawn(&loaded));
    let waivers = loaded.policy.unwrap().waivers;
    assert_eq!(waivers.require, [WaiverPart::Owner, WaiverPart::Expires]);
    assert_eq!(waivers.max_days, Some(30));
    assert!(waivers.forbid.is_some());
}

const VEX: &str = r#"{ "@context": "https://openvex.dev/ns/v0.2.0", "author": "Acme", "timestamp": "2026-10-01T00:00:00Z",
  "statements": [{ "vulnerability": { "name": "CVE-2026-1" }, "products": [{ "@id": "pkg:npm/a@1" }], "status": "fixed" }] }"#;

fn with_vex(lines: &str, text: &str) -> Loaded {
    load(&[
        (
            "krgate.yaml",
            format!(
                "version: 1\n{lines}\nobjectives:\n{}",
                objective("o", KEY_RESULT)
            ),
        ),
        ("security/a.vex.json", text.to_owned()),
    ])
}

#[test]
fn formats_rule_048_vex_documents_are_named_and_read_whole() {
    let loaded = with_vex("vex: security/a.vex.json", VEX);
    assert!(loaded.diagnostics.is_empty(), "{}", drawn(&loaded));
    assert_eq!(loaded.sources[1].name, "security/a.vex.json");
    let statements = loaded.policy.unwrap().vex;
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0].ids, ["CVE-2026-1"]);
    for (lines, text, code, place) in [
        (
            "vex: security/b.vex.json",
            VEX,
            "vex-unreadable",
            "krgate.yaml:2:6",
        ),
        (
            "vex: [\"security/*.json\"]",
            VEX,
            "vex-unreadable",
            "krgate.yaml:2:7",
        ),
        (
            "vex: security/a.vex.json",
            "{ \"statements\": [\n  }",
            "vex-unreadable",
            "security/a.vex.json:2:3",
        ),
        (
            "vex: security/a.vex.json",
            "[]",
            "vex-unreadable",
            "security/a.vex.json:1:1",
        ),
    ] {
        let loaded = with_vex(lines, text);
        assert!(loaded.policy.is_none(), "{lines} {text}");
        let drawn = drawn(&loaded);
        assert!(drawn.contains(&format!("error[{code}]")), "{drawn}");
        assert!(drawn.contains(place), "{place}\n{drawn}");
    }
}
