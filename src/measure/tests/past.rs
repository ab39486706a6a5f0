//! Measures over the history, on histories made by hand (rules M1 to M19, M26, M31, M34, M35).

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::{figures::files, policy_text};
use crate::measure::{Bound, Measurement, Sight};
use crate::model::history::{
    Cause, Close, Doubt, Episode, FleetScan, History, Life, LifeState, PastEvent, PastRun,
    PastScan, PastStream, RecordId, Unadmitted,
};
use crate::model::testing::IntakeBuilder;
use crate::model::{
    Class, Event, Figures, FindingId, ObjectId, Quantity, SecretHash, Severity, UntrustedText,
};
use crate::policy;
use crate::scope::{self, RunFacts};

mod overturned;

const DAY: i64 = 24;

/// The moment so many hours after the begin of 2026.
fn hour(hours: i64) -> Timestamp {
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    begin + SignedDuration::from_hours(hours)
}

fn day(days: i64) -> Timestamp {
    hour(days * DAY)
}

/// A finding of the first stream that was seen first at a moment, and is open.
fn life(number: usize, first_seen: Timestamp) -> Life {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    Life {
        id: FindingId::new(id),
        aliases: Vec::new(),
        stream: 0,
        rule: UntrustedText::new("r"),
        path: Some(UntrustedText::new("a.py")),
        line: Some(1),
        package: None,
        secret: None,
        vulnerability: None,
        validity: None,
        revoked: None,
        cvss: None,
        severity: Some(Severity::High),
        cwe: vec![79],
        first_seen,
        introduced: None,
        advisory_published: None,
        left_truncated: false,
        by_tool_change: false,
        seen_on_change: false,
        episodes: vec![Episode {
            opened: first_seen,
            fixed: None,
            fixing_commit: None,
        }],
        left: None,
        triaged: None,
        deployed: None,
        state: LifeState::Open,
    }
}

/// The same, fixed at a moment.
fn fixed(mut life: Life, at: Timestamp, cause: Cause) -> Life {
    life.episodes.last_mut().unwrap().fixed = Some((at, cause));
    life.state = LifeState::Fixed;
    life
}

/// The same, seen again.
fn reopened(mut life: Life, at: Timestamp) -> Life {
    life.episodes.push(Episode {
        opened: at,
        fixed: None,
        fixing_commit: None,
    });
    life.state = LifeState::Open;
    life
}

fn stream(repository: &str, class: Class) -> PastStream {
    PastStream {
        repository: repository.to_owned(),
        reference: "refs/heads/main".to_owned(),
        tool: UntrustedText::new("semgrep"),
        category: None,
        class,
        fresh: 7 * 86_400,
    }
}

fn scan(stream: u32, at: Timestamp) -> PastScan {
    PastScan {
        record: RecordId([0; 32]),
        stream,
        at,
        commit: None,
        unadmitted: None,
        of_history: false,
        tool_change: false,
    }
}

/// A history of one repository with scans at its begin and at the end.
fn history(now: Timestamp, lives: Vec<Life>) -> History {
    History {
        read: true,
        streams: vec![stream("acme/one", Class::Sast)],
        scans: vec![scan(0, day(0)), scan(0, now)],
        lives,
        ..History::default()
    }
}

/// The scans of a history as an inventory looks at them.
fn fleet(history: &History) -> Vec<FleetScan> {
    let scans = history.scans.iter().map(|scan| {
        let stream = &history.streams[usize::try_from(scan.stream).unwrap()];
        FleetScan {
            repository: stream.repository.clone(),
            name: UntrustedText::new(["name/of/", &stream.repository].concat()),
            host: UntrustedText::new("example.org"),
            class: stream.class,
            at: scan.at,
            history_at: scan.of_history.then_some(scan.at),
        }
    });
    scans.collect()
}

fn measured_with(
    history: &History,
    now: Timestamp,
    head: &str,
    measure: &str,
    target: &str,
    figures: Figures,
) -> (Measurement, Option<bool>) {
    let key_result = format!("{{ id: k, title: K, measure: {measure}, target: \"{target}\" }}");
    let loaded = policy::parse("krgate.yaml", &policy_text(head, &[&key_result]));
    let Some(policy) = loaded.policy else {
        panic!("policy has faults: {:?}", loaded.diagnostics);
    };
    let mut intake = IntakeBuilder::default().build();
    intake.figures = figures;
    let facts = RunFacts {
        now: Some(now),
        ..RunFacts::default()
    };
    let scoped = scope::mark(intake, &policy, &facts);
    let history = &History {
        fleet: fleet(history),
        ..history.clone()
    };
    let sight = Sight::new(&scoped, &policy, false).with_past(history, now);
    let (_, kr) = policy.key_results().next().unwrap();
    let measurement = sight.measure(kr);
    let met = match (measurement.value, measurement.bound) {
        (None, _) => None,
        (Some(value), Bound::Exact) => kr.target.is_met_by(value),
        (Some(value), Bound::AtLeast) => kr.target.decided_from(value).or_else(|| {
            let most = measurement.at_most?;
            kr.target.decided_between(value, most)
        }),
    };
    (measurement, met)
}

fn measured(
    history: &History,
    now: Timestamp,
    measure: &str,
    target: &str,
) -> (Measurement, Option<bool>) {
    measured_with(history, now, "", measure, target, Figures::default())
}

/// The figure as it is shown; with `at least` before a bound.
fn shown(measurement: &Measurement) -> String {
    let Some(value) = measurement.value else {
        let reasons: Vec<&str> = measurement.reasons.iter().map(|r| r.code).collect();
        return format!("unknown: {}", reasons.join(", "));
    };
    let bound = match measurement.bound {
        Bound::Exact => "",
        Bound::AtLeast => "at least ",
    };
    format!("{bound}{}", measurement.unit.show(value))
}

fn seen(history: &History, now: Timestamp, measure: &str, target: &str) -> String {
    shown(&measured(history, now, measure, target).0)
}

fn notes(measurement: &Measurement) -> String {
    format!("{:?}", measurement.notes)
}

/// The findings A to L of the worked table; the window is day 100 to day 190.
fn table() -> Vec<Life> {
    let open = |number, first| life(number, day(first));
    let done = |number, first, end| fixed(open(number, first), day(end), Cause::Scan);
    let mut k = open(11, 90);
    k.left = Some(Close::Accepted(day(130)));
    let mut l = fixed(open(12, 170), day(173), Cause::Scan);
    l.left = Some(Close::FalsePositive(day(173)));
    vec![
        done(1, 100, 102),
        done(2, 110, 115),
        done(3, 120, 125),
        open(4, 130),
        open(7, 160),
        open(8, 180),
        done(5, 140, 149),
        done(6, 150, 164),
        done(9, 80, 104),
        open(10, 40),
        k,
        l,
    ]
}

fn time_to_fix(statistic: &str) -> String {
    format!("{{ time_to_fix: {{ statistic: {statistic}, window: 90d, horizon: 30d }} }}")
}

#[test]
fn metric_m01_time_to_fix_is_a_quantile_with_delayed_entry() {
    let history = history(day(190), table());
    let (median, met) = measured(&history, day(190), &time_to_fix("median"), "<= 9d");
    assert_eq!((shown(&median).as_str(), met), ("9 d", Some(true)));
    let (_, met) = measured(&history, day(190), &time_to_fix("median"), "<= 8d");
    assert_eq!(met, Some(false));
    // Not reached: everybody that is left is older than 24 d.
    let (p75, met) = measured(&history, day(190), &time_to_fix("p75"), "<= 30d");
    assert_eq!((shown(&p75).as_str(), met), ("at least 150 d", Some(false)));
}

#[test]
fn metric_m02_the_backlog_stands_beside_the_speed() {
    let history = history(day(190), table());
    let (median, _) = measured(&history, day(190), &time_to_fix("median"), "<= 9d");
    assert_eq!(median.n, Some(11));
    let said = notes(&median);
    let words = "6 fixed, 4 open, 1 left without a fix; open and older than the value: 4";
    assert!(said.contains(words), "{said}");
}

#[test]
fn metric_m03_restricted_mean_up_to_the_horizon() {
    let history = history(day(190), table());
    let (mean, _) = measured(
        &history,
        day(190),
        &time_to_fix("restricted_mean"),
        "<= 20d",
    );
    let days = mean.value.unwrap().over(Quantity::whole(86_400));
    assert_eq!(days, Quantity::ratio(241, 16));
}

#[test]
fn metric_m04_too_few_are_too_little() {
    let lives: Vec<Life> = (0..4)
        .map(|number| fixed(life(number, day(110)), day(111), Cause::Scan))
        .collect();
    let four = history(day(190), lives);
    assert_eq!(
        seen(&four, day(190), &time_to_fix("median"), "<= 9d"),
        "unknown: insufficient-data"
    );
    let none = history(day(190), Vec::new());
    assert_eq!(
        seen(&none, day(190), &time_to_fix("median"), "<= 9d"),
        "unknown: insufficient-data"
    );
    let met = "{ time_to_fix: { statistic: median, window: 90d, if_none: met } }";
    assert_eq!(seen(&none, day(190), met, "<= 9d"), "0 d");
}

/// Fail closed: that there was nothing to fix is a success only where the policy says so.
#[test]
fn key_result_q07_nothing_to_fix_is_a_success_only_where_it_is_written() {
    let now = day(190);
    let nothing = history(now, Vec::new());
    for (measure, target, met) in [
        (
            "time_to_fix: { statistic: median, window: 90d",
            "<= 9d",
            "0 d",
        ),
        (
            "sla: { limits: { high: 30d }, window: 90d",
            ">= 95%",
            "100%",
        ),
    ] {
        for (key, expected) in [
            ("", "unknown: insufficient-data"),
            (", if_none: unknown", "unknown: insufficient-data"),
            (", if_none: met", met),
        ] {
            let written = format!("{{ {measure}{key} }} }}");
            let (figure, verdict) = measured(&nothing, now, &written, target);
            assert_eq!(shown(&figure), expected, "{written}");
            assert_eq!(verdict.is_some(), expected == met, "{written}");
        }
    }
    // It is no excuse where too little happened: one finding is not nothing.
    let one = history(now, vec![life(1, day(150))]);
    let met = "{ time_to_fix: { statistic: median, window: 90d, if_none: met } }";
    assert_eq!(seen(&one, now, met, "<= 9d"), "unknown: insufficient-data");
}

#[test]
fn metric_m05_what_is_not_a_fix() {
    // The clocks of five that another version of the tool ended run out without a fix.
    let mut lives = table();
    for number in 20..25 {
        lives.push(fixed(life(number, day(110)), day(111), Cause::ToolChange));
    }
    let mut old = life(30, day(105));
    old.left_truncated = true;
    lives.push(old);
    let past = history(day(190), lives);
    let (median, _) = measured(&past, day(190), &time_to_fix("median"), "<= 9d");
    assert_eq!(shown(&median), "9 d");
    assert_eq!(median.n, Some(16));
    assert!(notes(&median).contains("6 left without a fix"));
    assert!(notes(&median).contains("1 that were there at the first scan"));
    let removed = history(
        day(190),
        (0..5)
            .map(|number| fixed(life(number, day(110)), day(113), Cause::Removed))
            .collect(),
    );
    assert_eq!(
        seen(&removed, day(190), &time_to_fix("median"), "<= 9d"),
        "3 d",
        "a deleted file is a fix"
    );
}

#[test]
fn metric_m06_a_bound_decides_what_it_can() {
    let mut lives: Vec<Life> = [20, 25, 30, 40]
        .iter()
        .enumerate()
        .map(|(number, age)| life(number, day(190 - age)))
        .collect();
    for (number, age) in [(10, 3), (11, 10)] {
        lives.push(fixed(life(number, day(140)), day(140 + age), Cause::Scan));
    }
    let history = history(day(190), lives);
    let verdict = |target| {
        let (median, met) = measured(&history, day(190), &time_to_fix("median"), target);
        assert_eq!(shown(&median), "at least 40 d");
        met
    };
    assert_eq!(verdict("<= 20d"), Some(false));
    assert_eq!(verdict("<= 40d"), Some(false), "somebody was open at 40 d");
    assert_eq!(verdict("<= 60d"), None);
}

#[test]
fn metric_m07_one_finding_has_one_clock() {
    let premature = |number| {
        let first = fixed(life(number, day(100)), day(105), Cause::Scan);
        reopened(first, day(112))
    };
    let again = history(
        day(190),
        (0..5)
            .map(|number| fixed(premature(number), day(120), Cause::Scan))
            .collect(),
    );
    let median = time_to_fix("median");
    assert_eq!(seen(&again, day(190), &median, "<= 9d"), "20 d");
    let still = history(day(190), (0..5).map(premature).collect());
    assert_eq!(seen(&still, day(190), &median, "<= 9d"), "at least 90 d");
}

const SLA: &str = "{ sla: { limits: { high: 30d }, window: 90d } }";

#[test]
fn metric_m09_what_is_overdue_counts_against() {
    let now = day(190);
    let mut lives: Vec<Life> = [5, 12, 29, 45]
        .iter()
        .enumerate()
        .map(|(number, age)| fixed(life(number, day(130)), day(130 + age), Cause::Scan))
        .collect();
    lives.extend([10, 31, 90].map(|age| life(age, day(190 - i64::try_from(age).unwrap()))));
    let (share, met) = measured(&history(now, lives), now, SLA, ">= 50%");
    assert_eq!((shown(&share).as_str(), met), ("50%", Some(true)));
    // Exactly at the limit counts as kept.
    let kept = fixed(life(1, day(120)), day(150), Cause::Scan);
    assert_eq!(seen(&history(now, vec![kept]), now, SLA, ">= 95%"), "100%");
    // The clock of what was there at the first scan starts then.
    let mut adopted = life(1, day(150));
    adopted.left_truncated = true;
    let (share, _) = measured(&history(now, vec![adopted]), now, SLA, ">= 95%");
    assert_eq!(shown(&share), "0%");
    assert!(notes(&share).contains("the clock of 1 starts at the first scan"));
    let nothing = history(now, Vec::new());
    assert_eq!(
        seen(&nothing, now, SLA, ">= 95%"),
        "unknown: insufficient-data"
    );
    let met = "{ sla: { limits: { high: 30d }, window: 90d, if_none: met } }";
    assert_eq!(seen(&nothing, now, met, ">= 95%"), "100%");
}

#[test]
fn metric_m10_ages_of_what_is_open() {
    let now = day(400);
    let ages = [1, 3, 3, 10, 40, 41, 90, 200, 200, 365];
    let lives = |truncated: i64| {
        ages.iter()
            .enumerate()
            .map(|(number, age)| {
                let mut life = life(number, day(400 - age));
                life.left_truncated = *age >= truncated;
                life
            })
            .collect()
    };
    let age = |statistic: &str| format!("{{ age: {{ statistic: {statistic} }} }}");
    let exact = history(now, lives(1000));
    assert_eq!(seen(&exact, now, &age("median"), "<= 60d"), "40 d");
    assert_eq!(seen(&exact, now, &age("p90"), "<= 60d"), "200 d");
    assert_eq!(seen(&exact, now, &age("max"), "<= 60d"), "365 d");
    // The two oldest may be older: the ninth is 200 d or any age, the fifth is 40 d.
    let old = history(now, lives(200));
    let (p90, met) = measured(&old, now, &age("p90"), "<= 300d");
    assert_eq!((shown(&p90).as_str(), met), ("at least 200 d", None));
    assert_eq!(p90.reasons[0].code, "age-before-adoption");
    assert_eq!(measured(&old, now, &age("p90"), "<= 60d").1, Some(false));
    assert_eq!(measured(&old, now, &age("median"), "<= 60d").1, Some(true));
    // A finite bound decides where both ends say the same.
    let young = history(now, lives(365));
    let mut three = young.clone();
    three.lives[0].left_truncated = true;
    let (p50, met) = measured(&three, now, &age("median"), "<= 60d");
    assert_eq!((shown(&p50).as_str(), met), ("at least 40 d", Some(true)));
    assert_eq!(measured(&three, now, &age("median"), "<= 40d").1, None);
    let (none, met) = measured(&history(now, Vec::new()), now, &age("p90"), "<= 60d");
    assert_eq!(
        (shown(&none).as_str(), none.n, met),
        ("0 d", Some(0), Some(true))
    );
}

/// 24 new and 18 fixed of older ones in the window, and a repository that joined in it.
fn flow() -> History {
    let mut lives: Vec<Life> = (0..24).map(|number| life(number, day(150))).collect();
    for number in 100..118 {
        lives.push(fixed(life(number, day(50)), day(160), Cause::Scan));
    }
    for number in 200..210 {
        let mut life = life(number, day(155));
        life.stream = 1;
        lives.push(life);
    }
    let mut history = history(day(190), lives);
    history.streams.push(stream("acme/two", Class::Sast));
    history.scans.push(scan(1, day(155)));
    history.scans.push(scan(1, day(190)));
    history.scans.push(scan(0, day(189)));
    history.scans.push(scan(1, day(189)));
    history.scans.sort_by_key(|scan| scan.at);
    history
}

#[test]
fn metric_m11_fixed_per_new() {
    let (rate, _) = measured(&flow(), day(190), "{ fix_rate: { window: 90d } }", ">= 75%");
    assert_eq!(shown(&rate), "75%");
    assert!(notes(&rate).contains("1 repositories joined in the window"));
    let mut none_new = flow();
    none_new.lives.retain(|life| life.first_seen < day(100));
    assert_eq!(
        seen(
            &none_new,
            day(190),
            "{ fix_rate: { window: 90d } }",
            ">= 75%"
        ),
        "unknown: insufficient-data"
    );
    assert_eq!(
        seen(&none_new, day(190), "{ net_flow: { window: 90d } }", "<= 0"),
        "-18"
    );
}

#[test]
fn metric_m12_new_less_fixed() {
    let net = "{ net_flow: { window: 90d } }";
    let (flow_of, met) = measured(&flow(), day(190), net, "<= 0");
    assert_eq!((shown(&flow_of).as_str(), met), ("6", Some(false)));
    let mut silent = flow();
    silent
        .scans
        .retain(|scan| scan.stream == 1 || scan.at == day(0) || scan.at == day(190));
    assert_eq!(
        seen(&silent, day(190), net, "<= 0"),
        "unknown: stream-stale"
    );
}

#[test]
fn metric_m13_fixes_that_did_not_last() {
    // 20 fixes whose 90 days are over: one was reopened, one followed; a younger one waits.
    let mut lives: Vec<Life> = (0..20)
        .map(|number| {
            let mut life = fixed(life(number, day(40)), day(50), Cause::Scan);
            life.cwe = vec![1000 + u32::try_from(number).unwrap()];
            life
        })
        .collect();
    lives[3] = reopened(lives[3].clone(), day(60));
    let mut follower = life(50, day(139));
    follower.cwe = vec![1007];
    lives.push(follower);
    let mut both = life(51, day(70));
    both.cwe = vec![1003];
    lives.push(both);
    lives.push(reopened(
        fixed(life(60, day(90)), day(120), Cause::Scan),
        day(125),
    ));
    let history = history(day(190), lives);
    let measure = "{ recurrence: { window: 90d, within: 90d } }";
    let (share, met) = measured(&history, day(190), measure, "<= 5%");
    assert_eq!((shown(&share).as_str(), met), ("10%", Some(false)));
    assert!(notes(&share).contains("2 of 20 fixes did not last; 1 younger ones wait"));
}

#[test]
fn metric_m14_what_no_change_showed_first() {
    let mut lives: Vec<Life> = (0..30)
        .map(|number| {
            let mut life = life(number, day(150));
            life.seen_on_change = number < 27;
            life
        })
        .collect();
    let mut by_tool = life(40, day(150));
    by_tool.by_tool_change = true;
    lives.push(by_tool);
    let mut old_dependency = life(41, day(150));
    old_dependency.package = Some(UntrustedText::new("lodash"));
    old_dependency.advisory_published = Some(day(149));
    lives.push(old_dependency);
    let mut past = history(day(190), lives);
    let measure = "{ escape_rate: { window: 90d } }";
    assert_eq!(
        seen(&past, day(190), measure, "<= 10%"),
        "unknown: changes-not-recorded"
    );
    past.runs.push(run(day(149), None, None));
    let (share, met) = measured(&past, day(190), measure, "<= 10%");
    assert_eq!((shown(&share).as_str(), met), ("10%", Some(true)));
    assert!(notes(&share).contains("2 came with another version of a tool"));
    past.lives.last_mut().unwrap().advisory_published = None;
    assert_eq!(
        seen(&past, day(190), measure, "<= 10%"),
        "unknown: undecided"
    );
}

/// The same, there at the first scan of the ledger, whose report says since when.
fn adopted(mut life: Life, at: Timestamp) -> Life {
    life.episodes[0].opened = at;
    life
}

#[test]
fn lifecycle_l02_what_was_there_before_the_first_scan_was_shown_by_none_sooner() {
    // Nothing that came in later: no change could have shown these.
    let lives: Vec<Life> = (0..5)
        .map(|n| adopted(life(n, day(110)), day(120)))
        .collect();
    let mut past = history(day(190), lives);
    past.runs.push(run(day(149), None, None));
    let of = |measure, target| seen(&past, day(190), measure, target);
    assert_eq!(
        of("{ escape_rate: { window: 90d } }", "<= 10%"),
        "unknown: insufficient-data"
    );
    let detect = "{ time_to_detect: { from: introduced, statistic: median, window: 90d } }";
    assert_eq!(of(detect, "<= 2d"), "unknown: insufficient-data");
}

#[test]
fn metric_m01_lifecycle_l02_what_was_detected_before_the_first_scan_enters_at_its_age_then() {
    // Five that were new to everybody, of which one is fixed at 5 days.
    let mut lives: Vec<Life> = (0..5).map(|n| life(n, day(150))).collect();
    lives[0] = fixed(lives[0].clone(), day(155), Cause::Scan);
    // Others of that age that were mended before day 120 no report has any more, so those that
    // it has were at risk from their tenth day on alone.
    let old = |n| adopted(life(n, day(110)), day(120));
    lives.extend((5..8).map(|n| fixed(old(n), day(130), Cause::Scan)));
    lives.push(old(8));
    // At 5 days one of 5, at 20 days 3 of 4 and 4: S = 4/5, then 4/5 · 5/8 = 1/2.
    let past = history(day(190), lives.clone());
    let median = time_to_fix("median");
    assert_eq!(seen(&past, day(190), &median, "<= 30d"), "20 d");
    // Had they been watched from the first day on, they would not have been fixed by then:
    // S = 8/9, then 8/9 · 5/8 = 5/9.
    for life in &mut lives {
        life.episodes[0].opened = life.first_seen;
    }
    let past = history(day(190), lives);
    assert_eq!(seen(&past, day(190), &median, "<= 30d"), "at least 80 d");
}

/// Findings of the window: seen so many days after the commit that brought them in.
fn introduced(days: &[i64]) -> Vec<Life> {
    let lives = days.iter().enumerate().map(|(number, days)| {
        let mut life = life(number, day(150));
        life.introduced = Some(day(150 - days));
        life
    });
    lives.collect()
}

#[test]
fn metric_m08_from_the_commit_that_brought_it_in() {
    let measure =
        "{ time_to_detect: { from: introduced, statistic: median, window: 90d, min_n: 4 } }";
    let lives = introduced(&[1, 2, 30, 200, 2]);
    let past = history(day(190), lives.clone());
    let (median, met) = measured(&past, day(190), measure, "<= 2d");
    assert_eq!((shown(&median).as_str(), met), ("2 d", Some(true)));
    assert!(notes(&median).contains("what nobody detected is not in this figure"));
    // What a new rule found in old code is no detection of a change.
    let mut by_rule = lives.clone();
    by_rule[3].by_tool_change = true;
    let past = history(day(190), by_rule);
    let (median, _) = measured(&past, day(190), measure, "<= 2d");
    assert_eq!((shown(&median).as_str(), median.n), ("2 d", Some(4)));
    // Nobody knows of one where it came from.
    let mut lost = lives;
    lost[0].introduced = None;
    let mut past = history(day(190), lost);
    assert_eq!(
        seen(&past, day(190), measure, "<= 2d"),
        "unknown: undecided"
    );
    // It was new at a commit that had been scanned before: no commit brought it in.
    let commit = ObjectId::new("0123456789012345678901234567890123456789");
    past.scans = vec![scan(0, day(100)), scan(0, day(150)), scan(0, day(190))];
    past.scans[0].commit.clone_from(&commit);
    past.scans[1].commit = commit;
    let (median, _) = measured(&past, day(190), measure, "<= 2d");
    assert_eq!((shown(&median).as_str(), median.n), ("2 d", Some(4)));
    assert!(notes(&median).contains("1 were new at a commit that had been scanned before"));
}

#[test]
fn metric_m08_an_old_advisory_of_a_new_dependency_runs_from_its_commit() {
    let measure =
        "{ time_to_detect: { from: advisory, statistic: median, window: 90d, min_n: 1 } }";
    let mut one = life(1, day(150));
    one.advisory_published = Some(day(20));
    let mut past = history(day(190), vec![one]);
    past.scans.insert(1, scan(0, day(149)));
    assert_eq!(
        seen(&past, day(190), measure, "<= 24h"),
        "unknown: insufficient-data",
        "nobody knows when the dependency came in"
    );
    past.lives[0].introduced = Some(hour(150 * DAY - 6));
    assert_eq!(seen(&past, day(190), measure, "<= 24h"), "6 h");
    past.lives[0].advisory_published = Some(hour(150 * DAY - 3));
    assert_eq!(seen(&past, day(190), measure, "<= 24h"), "3 h");
}

fn run(at: Timestamp, milliseconds: Option<u64>, feedback_seconds: Option<u64>) -> PastRun {
    PastRun {
        record: RecordId([0; 32]),
        repository: "acme/one".to_owned(),
        at,
        event: Event::Change,
        reference: None,
        commit: None,
        environment: None,
        exit: 0,
        milliseconds,
        feedback_seconds,
        writer: UntrustedText::new("krgate"),
        policy: None,
        reports: Vec::new(),
        data: Vec::new(),
        waivers: Vec::new(),
    }
}

#[test]
fn metric_m16_the_last_admitted_scan() {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let now = at("2026-11-23T18:00:00Z");
    let mut past = history(now, Vec::new());
    past.scans = vec![
        scan(0, at("2026-11-20T06:00:00Z")),
        scan(0, at("2026-11-22T06:00:00Z")),
    ];
    past.scans[1].unadmitted = Some(Unadmitted::RunFailed);
    let fresh = "{ freshness: { class: sast } }";
    let (time, met) = measured(&past, now, fresh, "<= 7d");
    assert_eq!((shown(&time).as_str(), met), ("3.5 d", Some(true)));
    let both = "{ freshness: { class: [sast, secrets] } }";
    assert_eq!(seen(&past, now, both, "<= 7d"), "unknown: never-scanned");
    let event = "{ freshness: { event: deployment } }";
    assert_eq!(seen(&past, now, event, "<= 7d"), "unknown: no-event");
    past.events.push(PastEvent {
        name: "deployment".to_owned(),
        at: at("2026-11-23T06:00:00Z"),
        record: RecordId([0; 32]),
        commit: None,
        environment: None,
        found: None,
        scope: None,
    });
    assert_eq!(seen(&past, now, event, "<= 7d"), "0.5 d");
}

#[test]
fn metric_m17_scanned_repositories_of_the_inventory() {
    let mut inventory = "repository,archived\n".to_owned();
    for number in 0..50 {
        writeln!(inventory, "acme/{number},{}", number >= 46).unwrap();
    }
    let mut past = History {
        read: true,
        ..History::default()
    };
    for place in 0..42_u32 {
        // 41 of the inventory, one that it does not list.
        let name = match place {
            41 => "acme/stranger".to_owned(),
            _ => format!("acme/{place}"),
        };
        past.streams.push(stream(&name, Class::Secrets));
        past.scans.push(scan(place, day(189)));
    }
    let head = "data: { inventory: { file: repositories.csv } }\n";
    let seen = |past: &History, within: &str, depth: &str| {
        let measure =
            format!("{{ coverage: {{ class: secrets, within: {within}, depth: {depth} }} }}");
        let figures = files(&[("repositories.csv", &inventory)]);
        measured_with(past, day(190), head, &measure, ">= 100%", figures).0
    };
    let share = seen(&past, "7d", "head");
    assert_eq!((shown(&share).as_str(), share.n), ("89.13%", Some(46)));
    assert!(notes(&share).contains("1 in the ledger and not in the inventory"));
    assert_eq!(shown(&seen(&past, "7d", "history")), "0%");
    past.scans
        .iter_mut()
        .for_each(|scan| scan.of_history = true);
    assert_eq!(shown(&seen(&past, "7d", "history")), "89.13%");
    assert_eq!(shown(&seen(&past, "12h", "head")), "0%");
    let without = measured(
        &past,
        day(190),
        "{ coverage: { class: secrets, within: 7d } }",
        ">= 100%",
    );
    assert_eq!(shown(&without.0), "unknown: no-inventory");
    // By its name, and by its name with the host, as well as by its number.
    let inventory =
        "repository\nname/of/acme/0\nexample.org/name/of/acme/1\nacme/2\nname/of/acme\n";
    let measure = "{ coverage: { class: secrets, within: 7d } }";
    let figures = files(&[("repositories.csv", inventory)]);
    let by_name = measured_with(&past, day(190), head, measure, ">= 100%", figures).0;
    assert_eq!(shown(&by_name), "75%");
    let worst = "{ freshness: { class: secrets, inventory: true } }";
    let figures = files(&[("repositories.csv", "repository\nacme/0\nacme/1\n")]);
    let fresh = measured_with(&past, day(190), head, worst, "<= 7d", figures).0;
    assert_eq!(shown(&fresh), "1 d");
}

/// Secrets that were seen at hour 0 of the window; revoked, or not.
fn secrets(revoked: &[i64], live: &[i64]) -> History {
    let now = day(190);
    let begin = |age: i64| now - SignedDuration::from_hours(age);
    let mut lives = Vec::new();
    for (number, hours) in revoked.iter().enumerate() {
        let mut one = life(number, begin(60 * DAY));
        one.revoked = Some(begin(60 * DAY) + SignedDuration::from_hours(*hours));
        lives.push(one);
    }
    for (number, hours) in live.iter().enumerate() {
        // Gone from the code, which is no revocation.
        let one = life(100 + number, begin(*hours));
        lives.push(fixed(one, now - SignedDuration::from_mins(5), Cause::Scan));
    }
    for (number, life) in lives.iter_mut().enumerate() {
        life.secret = Some(SecretHash::new([u8::try_from(number).unwrap(); 16]));
    }
    let mut history = history(now, lives);
    history.streams = vec![stream("acme/one", Class::Secrets)];
    history
}

const REVOKE: &str =
    "{ time_to_fix: { class: secrets, until: revoked, statistic: median, window: 90d } }";

#[test]
fn metric_m19_removal_from_code_is_not_revocation() {
    let history = secrets(&[1, 2, 3, 7, 30], &[6, 100]);
    let (median, met) = measured(&history, day(190), REVOKE, "<= 4h");
    assert_eq!((shown(&median).as_str(), met), ("7 h", Some(false)));
}

#[test]
fn metric_m18_a_secret_in_several_places_is_one_in_the_past_too() {
    let mut history = secrets(&[1, 2, 3, 7, 30], &[6, 100]);
    // The same secret again, later, by a tool that never saw it dead.
    let mut again = history.lives[0].clone();
    again.id = FindingId::new([200; 16]);
    let (median, _) = measured(&history, day(190), REVOKE, "<= 4h");
    assert_eq!(median.n, Some(7));
    history.lives.push(again.clone());
    let (same, _) = measured(&history, day(190), REVOKE, "<= 4h");
    assert_eq!((same.n, shown(&same)), (Some(7), "7 h".to_owned()));
    history.lives.last_mut().unwrap().revoked = None;
    let (worst, _) = measured(&history, day(190), REVOKE, "<= 4h");
    assert_eq!(worst.n, Some(7));
    assert!(notes(&worst).contains("4 fixed"), "{}", notes(&worst));
}

/// Two tools, two streams, one secret: what became of it is what is known of both.
#[test]
fn lifecycle_l22_a_secret_is_open_unknown_or_fixed_across_tools() {
    let now = day(190);
    let state = |one: LifeState, other: LifeState| {
        let mut past = secrets(&[], &[]);
        past.streams.push(stream("acme/one", Class::Secrets));
        past.scans.extend([scan(1, day(0)), scan(1, now)]);
        for (number, state) in [(0, one), (1, other)] {
            let mut life = life(number, day(150));
            life.stream = u32::try_from(number).unwrap();
            life.secret = Some(SecretHash::new([7; 16]));
            if state == LifeState::Fixed {
                let at = day(160 + i64::from(life.stream));
                life = fixed(life, at, Cause::Scan);
            }
            life.state = state;
            past.lives.push(life);
        }
        let age = "{ age: { class: secrets, statistic: max } }";
        let sla = "{ sla: { class: secrets, limits: { high: 10d }, window: 90d } }";
        (
            seen(&past, now, age, "<= 60d"),
            seen(&past, now, sla, ">= 95%"),
        )
    };
    let words = |age: &str, sla: &str| (age.to_owned(), sla.to_owned());
    let (open, fixed) = (LifeState::Open, LifeState::Fixed);
    let unknown = LifeState::Unknown(day(170));
    let nobody_knows = words("unknown: finding-unknown", "unknown: finding-unknown");
    // Open in any is open, also where another stream is not looked at any more.
    assert_eq!(state(open, open), words("40 d", "0%"));
    assert_eq!(state(open, fixed), words("40 d", "0%"));
    assert_eq!(state(open, unknown), words("40 d", "0%"));
    assert_eq!(state(unknown, open), words("40 d", "0%"));
    // Unknown in any, and open in none.
    assert_eq!(state(unknown, unknown), nobody_knows);
    assert_eq!(state(fixed, unknown), nobody_knows);
    // Fixed once it is fixed in all: by the later one, after 11 days.
    assert_eq!(state(fixed, fixed), words("0 d", "0%"));
}

/// The same for a vulnerability, which counts by finding unless it is asked for.
#[test]
fn lifecycle_l22_a_vulnerability_is_open_unknown_or_fixed_across_tools() {
    let now = day(190);
    let lives = |one: LifeState, other: LifeState| {
        let of = |number: usize, state: LifeState| {
            let mut life = life(number, day(150 + i64::try_from(number).unwrap()));
            life.stream = u32::try_from(number).unwrap();
            life.vulnerability = Some([7; 16]);
            if state == LifeState::Fixed {
                let at = day(160 + i64::from(life.stream));
                life = fixed(life, at, Cause::Scan);
            }
            life.state = state;
            life
        };
        let mut past = history(now, vec![of(0, one), of(1, other)]);
        past.streams.push(stream("acme/one", Class::Sast));
        past.scans
            .extend([scan(0, day(189)), scan(1, day(0)), scan(1, day(189))]);
        past
    };
    let told = |past: &History, distinct: &str| {
        [
            ("age: { statistic: max", "<= 60d"),
            ("sla: { limits: { high: 10d }, window: 90d", ">= 95%"),
            ("fix_rate: { window: 90d", ">= 95%"),
            ("net_flow: { window: 90d", "<= 0"),
        ]
        .map(|(measure, target)| {
            let measure = format!("{{ {measure}, distinct: {distinct} }} }}");
            seen(past, now, &measure, target)
        })
    };
    let (open, fixed) = (LifeState::Open, LifeState::Fixed);
    let unknown = LifeState::Unknown(day(170));
    let nobody_knows = ["unknown: finding-unknown"; 4];
    let one = |one, other| told(&lives(one, other), "vulnerability");
    assert_eq!(one(open, open), ["40 d", "0%", "0%", "1"]);
    assert_eq!(one(fixed, open), ["40 d", "0%", "0%", "1"]);
    assert_eq!(one(open, unknown), ["40 d", "0%", "0%", "1"]);
    assert_eq!(one(fixed, unknown), nobody_knows);
    assert_eq!(one(unknown, unknown), nobody_knows);
    // By the later one, after 11 days.
    assert_eq!(one(fixed, fixed), ["0 d", "0%", "100%", "0"]);
    // Two tools are two findings otherwise.
    let each = |one, other| told(&lives(one, other), "finding");
    assert_eq!(each(open, open), ["40 d", "0%", "0%", "2"]);
    assert_eq!(each(fixed, open), ["39 d", "50%", "50%", "1"]);
    assert_eq!(each(open, unknown), nobody_knows);
    assert_eq!(each(fixed, fixed), ["0 d", "100%", "100%", "0"]);
    // In another repository it is another one.
    let mut apart = lives(open, open);
    apart.streams[1].repository = "acme/two".to_owned();
    assert_eq!(told(&apart, "vulnerability")[3], "2");
}

/// What of one identity each measure takes (rules M5, M7, M13, L18, L20).
#[test]
fn lifecycle_l22_l20_one_clock_runs_over_all_that_ever_saw_it() {
    let now = day(190);
    let told = |change: &dyn Fn(&mut Life, &mut Life), measure: (&str, &str)| {
        // The first tool sees it from 100 to 120, the second one from 110 on.
        let mut one = fixed(life(1, day(100)), day(120), Cause::Scan);
        let mut other = life(2, day(110));
        (one.vulnerability, other.vulnerability) = (Some([7; 16]), Some([7; 16]));
        other.stream = 1;
        change(&mut one, &mut other);
        let mut past = history(now, vec![one, other]);
        past.streams.push(stream("acme/one", Class::Sast));
        past.scans
            .extend([scan(0, day(189)), scan(1, day(0)), scan(1, day(189))]);
        let (measure, target) = measure;
        let measure = format!("{{ {measure}, distinct: vulnerability }} }}");
        seen(&past, now, &measure, target)
    };
    let age = ("age: { statistic: max", "<= 5d");
    let recurs = ("recurrence: { window: 90d, within: 10d", "<= 5%");
    let flow = ("net_flow: { window: 100d", "<= 5");
    assert_eq!(told(&|_, _| {}, age), "90 d");
    // The stretches overlap: there was no fix in between that did not last.
    let mended = |_: &mut Life, other: &mut Life| {
        *other = fixed(other.clone(), day(130), Cause::Scan);
    };
    assert_eq!(told(&mended, recurs), "0%");
    let back = |_: &mut Life, other: &mut Life| {
        mended(&mut other.clone(), other);
        *other = reopened(other.clone(), day(135));
    };
    assert_eq!(told(&back, recurs), "100%");
    // That a tool adopts what another one has seen come takes its age from nobody.
    assert_eq!(told(&|_, other| other.left_truncated = true, age), "90 d");
    assert_eq!(
        told(&|one, _| one.left_truncated = true, age),
        "at least 90 d"
    );
    // Accepted where it is still seen, it has left; accepted in one of two places, it has not.
    let accept = |life: &mut Life| life.left = Some(Close::Accepted(day(125)));
    assert_eq!(told(&|_, other| accept(other), age), "0 d");
    let both_open = |one: &mut Life, other: &mut Life| {
        (one.state, one.episodes[0].fixed) = (LifeState::Open, None);
        accept(other);
    };
    assert_eq!(told(&both_open, age), "90 d");
    // A false positive of one tool says nothing of what the other one sees.
    let false_one = |_: &mut Life, other: &mut Life| {
        other.left = Some(Close::FalsePositive(day(125)));
    };
    assert_eq!(told(&false_one, flow), "0");
    assert_eq!(told(&|_, _| {}, flow), "1");
}

#[test]
fn metric_m26_nine_tenths_of_the_runs() {
    let mut past = history(day(190), Vec::new());
    past.runs = (1..=20)
        .map(|seconds| run(day(180), Some(seconds * 1000), Some(seconds * 60)))
        .collect();
    let of = |of: &str| format!("{{ friction: {{ of: {of}, statistic: p90, window: 30d }} }}");
    assert_eq!(seen(&past, day(190), &of("duration"), "<= 60s"), "18 s");
    assert_eq!(seen(&past, day(190), &of("feedback"), "<= 60min"), "18 min");
    past.runs.truncate(4);
    assert_eq!(
        seen(&past, day(190), &of("duration"), "<= 60s"),
        "unknown: insufficient-data"
    );
}

#[test]
fn metric_m34_a_history_that_is_not_whole_leaves_no_figure() {
    let age = "{ age: { class: sast, statistic: p90 } }";
    let whole = history(day(190), table());
    assert_eq!(seen(&whole, day(190), age, "<= 60d"), "150 d");
    let mut damaged = whole.clone();
    damaged.doubts.push(Doubt {
        code: "damaged-record",
        what: "1 record".to_owned(),
        since: None,
    });
    assert_eq!(
        seen(&damaged, day(190), age, "<= 60d"),
        "unknown: damaged-record"
    );
    let mut stale = whole.clone();
    stale.scans.pop();
    assert_eq!(
        seen(&stale, day(190), age, "<= 60d"),
        "unknown: stream-stale"
    );
    let mut lost = whole.clone();
    lost.lives[3].state = LifeState::Unknown(day(180));
    assert_eq!(
        seen(&lost, day(190), age, "<= 60d"),
        "unknown: finding-unknown"
    );
    let mut unread = whole.clone();
    unread.read = false;
    assert_eq!(seen(&unread, day(190), age, "<= 60d"), "unknown: no-ledger");
    // A term that the records do not hold decides nothing.
    let tagged = "{ age: { class: sast, tag: security, statistic: p90 } }";
    assert_eq!(
        seen(&whole, day(190), tagged, "<= 60d"),
        "unknown: undecided"
    );
    let other = "{ age: { class: sca, statistic: p90 } }";
    assert_eq!(
        seen(&whole, day(190), other, "<= 60d"),
        "unknown: no-evidence"
    );
}

/// A package is looked for in the past by the names by which it is in a report.
#[test]
fn formats_rule_008_a_package_of_the_past_goes_by_its_name_with_and_without_ecosystem() {
    let found = |recorded: &str, glob: &str| {
        let mut one = life(1, day(150));
        one.package = Some(UntrustedText::new(recorded));
        let past = history(day(190), vec![one]);
        let measure = format!("{{ net_flow: {{ package: \"{glob}\", window: 90d }} }}");
        let mut past = past;
        past.scans.push(scan(0, day(189)));
        seen(&past, day(190), &measure, "<= 0") == "1"
    };
    for (recorded, glob, is_it) in [
        ("npm/lodash", "lodash", true),
        ("npm/lodash", "npm/lodash", true),
        ("npm/lodash", "pkg:npm/*", true),
        ("npm/lodash", "pypi/lodash", false),
        ("npm/lodash", "npm", false),
        ("npm/@babel/core", "@babel/*", true),
        ("npm/@babel/core", "core", false),
        ("deb/debian/zlib", "zlib", true),
        ("deb/debian/zlib", "debian/zlib", false),
        ("golang/github.com/acme/x", "github.com/acme/x", true),
        ("@babel/core", "core", false),
        ("lodash", "lodash", true),
    ] {
        assert_eq!(found(recorded, glob), is_it, "{recorded} {glob}");
    }
}

#[test]
fn metric_m34_a_filter_chooses_among_the_past() {
    let mut lives = table();
    lives[3].path = Some(UntrustedText::new("prod/a.py"));
    lives[3].severity = Some(Severity::Critical);
    let past = history(day(190), lives);
    let of = |filter: &str| {
        let measure = format!("{{ age: {{ {filter}, statistic: max }} }}");
        let head = "scopes: { prod: { paths: [\"prod/**\"] } }\n";
        let figures = Figures::default();
        shown(&measured_with(&past, day(190), head, &measure, "<= 60d", figures).0)
    };
    assert_eq!(of("scope: prod"), "60 d");
    assert_eq!(of("scope: prod, not: { scope: prod }"), "0 d");
    assert_eq!(of("scope: prod, severity: critical"), "60 d");
    assert_eq!(of("scope: prod, severity: low"), "0 d");
    assert_eq!(
        of("scope: prod, any: [{ cwe: 80 }, { rule: \"r*\" }]"),
        "60 d"
    );
    assert_eq!(of("scope: prod, age: \"> 60d\""), "0 d");
}

#[test]
fn metric_m35_what_ends_a_clock() {
    let lives: Vec<Life> = (0..5)
        .map(|number| {
            let mut life = fixed(life(number, day(110)), day(116), Cause::Scan);
            life.triaged = Some(day(112));
            life.deployed = Some(day(119));
            life
        })
        .collect();
    let past = history(day(190), lives);
    let until = |until: &str| {
        let measure =
            format!("{{ time_to_fix: {{ until: {until}, statistic: median, window: 90d }} }}");
        seen(&past, day(190), &measure, "<= 9d")
    };
    assert_eq!(until("fixed"), "6 d");
    assert_eq!(until("triaged"), "2 d");
    assert_eq!(until("deployed"), "9 d");
    assert_eq!(
        until("revoked"),
        "at least 80 d",
        "what has not got there is open"
    );
}

#[test]
fn metric_m31_introduced_since_the_last_record_and_the_period() {
    use crate::model::testing::RunSpec;
    let begin = "2026-04-01T00:00:00Z";
    let head = format!("period: {{ name: Q2, start: {begin}, end: 2026-07-01 }}\n");
    let intake = || {
        let mut intake = IntakeBuilder::default();
        let of_run = intake.run(RunSpec::of("semgrep", Class::Sast));
        for line in 1..=3 {
            intake.finding(of_run, "r", "a.py", line);
        }
        intake.build()
    };
    let known = |place: u8, first_seen| {
        let mut life = life(0, first_seen);
        life.id = FindingId::new([place; 16]);
        life
    };
    // One from before the period, one since; the third is not recorded yet.
    let past = history(day(150), vec![known(0, day(10)), known(1, day(120))]);
    let figure = |since: &str| {
        let kr = format!(
            "{{ id: k, title: K, measure: {{ introduced: {{ since: {since} }} }}, target: \"<= 0\" }}"
        );
        let policy = policy::parse("krgate.yaml", &policy_text(&head, &[&kr]))
            .policy
            .unwrap();
        let facts = RunFacts {
            now: Some(day(150)),
            ..RunFacts::default()
        };
        let scoped = scope::mark(intake(), &policy, &facts);
        let sight = Sight::new(&scoped, &policy, false).with_past(&past, day(150));
        let (_, kr) = policy.key_results().next().unwrap();
        shown(&sight.measure(kr))
    };
    assert_eq!(figure("previous"), "1");
    assert_eq!(figure("period"), "2");
}
