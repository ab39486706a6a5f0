//! Policies that are made of several files, and files that are no policy.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use krgate::diagnostic::{Code, draw};
use krgate::policy::{self, Enforcement, Loaded};

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
        "version: 1\nextends: [pack:baseline, pack:secrets]\nscopes: { prod: { paths: \"**\" } }\nseverity: { unscored: fail }\n".to_owned(),
    )]);
    assert!(loaded.diagnostics.is_empty(), "{}", drawn(&loaded));
    let policy = loaded.policy.unwrap();
    let ids: Vec<_> = policy.key_results().map(|(_, kr)| kr.id.as_str()).collect();
    assert_eq!(
        ids,
        ["scanners-ran", "no-new-high", "no-live-secret", "prod-cvss"]
    );
    assert_eq!(
        policy.objectives[1].uses,
        [(0, 2, krgate::model::Quantity::ONE)]
    );
}

/// T0: every key result of a pack says its `on_miss`, or is aspirational.
#[test]
fn template_t00_packs_say_what_a_miss_does() {
    for pack in ["baseline", "secrets"] {
        let text = format!(
            "version: 1\nextends: [\"pack:{pack}\"]\nscopes: {{ prod: {{}} }}\nseverity: {{ unscored: fail }}\n"
        );
        let loaded = policy::parse("krgate.yaml", &text);
        let policy = loaded.policy.unwrap();
        assert!(policy.key_results().count() > 0);
        for (_, kr) in policy.key_results() {
            assert!(
                kr.on_miss_stated || kr.ambition == policy::Ambition::Aspirational,
                "{}",
                kr.id
            );
        }
    }
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
