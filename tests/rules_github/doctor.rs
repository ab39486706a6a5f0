//! What `krgate doctor` finds: a workflow that is shut, and each way to open it.

use krgate::diagnostic::{Level, Place, SourceFile, draw};
use krgate::doctor::{Checkup, Premises, examine};
use krgate::policy;

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// A gate that nothing opens, and of which nothing is to be said.
const SHUT: &str = "
name: gate
on:
  pull_request:
  merge_group:
permissions: {}
jobs:
  code-scan:
    runs-on: ubuntu-24.04
    permissions: { contents: read }
    steps:
      - uses: actions/checkout@SHA # v7
        with: { persist-credentials: false }
      - run: semgrep scan --sarif --output semgrep.sarif
      - uses: actions/upload-artifact@SHA
        with: { name: code-scan, path: semgrep.sarif }
  krgate:
    needs: [code-scan]
    if: ${{ always() }}
    runs-on: ubuntu-24.04
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@SHA
        with: { fetch-depth: 2, persist-credentials: false }
      - uses: actions/download-artifact@SHA
        with: { path: reports }
      - uses: acme/krgate@SHA # v1.2.3
        with:
          needs: ${{ toJSON(needs) }}
";

const POLICY: &str = r#"
version: 1
reports:
  - { name: code, path: "reports/code-scan/semgrep.sarif", class: sast }
  - { name: extra, path: "reports/extra/*.sarif", class: iac }
objectives:
  - id: o
    title: O
    owner: "@o"
    key_results:
      - { id: k, title: K, measure: { count: { class: sast } }, target: "<= 0" }
"#;

const OWNERS: &str = "/.github/ @acme/sec\n/krgate.yaml @acme/sec\n";

struct Case {
    workflows: Vec<(String, String)>,
    owners: Option<String>,
    policy: String,
}

impl Case {
    /// The gate that is shut, with one text in place of another.
    fn with(from: &str, to: &str) -> Self {
        assert!(SHUT.contains(from), "{from}");
        Self::of(&[(".github/workflows/gate.yml", &SHUT.replacen(from, to, 1))])
    }

    fn of(workflows: &[(&str, &str)]) -> Self {
        Self {
            workflows: workflows
                .iter()
                .map(|(name, text)| ((*name).to_owned(), text.replace("SHA", SHA)))
                .collect(),
            owners: Some(OWNERS.to_owned()),
            policy: POLICY.to_owned(),
        }
    }

    fn policy(mut self, from: &str, to: &str) -> Self {
        assert!(self.policy.contains(from), "{from}");
        self.policy = self.policy.replacen(from, to, 1);
        self
    }

    fn owners(mut self, text: Option<&str>) -> Self {
        self.owners = text.map(str::to_owned);
        self
    }

    fn look(&self) -> Checkup {
        let loaded = policy::parse("krgate.yaml", &self.policy);
        let policy = loaded.policy.as_ref().unwrap();
        let file = |(name, text): &(String, String)| SourceFile {
            name: name.clone(),
            text: text.clone(),
        };
        examine(Premises {
            workflows: self.workflows.iter().map(file).collect(),
            codeowners: self.owners.as_ref().map(|text| SourceFile {
                name: ".github/CODEOWNERS".to_owned(),
                text: text.clone(),
            }),
            action_is_here: false,
            policy,
            policy_files: vec!["krgate.yaml".to_owned()],
        })
    }

    /// Level, code and the text of the line at each place.
    fn found(&self) -> Vec<String> {
        let checkup = self.look();
        checkup
            .diagnostics
            .iter()
            .map(|it| {
                let line = match it.place {
                    Place::Source { file, span } => {
                        let text = &checkup.sources[file].text;
                        let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
                        text[start..].lines().next().unwrap_or_default().trim()
                    }
                    _ => "",
                };
                let line = line.replace(SHA, "SHA");
                let colon = if line.is_empty() { "" } else { ": " };
                format!("{} {}{colon}{line}", it.level.as_str(), it.code.as_str())
            })
            .collect()
    }
}

/// The gate with one change has these findings and no others.
fn change(from: &str, to: &str, wanted: &[&str]) {
    assert_eq!(Case::with(from, to).found(), wanted, "{from} -> {to}");
}

const NONE: [&str; 0] = [];

#[test]
fn github_g120_a_gate_that_is_shut_has_no_findings() {
    let case = Case::with("gate", "gate");
    assert_eq!(case.found(), NONE);
    let gates = case.look().gates;
    assert_eq!(gates.len(), 1);
    assert_eq!(gates[0].job, "krgate");
    assert_eq!(gates[0].file, ".github/workflows/gate.yml");
}

#[test]
fn github_g121_the_examples_are_shut() {
    let read = |name: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/workflows");
        std::fs::read_to_string(folder.join(name)).unwrap()
    };
    let names = ["gate.yml", "record.yml", "scan.yml", "weekly.yml"];
    let files: Vec<(String, String)> = names
        .iter()
        .map(|name| (format!(".github/workflows/{name}"), read(name)))
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let case = Case::of(&files);
    assert_eq!(case.found(), NONE);
    assert_eq!(case.look().gates.len(), 2, "gate.yml and record.yml");
}

#[test]
fn github_g115_a_job_that_needs_others_without_always_is_skipped_with_them() {
    let needs = "error gate-skippable: needs: [code-scan]";
    change("    if: ${{ always() }}\n", "", &[needs]);
    for (condition, level) in [
        ("${{ !cancelled() }}", "error"),
        ("success()", "error"),
        ("always() && github.actor != 'x[bot]'", "error"),
        ("always() && github.event_name != 'push'", "warning"),
    ] {
        let line = format!("if: \"{condition}\"");
        change(
            "if: ${{ always() }}",
            &line,
            &[&format!("{level} gate-skippable: {line}")],
        );
    }
    let step = "        if: github.actor != 'x[bot]'\n        with:\n          needs:";
    change(
        "        with:\n          needs:",
        step,
        &["error gate-skippable: if: github.actor != 'x[bot]'"],
    );
}

#[test]
fn github_g115_a_job_that_needs_none_may_go_without_a_condition() {
    let alone = SHUT.replace("    needs: [code-scan]\n    if: ${{ always() }}\n", "");
    let case = |text: &str| Case::of(&[(".github/workflows/g.yml", text)]).found();
    assert_eq!(case(&alone), NONE);
    let condition = alone.replace(
        "  krgate:\n",
        "  krgate:\n    if: github.event_name == 'x'\n",
    );
    assert_eq!(
        case(&condition),
        ["error gate-skippable: if: github.event_name == 'x'"]
    );
}

#[test]
fn github_g113_needs_have_to_be_passed() {
    let step = "error gate-needs-not-passed: - uses: acme/krgate@SHA # v1.2.3";
    change("needs: ${{ toJSON(needs) }}", "summary: true", &[step]);
    change("needs: ${{ toJSON(needs) }}", "needs: \"{}\"", &[step]);
    change("toJSON(needs)", "tojson( needs )", &NONE);
}

#[test]
fn github_g122_the_policy_is_not_that_of_the_change() {
    for (reference, opens) in [
        ("${{ github.sha }}", true),
        ("${{ github.event.pull_request.head.sha }}", true),
        ("HEAD", true),
        ("auto", false),
        ("main", false),
        ("${{ github.event.pull_request.base.sha }}", false),
    ] {
        let line = format!("policy-ref: {reference}");
        let wanted = format!("error gate-policy-of-change: {line}");
        let wanted: &[&str] = if opens { &[&wanted] } else { &[] };
        change(
            "          needs: ",
            &format!("          {line}\n          needs: "),
            wanted,
        );
    }
    let run = "- run: krgate check --policy-ref=HEAD";
    let found = Case::with("- uses: acme/krgate@SHA # v1.2.3", run).found();
    assert_eq!(
        found,
        [
            format!("error gate-needs-not-passed: {run}"),
            format!("error gate-policy-of-change: {run}"),
        ]
    );
}

#[test]
fn github_g053_pull_request_target_is_no_event_for_a_gate() {
    change(
        "  pull_request:\n",
        "  pull_request_target:\n",
        &["error gate-on-pull-request-target: pull_request_target:"],
    );
    let foreign = "on: pull_request_target\njobs:\n  label:\n    steps:\n      - uses: \
                   actions/checkout@v4\n        with:\n          ref: ${{ \
                   github.event.pull_request.head.sha }}\n      - run: make\n";
    let gate = (".github/workflows/gate.yml", SHUT);
    let other = (".github/workflows/label.yml", foreign);
    assert_eq!(
        Case::of(&[gate, other]).found(),
        ["error head-checkout-with-token: ref: ${{ github.event.pull_request.head.sha }}"]
    );
    let own = foreign.replace("pull_request_target", "pull_request");
    let harmless = foreign.replace("github.event.pull_request.head.sha", "github.sha");
    for text in [own, harmless] {
        let other = (".github/workflows/label.yml", text.as_str());
        assert_eq!(Case::of(&[gate, other]).found(), NONE, "{text}");
    }
    let by_hand = foreign
        .replace("run: make", "run: gh pr checkout 7")
        .replace("ref:", "path:");
    let other = (".github/workflows/label.yml", by_hand.as_str());
    assert_eq!(
        Case::of(&[gate, other]).found(),
        ["error head-checkout-with-token: - run: gh pr checkout 7"]
    );
}

#[test]
fn github_g057_a_gate_without_merge_group_is_named() {
    change(
        "  merge_group:\n",
        "",
        &["warning merge-group-missing: pull_request:"],
    );
    let list = "on: [pull_request, push]";
    change(
        "on:\n  pull_request:\n  merge_group:",
        list,
        &[&format!("warning merge-group-missing: {list}")],
    );
}

#[test]
fn github_g057_filters_keep_the_gate_from_changes() {
    for filter in ["paths: [src/**]", "paths-ignore: [docs/**]"] {
        change(
            "  pull_request:\n",
            &format!("  pull_request:\n    {filter}\n"),
            &[&format!("error gate-filtered: {filter}")],
        );
    }
    let types = "types: [opened, labeled]";
    change(
        "  pull_request:\n",
        &format!("  pull_request:\n    {types}\n"),
        &[&format!("error gate-filtered: {types}")],
    );
    let branches = "  pull_request:\n    branches: [main]\n";
    change("  pull_request:\n", branches, &NONE);
}

#[test]
fn github_g001_a_failure_that_is_let_go_is_no_gate() {
    let line = "continue-on-error: true";
    let wanted = ["error gate-failure-ignored: continue-on-error: true"];
    change(
        "    if: ${{ always() }}\n",
        &format!("    if: ${{{{ always() }}}}\n    {line}\n"),
        &wanted,
    );
    change(
        "        with:\n          needs:",
        &format!("        {line}\n        with:\n          needs:"),
        &wanted,
    );
    change(
        "        with:\n          needs:",
        "        continue-on-error: false\n        with:\n          needs:",
        &NONE,
    );
    let expression = "continue-on-error: ${{ matrix.experimental }}";
    change(
        "        with:\n          needs:",
        &format!("        {expression}\n        with:\n          needs:"),
        &[&format!("error gate-failure-ignored: {expression}")],
    );
}

#[test]
fn github_g001_a_shell_can_lose_the_exit_code() {
    let action = "- uses: acme/krgate@SHA # v1.2.3\n        with:\n          needs: ${{ \
                  toJSON(needs) }}";
    let env = "env: { KRGATE_NEEDS: \"${{ toJSON(needs) }}\" }";
    let gate = |run: &str, more: &str| {
        let step = format!("- run: |\n          {run}\n        {env}{more}");
        Case::with(action, &step).found()
    };
    for run in [
        "krgate check",
        "./krgate --quiet check || exit 1",
        "a || true\n          krgate check",
        "krgate check # || true",
    ] {
        assert_eq!(gate(run, ""), NONE, "{run}");
    }
    for run in [
        "krgate check || true",
        "krgate check || [ $? -eq 1 ]",
        "krgate check && echo ok || :",
        "krgate check | tee log.txt",
        "if krgate check; then echo ok; fi",
    ] {
        assert_eq!(
            gate(run, ""),
            [format!("error gate-failure-ignored: {run}")]
        );
    }
    let tee = "krgate check | tee log.txt";
    assert_eq!(
        gate(tee, "\n        shell: bash"),
        NONE,
        "bash has pipefail"
    );
    let second = "a || true\n          krgate check || true";
    assert_eq!(
        gate(second, ""),
        ["error gate-failure-ignored: krgate check || true"],
        "the line of the gate"
    );
    assert_eq!(
        gate("set +e\n          krgate check", ""),
        ["error gate-failure-ignored: set +e"]
    );
    let silent = Case::with(action, "- run: krgate check").found();
    assert_eq!(silent, ["error gate-needs-not-passed: - run: krgate check"]);
}

#[test]
fn github_g113_a_scan_that_fails_unseen_is_safe_only_where_its_report_is_demanded() {
    let scan = "semgrep scan --sarif --output semgrep.sarif";
    let line = format!("- run: {scan} || true");
    let covered = format!("note scan-failure-covered: {line}");
    let ignored = format!("error scan-failure-ignored: {line}");
    let case = || Case::with(scan, &format!("{scan} || true"));
    assert_eq!(case().found(), [covered.as_str()]);
    let demand = "{ name: code, path: \"reports/code-scan/semgrep.sarif\", class: sast }";
    let elsewhere = demand.replace("semgrep", "other");
    assert_eq!(
        case()
            .policy(demand, &elsewhere)
            .policy("extra/*", "extra/x")
            .found(),
        [ignored.as_str()]
    );
    let optional = demand.replace(" }", ", required: false }");
    let found = case()
        .policy(demand, &optional)
        .policy("extra/*", "extra/x")
        .found();
    assert_eq!(
        found,
        [ignored, format!("warning report-optional: - {optional}")]
    );
    let step = "continue-on-error: true\n        run: semgrep scan > unheard.sarif";
    let case = Case::with(&format!("run: {scan}"), step).policy("extra/*", "extra/x");
    assert_eq!(
        case.found(),
        ["error scan-failure-ignored: - continue-on-error: true"]
    );
    change(scan, "npm ci || true", &NONE);
}

#[test]
fn github_g113_one_glob_over_two_scans_does_not_miss_either() {
    let scan = "      - run: semgrep scan --sarif --output semgrep.sarif\n";
    let two = "      - run: semgrep scan -o semgrep.sarif || true\n      - run: bandit -o \
               bandit.sarif\n";
    let found = Case::with(scan, two)
        .policy("code-scan/semgrep", "*/*")
        .policy("extra/*", "extra/x")
        .found();
    assert_eq!(
        found,
        ["error scan-failure-ignored: - run: semgrep scan -o semgrep.sarif || true"]
    );
}

#[test]
fn github_g122_what_decides_the_gate_has_owners() {
    let case = |owners| Case::with("gate", "gate").owners(owners).found();
    assert_eq!(case(None), ["error gate-file-unowned"]);
    assert_eq!(case(Some("* @acme/all\n")), NONE);
    assert_eq!(
        case(Some("/krgate.yaml @acme/sec\n")),
        ["error gate-file-unowned: /krgate.yaml @acme/sec"; 2]
    );
    assert_eq!(
        case(Some("* @acme/all\n/krgate.yaml\n")),
        ["error gate-file-unowned: /krgate.yaml"]
    );
    let waivers = Case::with("gate", "gate").policy(
        "objectives:",
        "waivers: { file: krgate.waivers.yaml }\nobjectives:",
    );
    assert_eq!(
        waivers.found(),
        ["error gate-file-unowned: /.github/ @acme/sec"]
    );
}

#[test]
fn github_g120_permissions_are_those_that_are_used() {
    let read = "    permissions:\n      contents: read\n";
    for (name, input) in [
        ("contents", Some("record")),
        ("pull-requests", Some("comment")),
        ("checks", Some("check-run")),
        ("statuses", None),
    ] {
        let line = format!("{name}: write");
        let with = format!("    permissions:\n      {line}\n");
        let wanted = format!("warning permission-unneeded: {line}");
        change(read, &with, &[&wanted]);
        let Some(input) = input else { continue };
        let asked = SHUT.replacen(read, &with, 1).replace(
            "          needs:",
            &format!("          {input}: true\n          needs:"),
        );
        let found = Case::of(&[(".github/workflows/gate.yml", &asked)]).found();
        assert_eq!(found, NONE, "{input}");
    }
    change(
        read,
        "    permissions: write-all\n",
        &["warning permission-unneeded: permissions: write-all"],
    );
    change(read, "", &NONE);
    let unset = SHUT.replace(read, "").replace("permissions: {}\n", "");
    assert_eq!(
        Case::of(&[(".github/workflows/gate.yml", &unset)]).found(),
        ["warning permissions-unset: krgate:"]
    );
}

#[test]
fn github_g115_actions_are_pinned_to_a_commit() {
    change(
        "acme/krgate@SHA",
        "acme/krgate@v1",
        &["error action-unpinned: - uses: acme/krgate@v1 # v1.2.3"],
    );
    change(
        "acme/krgate@SHA",
        "acme/krgate@0123456",
        &["error action-unpinned: - uses: acme/krgate@0123456 # v1.2.3"],
    );
    change(
        "actions/download-artifact@SHA",
        "actions/download-artifact@v8",
        &["warning action-unpinned: - uses: actions/download-artifact@v8"],
    );
}

#[test]
fn github_g126_a_checkout_brings_the_base_and_leaves_no_token() {
    let line = "- uses: actions/checkout@SHA";
    change(
        "{ fetch-depth: 2, persist-credentials: false }",
        "{ persist-credentials: false }",
        &[&format!("note base-not-fetched: {line}")],
    );
    change(
        "{ fetch-depth: 2, persist-credentials: false }",
        "{ fetch-depth: 0 }",
        &[&format!("note credentials-persisted: {line}")],
    );
}

#[test]
fn github_g057_no_gate_on_a_change_is_said() {
    assert_eq!(Case::of(&[]).found(), ["error gate-missing"]);
    change(
        "on:\n  pull_request:\n  merge_group:\n",
        "on: push\n",
        &["error gate-missing: krgate:"],
    );
    let echo = "- run: echo krgate check\n";
    let at = SHUT.find("- uses: acme/krgate").unwrap();
    let none = format!("{}{echo}", &SHUT[..at]);
    assert_eq!(
        Case::of(&[(".github/workflows/gate.yml", &none)]).found(),
        ["error gate-missing"]
    );
}

#[test]
fn github_g057_a_gate_in_a_called_workflow_is_judged_by_its_caller() {
    let inner = SHUT.replace(
        "on:\n  pull_request:\n  merge_group:\n",
        "on: workflow_call\n",
    );
    let outer = "on: { pull_request: , merge_group: }\npermissions: {}\njobs:\n  build:\n    \
                  steps: [{ run: make }]\n  gate:\n    needs: build\n    uses: \
                  ./.github/workflows/called.yml\n";
    let look = |outer: &str| {
        Case::of(&[
            (".github/workflows/called.yml", &inner),
            (".github/workflows/caller.yml", outer),
        ])
    };
    assert_eq!(
        look(outer).found(),
        [
            "error gate-needs-not-passed: gate:",
            "error gate-skippable: needs: build",
        ]
    );
    let shut = outer.replace(
        "    needs: build\n",
        "    needs: build\n    if: always()\n    with: { needs: \"${{ toJSON(needs) }}\" }\n",
    );
    assert_eq!(look(&shut).found(), NONE);
    assert_eq!(look(&shut).look().gates.len(), 2);
    let alone = Case::of(&[(".github/workflows/called.yml", &inner)]);
    assert_eq!(alone.found(), ["error gate-missing: krgate:"]);
}

#[test]
fn github_g115_every_gate_is_looked_at_through_anchors_too() {
    let at = SHUT.find("  krgate:\n").unwrap();
    let more = format!(
        "{}  krgate: &gate\n{}  second:\n    <<: *gate\n    if: success()\n  third: *gate\n",
        &SHUT[..at],
        &SHUT[at + "  krgate:\n".len()..]
    );
    let case = Case::of(&[(".github/workflows/gate.yml", &more)]);
    assert_eq!(case.found(), ["error gate-skippable: if: success()"]);
    assert_eq!(case.look().gates.len(), 3);
}

#[test]
fn github_g115_a_file_that_is_no_yaml_is_named_and_the_others_are_looked_at() {
    let case = Case::of(&[
        (".github/workflows/a.yml", "on: push\njobs: [\n"),
        (".github/workflows/b.yml", "on: push\non: pull_request\n"),
        (
            ".github/workflows/gate.yml",
            &SHUT.replace("  merge_group:\n", ""),
        ),
    ]);
    assert_eq!(
        case.found(),
        [
            "error workflow-unreadable: jobs: [",
            "error workflow-unreadable: on: pull_request",
            "warning merge-group-missing: pull_request:",
        ]
    );
}

#[test]
fn hostile_h006_odd_workflows_do_not_panic_and_draw_nothing() {
    for text in [
        "x",
        "[]",
        "on: []\njobs: x",
        "on: {}\njobs: { a: , b: [], c: { steps: x, needs: { a: b } } }",
        "jobs: { a: { needs: a, steps: [x, { uses: , run: [] }, { uses: '@' }] } }",
        "jobs: { a: { needs: [b], steps: [{ run: \"krgate check\\n||\" }] }, b: { needs: [a] } }",
        "jobs: { a: { uses: ./x.yml } }",
        "\"on\": { pull_request: { types: }, \"\\e[31m##[error]\": }\njobs: { \"\\u202e\": { \
         needs: z, steps: [{ uses: a/krgate@\\u202e }] } }",
    ] {
        let checkup = Case::of(&[("./x.yml", text), ("x.yml", text)]).look();
        assert!(checkup.count(Level::Error) > 0, "{text}");
        let drawn = draw(&checkup.diagnostics, &checkup.sources, false);
        assert!(!drawn.contains(['\u{1b}', '\u{202e}']), "{drawn}");
        assert!(!drawn.contains("##["), "{drawn}");
    }
}
