//! Scans of one stream, one after the other, recorded and replayed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use krgate::ingest::{self, Context, Expected, Limits, Request};
use krgate::model::history::{LifeState, RecordId};
use krgate::model::{
    ChangedLines, Committed, Event as Judged, FindingId, Hunk, ObjectId, RepoPath, UntrustedText,
};
use krgate::policy::{self, Policy};
use krgate::record::canonical;
use krgate::record::lifecycle::{
    self, Advanced, Advisories, Circumstances, Descent, Event, Lineage, Lives, PastRecord, State,
    lives, read_streams, write_streams,
};
use krgate::scope::{self, RunFacts, Scoped};
use serde_json::{Value, json};

/// One finding of a static analysis tool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) rule: &'static str,
    pub(crate) path: &'static str,
    pub(crate) line: u32,
    pub(crate) message: &'static str,
    pub(crate) print: &'static str,
    pub(crate) suppressed: bool,
}

pub(crate) const fn found(rule: &'static str, path: &'static str, line: u32) -> Found {
    Found {
        rule,
        path,
        line,
        message: "the same for every hit",
        print: "",
        suppressed: false,
    }
}

impl Found {
    pub(crate) const fn says(mut self, message: &'static str) -> Self {
        self.message = message;
        self
    }

    pub(crate) const fn suppressed(mut self) -> Self {
        self.suppressed = true;
        self
    }

    pub(crate) const fn print(mut self, value: &'static str) -> Self {
        self.print = value;
        self
    }
}

/// What a scanner wrote.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) tool: &'static str,
    pub(crate) version: &'static str,
    /// The rules that ran; none is no list.
    pub(crate) rules: Vec<&'static str>,
    pub(crate) successful: bool,
    pub(crate) found: Vec<Found>,
}

impl Report {
    pub(crate) fn of(found: &[Found]) -> Self {
        Self {
            tool: "Semgrep",
            version: "1.0",
            rules: Vec::new(),
            successful: true,
            found: found.to_vec(),
        }
    }

    pub(crate) fn text(&self) -> String {
        let rules: Vec<Value> = self.rules.iter().map(|id| json!({ "id": id })).collect();
        let results: Vec<Value> = self
            .found
            .iter()
            .map(|found| {
                let mut result = json!({
                    "ruleId": found.rule,
                    "message": { "text": found.message },
                    "locations": [{ "physicalLocation": {
                        "artifactLocation": { "uri": found.path },
                        "region": { "startLine": found.line },
                    } }],
                });
                if found.suppressed {
                    result["suppressions"] = json!([{ "kind": "external" }]);
                }
                if !found.print.is_empty() {
                    result["partialFingerprints"] = json!({ "matchBasedId/v1": found.print });
                }
                result
            })
            .collect();
        json!({
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": { "name": self.tool, "version": self.version, "rules": rules } },
                "invocations": [{ "executionSuccessful": self.successful }],
                "results": results,
            }],
        })
        .to_string()
    }
}

/// A policy whose one report has these keys besides.
pub(crate) fn policy(keys: &str) -> Policy {
    let text = format!(
        "version: 1\nreports:\n  - {{ name: scan, path: report.json{keys} }}\nobjectives:\n  - id: o\n    \
         title: T\n    owner: \"@acme/appsec\"\n    key_results:\n      - id: k\n        title: T\n        \
         measure: {{ count: {{}} }}\n        target: \"<= 0\"\n"
    );
    let loaded = policy::parse("krgate.yaml", &text);
    loaded
        .policy
        .unwrap_or_else(|| panic!("{:?}\n{text}", loaded.diagnostics))
}

/// The report as it is judged under the policy.
pub(crate) fn scoped(text: &str, policy: &Policy, key: Option<&[u8]>) -> Scoped {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("report.json");
    std::fs::write(&path, text).unwrap();
    scoped_file(&path, policy, key)
}

pub(crate) fn scoped_file(path: &Path, policy: &Policy, key: Option<&[u8]>) -> Scoped {
    let entry = &policy.reports[0];
    let request = Request {
        path: path.to_path_buf(),
        shown: UntrustedText::new("report.json"),
        by_hand: false,
        expected: Expected {
            entry: Some(0),
            accept_degraded: entry.accept_degraded.is_some(),
            class: entry.class,
            ..Expected::default()
        },
    };
    let context = Context {
        now: day(0),
        roots: Vec::new(),
        secret_key: key.map(<[u8]>::to_vec),
        tools: Vec::new(),
        head: None,
        limits: Limits::default(),
    };
    let (intake, _) = ingest::read(&[request], &context);
    scope::mark(intake, policy, &RunFacts::default())
}

pub(crate) fn day(day: i64) -> Timestamp {
    let begin: Timestamp = "2026-11-01T08:00:00Z".parse().unwrap();
    begin
        .checked_add(jiff::SignedDuration::from_hours(24 * day))
        .unwrap()
}

pub(crate) fn day_of(at: Timestamp) -> i64 {
    at.duration_since(day(0)).as_hours() / 24
}

/// The commit of that number.
pub(crate) fn commit(number: u32) -> ObjectId {
    ObjectId::new(&format!("{:040x}", number + 0xabc0)).unwrap()
}

/// A line of commits, by their numbers, with what happened between some of them.
#[derive(Debug, Default)]
pub(crate) struct Line {
    pub(crate) changes: BTreeMap<(ObjectId, ObjectId), Rc<ChangedLines>>,
    pub(crate) commits: BTreeMap<(ObjectId, ObjectId), Rc<[Committed]>>,
    pub(crate) shallow: bool,
}

impl Line {
    /// Says what happened between two commits.
    pub(crate) fn between(&mut self, from: u32, to: u32, change: ChangedLines) {
        self.changes
            .insert((commit(from), commit(to)), Rc::new(change));
    }

    /// Says which commits there are between two, by the day and the file that each changed.
    pub(crate) fn commits_between(&mut self, from: u32, to: u32, commits: &[(i64, &str)]) {
        let commits = commits.iter().map(|(at, file)| Committed {
            at: day(*at),
            paths: vec![path(file)],
        });
        self.commits
            .insert((commit(from), commit(to)), commits.collect());
    }
}

impl Lineage for Line {
    fn descent(&self, from: &ObjectId, to: &ObjectId) -> Descent {
        if self.shallow {
            Descent::Unknown
        } else if to >= from {
            Descent::Newer
        } else {
            Descent::Older
        }
    }

    fn change(&self, from: &ObjectId, to: &ObjectId) -> Option<Rc<ChangedLines>> {
        if self.shallow {
            return None;
        }
        let known = self.changes.get(&(from.clone(), to.clone()));
        Some(known.cloned().unwrap_or_default())
    }

    fn commits(&self, from: &ObjectId, to: &ObjectId) -> Option<Rc<[Committed]>> {
        if self.shallow {
            return None;
        }
        let known = self.commits.get(&(from.clone(), to.clone()));
        known.cloned()
    }
}

pub(crate) fn path(text: &str) -> RepoPath {
    RepoPath::from_normal(text).unwrap()
}

/// A difference that adds lines on top of a file.
pub(crate) fn added_on_top(file: &str, lines: u32) -> ChangedLines {
    let mut change = ChangedLines::default();
    let hunk = Hunk {
        old: 0,
        lost: 0,
        new: 1,
        added: lines,
    };
    change.add_hunks(path(file), &[hunk]);
    change
}

/// A ledger in memory.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) line: Line,
    pub(crate) advisories: Advisories,
    pub(crate) state: State,
    pub(crate) records: Vec<PastRecord>,
}

/// One scan as a test asks for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) day: i64,
    pub(crate) commit: u32,
    pub(crate) judged: Judged,
}

pub(crate) const fn state_at(day: i64, commit: u32) -> At {
    At {
        day,
        commit,
        judged: Judged::State,
    }
}

impl Ledger {
    /// Records a scan: its events go through the text of a record, and the state that they are
    /// replayed to is the one that was advanced to.
    pub(crate) fn scan(&mut self, at: At, report: &Report, policy: &Policy) -> Advanced {
        self.scan_of(at, &scoped(&report.text(), policy, None), policy, None)
    }

    pub(crate) fn scan_of(
        &mut self,
        at: At,
        scoped: &Scoped,
        policy: &Policy,
        key: Option<&[u8]>,
    ) -> Advanced {
        let line = std::mem::take(&mut self.line);
        let advanced = self.scan_on(at, &commit(at.commit), &line, scoped, policy, key);
        self.line = line;
        advanced
    }

    pub(crate) fn scan_on(
        &mut self,
        at: At,
        commit: &ObjectId,
        lineage: &dyn Lineage,
        scoped: &Scoped,
        policy: &Policy,
        key: Option<&[u8]>,
    ) -> Advanced {
        let circumstances = Circumstances {
            at: day(at.day),
            event: at.judged,
            commit: Some(commit),
            key: key.map(ingest::key_check),
            lineage,
            advisories: &self.advisories,
        };
        let advanced = lifecycle::advance(&self.state, scoped, policy, &circumstances);
        let text = write_streams(&advanced.scans).canonical();
        let read = read_streams(&canonical::read(text.as_bytes()).unwrap().object).unwrap();
        assert_eq!(read, advanced.scans, "{text}");
        let mut replayed = self.state.clone();
        replayed.take(day(at.day), Some(commit), &read);
        assert_eq!(replayed, advanced.state);
        self.state = replayed;
        let number = u8::try_from(self.records.len()).unwrap();
        self.records.push(PastRecord {
            record: RecordId([number; 32]),
            repository: "example.org/4711".to_owned(),
            reference: "refs/heads/main".to_owned(),
            at: day(at.day),
            commit: Some(commit.clone()),
            scans: read,
        });
        advanced
    }

    pub(crate) fn lives(&self, now: i64) -> Lives {
        lives(self.records.clone(), day(now))
    }

    /// The findings with letters that the paths give them, by the first sighting.
    pub(crate) fn letters(&self) -> BTreeMap<FindingId, char> {
        let mut letters = BTreeMap::new();
        for event in self.records.iter().flat_map(|record| {
            let scans = record.scans.iter();
            scans.flat_map(|scan| &scan.events)
        }) {
            if let Some(look) = &event.look {
                let path = look.path.as_ref().unwrap().raw();
                let name = path.rsplit('/').next().unwrap();
                let letter = name.chars().next().unwrap().to_ascii_uppercase();
                letters.entry(event.id).or_insert(letter);
            }
        }
        letters
    }

    /// What is known on a day: `A o · B f2`.
    pub(crate) fn standing(&self, now: i64) -> String {
        let letters = self.letters();
        let mut words: Vec<String> = self
            .lives(now)
            .lives
            .iter()
            .map(|life| {
                let letter = letters[&life.id];
                let state = match life.state {
                    LifeState::Open => "o".to_owned(),
                    LifeState::Fixed => "f".to_owned(),
                    LifeState::Unknown(at) => format!("u({})", day_of(at)),
                };
                let episode = match life.episodes.len() {
                    1 => String::new(),
                    more => more.to_string(),
                };
                format!("{letter} {state}{episode}")
            })
            .collect();
        words.sort();
        words.join(" · ")
    }

    /// The events of the last record: `fixed B at 1`, sorted by letter.
    pub(crate) fn events(&self) -> Vec<String> {
        let letters = self.letters();
        let record = self.records.last().unwrap();
        let at = record.at;
        let mut words: Vec<String> = record
            .scans
            .iter()
            .flat_map(|scan| &scan.events)
            .map(|event| said(event, letters[&event.id], at))
            .collect();
        words.sort_by_key(|word| word.chars().nth(word.find(' ').unwrap() + 1));
        words
    }
}

fn said(event: &Event, letter: char, at: Timestamp) -> String {
    let mut text = format!("{} {letter}", event.what.as_str());
    if let Some((count, of)) = event.misses {
        write!(text, " {count}/{of}").unwrap();
    }
    if event.what == lifecycle::What::Fixed {
        write!(text, " at {}", day_of(event.since.unwrap_or(at))).unwrap();
    }
    match event.cause {
        krgate::model::history::Cause::Scan => {}
        krgate::model::history::Cause::ToolChange => text += " (tool_change)",
        krgate::model::history::Cause::Removed => text += " (removed)",
    }
    if event.weak {
        text += " weak";
    }
    text
}
