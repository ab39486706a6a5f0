//! A clone with a bare repository to push to, and krgate on the PATH of its hooks.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use krgate::model::ObjectId;
use serde_json::json;
use tempfile::TempDir;

use super::support::{Repository, git, search_path};

/// When everything here is committed: long before any machine runs these tests, so that what a
/// test writes is younger.
pub(crate) const COMMITTED: &str = "2020-01-01T00:00:00Z";

/// A work tree whose `origin` is a bare repository.
pub(crate) struct Clone {
    pub(crate) work: Repository,
    pub(crate) bare: TempDir,
    /// The folder of the user's data.
    pub(crate) data: TempDir,
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }

    /// All of it with single blanks, so that where lines break does not matter.
    pub(crate) fn words(&self) -> String {
        self.all().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn assert(&self, code: i32, said: &[&str]) {
        assert_eq!(self.code, code, "{}", self.all());
        let words = self.words();
        for said in said {
            assert!(words.contains(said), "{said}\n{}", self.all());
        }
    }
}

/// A policy that blocks new findings, by the lines of the change, with more lines in its entry
/// for the report.
pub(crate) fn policy(entry: &str) -> String {
    format!(
        "version: 1\nintroduced_by: changed_lines\nreports:\n  - {{ name: scan, path: \
         reports/scan.sarif, class: sast{entry} }}\nobjectives:\n  - id: o\n    title: O\n    \
         owner: \"@o\"\n    key_results:\n      - {{ id: none, title: No finding, measure: {{ \
         count: {{ class: sast }} }}, target: \"<= 0\", on_miss: block }}\n"
    )
}

/// A report with a finding at each place, as Semgrep writes it.
pub(crate) fn report(hits: &[(&str, u32)]) -> String {
    let results: Vec<_> = hits
        .iter()
        .map(|(path, line)| {
            json!({
                "ruleId": "r",
                "message": { "text": "m" },
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
            "tool": { "driver": { "name": "Semgrep" } },
            "invocations": [{ "executionSuccessful": true }],
            "results": results,
        }],
    })
    .to_string()
}

impl Clone {
    /// A repository with the policy, and one file of five lines, not pushed yet.
    pub(crate) fn empty(policy: &str) -> Self {
        let bare = TempDir::new().unwrap();
        let made = git(bare.path(), &["init", "--quiet", "--bare", "-b", "main"]).output();
        assert!(made.unwrap().status.success());
        let clone = Self {
            work: Repository::new(),
            bare,
            data: TempDir::new().unwrap(),
        };
        let url = clone.bare.path().to_str().unwrap().to_owned();
        clone.git(&["remote", "add", "origin", &url]);
        clone
            .work
            .file("krgate.yaml", policy)
            .file(".gitignore", "reports/\n")
            .file("a.py", "1\n2\n3\n4\n5\n");
        clone.commit();
        clone
    }

    /// The same with `main` pushed and a branch `feature` checked out.
    pub(crate) fn new(policy: &str) -> Self {
        let clone = Self::empty(policy);
        clone.git(&["push", "--quiet", "-u", "origin", "main"]);
        clone.git(&["checkout", "--quiet", "-b", "feature"]);
        clone
    }

    /// The same with the hook.
    pub(crate) fn hooked() -> Self {
        let clone = Self::new(&policy(""));
        clone.install();
        clone
    }

    pub(crate) fn install(&self) {
        self.krgate(&["hook", "install"]).assert(0, &["wrote "]);
    }

    /// Writes lines 6 to 8 of `a.py` and commits them.
    pub(crate) fn change(&self) -> ObjectId {
        self.work.file("a.py", "1\n2\n3\n4\n5\n6\n7\n8\n");
        self.commit()
    }

    pub(crate) fn commit(&self) -> ObjectId {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", "a commit"]);
        self.work.head()
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = git(self.work.path(), arguments)
            .env("GIT_COMMITTER_DATE", COMMITTED)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {words}");
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    pub(crate) fn report(&self, hits: &[(&str, u32)]) -> &Self {
        self.work.file("reports/scan.sarif", report(hits));
        self
    }

    /// Gives a file an age, counted from the commits.
    pub(crate) fn written(&self, name: &str, after: bool) {
        let committed = SystemTime::UNIX_EPOCH + Duration::from_hours(438_288);
        let hour = Duration::from_hours(1);
        let moment = if after {
            committed + hour
        } else {
            committed - hour
        };
        let file = File::options()
            .write(true)
            .open(self.work.path().join(name));
        file.unwrap().set_modified(moment).unwrap();
    }

    /// A command in the work tree as a person's shell starts it.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        self.command_in(self.work.path(), program, arguments)
    }

    pub(crate) fn command_in(&self, at: &Path, program: &str, arguments: &[&str]) -> Command {
        let mut command = git(at, &[]);
        let own = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let variables: Vec<_> = own.collect();
        command = Command::new(program);
        command
            .current_dir(at)
            .env_clear()
            .envs(variables)
            .env("PATH", path())
            .env("XDG_DATA_HOME", self.data.path())
            .env("GIT_COMMITTER_DATE", COMMITTED)
            .env("NO_COLOR", "1")
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn krgate(&self, arguments: &[&str]) -> Ended {
        let output = self
            .command(env!("CARGO_BIN_EXE_krgate"), arguments)
            .output();
        Ended::of(&output.unwrap())
    }

    /// `git push` with these arguments, through the hook.
    pub(crate) fn push(&self, arguments: &[&str]) -> Ended {
        let arguments = [&["push"], arguments].concat();
        Ended::of(&self.command("git", &arguments).output().unwrap())
    }

    /// The hook as git calls it, with these lines on standard input.
    pub(crate) fn hook(&self, input: &[u8], variables: &[(&str, &str)]) -> Ended {
        self.hook_with(&["origin", "URL"], input, variables)
    }

    pub(crate) fn hook_with(
        &self,
        arguments: &[&str],
        input: &[u8],
        variables: &[(&str, &str)],
    ) -> Ended {
        let arguments = [&["hook", "pre-push"], arguments].concat();
        let mut command = self.command(env!("CARGO_BIN_EXE_krgate"), &arguments);
        command.envs(variables.iter().copied());
        fed(&mut command, input)
    }

    /// What a branch of the bare repository names; empty if there is none.
    pub(crate) fn remote(&self, name: &str) -> String {
        let asked = git(
            self.bare.path(),
            &["rev-parse", "--verify", "--quiet", name],
        )
        .output();
        String::from_utf8_lossy(&asked.unwrap().stdout)
            .trim_end()
            .to_owned()
    }
}

/// Runs a command with these bytes on standard input. All of them are taken, or this panics.
pub(crate) fn fed(command: &mut Command, input: &[u8]) -> Ended {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Ended::of(&child.wait_with_output().unwrap())
}

/// The machine's programs, and krgate before them.
fn path() -> String {
    let krgate = PathBuf::from(env!("CARGO_BIN_EXE_krgate"));
    let folder = krgate.parent().unwrap().to_str().unwrap();
    format!("{folder}:{}", search_path().display())
}
