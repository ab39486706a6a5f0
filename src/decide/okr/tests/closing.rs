//! Closing a period, what comes after it, carrying over.

use super::history::doubt;
use super::*;

const SAST: &str = "measure: { count: { class: sast } }";
const END: &str = "2027-01-01T00:00:00Z";

fn three(links: &str) -> Policy {
    read(
        QUARTER,
        &[
            &format!("id: k, {SAST}, start: 10, target: \"<= 0\", weight: 2"),
            &format!("id: l, {SAST}, start: 10, target: \"<= 0\"{links}"),
            &format!("id: m, {SAST}, start: 10, target: \"<= 0\""),
        ],
    )
}

const POSTMORTEM: &str = ", links: { postmortem: https://example.org/pm }";

/// `k` reached, `l` half-way, `m` never measured.
fn recorded(policy: &Policy) -> History {
    let mut history = ledger();
    let half = Point {
        key_result: "o/l".to_owned(),
        ..point(
            policy,
            "2026-12-30T00:00:00Z",
            Some(whole(5)),
            Verdict::Missed,
        )
    };
    history.points = vec![
        point(
            policy,
            "2026-10-30T00:00:00Z",
            Some(whole(9)),
            Verdict::Missed,
        ),
        point(policy, "2026-12-31T23:59:59Z", Some(whole(0)), Verdict::Met),
        // At the very end: it belongs to the next period (rule K24).
        point(policy, END, Some(whole(10)), Verdict::Missed),
        half,
    ];
    history
}

#[test]
fn key_result_k26_what_is_unknown_scores_nothing_at_the_close() {
    let policy = three(POSTMORTEM);
    let closed = close(&policy, &recorded(&policy), at(END)).unwrap();
    let grades: Vec<_> = closed
        .grades
        .iter()
        .map(|g| (g.key_result.as_str(), g.value, g.verdict, g.score, g.known))
        .collect();
    let (zero, one) = (Quantity::ZERO, Quantity::ONE);
    assert_eq!(
        grades,
        [
            ("o/k", Some(zero), Verdict::Met, one, one),
            ("o/l", Some(whole(5)), Verdict::Missed, ratio(1, 2), one),
            ("o/m", None, Verdict::Unknown, zero, zero),
        ]
    );
    let Score { value, .. } = closed.objectives[0].1;
    assert_eq!(value.unwrap().to_decimal(4), "0.6250");
    assert_eq!(Band::of(value.unwrap()), Band::Amber);
}

#[test]
fn key_result_k26_a_guardrail_closes_with_its_time_in_bounds() {
    let policy = read(QUARTER, &[&format!("id: k, {SAST}, target: \"<= 0\"")]);
    let mut history = ledger();
    // From the begin to 16 November, week by week: 46 of 92 days are known, all in bounds.
    history.points = (0..7)
        .map(|week| {
            let day = at("2026-10-01T00:00:00Z").as_second() + week * 7 * 86_400;
            let moment = Timestamp::from_second(day).unwrap().to_string();
            point(&policy, &moment, Some(whole(0)), Verdict::Met)
        })
        .collect();
    let closed = close(&policy, &history, at(END)).unwrap();
    assert_eq!(closed.grades[0].known, ratio(49, 92));
    assert_eq!(closed.grades[0].score, Quantity::ONE);
    history.points.pop();
    let closed = close(&policy, &history, at(END)).unwrap();
    assert_eq!(
        closed.grades[0].score,
        Quantity::ZERO,
        "42 of 92 days are less than half"
    );
}

#[test]
fn key_result_k26_each_refusal_is_named() {
    let policy = three("");
    let mut history = recorded(&policy);
    history.doubts = vec![doubt()];
    history.frozen = vec![frozen(&policy, "2026-Q4", true, whole(0))];
    let refusals = close(&policy, &history, at(HALF)).unwrap_err();
    let codes: Vec<_> = refusals.iter().map(|r| (r.code(), r.exit())).collect();
    assert_eq!(
        codes,
        [
            ("period-running", ExitCode::Request),
            ("history-damaged", ExitCode::Environment),
            ("period-closed", ExitCode::Request),
            ("no-postmortem", ExitCode::Request),
        ]
    );
    assert_eq!(refusals[3], Refusal::NoPostmortem("l".to_owned()));
    let none = close(
        &read("", &[&format!("id: k, {SAST}, target: \"<= 0\"")]),
        &history,
        at(END),
    );
    assert_eq!(none.unwrap_err(), [Refusal::NoPeriod]);
    let unread = close(&three(POSTMORTEM), &History::default(), at(END));
    assert_eq!(unread.unwrap_err(), [Refusal::NoHistory]);
}

#[test]
fn key_result_k28_the_grade_stays_and_the_amended_one_stands_beside_it() {
    let policy = three(POSTMORTEM);
    let mut history = recorded(&policy);
    let graded = close(&policy, &history, at(END)).unwrap();
    history.frozen = graded
        .grades
        .iter()
        .map(|grade| Frozen {
            key_result: grade.key_result.clone(),
            period: graded.period.clone(),
            at_close: true,
            at: at("2027-01-02T00:00:00Z"),
            record: record(7),
            definition: grade.definition,
            value: grade.value,
            verdict: Some(grade.verdict),
            score: Some(grade.score),
        })
        .collect();
    let later = at("2027-01-10T00:00:00Z");
    let unmoved = progress(&policy, &history, &[], later);
    assert!(unmoved.period.as_ref().unwrap().closed);
    assert_eq!(first(&unmoved).amended, None);
    // Evidence for the last day arrives late.
    history.points.push(Point {
        key_result: "o/l".to_owned(),
        ..point(
            &policy,
            "2026-12-31T00:00:00Z",
            Some(whole(2)),
            Verdict::Missed,
        )
    });
    let moved = progress(&policy, &history, &[], later);
    let l = &moved.objectives[0].key_results[1];
    assert_eq!(l.closed.as_ref().unwrap().score, Some(ratio(1, 2)));
    assert_eq!(l.amended.as_ref().unwrap().score, ratio(4, 5));
    assert_eq!(first(&moved).amended, None);
}

#[test]
fn key_result_k27_carried_over_it_starts_at_its_closing_value() {
    let text =
        format!("id: k, {SAST}, target: \"<= 0\", ambition: aspirational, carried_from: 2026-Q3");
    let policy = read(QUARTER, &[&text]);
    let mut history = ledger();
    history.frozen = vec![frozen(&policy, "2026-Q3", true, whole(4))];
    let evaluation = state(&policy, 1, &history, HALF);
    let kr = only(&evaluation);
    assert_eq!((kr.start, kr.score), (Some(whole(4)), Some(ratio(3, 4))));
    assert_eq!(
        kr.target,
        Target::Compare(policy::Op::AtMost, Quantity::ZERO)
    );
}

#[test]
fn key_result_k27_a_committed_one_needs_a_new_due_and_its_postmortem() {
    let of = |rest: &str| {
        faults(
            QUARTER,
            &format!("id: k, {SAST}, target: \"<= 0\", carried_from: 2026-Q3{rest}"),
        )
    };
    assert_eq!(of(""), ["missing-key"; 2]);
    assert_eq!(of(", due: 2026-12-01"), ["missing-key"]);
    assert_eq!(of(&format!(", due: 2026-12-01{POSTMORTEM}")), [""; 0]);
    assert_eq!(of(", ambition: aspirational"), [""; 0]);
    assert_eq!(of(", ambition: aspirational, start: 9"), ["wrong-type"]);
}

#[test]
fn key_result_k26_check_ins_and_events_close_with_what_they_tell_of_the_end() {
    let check_ins = "id: k, measure: { check_in: { unit: none } }, start: 0, target: \">= 10\", on_miss: warn, ambition: aspirational";
    let policy = read(QUARTER, &[check_ins]);
    let mut history = ledger();
    let graded = |history: &History| {
        let closed = close(&policy, history, at("2027-01-20T00:00:00Z")).unwrap();
        (
            closed.grades[0].value,
            closed.grades[0].verdict,
            closed.grades[0].score,
        )
    };
    history.check_ins = vec![
        check_in(&policy, "2026-12-28", Some(whole(5))),
        // It stands for the first day of the next period.
        check_in(&policy, "2027-01-01", Some(whole(9))),
    ];
    assert_eq!(
        graded(&history),
        (Some(whole(5)), Verdict::Missed, ratio(1, 2))
    );
    // It arrives after the end, and stands for the last day.
    history.check_ins.push(CheckIn {
        at: at("2027-01-15T00:00:00Z"),
        ..check_in(&policy, "2026-12-31", Some(whole(8)))
    });
    assert_eq!(graded(&history).2, ratio(4, 5));
    history.check_ins = vec![check_in(&policy, "2026-12-01", Some(whole(5)))];
    assert_eq!(
        graded(&history),
        (None, Verdict::Unknown, Quantity::ZERO),
        "overdue"
    );

    let months = "id: k, measure: { events: { name: drill, per: month } }, target: \">= 100%\", on_miss: warn, ambition: aspirational";
    let policy = read(QUARTER, &[months]);
    let mut history = ledger();
    history.events = vec![
        event("drill", "2026-10-31T00:00:00Z"),
        event("drill", "2026-12-31T23:59:59Z"),
        event("drill", "2027-01-01T00:00:00Z"),
    ];
    let closed = close(&policy, &history, at(END)).unwrap();
    assert_eq!(closed.grades[0].score, ratio(2, 3));
}

#[test]
fn key_result_k27_only_a_close_is_carried_over() {
    let text =
        format!("id: k, {SAST}, target: \"<= 0\", ambition: aspirational, carried_from: 2026-Q3");
    let policy = read(QUARTER, &[&text]);
    let mut history = ledger();
    history.frozen = vec![frozen(&policy, "2026-Q3", false, whole(4))];
    assert_eq!(reasons(&state(&policy, 1, &history, HALF)), ["no-baseline"]);
    let mut reached = frozen(&policy, "2026-Q3", true, whole(0));
    reached.verdict = Some(Verdict::Met);
    history.frozen = vec![reached];
    let notes = format!(
        "{:?}",
        only(&state(&policy, 1, &history, HALF)).measurement.notes
    );
    assert!(notes.contains("nothing to carry over"), "{notes}");
}
