//! action.yml, its install script and the workflows of the pages, as text and as the script
//! runs. What the whole action does is in `tests/action/scenarios.py`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

const WORKFLOWS: [&str; 4] = [
    "docs/workflows/gate.yml",
    "docs/workflows/record.yml",
    "docs/workflows/scan.yml",
    "docs/workflows/weekly.yml",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// The lines of a section of action.yml, which ends where a line stands further left.
fn section(name: &str) -> Vec<String> {
    let action = text("action.yml");
    let lines = action.lines().skip_while(|line| *line != name).skip(1);
    lines
        .take_while(|line| line.starts_with(' '))
        .map(str::to_owned)
        .collect()
}

fn inputs() -> Vec<String> {
    section("inputs:")
        .iter()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.trim().trim_end_matches(':').to_owned())
        .collect()
}

#[test]
fn github_g108_no_expression_stands_in_a_script_and_every_input_is_handed_on() {
    let action = text("action.yml");
    let scripts: Vec<&str> = action
        .lines()
        .filter(|line| line.contains("run: "))
        .collect();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        assert!(!script.contains("${{"), "{script}");
    }
    assert!(!text("dist/install.sh").contains("INPUT_"));
    for input in inputs() {
        let handed_on = format!("${{{{ inputs.{input} }}}}");
        assert!(action.contains(&handed_on), "{input}");
    }
}

#[test]
fn github_g109_what_the_action_sets_is_what_the_command_line_reads() {
    let arguments = text("src/cli/args.rs");
    let own = ["KRGATE", "KRGATE_COMMAND", "KRGATE_INSTALL", "KRGATE_TOKEN"];
    let mut seen = 0;
    for line in section("runs:") {
        let Some((name, _)) = line.trim().split_once(": ${{") else {
            continue;
        };
        if own.contains(&name) || !name.starts_with("KRGATE") {
            continue;
        }
        assert!(arguments.contains(&format!("env = \"{name}\"")), "{name}");
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn github_g111_the_policy_is_the_whole_truth() {
    for input in inputs() {
        assert!(
            ![
                "fail",
                "report",
                "sarif",
                "threshold",
                "severity",
                "version"
            ]
            .iter()
            .any(|word| input.contains(word)),
            "{input}"
        );
    }
}

/// The install script in a folder of its own, with a krgate that says its version.
struct Install {
    folder: TempDir,
}

impl Install {
    fn new() -> Self {
        let install = Self {
            folder: TempDir::new().unwrap(),
        };
        install.file("action/Cargo.toml", "[package]\nversion = \"7.8.9\"\n");
        install.file("output", "");
        install.file("temp/.keep", "");
        install.file("path/krgate", "#!/bin/sh\necho krgate of the path\n");
        install
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, bytes: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        executable(&path);
    }

    /// Puts a binary into the tool cache, and a digest for it into the action.
    fn cache(&self, digest_of: &str) {
        let binary = "#!/bin/sh\necho krgate of the cache\n";
        let target = "x86_64-unknown-linux-musl";
        self.file(&format!("tools/krgate/7.8.9/{target}/krgate"), binary);
        let digest = Sha256::digest(if digest_of.is_empty() {
            binary
        } else {
            digest_of
        });
        let digest = digest.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let line = format!("{digest}  krgate-{target}\n");
        self.file("action/dist/checksums.txt", &line);
    }

    fn run(&self, how: &str) -> Output {
        Command::new("bash")
            .arg(root().join("dist/install.sh"))
            .env_clear()
            .env("PATH", search_path(&self.path("path")))
            .env("KRGATE_INSTALL", how)
            .env("GITHUB_ACTION_PATH", self.path("action"))
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("RUNNER_TEMP", self.path("temp"))
            .env("RUNNER_TOOL_CACHE", self.path("tools"))
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .output()
            .unwrap()
    }

    fn output(&self) -> String {
        std::fs::read_to_string(self.path("output")).unwrap()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "bash and its tools are found where the test run finds them"
)]
fn search_path(first: &Path) -> std::ffi::OsString {
    let mut path = first.as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path
}

#[cfg(unix)]
fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn executable(_: &Path) {}

#[test]
#[cfg(unix)]
fn github_g114_a_cached_binary_is_held_to_its_checksum_every_time() {
    let good = Install::new();
    good.cache("");
    let done = good.run("auto");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let cached = "tools/krgate/7.8.9/x86_64-unknown-linux-musl/krgate";
    assert_eq!(
        good.output(),
        format!("krgate={}\n", good.path(cached).display())
    );
    for how in ["auto", "release"] {
        let wrong = Install::new();
        wrong.cache("something else");
        let done = wrong.run(how);
        assert_eq!(done.status.code(), Some(4), "{done:?}");
        assert_eq!(wrong.output(), "", "no other way is tried");
        assert!(String::from_utf8_lossy(&done.stdout).contains("checksums.txt"));
    }
}

#[test]
#[cfg(unix)]
fn github_g114_the_path_is_used_only_when_asked_for() {
    let install = Install::new();
    let done = install.run("path");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(
        said.contains("taken from PATH: krgate of the path"),
        "{said}"
    );
    let install = Install::new();
    assert_eq!(install.run("release").status.code(), Some(4));
    assert_eq!(install.run("path ").status.code(), Some(2));
    assert_eq!(install.output(), "");
}

#[test]
fn github_g115_the_checksums_are_those_of_the_actions_own_commit() {
    let script = text("dist/install.sh");
    assert!(script.contains("\"$action/dist/checksums.txt\""));
    assert!(
        script.contains("\"$action/Cargo.toml\""),
        "and so is the version"
    );
    assert!(!inputs().contains(&"version".to_owned()));
}

#[test]
fn github_g116_downloads_are_guarded_and_stay_out_of_the_workspace() {
    let script = text("dist/install.sh");
    assert!(script.contains("--proto '=https' --tlsv1.2"));
    assert!(script.contains("--retry 3"));
    assert!(!script.contains("GITHUB_WORKSPACE") && !script.contains("$PWD"));
}

#[test]
fn github_g117_nothing_of_an_earlier_step_runs_before_the_first_line() {
    let steps = section("runs:").join("\n");
    assert_eq!(steps.matches("BASH_ENV: \"\"").count(), 2);
    assert_eq!(steps.matches("LD_PRELOAD: \"\"").count(), 2);
    let script = text("dist/install.sh");
    assert!(script.contains("unset ENV CDPATH"));
    assert!(!steps.contains("github.action_path") && !script.contains("::"));
}

#[test]
fn github_g118_the_gate_is_started_by_its_full_path() {
    let steps = section("runs:").join("\n");
    assert!(steps.contains("KRGATE: ${{ steps.install.outputs.krgate }}"));
    assert!(steps.contains("run: '\"$GITHUB_ACTION_PATH/dist/run.sh\"'"));
    assert!(text("dist/run.sh").contains("exec \"${KRGATE:?}\" \"$KRGATE_COMMAND\"\n"));
    for script in ["dist/install.sh", "dist/run.sh"] {
        let script = text(script);
        assert!(!script.contains("GITHUB_PATH") && script.contains("unset ENV CDPATH"));
        assert!(
            !script.contains("::"),
            "a script prints no workflow command"
        );
    }
}

#[test]
fn github_g119_every_platform_has_its_asset() {
    let script = text("dist/install.sh");
    for target in [
        "x86_64-unknown-linux-musl",
        "aarch64-unknown-linux-musl",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
        "x86_64-pc-windows-msvc",
        "aarch64-pc-windows-msvc",
    ] {
        assert!(script.contains(target), "{target}");
    }
    let steps = section("runs:").join("\n");
    assert_eq!(steps.matches("shell: bash").count(), 2);
}

#[test]
fn github_g120_reading_is_enough_and_more_is_named() {
    let gate = text("docs/workflows/gate.yml");
    assert!(gate.contains("permissions: {}\n"));
    for more in ["pull-requests: write", "checks: write"] {
        assert!(gate.contains(&format!("# {more} # with ")), "{more}");
        assert!(!gate.contains(&format!("\n      {more}")), "{more}");
        assert!(text("docs/github.md").contains(more), "{more}");
    }
}

#[test]
fn github_g121_every_example_names_a_commit() {
    let pages = ["README.md", "docs/github.md"].map(|page| (page, text(page)));
    let workflows = WORKFLOWS.map(|page| (page, text(page)));
    let mut seen = 0;
    for (page, text) in pages.iter().chain(&workflows) {
        for line in text.lines() {
            let Some((_, of)) = line.split_once("uses: ") else {
                continue;
            };
            if of.starts_with("./") {
                continue;
            }
            let commit = of.split_once('@').map_or("", |(_, commit)| commit);
            let name = commit.split(' ').next().unwrap_or_default();
            let is_full = name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_full && commit.contains(" # "), "{page}: {line}");
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen}");
}

#[test]
fn github_g057_every_gate_runs_in_a_merge_queue_too() {
    let gate = text("docs/workflows/gate.yml");
    assert!(gate.contains("\n  merge_group:"));
    assert!(
        text("docs/github.md").contains(&gate),
        "the page shows that very file"
    );
}

#[test]
fn github_g060_no_second_workflow_writes_for_a_fork() {
    for name in WORKFLOWS.iter().chain(&["action.yml"]) {
        let text = text(name);
        assert!(!text.contains("workflow_run") && !text.contains("pull_request_target"));
    }
}

#[test]
fn github_g065_and_g070_a_check_run_is_a_view_that_nobody_should_require() {
    let action = text("action.yml");
    assert!(action.contains("Needs the permission checks write."));
    let check_run = action.split("  check-run:\n").nth(1).unwrap();
    let check_run = check_run.lines().take(2).collect::<Vec<_>>().join("\n");
    assert!(check_run.contains("default: \"false\""), "{check_run}");
    let page = text("docs/github.md");
    assert!(page.contains("never the check run `krgate findings`"));
}

#[test]
fn github_g030_no_problem_matcher_is_registered() {
    for name in [
        "action.yml",
        "dist/install.sh",
        "src/render/encode/workflow.rs",
    ] {
        assert!(!text(name).contains("add-matcher"), "{name}");
    }
}

/// The script of the gate with a krgate that keeps what it was called with.
struct Gate(TempDir);

impl Gate {
    /// `krgate` is a script: its words are what it does.
    fn new(krgate: &str) -> Self {
        let gate = Self(TempDir::new().unwrap());
        let path = gate.path("krgate");
        let text = format!(
            "#!/bin/sh\necho \"$*\" >>'{}'\n{krgate}\n",
            gate.path("called").display()
        );
        std::fs::write(&path, text).unwrap();
        executable(&path);
        gate
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn run(&self, command: &str) -> Output {
        Command::new("bash")
            .arg(root().join("dist/run.sh"))
            .env_clear()
            .env("PATH", search_path(self.0.path()))
            .env("KRGATE", self.path("krgate"))
            .env("KRGATE_COMMAND", command)
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("RUNNER_TEMP", self.0.path())
            .output()
            .unwrap()
    }
}

/// What a krgate does that writes each file that `--output FORMAT=PATH` names.
const WRITES: &str = "shift; for word; do case $word in *=*) echo \"# ${word%%=*}\" >\"${word#*=}\";; \
                      esac; done";

#[test]
#[cfg(unix)]
fn github_g118_a_check_is_the_program_itself_and_its_exit_code() {
    for code in [0, 1, 4] {
        let gate = Gate::new(&format!("exit {code}"));
        assert_eq!(gate.run("check").status.code(), Some(code));
        assert_eq!(gate.read("called"), "check\n");
        assert_eq!(
            (gate.read("output"), gate.read("summary")),
            (String::new(), String::new())
        );
    }
}

#[test]
#[cfg(unix)]
fn github_g118_a_report_is_a_page_an_output_and_a_summary() {
    let gate = Gate::new(WRITES);
    let done = gate.run("report");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(
        done.stdout.is_empty(),
        "nothing of a report stands in the log"
    );
    assert_eq!(gate.read("summary"), "# markdown\n");
    let output = gate.read("output");
    let value = |name: &str| {
        let line = output.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name}{output}")).to_owned()
    };
    assert_eq!(
        (value("status="), value("exit-code=")),
        ("pass".into(), "0".into())
    );
    assert_eq!(std::fs::read_to_string(value("page=")).unwrap(), "# html\n");
    assert_eq!(
        std::fs::read_to_string(value("report=")).unwrap(),
        "# json\n"
    );
    // A second one is added to what is there, on a line of its own.
    assert_eq!(gate.run("report").status.code(), Some(0));
    assert_eq!(gate.read("summary"), "# markdown\n\n# markdown\n");
}

#[test]
#[cfg(unix)]
fn github_g118_a_report_that_fails_or_is_too_large_says_so() {
    let gate = Gate::new("exit 4");
    assert_eq!(gate.run("report").status.code(), Some(4));
    let output = gate.read("output");
    assert!(
        output.starts_with("status=error\nexit-code=4\n"),
        "{output}"
    );
    assert!(output.contains("\nreport=\npage=\n"), "{output}");
    assert_eq!(gate.read("summary"), "");
    let gate = Gate::new(WRITES);
    std::fs::write(gate.path("summary"), "x".repeat(1_000_000)).unwrap();
    let done = gate.run("report");
    assert_eq!(done.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&done.stdout).contains("too large for the job summary"));
    assert_eq!(gate.read("summary").len(), 1_000_000);
}
