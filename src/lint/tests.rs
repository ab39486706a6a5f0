use super::*;
use crate::ingest::{FigureRequest, read_figures};
use crate::model::history::{Point, RecordId};
use crate::model::{Bound, Quantity, Verdict};
use crate::policy::{self, definition};

const NOW: &str = "2026-11-16T00:00:00Z";
const COUNT: &str = "measure: { count: { class: sast } }";

fn load(text: &str) -> Loaded {
    let loaded = policy::parse("krgate.yaml", text);
    assert!(
        loaded.policy.is_some(),
        "{}",
        crate::diagnostic::draw(&loaded.diagnostics, &loaded.sources, false)
    );
    loaded
}

/// An objective with key results (flow maps without braces).
fn objective(id: &str, more: &str, key_results: &[&str]) -> String {
    let list: Vec<String> = key_results
        .iter()
        .map(|kr| format!("      - {{ title: T, {kr} }}\n"))
        .collect();
    let list = match list.concat() {
        list if list.is_empty() => list,
        list => format!("    key_results:\n{list}"),
    };
    format!("  - id: {id}\n    title: T\n    owner: \"@o\"\n{more}{list}")
}

fn policy_of(head: &str, objectives: &[String]) -> String {
    format!("version: 1\n{head}objectives:\n{}", objectives.concat())
}

fn said(
    text: &str,
    roster: Option<&FigureFile>,
    history: Option<&dyn Fn(&Policy) -> History>,
) -> Vec<Diagnostic> {
    let loaded = load(text);
    let history = history.map(|make| make(loaded.policy.as_ref().unwrap()));
    advise(Premises {
        loaded: &loaded,
        roster,
        history: history.as_ref(),
        now: NOW.parse().unwrap(),
    })
}

fn codes(text: &str) -> Vec<&'static str> {
    let all = said(text, None, None);
    all.iter().map(|it| it.code.as_str()).collect()
}

/// How often a policy is told something.
fn times(text: &str, code: Code) -> usize {
    let all = said(text, None, None);
    all.iter().filter(|it| it.code == code).count()
}

fn roster(name: &str, text: &str) -> FigureFile {
    let request = FigureRequest {
        path: name.to_owned(),
        of_run: false,
        pointers: Vec::new(),
    };
    read_figures(request, Ok(text.as_bytes()))
}

/// A policy about which there is nothing to advise.
const GOOD: &str = "\
version: 1
mission: Ship every day. Nothing that an attacker can use.
period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }
ledger: dir:ledger
context: { stack: Rust, organisation: one team, people: eight, requirements: [soc-2], horizon: a year }
data: { roster: { file: people.csv } }
risks:
  - { id: r-1, title: An insider gets at the tools, likelihood: low, impact: high, reviewed: 2026-10-01, owner: ann }
scopes:
  prod: { paths: [\"services/**\"], data_class: cards }
objectives:
  - id: exposure
    title: Nothing exploitable reaches production
    owner: \"@acme/appsec\"
    sponsor: ann
    deputy: bob
    pillar: risk
    horizon: tactical
    business_reason: Customers stay
    derived_from: [r-1]
    contributes_to: [company/customer-confidence]
    actions: [{ what: Mend the oldest first }]
    budget: none
    key_results:
      - id: prod
        title: Nothing high in production
        measure: { count: { scope: prod, cvss: \">= 7.0\" } }
        target: \"<= 0\"
        decision: { risks: r-1, mitigations: none, customer: yes, difficulty: low, staff: ann, compliance: soc-2, mission: yes }
  - id: repair
    title: Repair faster than attackers move
    owner: ann
    sponsor: ann
    deputy: bob
    pillar: trust
    horizon: strategic
    business_reason: Customers stay
    contributes_to: [company/customer-confidence]
    actions: [{ what: Mend the oldest first }]
    budget: none
    key_results:
      - id: quick
        title: Halve the time to fix
        measure: { time_to_fix: { statistic: median, window: 90d } }
        start: 40d
        target: \"<= 20d\"
        ambition: aspirational
        derived_from: tm-7
        decision: { risks: r-1, mitigations: none, customer: yes, difficulty: low, staff: ann, compliance: soc-2, mission: yes }
      - id: old
        title: Nothing is old
        measure: { age: { statistic: p90 } }
        target: \"<= 60d\"
        on_miss: warn
        derived_from: tm-7
        decision: { risks: r-1, mitigations: none, customer: yes, difficulty: low, staff: ann, compliance: soc-2, mission: yes }
";

const PEOPLE: &str = "login,team\nann,appsec\nBob,platform\n";

/// What is taken away from the good policy, or put in its place, and what is then told.
const TAKEN_AWAY: &[(&str, &str, Code)] = &[
    (
        "mission: Ship every day. Nothing that an attacker can use.\n",
        "",
        Code::MissingMission,
    ),
    ("can use.\n", "can use. Ever.\n", Code::MissionTooLong),
    ("ledger: dir:ledger\n", "", Code::NothingTracked),
    (", horizon: a year }", " }", Code::MissingContext),
    ("reviewed: 2026-10-01, ", "", Code::RiskNotReviewed),
    (
        "reviewed: 2026-10-01",
        "reviewed: 2026-08-17",
        Code::RiskNotReviewed,
    ),
    (
        "derived_from: [r-1]",
        "derived_from: [r-2]",
        Code::RiskWithoutKeyResult,
    ),
    (
        "business_reason: Customers stay\n    derived_from",
        "derived_from",
        Code::MissingBusinessReason,
    ),
    (
        "    sponsor: ann\n    deputy: bob\n    pillar: risk",
        "    sponsor: ann\n    pillar: risk",
        Code::MissingSponsor,
    ),
    (
        "    budget: none\n    key_results:\n      - id: prod",
        "    key_results:\n      - id: prod",
        Code::MissingPlan,
    ),
    (
        "        ambition: aspirational\n",
        "        on_miss: warn\n",
        Code::NoStretch,
    ),
    (
        ", mission: yes }\n  - id: repair",
        " }\n  - id: repair",
        Code::MissingDecision,
    ),
    (
        "        on_miss: warn\n        derived_from: tm-7\n",
        "        on_miss: warn\n",
        Code::KeyResultWithoutOrigin,
    ),
    ("horizon: tactical", "horizon: strategic", Code::OneHorizon),
    (
        "    contributes_to: [company/customer-confidence]\n    actions: [{ what: Mend the oldest first }]\n    budget: none\n    key_results:\n      - id: quick",
        "    actions: [{ what: Mend the oldest first }]\n    budget: none\n    key_results:\n      - id: quick",
        Code::ObjectiveUnaligned,
    ),
    (
        "{ age: { statistic: p90 } }\n        target: \"<= 60d\"",
        "{ recurrence: { window: 90d, within: 90d } }\n        target: \"<= 5%\"",
        Code::SpeedWithoutBacklog,
    ),
    (
        "count: { scope: prod, cvss",
        "count: { cvss",
        Code::DataClassWithoutKeyResult,
    ),
    (
        "owner: \"@acme/appsec\"",
        "owner: \"@acme/apsec\"",
        Code::OwnerNotInRoster,
    ),
    (
        "reviewed: 2026-10-01, owner: ann",
        "reviewed: 2026-10-01, owner: eve",
        Code::NameNotInRoster,
    ),
];

#[test]
fn key_result_q05_a_policy_that_follows_all_advice_is_told_only_what_it_lacks() {
    let people = roster("people.csv", PEOPLE);
    let all = said(GOOD, Some(&people), None);
    let codes: Vec<_> = all.iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::PillarWithoutKeyResult]);
    let drawn = crate::diagnostic::draw(&all, &[], false);
    assert!(drawn.contains("governance, empowerment"), "{drawn}");
    // Each of these takes one thing away, and exactly that is told.
    for (from, to, code) in TAKEN_AWAY {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{code:?}");
        let all = said(&text, Some(&people), None);
        let codes: Vec<_> = all
            .iter()
            .map(|it| it.code)
            .filter(|code| *code != Code::PillarWithoutKeyResult)
            .collect();
        assert_eq!(codes, [*code], "{text}");
    }
}

#[test]
fn key_result_q05_a_bare_policy_is_told_everything_once_or_a_line() {
    let text = policy_of(
        "",
        &[objective(
            "o",
            "",
            &[&format!("id: k, {COUNT}, target: \"<= 0\"")],
        )],
    );
    assert_eq!(
        codes(&text),
        [
            "objectives-few-or-many",
            "pillar-without-key-result",
            "nothing-tracked",
            "no-stretch",
            "missing-context",
            "missing-mission",
            "no-risks",
            "objective-unaligned",
            "missing-business-reason",
            "missing-plan",
            "missing-sponsor",
            "key-result-without-origin",
            "missing-decision",
        ]
    );
    let all = said(&text, None, None);
    assert_eq!(count(&all, Level::Error), 0, "no roster, no error");
}

#[test]
fn key_result_q05_a_policy_with_faults_gets_no_advice() {
    let loaded = policy::parse("krgate.yaml", "version: 1\nobjektives: []\n");
    let all = advise(Premises {
        loaded: &loaded,
        roster: None,
        history: None,
        now: NOW.parse().unwrap(),
    });
    assert!(all.is_empty());
}

#[test]
fn key_result_k35_two_to_four_objectives_with_at_most_five_key_results() {
    let names = ["a", "b", "c", "d", "e"];
    let few = |objectives: usize, key_results: usize, more: &str| {
        let list: Vec<String> = names[..objectives]
            .iter()
            .map(|o| {
                let own: Vec<String> = (0..key_results)
                    .map(|k| format!("id: {o}-{k}, {COUNT}, target: \"<= 0\""))
                    .chain(
                        (!more.is_empty())
                            .then(|| format!("id: {o}-more, {COUNT}, target: \"<= 0\", {more}")),
                    )
                    .collect();
                let own: Vec<&str> = own.iter().map(String::as_str).collect();
                objective(o, "", &own)
            })
            .collect();
        policy_of("", &list)
    };
    for (number, said) in [(1, 1), (2, 0), (3, 0), (4, 0), (5, 1)] {
        let text = few(number, 1, "");
        assert_eq!(times(&text, Code::ObjectivesFewOrMany), said, "{number}");
    }
    assert_eq!(times(&few(2, 5, ""), Code::KeyResultsMany), 0);
    assert_eq!(times(&few(2, 6, ""), Code::KeyResultsMany), 2);
    let health = few(2, 5, "kind: health");
    assert_eq!(
        times(&health, Code::KeyResultsMany),
        0,
        "watched, not pursued"
    );
    let none = policy_of(
        "",
        &[
            objective("a", "", &[&format!("id: k, {COUNT}, target: \"<= 0\"")]),
            objective("b", "", &[]),
            objective("c", "    uses: [{ key_result: k }]\n", &[]),
        ],
    );
    assert_eq!(times(&none, Code::ObjectiveWithoutKeyResult), 1);
    for code in [
        Code::ObjectivesFewOrMany,
        Code::KeyResultsMany,
        Code::ObjectiveWithoutKeyResult,
    ] {
        assert_eq!(code.level(), Level::Warning, "warnings, not errors");
    }
}

#[test]
fn key_result_f46_an_owner_who_is_not_in_the_roster_is_an_error() {
    let owned = |owner: &str, own: &str| {
        format!(
            "version: 1\ndata: {{ roster: {{ file: people.csv }} }}\nobjectives:\n  - id: o\n    \
             title: O\n    owner: \"{owner}\"\n    key_results:\n      - {{ id: k, title: K, \
             {COUNT}, target: \"<= 0\"{own} }}\n"
        )
    };
    let people = roster("people.csv", PEOPLE);
    let errors = |text: &str, people: &FigureFile| {
        let all = said(text, Some(people), None);
        let errors = all.into_iter().filter(|it| it.level == Level::Error);
        errors.map(|it| it.code).collect::<Vec<_>>()
    };
    for there in ["ann", "@ann", "@Ann", "bob", "@acme/appsec", "platform"] {
        assert_eq!(errors(&owned(there, ""), &people), [], "{there}");
    }
    for away in ["eve", "an", "@acme/apsec", "acme", "login"] {
        assert_eq!(
            errors(&owned(away, ""), &people),
            [Code::OwnerNotInRoster],
            "{away}"
        );
    }
    let of_key_result = owned("ann", ", owner: eve");
    assert_eq!(errors(&of_key_result, &people), [Code::OwnerNotInRoster]);
    let json = roster("people.json", r#"[{"login":"ann"}]"#);
    assert_eq!(errors(&owned("ann", ""), &json), []);
    for (name, text) in [
        ("people.csv", ""),
        ("people.json", "{}"),
        ("people.csv", "a\n1,2\n"),
    ] {
        let broken = roster(name, text);
        assert_eq!(
            errors(&owned("ann", ""), &broken),
            [Code::RosterUnreadable],
            "unknown is not met"
        );
    }
}

const QUARTER: &str = "period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }\n";

/// A history of one figure a week of the quarter, from its first Monday on.
fn weekly(policy: &Policy, figures: &[i64]) -> History {
    let (_, key_result) = policy.key_results().next().unwrap();
    let first: Timestamp = "2026-10-05T06:00:00Z".parse().unwrap();
    let points = figures.iter().zip(0_i64..).map(|(figure, week)| Point {
        key_result: policy.record_name(key_result),
        at: first + jiff::SignedDuration::from_hours(week * 7 * 24),
        record: RecordId([u8::try_from(week).unwrap(); 32]),
        definition: definition(policy, key_result),
        value: Some(Quantity::whole(*figure)),
        bound: Bound::Exact,
        verdict: Verdict::Missed,
        score: None,
        n: None,
        reason: None,
        of_state: true,
    });
    History {
        read: true,
        points: points.collect(),
        ..History::default()
    }
}

fn told(key_result: &str, figures: &[i64]) -> Vec<(Code, String)> {
    let text = policy_of(QUARTER, &[objective("o", "", &[key_result])]);
    let figures = figures.to_vec();
    let all = said(&text, None, Some(&move |policy| weekly(policy, &figures)));
    let of_targets = all
        .into_iter()
        .filter(|it| matches!(it.code, Code::TargetMetAtStart | Code::TargetUnlikely));
    of_targets
        .map(|it| {
            assert_eq!(it.level, Level::Note);
            let label = crate::diagnostic::draw(std::slice::from_ref(&it), &[], false);
            (it.code, label)
        })
        .collect()
}

#[test]
fn key_result_k34_a_target_that_was_met_on_the_first_day_is_none() {
    let down = format!("id: k, {COUNT}, start: 40, target: \"<= 10\", on_miss: warn");
    let met = told(&down, &[10, 12, 9]);
    assert_eq!(met.len(), 1);
    assert_eq!(met[0].0, Code::TargetMetAtStart);
    assert!(
        met[0].1.contains("2026-10-05, is 10; target <= 10"),
        "{}",
        met[0].1
    );
    assert!(told(&down, &[11, 9, 9]).is_empty(), "it was a target");
    assert!(told(&down, &[]).is_empty());
    let guardrail = format!("id: k, {COUNT}, target: \"<= 10\"");
    assert!(
        told(&guardrail, &[0, 0]).is_empty(),
        "a guardrail holds from the first day"
    );
}

#[test]
fn key_result_k34_a_target_out_of_reach_is_not_realistic() {
    let down =
        |target: &str| format!("id: k, {COUNT}, start: 40, target: \"{target}\", on_miss: warn");
    // The worked example of the forecast: P(hit) is 0.7375.
    let pace = [40, 37, 36, 30, 31, 26];
    assert!(told(&down("<= 10"), &pace).is_empty());
    let slow = [40, 40, 39, 40, 39, 39];
    let far = told(&down("<= 5"), &slow);
    assert_eq!(far.len(), 1);
    assert_eq!(far[0].0, Code::TargetUnlikely);
    assert!(far[0].1.contains("P(hit) 5%"), "{}", far[0].1);
    assert!(
        told(&down("<= 5"), &slow[..4]).is_empty(),
        "too little to say so"
    );
}

#[test]
fn key_result_k34_nothing_is_said_of_a_history_that_is_not_whole() {
    let key_result = format!("id: k, {COUNT}, start: 40, target: \"<= 10\", on_miss: warn");
    let text = policy_of(QUARTER, &[objective("o", "", &[&key_result])]);
    let damaged = |policy: &Policy| History {
        doubts: vec![crate::model::history::Doubt {
            code: "damaged-record",
            what: "a record".to_owned(),
            since: None,
        }],
        ..weekly(policy, &[1, 1])
    };
    let all = said(&text, None, Some(&damaged));
    assert!(all.iter().all(|it| it.code != Code::TargetMetAtStart));
    let whole = said(
        &text,
        None,
        Some(&|policy: &Policy| weekly(policy, &[1, 1])),
    );
    assert!(whole.iter().any(|it| it.code == Code::TargetMetAtStart));
}

#[test]
fn key_result_m02_speed_needs_the_backlog_in_the_same_objective() {
    let speed = "id: quick, measure: { time_to_fix: { statistic: median, window: 90d } }, target: \"<= 20d\"";
    let age = "id: old, measure: { age: { statistic: p90 } }, target: \"<= 60d\"";
    let sla =
        "id: sla, measure: { sla: { limits: { high: 30d }, window: 90d } }, target: \">= 95%\"";
    let count =
        |objectives: &[String]| times(&policy_of("", objectives), Code::SpeedWithoutBacklog);
    assert_eq!(count(&[objective("a", "", &[speed])]), 1);
    assert_eq!(count(&[objective("a", "", &[speed, age])]), 0);
    assert_eq!(count(&[objective("a", "", &[sla, speed])]), 0);
    let apart = [objective("a", "", &[speed]), objective("b", "", &[age])];
    assert_eq!(count(&apart), 1);
    let used = [
        objective("a", "    uses: [{ key_result: old }]\n", &[speed]),
        objective("b", "", &[age]),
    ];
    assert_eq!(count(&used), 0);
}
