//! Stories: what happened to a repository, a step a line, and what a key result comes to at the
//! end. `fixtures/packs/README.md` says how one is written.

use std::cell::RefCell;
use std::fmt::Write as _;

use krgate::policy::Standard;
use serde_json::{Value, json};

use super::place::Place;
use super::reports::report;

/// What a key result comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) verdict: String,
    pub(crate) value: String,
    /// The first reason of an unknown one.
    pub(crate) reason: String,
    pub(crate) blocks: bool,
}

/// A case of a template.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    /// What is expected, as it is written.
    pub(crate) head: &'a str,
    /// The number of its first line.
    pub(crate) line: usize,
    steps: Vec<Step<'a>>,
}

#[derive(Debug, Clone)]
struct Step<'a> {
    line: &'a str,
    /// The lines of a file.
    text: Vec<&'a str>,
}

/// The cases of a file; what stands before the first one belongs to all.
pub(crate) fn cases(text: &str) -> Vec<Case<'_>> {
    let mut common: Vec<Step<'_>> = Vec::new();
    let mut cases: Vec<Case<'_>> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix("== ") {
            cases.push(Case {
                head,
                line: number + 1,
                steps: common.clone(),
            });
            continue;
        }
        let steps = cases.last_mut().map_or(&mut common, |case| &mut case.steps);
        match line.strip_prefix("  ") {
            Some(inner) => steps.last_mut().unwrap().text.push(inner),
            None => steps.push(Step {
                line,
                text: Vec::new(),
            }),
        }
    }
    cases
}

impl Case<'_> {
    /// Lives through the steps under a policy, and looks at a key result.
    pub(crate) fn play(&self, policy: &str, key_result: &str) -> Outcome {
        let story = Story {
            place: Place::fresh(),
            policy,
            reports: RefCell::default(),
        };
        story.place.file("shop", ".gitignore", "/.krgate/\n");
        story.place.file("shop", "krgate.yaml", policy);
        story.place.commit("shop", "2026-01-01T00:00:00Z");
        let mut judged = None;
        for step in &self.steps {
            judged = judged.or(story.live(step));
        }
        let judged = judged.unwrap_or_else(|| panic!("nothing is judged: {}", self.head));
        outcome(&judged, key_result)
    }
}

struct Story<'a> {
    place: Place,
    /// The policy with an entry for every kind of scan.
    policy: &'a str,
    /// The files of the last scan.
    reports: RefCell<Vec<&'static str>>,
}

impl Story<'_> {
    /// One step; what was judged, if it is the last one.
    fn live(&self, step: &Step<'_>) -> Option<Value> {
        let words: Vec<&str> = step.line.split(' ').collect();
        let (first, rest) = words.split_first().unwrap();
        if *first == "file" {
            self.place
                .file("shop", rest[0], &(step.text.join("\n") + "\n"));
            return None;
        }
        if *first == "asvs" {
            self.place.file("shop", "controls/asvs.csv", &asvs(rest));
            return None;
        }
        let now = moment(first);
        let (what, rest) = rest.split_first().unwrap();
        match *what {
            "kev" => self.place.file("shop", "kev.json", &kev(&now, rest)),
            "epss" => self.place.file("shop", "epss.csv", &epss(&now, rest)),
            "commit" => {
                for name in rest {
                    self.place.file("shop", name, &now);
                }
                self.place.commit("shop", &now);
            }
            "scan" => {
                let (repository, words) = self.repository(rest);
                self.scan(&repository, words);
                self.record(&repository, &now, "state");
            }
            "change" => {
                self.scan("shop", rest);
                self.begin_a_change(&now);
                self.record("shop", &now, "change");
            }
            "event" => self.told(&now, &[&["event"], rest].concat()),
            "baseline" => {
                self.scan("shop", rest);
                self.told(&now, &["baseline", "write"]);
            }
            "close" => self.close(&now, rest),
            "check" => return Some(self.check(&now, "state", rest)),
            "check-change" => return Some(self.check(&now, "change", rest)),
            _ => panic!("no step: {}", step.line),
        }
        None
    }

    /// The repository that a step is of, which is made where it is not there.
    fn repository<'w>(&self, words: &'w [&'w str]) -> (String, &'w [&'w str]) {
        let Some(name) = words[0].strip_prefix('@') else {
            return ("shop".to_owned(), words);
        };
        if !self.place.of(name).exists() {
            self.place.repository(name);
            self.place.file(name, "krgate.yaml", self.policy);
            self.place.commit(name, "2026-01-01T00:00:00Z");
        }
        (name.to_owned(), &words[1..])
    }

    /// The policy with entries for the reports that are there alone: one that is missing would
    /// leave key results unknown, and rightly so.
    fn policy(&self) -> String {
        let reports = self.reports.borrow();
        let lines = self.policy.lines().filter(|line| {
            let is_there = |name: &&str| line.contains(&format!("path: {name},"));
            if line.starts_with("  - { name: ") {
                reports.iter().any(is_there)
            } else {
                *line != "reports:" || !reports.is_empty()
            }
        });
        let lines: Vec<&str> = lines.collect();
        lines.join("\n") + "\n"
    }

    /// Puts reports in the place of those of the scan before.
    fn scan(&self, repository: &str, words: &[&str]) {
        for name in [
            "code.sarif",
            "secrets.json",
            "history.json",
            "packages.json",
        ] {
            drop(std::fs::remove_file(self.place.of(repository).join(name)));
        }
        self.reports.borrow_mut().clear();
        let text = words.join(" ");
        for part in text.split(" + ").filter(|part| *part != "nothing") {
            let mut words = part.split(' ');
            let kind = words.next().unwrap();
            let found: Vec<&str> = words.filter(|word| *word != "-").collect();
            let (name, text) = report(kind, &found);
            self.place.file(repository, name, &text);
            self.reports.borrow_mut().push(name);
        }
        self.place.file(repository, "krgate.yaml", &self.policy());
    }

    /// Commits what is there, and after it a change of it.
    fn begin_a_change(&self, now: &str) {
        self.place.commit("shop", now);
        self.place.file("shop", "services/edited.py", now);
        self.place.commit("shop", now);
    }

    fn record(&self, repository: &str, now: &str, event: &str) {
        let ledger = format!("dir:{}", self.place.of("shop/.krgate/ledger").display());
        let mut arguments = vec![
            "check", "--record", "--event", event, "--ledger", &ledger, "--quiet",
        ];
        if event == "change" {
            arguments.extend(["--base", "HEAD~1"]);
        }
        let ended = self.place.krgate(repository, now, &arguments);
        assert!(matches!(ended.code, 0 | 1), "{now}: {}", ended.stderr);
        assert!(!ended.stderr.contains("not recorded"), "{}", ended.stderr);
    }

    fn told(&self, now: &str, arguments: &[&str]) {
        let ended = self.place.krgate("shop", now, arguments);
        assert_eq!(ended.code, 0, "{now} {arguments:?}: {}", ended.stderr);
    }

    /// Closes a period that the policy does not name any more.
    fn close(&self, now: &str, words: &[&str]) {
        let [name, start, end] = words else {
            panic!("close NAME START END");
        };
        let policy = self.policy();
        let lines = policy.lines().map(|line| {
            if line.starts_with("period: ") {
                format!("period: {{ name: {name}, start: {start}, end: {end} }}\n")
            } else {
                format!("{line}\n")
            }
        });
        let past: String = lines.collect();
        assert_ne!(past, policy, "the policy has no period");
        self.place.file("shop", "krgate.yaml", &past);
        self.told(now, &["period", "close"]);
        self.place.file("shop", "krgate.yaml", &policy);
    }

    fn check(&self, now: &str, event: &str, words: &[&str]) -> Value {
        self.scan("shop", words);
        let mut arguments = vec!["check", "--event", event, "--format", "json"];
        if event == "change" {
            self.begin_a_change(now);
            arguments.extend(["--base", "HEAD~1"]);
        }
        let ended = self.place.krgate("shop", now, &arguments);
        assert!(
            matches!(ended.code, 0 | 1),
            "exit {}: {}\n{}",
            ended.code,
            ended.stderr,
            ended.stdout
        );
        ended.json()
    }
}

fn outcome(judged: &Value, key_result: &str) -> Outcome {
    let objectives = judged["objectives"].as_array().unwrap();
    let mut all = objectives
        .iter()
        .flat_map(|objective| objective["key_results"].as_array().unwrap());
    let row = all
        .find(|row| row["id"] == key_result)
        .unwrap_or_else(|| panic!("no key result {key_result}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Outcome {
        verdict: text(&row["verdict"]),
        value: text(&row["shown"]["value"]),
        reason: text(&row["reasons"][0]["code"]),
        blocks: row["blocks"] == true,
    }
}

/// `2026-11-01` is nine in the morning.
fn moment(word: &str) -> String {
    match word.len() {
        10 => format!("{word}T09:00:00Z"),
        16 => format!("{word}:00Z"),
        _ => panic!("no moment: {word}"),
    }
}

/// Every requirement of ASVS 4.0.3 on authentication and access control at levels 1 and 2
/// passes, but for those that are named.
fn asvs(failing: &[&str]) -> String {
    let standard = Standard::named("asvs-4.0.3").unwrap();
    let mut text = String::from("id,status\n");
    for requirement in standard.requirements() {
        if matches!(requirement.chapter(), "V2" | "V4") && requirement.is_of(&[1, 2]) {
            let fails = failing.contains(&requirement.id);
            let status = if fails { "fail" } else { "pass" };
            let _ = writeln!(text, "{},{status}", requirement.id);
        }
    }
    text
}

/// CISA's catalogue of the moment, with these entries: `CVE-2026-1001=2026-11-20`.
fn kev(now: &str, entries: &[&str]) -> String {
    let entry = |entry: &&str| {
        let (cve, due) = entry.split_once('=').unwrap();
        json!({ "cveID": cve, "dueDate": due, "knownRansomwareCampaignUse": "Unknown" })
    };
    json!({
        "title": "CISA Catalog of Known Exploited Vulnerabilities",
        "catalogVersion": now[..10].replace('-', "."),
        "dateReleased": now,
        "count": entries.len(),
        "vulnerabilities": entries.iter().map(entry).collect::<Vec<_>>(),
    })
    .to_string()
}

/// FIRST's scores of the moment: `CVE-2026-1001=0.5`.
fn epss(now: &str, entries: &[&str]) -> String {
    let mut text = format!("#model_version:v2025.03.14,score_date:{now}\ncve,epss,percentile\n");
    for entry in entries {
        let (cve, score) = entry.split_once('=').unwrap();
        let _ = writeln!(text, "{cve},{score},0.5");
    }
    text
}
