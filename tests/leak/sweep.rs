//! Every report through every command, and all that was written searched.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::search::Needle;
use crate::secrets;

const FORMATS: &[&str] = &["text", "json", "sarif", "junit", "markdown"];

const KEY_RESULTS: &str = r#"
objectives:
  - id: o
    title: O
    owner: "@o"
    key_results:
      - { id: none, title: N, measure: { count: {} }, target: "<= 0", on_miss: block }
      - { id: secret, title: S, measure: { count: { class: secrets } }, target: "<= 0" }
      - { id: by-path, title: P, measure: { count: { distinct: path } }, target: "<= 0" }
"#;

/// A report in a folder of its own, the secrets that it holds, and what krgate said so far.
struct Bench {
    folder: TempDir,
    report: String,
    needles: Vec<Needle>,
    written: Vec<(String, String)>,
}

impl Bench {
    fn new(report: &Path) -> Self {
        let bytes = std::fs::read(report).unwrap();
        let folder = TempDir::new().unwrap();
        let name = report.file_name().unwrap().to_str().unwrap().to_owned();
        let path = folder.path();
        std::fs::write(path.join(&name), &bytes).unwrap();
        std::fs::write(path.join("cut"), &bytes[..bytes.len() * 2 / 3]).unwrap();
        let entry = format!("version: 1\nreports: [{{ path: \"{name}\" }}]\n");
        std::fs::write(path.join("krgate.yaml"), format!("{entry}{KEY_RESULTS}")).unwrap();
        let bad = format!("{entry}objektives: [\"{name}\"]\nscopes: {{ x: [ }}\n");
        std::fs::write(path.join("bad.yaml"), bad).unwrap();
        let needles = secrets::of(&bytes);
        Self {
            folder,
            report: name,
            needles: needles.iter().filter_map(|v| Needle::new(v)).collect(),
            written: Vec::new(),
        }
    }

    /// Runs krgate, and keeps what it wrote on either stream.
    fn run(&mut self, arguments: &[&str]) -> String {
        self.run_where(&[], arguments)
    }

    /// The same in surroundings of its own.
    fn run_where(&mut self, surroundings: &[(&str, &str)], arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_krgate"))
            .current_dir(self.folder.path())
            .env_clear()
            .env("KRGATE_NOW", "2026-11-16T00:00:00Z")
            .envs(surroundings.iter().copied())
            .args(arguments)
            .output()
            .unwrap();
        let code = output.status.code().unwrap_or(-1);
        let command = arguments.join(" ");
        assert!(
            (0..=4).contains(&code),
            "{command} of {}: {code}",
            self.report
        );
        let stdout = String::from_utf8(output.stdout).unwrap();
        let both = format!("{stdout}\n{}", String::from_utf8(output.stderr).unwrap());
        self.written.push((command, both));
        stdout
    }

    /// The same, with a file in every format beside it.
    fn run_with_files(&mut self, arguments: &[&str]) -> String {
        let outputs: Vec<String> = FORMATS
            .iter()
            .map(|format| format!("--output={format}=out.{format}"))
            .collect();
        let mut all = arguments.to_vec();
        all.extend(outputs.iter().map(String::as_str));
        let stdout = self.run(&all);
        for format in FORMATS {
            self.keep(&format!("out.{format}"));
        }
        stdout
    }

    fn every_command(&mut self) {
        let report = self.report.clone();
        let report = report.as_str();
        self.run_with_files(&["check", "--verbose", "--all"]);
        self.run(&["check", "--quiet", "--output=json=missing/x.json"]);
        self.run(&["inspect", "--verbose", report]);
        let seen = self.run(&["check", "--format=json", "--event=state"]);
        self.explain(&seen);
        self.run(&["inspect", "--format=json", report]);
        self.run(&["baseline", "write"]);
        self.keep("krgate.baseline.json");
        self.run(&["waivers"]);
        self.run(&["waivers", "--format=json"]);
        self.in_actions();
        // What fails.
        self.run_with_files(&["check", "--verbose", "cut"]);
        self.run(&["inspect", "cut"]);
        self.run(&["inspect", "--as=grype", report]);
        self.run(&["check", "--policy=bad.yaml"]);
        self.run(&["check", &format!("--output=text={report}")]);
        self.run(&["check", &format!("--policy={report}")]);
        self.run(&["policy", "check", &format!("--policy={report}")]);
        self.run(&["policy", "show"]);
        self.run(&["policy", "lint"]);
        self.run(&["doctor"]);
        let ledger = "--ledger=dir:ledger";
        self.run(&["check", "--record", "--event=state", ledger]);
        self.run(&["policy", "lint", "--format=json", ledger]);
        self.run(&["status", ledger]);
        self.run(&["status", "--format=json", ledger]);
        self.run(&["status", &format!("--policy={report}")]);
        self.run(&["findings", ledger]);
        self.run(&["findings", "--format=json", ledger]);
        for format in ["markdown", "mermaid", "dot", "html", "badge", "shields"] {
            self.run(&["status", &format!("--format={format}"), ledger]);
        }
        for format in ["markdown", "json", "csv", "openmetrics", "html"] {
            self.run(&["report", &format!("--format={format}"), ledger]);
        }
        self.run(&[
            "report",
            "--name=weekly",
            "--output=json=report.json",
            ledger,
        ]);
        self.keep("report.json");
        self.run(&["sync", "--to=csv", ledger]);
        self.run(&["sync", "--to=http", "--dry-run", ledger]);
        self.run(&["records", "compact", ledger]);
        self.run(&["records", "trend", "exposure/no-secret", ledger]);
        self.run(&["records", "trend", "x/y", "--format=json", ledger]);
        self.run(&["period", "close", ledger]);
        self.run(&["records", "list", ledger]);
        self.run(&["records", "export", "--output=records.jsonl", ledger]);
        assert!(self.folder.path().join("records.jsonl").exists());
        self.keep("records.jsonl");
        self.run(&["init"]);
    }

    /// A step of GitHub Actions: annotations in the log, summary, outputs, JSON report.
    fn in_actions(&mut self) {
        std::fs::write(self.folder.path().join("event.json"), "{}").unwrap();
        let job = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_EVENT_PATH", "event.json"),
            ("GITHUB_SHA", "4f1c2d94f1c2d94f1c2d94f1c2d94f1c2d94f1c2"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_RUN_ID", "1"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_API_URL", "https://api.github.com"),
            ("GITHUB_OUTPUT", "step.outputs"),
            ("GITHUB_STEP_SUMMARY", "step.md"),
            ("RUNNER_DEBUG", "1"),
        ];
        self.run_where(&job, &["check", "--annotations=all", "--report=step.json"]);
        for file in ["step.outputs", "step.md", "step.json"] {
            self.keep(file);
        }
    }

    /// Keeps what stands in a file that krgate wrote, and takes the file away.
    fn keep(&mut self, file: &str) {
        let path = self.folder.path().join(file);
        if let Ok(text) = std::fs::read_to_string(&path) {
            self.written.push((file.to_owned(), text));
            std::fs::remove_file(path).unwrap();
        }
    }

    fn explain(&mut self, seen: &str) {
        let Ok(document) = serde_json::from_str::<Value>(seen) else {
            return;
        };
        let ids: Vec<String> = document["findings"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|finding| finding["id"].as_str().map(str::to_owned))
            .collect();
        let picked = ids.first().into_iter().chain(ids.get(ids.len() / 2));
        for (id, format) in picked.zip(["--format=text", "--format=json"]) {
            self.run(&["explain", id, format]);
        }
        self.run(&["explain", "secret"]);
    }

    /// Where a secret was found, without the secret.
    fn leaks(&self) -> Vec<String> {
        let mut leaks = Vec::new();
        for (command, text) in &self.written {
            for (index, needle) in self.needles.iter().enumerate() {
                if let Some(form) = needle.found_in(text) {
                    let report = &self.report;
                    leaks.push(format!("{report}: secret {index} ({form}) by `{command}`"));
                }
            }
        }
        leaks
    }
}

/// Sweeps the reports on two threads; how many secrets there were.
fn sweep(reports: &[PathBuf]) -> usize {
    let (next, secrets) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let leaks = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(report) = reports.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut bench = Bench::new(report);
                    if bench.needles.is_empty() {
                        continue;
                    }
                    secrets.fetch_add(bench.needles.len(), Ordering::Relaxed);
                    bench.every_command();
                    leaks.lock().unwrap().extend(bench.leaks());
                }
            });
        }
    });
    let leaks = leaks.into_inner().unwrap();
    assert!(leaks.is_empty(), "\n{}", leaks.join("\n"));
    secrets.into_inner()
}

fn reports_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(reports_below(&path));
        } else if path
            .extension()
            .is_some_and(|e| e == "json" || e == "jsonl" || e == "ndjson" || e == "sarif")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn hostile_g23_no_secret_of_a_fixture_is_in_anything_written() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut reports = reports_below(&fixtures.join("written"));
    reports.extend(["scanners/secretlint.json"].map(|name| fixtures.join(name)));
    let secrets = sweep(&reports);
    assert!(secrets >= 20, "{secrets} secrets were looked for");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "where the corpus lies is told by the environment"
)]
fn hostile_g23_no_secret_of_the_corpus_is_in_anything_written() {
    let Ok(corpus) = std::env::var("KRGATE_CORPUS") else {
        eprintln!("skipped: KRGATE_CORPUS is not set");
        return;
    };
    let corpus = Path::new(&corpus);
    let mut reports = reports_below(&corpus.join("secrets"));
    reports.extend(reports_below(&corpus.join("hostile")));
    reports.retain(|path| path.file_name().is_some_and(|name| name != "expected.json"));
    let secrets = sweep(&reports);
    assert!(secrets >= 100, "{secrets} secrets were looked for");
}
