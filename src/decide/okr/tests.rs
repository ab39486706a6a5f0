//! The arithmetic on policies as people write them, with histories made by hand.

use jiff::Timestamp;

use super::*;
use crate::decide::{self, About, Evaluation, Event, ExitCode, KeyResultOutcome, Score, Verdict};
use crate::model::calendar::Window;
use crate::model::history::{
    CheckIn, Definition, Doubt, Frozen, History, PastEvent, Point, RecordId,
};
use crate::model::testing::{IntakeBuilder, RunSpec};
use crate::model::{Bound, Class, UntrustedText};
use crate::policy::{self, Ambition, Enforcement, Target, definition};
use crate::scope::{self, RunFacts};

mod closing;
mod history;
mod scores;

const QUARTER: &str = "period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }\n";
/// 46 of the 92 days of the quarter are over.
const HALF: &str = "2026-11-16T00:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn whole(number: i64) -> Quantity {
    Quantity::whole(number)
}

fn ratio(num: i64, den: i64) -> Quantity {
    Quantity::ratio(num, den).unwrap()
}

/// A policy with one objective `o` of these key results (flow maps without braces).
fn read(head: &str, key_results: &[&str]) -> Policy {
    let list: Vec<String> = key_results
        .iter()
        .map(|kr| format!("      - {{ title: T, {kr} }}\n"))
        .collect();
    read_whole(&format!(
        "version: 1\n{head}objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    \
         key_results:\n{}",
        list.concat()
    ))
}

fn read_whole(text: &str) -> Policy {
    let loaded = policy::parse("krgate.yaml", text);
    match loaded.policy {
        Some(policy) => policy,
        None => panic!("policy has faults: {:?}\n{text}", loaded.diagnostics),
    }
}

/// The codes of the faults of a policy.
fn faults(head: &str, key_result: &str) -> Vec<String> {
    let text = format!(
        "version: 1\n{head}objectives:\n  - id: o\n    title: O\n    owner: \"@o\"\n    \
         key_results:\n      - {{ title: T, {key_result} }}\n"
    );
    let loaded = policy::parse("krgate.yaml", &text);
    let errors = loaded.diagnostics.iter();
    errors
        .filter(|d| d.level == crate::diagnostic::Level::Error)
        .map(|d| d.code.as_str().to_owned())
        .collect()
}

fn about(event: Event, now: &str) -> About {
    About {
        version: "0",
        policy_path: "krgate.yaml".into(),
        policy_sha256: String::new(),
        policy_commit: None,
        enforced: true,
        mission: None,
        period: None,
        entries: Vec::new(),
        event,
        reference: None,
        environment: None,
        now: at(now),
        again: Vec::new(),
    }
}

/// Judges a policy on a SAST run with this many findings and a history.
fn judged(
    policy: &Policy,
    findings: u32,
    history: &History,
    event: Event,
    now: &str,
) -> Evaluation {
    let mut intake = IntakeBuilder::default();
    let run = intake.run(RunSpec::of("semgrep", Class::Sast));
    for line in 1..=findings {
        intake.finding(run, "r", "a.py", line);
    }
    let scoped = scope::mark(intake.build(), policy, &RunFacts::default());
    decide::evaluate(
        policy,
        scoped,
        about(event, now),
        history,
        Vec::new(),
        Vec::new(),
    )
}

fn state(policy: &Policy, findings: u32, history: &History, now: &str) -> Evaluation {
    judged(policy, findings, history, Event::State, now)
}

fn only(evaluation: &Evaluation) -> &KeyResultOutcome {
    evaluation.key_results().next().unwrap().1
}

fn reasons(evaluation: &Evaluation) -> Vec<&'static str> {
    let all = evaluation.key_results();
    all.flat_map(|(_, kr)| kr.measurement.reasons.iter().map(|r| r.code))
        .collect()
}

/// A history that was read, and has nothing in it.
fn ledger() -> History {
    History {
        read: true,
        ..History::default()
    }
}

fn record(number: u8) -> RecordId {
    RecordId([number; 32])
}

/// The definition of the first key result.
fn meaning(policy: &Policy) -> Definition {
    definition(policy, policy.key_results().next().unwrap().1)
}

/// A point of `o/k` as a state.
fn point(policy: &Policy, moment: &str, value: Option<Quantity>, verdict: Verdict) -> Point {
    Point {
        key_result: "o/k".to_owned(),
        at: at(moment),
        record: record(1),
        definition: meaning(policy),
        value,
        bound: Bound::Exact,
        verdict,
        score: None,
        n: None,
        reason: None,
        of_state: true,
    }
}

fn frozen(policy: &Policy, period: &str, at_close: bool, value: Quantity) -> Frozen {
    Frozen {
        key_result: "o/k".to_owned(),
        period: period.to_owned(),
        at_close,
        at: at("2026-10-02T00:00:00Z"),
        record: record(2),
        definition: meaning(policy),
        value: Some(value),
        verdict: at_close.then_some(Verdict::Missed),
        score: at_close.then_some(Quantity::ZERO),
    }
}

fn check_in(policy: &Policy, day: &str, value: Option<Quantity>) -> CheckIn {
    CheckIn {
        key_result: "o/k".to_owned(),
        as_of: day.parse().unwrap(),
        at: at(&format!("{day}T12:00:00Z")),
        record: record(3),
        definition: meaning(policy),
        value,
        done: Vec::new(),
        who: UntrustedText::new("ana"),
        evidence: vec![UntrustedText::new("https://example.org/1")],
        confidence: None,
        note: None,
    }
}

fn event(name: &str, moment: &str) -> PastEvent {
    PastEvent {
        name: name.to_owned(),
        at: at(moment),
        record: record(4),
        commit: None,
        environment: None,
        found: None,
        scope: None,
    }
}

fn first(progress: &Progress) -> &KeyResultProgress {
    &progress.objectives[0].key_results[0]
}
