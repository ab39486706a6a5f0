//! Reports on policies as people write them, with histories made by hand.

use jiff::Timestamp;
use jiff::civil::date;

use super::*;
use crate::decide::Verdict;
use crate::model::history::{
    Cause, Episode, History, Life, LifeState, PastPolicy, PastReport, PastRun, PastScan,
    PastStream, Point, RecordId,
};
use crate::model::{Bound, Class, Event, Figures, FindingId, Quantity, Severity, UntrustedText};
use crate::policy::{self, Policy, definition};

const NOW: &str = "2026-11-16T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn whole(number: i64) -> Quantity {
    Quantity::whole(number)
}

fn read(text: &str) -> Policy {
    let loaded = policy::parse("krgate.yaml", text);
    match loaded.policy {
        Some(policy) => policy,
        None => panic!("policy has faults: {:?}\n{text}", loaded.diagnostics),
    }
}

/// Two guardrails over findings and a figure that people report.
fn policy() -> Policy {
    read(
        "version: 1\n\
         period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }\n\
         reports: [{ name: code, path: \"*.sarif\", class: sast }]\n\
         waivers:\n  list:\n\
         \x20   - { id: soon, rule: a, path: x, owner: \"@o\", expires: 2026-11-30 }\n\
         \x20   - { id: later, rule: b, path: x, owner: \"@o\", expires: 2026-12-01 }\n\
         \x20   - { id: ended, rule: c, path: x, owner: \"@o\", expires: 2026-11-15 }\n\
         \x20   - { id: unused, rule: d, path: x, owner: \"@o\" }\n\
         objectives:\n\
         \x20 - id: o\n    title: O\n    owner: \"@o\"\n    pillar: risk\n\
         \x20   actions:\n\
         \x20     - { what: late, due: 2026-11-10, who: \"@x\" }\n\
         \x20     - { what: near, due: 2026-11-30 }\n\
         \x20     - { what: far, due: 2026-12-01 }\n\
         \x20     - { what: some day }\n\
         \x20   key_results:\n\
         \x20     - { id: few, title: Few, measure: { count: { class: sast } }, target: \"<= 2\" }\n\
         \x20     - { id: access, title: Access, measure: { count: { cwe: [284, 639] } }, target: \"<= 0\" }\n\
         \x20     - { id: trained, title: Trained, owner: \"@hr\", measure: { check_in: { unit: \"%\" } }, start: 35%, target: \">= 80%\" }\n",
    )
}

fn point(policy: &Policy, name: &str, moment: &str, value: Option<i64>, verdict: Verdict) -> Point {
    let key_result = policy
        .key_results()
        .map(|(_, key_result)| key_result)
        .find(|key_result| policy.record_name(key_result) == name)
        .unwrap();
    Point {
        key_result: name.to_owned(),
        at: at(moment),
        record: RecordId([1; 32]),
        definition: definition(policy, key_result),
        value: value.map(whole),
        bound: Bound::Exact,
        verdict,
        score: None,
        n: None,
        reason: None,
        of_state: true,
    }
}

fn run(moment: &str, version: &str, policy: &str) -> PastRun {
    PastRun {
        record: RecordId([9; 32]),
        repository: "example.org/1".to_owned(),
        at: at(moment),
        event: Event::State,
        reference: None,
        commit: None,
        environment: None,
        exit: 0,
        milliseconds: None,
        feedback_seconds: None,
        writer: UntrustedText::new("krgate 0.1.0"),
        policy: Some(PastPolicy {
            digest: policy.to_owned(),
            commit: None,
        }),
        reports: vec![PastReport {
            name: UntrustedText::new("code"),
            tool: Some(UntrustedText::new("semgrep")),
            version: Some(UntrustedText::new(version)),
            class: Some(Class::Sast),
            ok: true,
        }],
        data: Vec::new(),
        waivers: Vec::new(),
    }
}

fn scan(moment: &str, tool_change: bool) -> PastScan {
    PastScan {
        record: RecordId([9; 32]),
        stream: 0,
        at: at(moment),
        commit: None,
        unadmitted: None,
        of_history: false,
        tool_change,
    }
}

fn life(number: u8, opened: &str) -> Life {
    Life {
        id: FindingId::new([number; 16]),
        aliases: Vec::new(),
        stream: 0,
        rule: UntrustedText::new("r"),
        path: Some(UntrustedText::new("a.py")),
        line: Some(u32::from(number)),
        package: None,
        secret: None,
        vulnerability: None,
        validity: None,
        revoked: None,
        cvss: None,
        severity: Some(Severity::High),
        cwe: vec![79],
        first_seen: at(opened),
        introduced: None,
        advisory_published: None,
        left_truncated: false,
        by_tool_change: false,
        seen_on_change: false,
        episodes: vec![Episode {
            opened: at(opened),
            fixed: None,
            fixing_commit: None,
        }],
        left: None,
        triaged: None,
        deployed: None,
        state: LifeState::Open,
    }
}

/// Three open findings, one of them old, and one that was fixed two days ago.
fn history(policy: &Policy) -> History {
    let mut fixed = life(4, "2026-11-01T00:00:00Z");
    fixed.state = LifeState::Fixed;
    fixed.episodes[0].fixed = Some((at("2026-11-14T00:00:00Z"), Cause::Scan));
    let mut access = life(2, "2026-11-12T00:00:00Z");
    access.cwe = vec![639];
    access.severity = Some(Severity::Critical);
    let known = |name, moment, value| point(policy, name, moment, Some(value), Verdict::Missed);
    History {
        read: true,
        runs: vec![
            run("2026-11-02T09:00:00Z", "1.0", "sha256:aa"),
            run("2026-11-16T09:00:00Z", "1.1", "sha256:bb"),
        ],
        points: vec![
            known("o/access", "2026-11-16T09:00:00Z", 1),
            known("o/few", "2026-11-02T09:00:00Z", 5),
            known("o/few", "2026-11-16T09:00:00Z", 3),
        ],
        streams: vec![PastStream {
            repository: "example.org/1".to_owned(),
            reference: "refs/heads/main".to_owned(),
            tool: UntrustedText::new("semgrep"),
            category: None,
            class: Class::Sast,
            fresh: 7 * 86_400,
        }],
        scans: vec![
            scan("2026-11-02T09:00:00Z", false),
            scan("2026-11-16T09:00:00Z", true),
        ],
        lives: vec![
            life(1, "2026-06-01T00:00:00Z"),
            access,
            life(3, "2026-11-01T00:00:00Z"),
            fixed,
        ],
        ..History::default()
    }
}

fn reported(policy: &Policy, history: &History, request: &ReportRequest) -> Report {
    let sources = Sources {
        version: "0.1.0",
        policy_commit: None,
        ledger: "dir:.krgate/ledger".to_owned(),
        ledger_exists: true,
        checkpoint: None,
        everywhere: history,
        waivers_used: Some(vec![1, 0, 0, 0]),
        figures: Figures::default(),
    };
    report(policy, history, sources, request, at(NOW))
}

#[test]
fn report_p13_a_change_compares_with_the_last_record_seven_days_ago() {
    let policy = policy();
    let mut history = history(&policy);
    let report = reported(&policy, &history, &ReportRequest::default());
    let few = &report.facts[0][0];
    assert_eq!(
        few.change,
        Change::By {
            before: whole(5),
            at: at("2026-11-02T09:00:00Z"),
            record: RecordId([1; 32]),
            delta: whole(-2),
            course: Course::Better,
        }
    );
    assert_eq!(report.facts[0][1].change, Change::New, "and not 0");
    assert_eq!(report.facts[0][2].change, Change::New);
    // At exactly seven days it counts, a second later it does not.
    history.points[1].at = at("2026-11-09T12:00:00Z");
    let report = reported(&policy, &history, &ReportRequest::default());
    assert!(matches!(report.facts[0][0].change, Change::By { .. }));
    history.points[1].at = at("2026-11-09T12:00:01Z");
    let report = reported(&policy, &history, &ReportRequest::default());
    assert_eq!(report.facts[0][0].change, Change::New);
}

#[test]
fn report_p13_what_cannot_be_compared_is_not_compared() {
    let policy = policy();
    let mut history = history(&policy);
    let change = |history: &History| {
        reported(&policy, history, &ReportRequest::default()).facts[0][0].change
    };
    history.points[1].bound = Bound::AtLeast;
    assert_eq!(change(&history), Change::Bound);
    history.points[1].value = None;
    let then = history.points[1].at;
    assert_eq!(change(&history), Change::UnknownThen(then));
    history.points[1].definition.0[0] ^= 1;
    assert_eq!(
        change(&history),
        Change::Redefined(at("2026-11-16T09:00:00Z"))
    );
    history.points.truncate(2);
    assert_eq!(change(&history), Change::UnknownNow);
}

#[test]
fn report_p12_the_verdict_line_names_what_blocks() {
    let policy = policy();
    let report = reported(&policy, &history(&policy), &ReportRequest::default());
    let verdict = &report.verdict;
    assert_eq!(
        (verdict.total, verdict.met, verdict.missed, verdict.unknown),
        (3, 0, 2, 1)
    );
    let names: Vec<&str> = verdict.blockers.iter().map(|b| b.id.as_str()).collect();
    assert_eq!(names, ["few", "access"], "the third moves, and is not due");
}

#[test]
fn report_p16_a_filter_shows_less_and_changes_no_verdict() {
    let policy = policy();
    let history = history(&policy);
    let all = reported(&policy, &history, &ReportRequest::default());
    let request = ReportRequest {
        filter: ReportFilter::of_cwe([639, 284, 639]),
        ..ReportRequest::default()
    };
    let report = reported(&policy, &history, &request);
    assert_eq!(report.filter.as_ref().unwrap().in_words(), "cwe=284,639");
    let shown = report.objectives();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].key_results[0].progress.id, "access");
    assert_eq!((shown[0].key_results.len(), shown[0].hidden), (1, 2));
    assert_eq!(report.verdict.shown, Some((0, 1, 0)));
    assert_eq!(report.verdict.missed, all.verdict.missed);
    assert_eq!(
        report.progress.objectives[0].score,
        all.progress.objectives[0].score
    );
    assert_eq!(report.changes.findings.len(), 1);
    assert_eq!(report.changes.findings[0].finding.cwe, [639]);
    assert_eq!(ReportFilter::of_cwe([]), None);
}

#[test]
fn report_p12_what_changed_is_told_with_its_cause() {
    let policy = policy();
    let report = reported(&policy, &history(&policy), &ReportRequest::default());
    let told: Vec<(&str, &str, Option<u32>)> = report
        .changes
        .findings
        .iter()
        .map(|c| (c.event.as_str(), c.cause.as_str(), c.finding.line))
        .collect();
    assert_eq!(told, [("new", "scan", Some(2)), ("fixed", "scan", Some(4))]);
    assert_eq!(report.changes.counts.of(FindingEvent::Fixed), 1);
    let tool = &report.changes.tools[0];
    assert_eq!(
        (tool.came, tool.went, report.changes.tools.len()),
        (0, 0, 1)
    );
    assert_eq!(report.changes.policies[0].after, "sha256:bb");
    // The whole period so far has more.
    let request = ReportRequest {
        span: Span::Period,
        ..ReportRequest::default()
    };
    let period = reported(&policy, &history(&policy), &request);
    assert_eq!(period.span.start, at("2026-10-01T00:00:00Z"));
    assert_eq!(period.changes.counts.new, 3);
}

#[test]
fn report_p12_overdue_is_told_by_owner() {
    let policy = policy();
    let report = reported(&policy, &history(&policy), &ReportRequest::default());
    let overdue = &report.overdue;
    assert_eq!(overdue.check_ins[0].key_result, "o/trained");
    assert_eq!((overdue.check_ins[0].last, overdue.scans.len()), (None, 0));
    assert_eq!(overdue.unknown.len(), 1);
    assert_eq!(overdue.unknown[0].owner, "@hr");
    assert_eq!(overdue.unknown[0].key_results[0].1[0].code, "no-check-in");
    assert!(overdue.missing.is_empty());
    let mut history = history(&policy);
    history.scans.pop();
    history.runs.clear();
    let report = reported(&policy, &history, &ReportRequest::default());
    assert_eq!(
        report.overdue.scans[0].last,
        Some(at("2026-11-02T09:00:00Z"))
    );
    assert_eq!(report.overdue.missing[0].name, "code");
}

#[test]
fn report_p12_waivers_that_need_somebody() {
    let policy = policy();
    let report = reported(&policy, &history(&policy), &ReportRequest::default());
    let named: Vec<(&str, WaiverWhy)> = report
        .waivers
        .iter()
        .map(|notice| (notice.label.raw(), notice.why))
        .collect();
    assert_eq!(
        named,
        [
            ("ended", WaiverWhy::Ended(1)),
            ("soon", WaiverWhy::EndsIn(14)),
            ("later", WaiverWhy::MatchedNothing),
            ("unused", WaiverWhy::MatchedNothing)
        ]
    );
}

#[test]
fn report_p12_next_actions_and_what_to_repair() {
    let policy = policy();
    let report = reported(&policy, &history(&policy), &ReportRequest::default());
    let actions = &report.actions;
    let due: Vec<(&str, &str, i64)> = actions
        .due
        .iter()
        .map(|action| (action.what.as_str(), action.who.as_str(), action.days))
        .collect();
    assert_eq!(due, [("late", "@x", -6), ("near", "@o", 14)]);
    assert_eq!(actions.due[0].due, date(2026, 11, 10));
    assert_eq!((actions.later, actions.undated), (1, 1));
    // Three are open where two may be: each goes the whole way; the one that two key results
    // count comes first, then the oldest.
    let repairs: Vec<(Option<u32>, usize, Quantity)> = actions
        .repairs
        .iter()
        .map(|repair| (repair.finding.line, repair.key_results.len(), repair.moves))
        .collect();
    assert_eq!(
        repairs,
        [
            (Some(2), 2, whole(2)),
            (Some(1), 1, whole(1)),
            (Some(3), 1, whole(1))
        ]
    );
    assert_eq!(actions.candidates, 3);
}

#[test]
fn report_p30_a_week_without_a_figure_is_a_gap() {
    let policy = policy();
    let report = reported(&policy, &history(&policy), &ReportRequest::default());
    let weeks = &report.facts[0][0].weeks;
    assert_eq!(weeks.len(), 13);
    assert_eq!(weeks[0].week.to_string(), "2026-W35");
    assert!(!weeks[0].in_period);
    let in_period = weeks.iter().filter(|week| week.in_period).count();
    assert_eq!(in_period, 8);
    let values: Vec<Option<Quantity>> = weeks
        .iter()
        .rev()
        .take(3)
        .map(|week| week.point.map(|point| point.value))
        .collect();
    assert_eq!(values, [Some(whole(3)), None, Some(whole(5))]);
    let gap = &weeks[11];
    assert_eq!(gap.verdict(), Verdict::Unknown);
    // The verdict of Monday the 2nd, 09:00, stands for seven days.
    assert_eq!(gap.known, Quantity::ratio(9, 168).unwrap());
    assert_eq!(weeks[12].known, Quantity::ratio(3, 12).unwrap());
}

#[test]
fn report_p29_ages_by_week_and_nothing_where_no_scan_stood() {
    let policy = policy();
    let report = reported(&policy, &history(&policy), &ReportRequest::default());
    let open: Vec<Option<[u64; 5]>> = report.ages.iter().rev().take(4).map(|w| w.open).collect();
    assert_eq!(
        open,
        [
            // 4 d, 15 d and 168 d.
            Some([1, 1, 0, 1, 0]),
            // The scan of Monday the 2nd does not stand at the end of the 15th.
            None,
            // It does at the end of the 8th: two are 8 d old, one 160.
            Some([0, 2, 0, 1, 0]),
            None
        ]
    );
    let mut history = history(&policy);
    history.streams[0].fresh = 30 * 86_400;
    let report = reported(&policy, &history, &ReportRequest::default());
    let before = report.ages.iter().rev().nth(1).unwrap();
    // One was fixed on the 14th.
    assert_eq!(before.open, Some([1, 1, 0, 1, 0]));
}

#[test]
fn report_p01_the_same_inputs_give_the_same_report() {
    let policy = policy();
    let one = reported(&policy, &history(&policy), &ReportRequest::default());
    let other = reported(&policy, &history(&policy), &ReportRequest::default());
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

#[test]
fn record_r32_an_empty_ledger_knows_nothing_and_says_so() {
    let policy = policy();
    let history = History {
        read: true,
        ..History::default()
    };
    let report = reported(&policy, &history, &ReportRequest::default());
    assert_eq!(report.verdict.unknown, 3);
    assert!(!report.changes.is_known);
    assert!(report.ages.iter().all(|week| week.open.is_none()));
    let weeks = report.facts.iter().flatten().flat_map(|facts| &facts.weeks);
    assert!(weeks.clone().all(|week| week.point.is_none()));
    assert!(weeks.clone().all(|week| week.known == Quantity::ZERO));
    assert_eq!(report.coverage.rows.len(), 0);
}
