//! A repository of git in a folder of its own, with an empty home, and the built binary in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A key for the ids of secrets, obviously made up.
const KEY: &str = "an-example-key-for-tests";

/// A folder with repositories in it, the first of which is `acme/shop`.
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
    /// An empty repository, in which nothing was committed yet.
    pub(crate) fn fresh() -> Self {
        let place = Self {
            folder: TempDir::new().unwrap(),
        };
        std::fs::create_dir_all(place.folder.path().join("home")).unwrap();
        place.repository("shop");
        place
    }

    /// The folder of a repository.
    pub(crate) fn of(&self, repository: &str) -> PathBuf {
        self.folder.path().join(repository)
    }

    /// Makes a repository, with a remote that says whose it is.
    pub(crate) fn repository(&self, name: &str) {
        let folder = self.of(name);
        std::fs::create_dir_all(&folder).unwrap();
        self.git(name, &["init", "--quiet", "-b", "main"]);
        let origin = format!("https://example.org/acme/{name}.git");
        self.git(name, &["remote", "add", "origin", &origin]);
        self.git(name, &["config", "user.name", "octo"]);
        self.git(name, &["config", "user.email", "octo@example.org"]);
    }

    /// Commits all that is there, at a moment.
    pub(crate) fn commit(&self, repository: &str, at: &str) {
        self.git(repository, &["add", "--all"]);
        let mut commit = self.program(repository, "git");
        commit
            .args(["commit", "--quiet", "--allow-empty", "-m", "work"])
            .env("GIT_AUTHOR_DATE", at)
            .env("GIT_COMMITTER_DATE", at);
        assert!(commit.status().unwrap().success());
    }

    fn git(&self, repository: &str, arguments: &[&str]) {
        let output = self
            .program(repository, "git")
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}");
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test finds programs where it was started"
    )]
    fn program(&self, repository: &str, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.of(repository))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path().join("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    /// Writes a file, with its folders.
    pub(crate) fn file(&self, repository: &str, name: &str, text: &str) {
        let path = self.of(repository).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs krgate at a moment.
    pub(crate) fn krgate(&self, repository: &str, now: &str, arguments: &[&str]) -> Ended {
        let mut command = self.program(repository, env!("CARGO_BIN_EXE_krgate"));
        command
            .args(arguments)
            .env("KRGATE_NOW", now)
            .env("KRGATE_SECRET_KEY", KEY);
        Ended::of(&command.output().unwrap())
    }
}

impl Ended {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// A file of the project.
pub(crate) fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
