//! What `init` proposes is a policy without faults.

use super::look::{FoundReport, Repository};
use super::propose;
use crate::model::Class;
use crate::policy;

fn accepted(repository: &Repository, packs: &[&str]) -> String {
    let packs: Vec<&policy::Pack> = packs
        .iter()
        .map(|name| policy::pack(name).unwrap())
        .collect();
    let now = "2026-11-29T12:00:00Z".parse().unwrap();
    let text = propose::policy(repository, &packs, now);
    let loaded = policy::parse("krgate.yaml", &text);
    assert!(loaded.policy.is_some(), "{:?}\n{text}", loaded.diagnostics);
    text
}

#[test]
fn an_empty_repository_gets_a_policy_that_holds() {
    for pack in policy::pack_names() {
        accepted(&Repository::default(), &[pack]);
    }
    let all: Vec<&str> = policy::pack_names();
    accepted(&Repository::default(), &all);
}

/// Every file that a key result of a pack names stands in the policy with its columns.
#[test]
fn template_t00_init_names_the_files_that_a_pack_reads() {
    for pack in &policy::PACKS {
        let text = accepted(&Repository::default(), &[pack.name]);
        let files = pack.text.split("file: ").skip(1);
        for file in files.filter_map(|rest| rest.split([',', ' ']).next()) {
            assert!(
                text.contains(&format!("#   {file}\n")),
                "pack:{} reads {file}:\n{text}",
                pack.name
            );
        }
    }
    let text = accepted(&Repository::default(), &["remediation"]);
    assert!(
        text.contains("period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }"),
        "{text}"
    );
}

#[test]
fn reports_that_lie_about_are_named() {
    let report = |path: &str, class, tool: &str| FoundReport {
        path: path.into(),
        class,
        tool: tool.into(),
    };
    let repository = Repository {
        reports: vec![
            report("out/a.sarif", Class::Sast, "semgrep"),
            report("out/b.sarif", Class::Sast, "bandit"),
            report("out/\"x.sarif", Class::Iac, "zizmor"),
        ],
        production: vec!["services".into()],
        workflows: true,
        branch: Some("trunk".into()),
        owner: Some("@acme/sec".into()),
        ..Repository::default()
    };
    let text = accepted(&repository, &["baseline"]);
    assert!(
        text.contains("name: code scan 1\n    path: \"out/a.sarif\""),
        "{text}"
    );
    assert!(
        text.contains("name: code scan 2\n    path: \"out/b.sarif\""),
        "{text}"
    );
    assert!(
        !text.contains("\"x.sarif"),
        "a path of another alphabet is left out: {text}"
    );
    assert!(text.contains("services/**"), "{text}");
    assert!(text.contains("owner: \"@acme/sec\""), "{text}");
}
