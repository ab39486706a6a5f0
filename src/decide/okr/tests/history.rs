//! Starts of the ledger, check-ins, events, segments, forecasts through the progress.

use super::*;

const SAST: &str = "measure: { count: { class: sast } }";
const DUE: &str = "on_miss: warn";

#[test]
fn key_result_k05_the_first_baseline_stands() {
    let text =
        format!("id: k, {SAST}, start: {{ baseline: first }}, target: \"<= 50% of start\", {DUE}");
    let policy = read(QUARTER, &[&text]);
    let mut history = ledger();
    assert_eq!(reasons(&state(&policy, 9, &history, HALF)), ["no-baseline"]);
    let first = frozen(&policy, "2026-Q4", false, whole(40));
    let mut second = frozen(&policy, "2026-Q4", false, whole(80));
    second.at = at("2026-10-03T00:00:00Z");
    let mut elsewhere = frozen(&policy, "2026-Q3", false, whole(99));
    elsewhere.at = at("2026-07-01T00:00:00Z");
    let mut defined_otherwise = frozen(&policy, "2026-Q4", false, whole(98));
    defined_otherwise.at = at("2026-10-01T00:00:00Z");
    defined_otherwise.definition = Definition([9; 16]);
    history.frozen = vec![second, elsewhere, defined_otherwise, first];
    let evaluation = state(&policy, 26, &history, HALF);
    let kr = only(&evaluation);
    assert_eq!((kr.start, kr.verdict), (Some(whole(40)), Verdict::Missed));
    assert_eq!(kr.shown_target, "<= 20", "rule Q4: it is a figure now");
    assert_eq!(kr.score.unwrap().to_decimal(4), "0.7000");
    assert_eq!(
        only(&state(&policy, 20, &history, HALF)).verdict,
        Verdict::Met
    );
}

#[test]
fn key_result_q03_a_start_is_the_close_of_the_period_before_or_of_a_named_one() {
    let of = |baseline: &str| {
        let text =
            format!("id: k, {SAST}, start: {{ baseline: {baseline} }}, target: \"<= 0\", {DUE}");
        let policy = read(QUARTER, &[&text]);
        let mut history = ledger();
        let mut q2 = frozen(&policy, "2026-Q2", true, whole(30));
        q2.at = at("2026-07-01T00:00:00Z");
        let mut q3 = frozen(&policy, "2026-Q3", true, whole(20));
        q3.at = at("2026-10-01T00:00:00Z");
        q3.definition = Definition([9; 16]);
        history.frozen = vec![q3, q2, frozen(&policy, "2026-Q4", false, whole(10))];
        let evaluation = state(&policy, 5, &history, HALF);
        let kr = only(&evaluation);
        (
            kr.start,
            kr.score.map(|s| s.to_decimal(4)),
            kr.measurement.notes.len(),
        )
    };
    assert_eq!(
        of("previous"),
        (Some(whole(20)), Some("0.7500".to_owned()), 1)
    );
    assert_eq!(
        of("2026-Q2"),
        (Some(whole(30)), Some("0.8333".to_owned()), 0)
    );
    assert_eq!(
        of("2026-Q4"),
        (Some(whole(10)), Some("0.5000".to_owned()), 0)
    );
    assert_eq!(of("2026-Q1"), (None, None, 0));
}

#[test]
fn key_result_q03_a_damaged_history_has_no_start() {
    let text = format!("id: k, {SAST}, start: {{ baseline: first }}, target: \"<= 0\", {DUE}");
    let policy = read(QUARTER, &[&text]);
    let mut history = ledger();
    history.frozen = vec![frozen(&policy, "2026-Q4", false, whole(40))];
    history.doubts = vec![doubt()];
    let evaluation = state(&policy, 0, &history, HALF);
    assert_eq!(reasons(&evaluation), ["damaged-record"]);
    assert_eq!(only(&evaluation).verdict, Verdict::Unknown);
}

pub(super) fn doubt() -> Doubt {
    Doubt {
        code: "damaged-record",
        what: "record 0011 does not match its digest".to_owned(),
        since: None,
    }
}

#[test]
fn key_result_k10_a_base_is_met_once_a_baseline_is_recorded() {
    let text = format!("id: k, {SAST}, target: measured, due: 2026-12-01, {DUE}");
    let policy = read(QUARTER, &[&text]);
    let mut history = ledger();
    let before = state(&policy, 3, &history, HALF);
    assert_eq!(only(&before).verdict, Verdict::Unknown);
    assert_eq!(reasons(&before), ["no-baseline"]);
    let due = state(&policy, 3, &history, "2026-12-01T00:00:00Z");
    assert_eq!(
        (only(&due).verdict, only(&due).score),
        (Verdict::Missed, Some(Quantity::ZERO))
    );
    let new = new_baselines(&policy, &history, &before.objectives);
    assert_eq!(
        new,
        [NewBaseline {
            key_result: "o/k".to_owned(),
            definition: meaning(&policy),
            value: whole(3)
        }]
    );
    history.frozen = vec![frozen(&policy, "2026-Q4", false, whole(3))];
    let met = state(&policy, 7, &history, "2026-12-01T00:00:00Z");
    assert_eq!(
        (only(&met).verdict, only(&met).score),
        (Verdict::Met, Some(Quantity::ONE))
    );
    assert_eq!(new_baselines(&policy, &history, &met.objectives), []);
}

#[test]
fn key_result_q09_a_step_back_blocks_before_it_is_due() {
    let text = format!("id: k, {SAST}, start: 40, target: \"<= 0\", on_regress: block, judge: all");
    let policy = read(&format!("ledger: dir:records\n{QUARTER}"), &[&text]);
    let mut history = ledger();
    let enforcement = |findings, history: &History, event| {
        let evaluation = judged(&policy, findings, history, event, HALF);
        let kr = only(&evaluation);
        (kr.enforcement, kr.blocks)
    };
    let (warns, blocks) = ((Enforcement::Warn, false), (Enforcement::Block, true));
    assert_eq!(
        enforcement(9, &history, Event::State),
        warns,
        "nothing was recorded"
    );
    let mut old = point(
        &policy,
        "2026-11-01T00:00:00Z",
        Some(whole(2)),
        Verdict::Missed,
    );
    old.definition = Definition([9; 16]);
    let mut on_change = point(
        &policy,
        "2026-11-12T00:00:00Z",
        Some(whole(1)),
        Verdict::Missed,
    );
    on_change.of_state = false;
    history.points = vec![
        old,
        point(
            &policy,
            "2026-11-10T00:00:00Z",
            Some(whole(8)),
            Verdict::Missed,
        ),
        on_change,
    ];
    assert_eq!(enforcement(8, &history, Event::State), warns);
    assert_eq!(enforcement(9, &history, Event::State), blocks);
    assert_eq!(enforcement(9, &history, Event::Change), blocks);
    assert!(!enforcement(0, &history, Event::State).1, "it is met");
    assert_eq!(
        enforcement(8, &History::default(), Event::State),
        blocks,
        "without a history nobody can tell"
    );
    let mut damaged = history.clone();
    damaged.doubts = vec![doubt()];
    assert_eq!(enforcement(8, &damaged, Event::State), blocks);
    let evaluation = state(&policy, 9, &history, HALF);
    let notes = format!("{:?}", only(&evaluation).measurement.notes);
    assert!(notes.contains("the last figure was 8"), "{notes}");
}

#[test]
fn key_result_q09_a_change_that_is_judged_on_what_it_brings_steps_back_by_that() {
    let text = format!("id: k, {SAST}, start: 40, target: \"<= 0\", on_regress: block");
    let policy = read(&format!("ledger: dir:records\n{QUARTER}"), &[&text]);
    let change = judged(&policy, 1, &ledger(), Event::Change, HALF);
    assert!(only(&change).blocks);
}

#[test]
fn key_result_k25_a_check_in_is_overdue_on_the_eighth_day() {
    let text = format!(
        "id: k, measure: {{ check_in: {{ unit: d }} }}, start: 40d, target: \"<= 20d\", {DUE}"
    );
    let policy = read(QUARTER, &[&text]);
    let mut history = ledger();
    assert_eq!(reasons(&state(&policy, 0, &history, HALF)), ["no-check-in"]);
    let days = |days: i64| Some(whole(days * 86_400));
    history.check_ins = vec![
        // It arrived last and stands for an earlier day.
        CheckIn {
            at: at("2026-11-09T00:00:00Z"),
            ..check_in(&policy, "2026-11-01", days(39))
        },
        check_in(&policy, "2026-11-08", days(30)),
    ];
    let value =
        |history: &History, now: &str| only(&state(&policy, 0, history, now)).measurement.value;
    assert_eq!(value(&history, "2026-11-15T23:59:59Z"), days(30));
    let overdue = state(&policy, 0, &history, HALF);
    assert_eq!(only(&overdue).verdict, Verdict::Unknown);
    assert_eq!(reasons(&overdue), ["check-in-overdue"]);
    // Of one day that which arrived last; none for a day to come.
    history.check_ins.push(CheckIn {
        at: at("2026-11-08T13:00:00Z"),
        ..check_in(&policy, "2026-11-08", days(29))
    });
    history
        .check_ins
        .push(check_in(&policy, "2026-11-20", days(1)));
    assert_eq!(value(&history, "2026-11-12T00:00:00Z"), days(29));
    for check_in in &mut history.check_ins {
        check_in.definition = Definition([9; 16]);
    }
    assert_eq!(reasons(&state(&policy, 0, &history, HALF)), ["no-check-in"]);
}

#[test]
fn key_result_k25_every_says_how_often() {
    let text = format!(
        "id: k, measure: {{ check_in: {{ unit: none, every: 14d }} }}, target: \">= 1\", {DUE}"
    );
    let policy = read(QUARTER, &[&text]);
    let mut history = ledger();
    history.check_ins = vec![check_in(&policy, "2026-11-01", Some(whole(1)))];
    let verdict = |now: &str| only(&state(&policy, 0, &history, now)).verdict;
    assert_eq!(verdict("2026-11-15T23:59:59Z"), Verdict::Met);
    assert_eq!(verdict(HALF), Verdict::Unknown);
    let on_change = judged(&policy, 0, &ledger(), Event::Change, HALF);
    assert_eq!(
        only(&on_change).enforcement,
        Enforcement::Observe,
        "rule K31"
    );
}

#[test]
fn key_result_k09_four_weeks_three_with_a_report() {
    let text = format!(
        "id: k, measure: {{ events: {{ name: report.access, per: week }} }}, target: \">= 100%\", {DUE}"
    );
    let october = "period: { name: 2026-10, start: 2026-10-05, end: 2026-11-02 }\n";
    let policy = read(october, &[&text]);
    let mut history = ledger();
    let value =
        |history: &History, now: &str| only(&state(&policy, 0, history, now)).measurement.value;
    let early = state(&policy, 0, &history, "2026-10-11T23:59:59Z");
    assert_eq!(reasons(&early), ["no-complete-window"]);
    history.events = vec![
        event("report.access", "2026-10-05T00:00:00Z"),
        event("report.access", "2026-10-18T23:59:59Z"),
        event("report.other", "2026-10-20T00:00:00Z"),
        event("report.access", "2026-10-26T00:00:00Z"),
    ];
    assert_eq!(value(&history, "2026-11-02T00:00:00Z"), Some(ratio(3, 4)));
    assert_eq!(value(&history, "2026-12-02T00:00:00Z"), Some(ratio(3, 4)));
    // The week that runs is not missed.
    assert_eq!(value(&history, "2026-10-25T12:00:00Z"), Some(Quantity::ONE));
    let score = only(&state(&policy, 0, &history, "2026-11-02T00:00:00Z")).score;
    assert_eq!(score, Some(ratio(3, 4)));
    assert_eq!(
        reasons(&state(&policy, 0, &History::default(), HALF)),
        ["no-ledger"]
    );
}

#[test]
fn key_result_k09_a_search_that_found_nothing_needs_its_scope() {
    let text = format!(
        "id: k, measure: {{ events: {{ name: pentest, per: iteration }} }}, target: \">= 100%\", {DUE}"
    );
    let head = format!("iteration: {{ start: 2026-10-05, every: 14d }}\n{QUARTER}");
    let policy = read(&head, &[&text]);
    let mut history = ledger();
    let mut nil = event("pentest", "2026-10-20T00:00:00Z");
    nil.found = Some(0);
    let mut critical = event("pentest", "2026-10-06T00:00:00Z");
    critical.found = Some(1);
    history.events = vec![critical, nil];
    let now = "2026-11-02T00:00:00Z";
    let value = |history: &History| only(&state(&policy, 0, history, now)).measurement.value;
    // Iterations end on 5 October, 19 October and 2 November; the first has no event.
    assert_eq!(value(&history), Some(ratio(1, 3)));
    history.events[1].scope = Some(UntrustedText::new("login"));
    assert_eq!(value(&history), Some(ratio(2, 3)));
}

#[test]
fn key_result_k20_confidence_stands_apart_and_goes_stale() {
    assert_eq!(
        ["red", "amber", "green", "0.35", "1.5", "-0.1", "high"].map(confidence),
        [
            Some(ratio(1, 5)),
            Some(ratio(1, 2)),
            Some(ratio(4, 5)),
            Some(ratio(7, 20)),
            None,
            None,
            None
        ]
    );
    let policy = read(
        QUARTER,
        &[&format!("id: k, {SAST}, start: 10, target: \"<= 0\"")],
    );
    let mut history = ledger();
    history.check_ins = vec![CheckIn {
        confidence: confidence("amber"),
        ..check_in(&policy, "2026-11-08", None)
    }];
    let stated = |now: &str| {
        let evaluation = state(&policy, 5, &history, now);
        let progress = progress(&policy, &history, &evaluation.objectives, at(now));
        assert_eq!(
            first(&progress).score,
            Some(ratio(1, 2)),
            "it changes no score"
        );
        first(&progress).confidence.unwrap()
    };
    assert_eq!(stated("2026-11-15T00:00:00Z").value, ratio(1, 2));
    assert!(!stated("2026-11-15T00:00:00Z").stale);
    assert!(stated(HALF).stale);
}

/// Weekly points of `o/k` from 2026-10-05 on.
fn weekly(policy: &Policy, values: &[i64]) -> Vec<Point> {
    (0..)
        .zip(values)
        .map(|(week, value)| {
            let monday = at("2026-10-05T09:00:00Z").as_second() + week * 7 * 86_400;
            let moment = Timestamp::from_second(monday).unwrap().to_string();
            point(policy, &moment, Some(whole(*value)), Verdict::Missed)
        })
        .collect()
}

/// Thirteen whole ISO weeks.
const WEEKS: &str = "period: { name: 2026-Q4, start: 2026-10-05, end: 2027-01-04 }\n";

#[test]
fn key_result_k21_the_worked_forecast_comes_out_of_the_records() {
    let policy = read(
        WEEKS,
        &[&format!("id: k, {SAST}, start: 40, target: \"<= 10\"")],
    );
    let mut history = ledger();
    history.points = weekly(&policy, &[40, 37, 36, 30, 31, 26]);
    // An earlier figure of a week and one of a change say nothing.
    history.points.insert(
        0,
        point(
            &policy,
            "2026-10-05T01:00:00Z",
            Some(whole(99)),
            Verdict::Missed,
        ),
    );
    history.points.push(Point {
        of_state: false,
        ..point(
            &policy,
            "2026-11-10T00:00:00Z",
            Some(whole(0)),
            Verdict::Met,
        )
    });
    let now = at("2026-11-13T00:00:00Z");
    let of = |history: &History| progress(&policy, history, &[], now);
    let progress = of(&history);
    let kr = first(&progress);
    let forecast = kr.forecast.unwrap();
    assert_eq!((forecast.hits, forecast.steps_left), (1_475, 7));
    assert_eq!(
        [forecast.p10, forecast.p50, forecast.p90],
        [0, 6, 15].map(whole)
    );
    assert_eq!(kr.figure.value, Some(whole(26)));
    assert_eq!(kr.score, Some(ratio(7, 15)));
    assert_eq!(kr.trend.unwrap().slope, ratio(-11, 4));
    history.points.truncate(4);
    let few = of(&history);
    assert_eq!(
        first(&few)
            .forecast
            .unwrap_err()
            .words(first(&few).step.plural()),
        "3 of 5 weeks"
    );
}

#[test]
fn key_result_k21_a_forecast_changes_no_verdict() {
    let policy = read(
        WEEKS,
        &[&format!("id: k, {SAST}, start: 40, target: \"<= 10\"")],
    );
    let mut history = ledger();
    let now = "2026-11-13T00:00:00Z";
    let without = state(&policy, 26, &history, now);
    history.points = weekly(&policy, &[40, 37, 36, 30, 31, 26]);
    let with = state(&policy, 26, &history, now);
    let of = |evaluation: &Evaluation| {
        let kr = only(evaluation);
        (kr.verdict, kr.score, evaluation.exit)
    };
    assert_eq!(of(&without), of(&with));
}

#[test]
fn key_result_k21_steps_of_a_check_in_are_those_in_which_it_is_due() {
    let text = format!(
        "id: k, measure: {{ check_in: {{ unit: none, every: 14d }} }}, start: 40, target: \"<= 10\", {DUE}"
    );
    let policy = read(WEEKS, &[&text]);
    let mut history = ledger();
    // Runs repeat what was said last; only what people said counts.
    history.points = weekly(&policy, &[99, 99, 99, 99, 99, 99]);
    history.check_ins = (0..)
        .zip([40, 37, 36, 30, 31, 26])
        .map(|(week, value)| {
            let day = "2026-10-05".parse::<jiff::civil::Date>().unwrap();
            let day = day.checked_add(jiff::Span::new().weeks(week)).unwrap();
            check_in(&policy, &day.to_string(), Some(whole(value)))
        })
        .collect();
    let progress = progress(&policy, &history, &[], at("2026-11-13T00:00:00Z"));
    let kr = first(&progress);
    assert_eq!(kr.figure.at, Some(at("2026-11-09T00:00:00Z")));
    let values: Vec<Quantity> = kr.steps.iter().map(|step| step.value).collect();
    assert_eq!(values, [37, 30, 26].map(whole));
    assert_eq!(
        kr.forecast.unwrap_err().words(kr.step.plural()),
        "3 of 5 steps"
    );
}

#[test]
fn key_result_k29_another_definition_begins_a_segment() {
    let policy = read(
        WEEKS,
        &[&format!("id: k, {SAST}, start: 40, target: \"<= 10\"")],
    );
    let before = read(
        WEEKS,
        &[&format!("id: k, {SAST}, start: 40, target: \"<= 30\"")],
    );
    let mut history = ledger();
    history.points = weekly(&policy, &[40, 37, 36, 30, 31, 26]);
    for point in history.points.iter_mut().take(3) {
        point.definition = meaning(&before);
    }
    let progress = progress(&policy, &history, &[], at("2026-11-13T00:00:00Z"));
    let kr = first(&progress);
    let segments: Vec<_> = kr
        .segments
        .iter()
        .map(|s| (s.definition, s.from.to_string(), s.points, s.current))
        .collect();
    assert_eq!(
        segments,
        [
            (
                meaning(&before),
                "2026-10-05T09:00:00Z".to_owned(),
                3,
                false
            ),
            (meaning(&policy), "2026-10-26T09:00:00Z".to_owned(), 3, true),
        ]
    );
    assert_eq!(kr.remarks, [Remark::Redefined]);
    // Scores, charts and forecasts use the current segment alone.
    assert_eq!(kr.steps.len(), 3);
    assert_eq!(kr.figure.value, Some(whole(26)));
    // Back to the old text: no point of it is current.
    let back = super::progress(&before, &history, &[], at("2026-11-13T00:00:00Z"));
    assert_eq!(first(&back).figure.value, None);
    assert!(first(&back).segments.iter().all(|segment| !segment.current));
}

#[test]
fn key_result_k06_the_progress_of_a_guardrail_is_its_time_in_bounds() {
    let policy = read(WEEKS, &[&format!("id: k, {SAST}, target: \"<= 0\"")]);
    let mut history = ledger();
    history.points = weekly(&policy, &[0, 1, 0, 0]);
    for point in &mut history.points {
        if point.value == Some(Quantity::ZERO) {
            point.verdict = Verdict::Met;
        }
    }
    let now = at("2026-11-02T09:00:00Z");
    let progress = progress(&policy, &history, &[], now);
    let kr = first(&progress);
    assert_eq!(kr.score, Some(ratio(3, 4)));
    assert_eq!(progress.objectives[0].score.value, Some(ratio(3, 4)));
    assert_eq!(kr.in_bounds.unwrap().unknown, 9 * 3_600);
    assert_eq!((kr.pace, kr.figure.stale), (None, false));
    // A week after the last record nothing is known of now.
    let later = super::progress(&policy, &history, &[], at("2026-11-02T09:00:01Z"));
    assert_eq!(first(&later).figure.verdict, Verdict::Unknown);
    assert!(first(&later).figure.stale);
}

#[test]
fn key_result_k36_one_event_goes_out() {
    let text = format!(
        "id: k, measure: {{ check_in: {{ unit: \"%\" }} }}, start: 35%, target: \">= 80%\", {DUE}"
    );
    let policy = read(QUARTER, &[&text]);
    let mut history = ledger();
    history.check_ins = vec![CheckIn {
        confidence: confidence("green"),
        ..check_in(&policy, "2026-11-15", Some(ratio(62, 100)))
    }];
    let of = |now: &str| {
        let progress = progress(&policy, &history, &[], at(now));
        ProgressEvent::of(first(&progress), Some("https://example.org/run".to_owned()))
    };
    assert_eq!(
        of(HALF).unwrap(),
        ProgressEvent {
            external_id: "o/k".to_owned(),
            value: whole(62),
            at: at("2026-11-15T00:00:00Z"),
            confidence: Some(ratio(4, 5)),
            comment: "62% (missed), target >= 80%".to_owned(),
            url: Some("https://example.org/run".to_owned()),
        }
    );
    assert_eq!(of("2026-11-30T00:00:00Z"), None, "it is overdue");
}
