//! A folder of its own, an environment without surprises, and the built binary in it.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// The clock of every run.
pub(crate) const NOW: &str = "2026-11-16T00:00:00Z";

/// A folder that krgate runs in.
pub(crate) struct Place {
    folder: TempDir,
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with its folders.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    /// Copies a fixture of the project.
    pub(crate) fn fixture(&self, from: &str, to: &str) -> &Self {
        self.file(to, std::fs::read(fixture(from)).unwrap())
    }

    /// A command with a scrubbed environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_krgate"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("KRGATE_NOW", NOW)
            .args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).output().unwrap())
    }
}

impl Ended {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    /// The last line of standard output.
    pub(crate) fn verdict(&self) -> &str {
        self.stdout.lines().next_back().unwrap_or_default()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// A file of the project's fixtures.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// A policy with one report entry and key results over it.
pub(crate) fn policy(entry: &str, key_results: &[&str]) -> String {
    let list: Vec<String> = key_results
        .iter()
        .map(|kr| format!("      - {kr}\n"))
        .collect();
    let list = list.concat();
    format!(
        "version: 1\nreports:\n  - {entry}\nobjectives:\n  - id: o\n    title: O\n    owner: \
         \"@o\"\n    key_results:\n{list}"
    )
}
