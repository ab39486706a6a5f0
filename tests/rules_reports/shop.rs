//! A repository in a temporary folder, and the binary in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A repository that is scanned once a week.
pub(crate) struct Shop(TempDir);

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) const POLICY: &str = r#"version: 1
ledger: dir:.krgate/ledger
period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }
reports:
  - { name: python, path: "reports/*.json", format: bandit, class: sast }
objectives:
  - id: code
    title: Our code gives no one a way in
    owner: "@acme/payments"
    key_results:
      - id: no-shell
        title: No text of a user reaches a shell
        measure: { count: { class: sast, rule: "B605" } }
        target: "<= 0"
        on_miss: block
      - id: open-findings
        title: What the scanner finds is mended
        measure: { count: { class: sast } }
        start: 12
        target: "<= 3"
        ambition: aspirational
      - id: weekly
        title: A report each week
        measure: { events: { name: report.access-control, per: week } }
        target: ">= 100%"
        on_miss: warn
"#;

impl Shop {
    pub(crate) fn new(policy: &str) -> Self {
        let shop = Self(TempDir::new().unwrap());
        shop.git(&["init", "--quiet", "-b", "main"]);
        shop.git(&["config", "user.name", "octo"]);
        shop.git(&["config", "user.email", "octo@example.org"]);
        shop.git(&[
            "remote",
            "add",
            "origin",
            "https://example.org/acme/shop.git",
        ]);
        fs::write(shop.path().join("krgate.yaml"), policy).unwrap();
        fs::write(shop.path().join(".gitignore"), "/.krgate/\n/reports/\n").unwrap();
        shop
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test finds programs where it was started"
    )]
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            // Before every report: one that is older than its commit is no scan of it.
            .env("GIT_AUTHOR_DATE", "2026-10-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-10-01T00:00:00Z");
        command
    }

    /// Runs git; gives back what it says.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.program("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Commits all that is there.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    pub(crate) fn end(command: &mut Command) -> Ended {
        let output = command.output().unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs krgate at a moment.
    pub(crate) fn at(&self, now: &str, arguments: &[&str]) -> Ended {
        let mut command = self.program(env!("CARGO_BIN_EXE_krgate"));
        Self::end(command.args(arguments).env("KRGATE_NOW", now))
    }

    /// Puts the report of a week of `examples/quarter` where the policy looks for one.
    pub(crate) fn report(&self, day: &str) {
        let report = format!(
            "{}/examples/quarter/reports/{day}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        fs::create_dir_all(self.path().join("reports")).unwrap();
        fs::copy(report, self.path().join("reports/bandit.json")).unwrap();
    }

    /// A scan of a week, and the record of it.
    pub(crate) fn week(&self, day: &str) {
        self.report(day);
        self.commit("a week");
        let ended = self.at(
            &format!("{day}T09:00:00Z"),
            &["check", "--record", "--event", "state"],
        );
        assert!(ended.stderr.contains("recorded: run "), "{}", ended.stderr);
    }

    /// Three weeks, of which the last one misses.
    pub(crate) fn with_weeks() -> Self {
        let shop = Self::new(POLICY);
        for day in ["2026-10-26", "2026-11-02", "2026-11-09"] {
            shop.week(day);
        }
        shop
    }
}
