//! The shared sample (rule P46): all verdicts, all kinds of key results, unknown for every
//! reason, bounds, a carry-over, an amended grade, and hostile text in every field.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::date;
use krgate::decide::Verdict;
use krgate::decide::report::{Report, ReportRequest, Sources, report};
use krgate::model::history::{
    Cause, CheckIn, Close, Definition, Episode, Frozen, History, Life, LifeState, PastData,
    PastEvent, PastPolicy, PastReport, PastRun, PastScan, PastStream, Point, RecordId, Unadmitted,
};
use krgate::model::{
    Bound, Class, Event, Figures, FindingId, ObjectId, Quantity, Severity, Tenths, UntrustedText,
};
use krgate::policy::{Policy, definition, parse};

/// Texts that an output would act on.
pub(crate) const HOSTILE: &[&str] = &[
    "=1+1|`x` <img src=x onerror=alert(1)>",
    "##[error]owned ##vso[task.setvariable]x",
    "\u{202e}gpj.exe\u{2066}\u{200b}",
    "a|b `c` ``d`` <!-- @acme/team fixes #1",
    "[x](javascript:alert(1)) ![y](http://e.test/z.png)",
    "\"]; click n0 \"javascript:x\" %%{init}%%",
    "]]>&amp;&lt;\"'<b>\\N\\u{1b}",
    "::add-mask::x %0A::warning::x",
    "مرحبا بالعالم 🔥👩‍🚀 é",
];

/// One of them, by turns.
fn evil(number: usize) -> &'static str {
    HOSTILE[number % HOSTILE.len()]
}

fn foreign(number: usize) -> UntrustedText {
    UntrustedText::new(evil(number))
}

fn quoted(number: usize) -> String {
    serde_json::to_string(evil(number)).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// In the middle of the period.
pub(crate) const RUNNING: &str = "2026-11-16T12:00:00Z";
/// After its end.
pub(crate) const OVER: &str = "2027-01-10T12:00:00Z";

const KEY_RESULTS: [(&str, &[&str]); 3] = [
    (
        "exposure",
        &[
            "below, measure: { count: { class: sast } }, target: \"<= 2\", on_miss: block",
            "above, measure: { routed: { class: sast } }, target: \">= 95%\"",
            "fixed, measure: { count: { class: secrets } }, target: \"== 0\"",
            "range, measure: { share: { file: data/w.csv, num: { a: b }, as_of: { column: d } } }, target: \"30%..50%\", on_miss: warn",
            "bound, measure: { count: { class: sca } }, target: \"<= 5\"",
            "worst, measure: { max_cvss: { class: [sca] } }, target: \"<= 7.0\"",
            "health, kind: health, measure: { count: { class: iac } }, target: \"<= 0\", on_miss: observe",
        ],
    ),
    (
        "speed",
        &[
            "down, measure: { count: { cwe: [79] } }, start: 40, target: \"<= 10\", derived_from: [TM-7]",
            "up, measure: { value: { file: data/v.csv, column: c, aggregate: sum, as_of: { column: d } } }, start: 10, target: \">= 50\"",
            "fix-half, measure: { time_to_fix: { severity: critical, statistic: median, window: 90d } }, start: { baseline: previous }, target: \"<= 50% of start\", ambition: aspirational",
            "fix, measure: { time_to_fix: { class: sast, statistic: median, window: 90d, min_n: 1 } }, target: \"<= 20d\", on_miss: warn",
            "age, measure: { age: { statistic: max } }, target: \"<= 60d\", on_miss: warn",
            "carried, carried_from: 2026-Q3, measure: { count: { class: dast } }, target: \"<= 0\", ambition: aspirational",
        ],
    ),
    (
        "people",
        &[
            "trained, measure: { check_in: { unit: \"%\" } }, start: 35%, target: \">= 80%\"",
            "nobody, measure: { check_in: { unit: \"%\" } }, target: \">= 80%\", on_miss: warn",
            "steps, measure: { milestones: [{ id: a, title: A }, { id: b, title: B }] }, target: \">= 100%\", due: 2026-12-24",
            "weekly, measure: { events: { name: report.access, per: week } }, target: \">= 100%\", on_miss: warn",
            "base, measure: { count: { class: container } }, target: measured",
            "untouched, measure: { count: { class: license } }, target: \"<= 0\", on_unknown: warn",
        ],
    ),
];

/// The policy, with hostile text wherever it takes any.
pub(crate) fn policy() -> Policy {
    let mut text = format!(
        "version: 1\nmission: {}\nledger: dir:.krgate/ledger\n\
         period: {{ name: {}, start: 2026-10-01, end: 2027-01-01 }}\n\
         reports:\n  - {{ name: {}, path: r/*.sarif, class: sast }}\n\
         waivers:\n  list:\n\
         \x20   - {{ rule: \"a|`b`<i>*\", path: x, owner: {}, expires: 2026-11-20 }}\n\
         \x20   - {{ id: old, rule: b, path: x, owner: {}, expires: 2026-11-01 }}\n\
         \x20   - {{ id: unused, rule: c, path: x }}\n\
         objectives:\n",
        quoted(6),
        quoted(0),
        quoted(3),
        quoted(4),
        quoted(3),
    );
    for (place, (id, key_results)) in KEY_RESULTS.iter().enumerate() {
        let _ = write!(
            text,
            "  - id: {id}\n    title: {}\n    owner: {}\n    pillar: {}\n    derived_from: [{}]\n",
            quoted(place),
            quoted(place + 3),
            ["risk", "risk", "trust"][place],
            quoted(place + 5),
        );
        text += match place {
            0 => "    contributes_to: [\"company/<b>|`x`\"]\n",
            1 => {
                "    contributes_to: [exposure]\n    rollup: true\n    uses: [{ key_result: exposure/below, weight: 2 }]\n"
            }
            _ => "    contributes_to: [speed]\n",
        };
        let _ = write!(
            text,
            "    actions: [{{ who: {}, what: {}, how: {}, due: 2026-11-{} }}]\n    key_results:\n",
            quoted(place + 1),
            quoted(place + 2),
            quoted(place + 4),
            ["10", "16", "30"][place],
        );
        for (number, key_result) in key_results.iter().enumerate() {
            let _ = writeln!(
                text,
                "      - {{ title: {}, id: {key_result} }}",
                quoted(place * 7 + number)
            );
        }
    }
    let loaded = parse("krgate.yaml", &text);
    match loaded.policy {
        Some(policy) => policy,
        None => panic!("policy has faults: {:?}\n{text}", loaded.diagnostics),
    }
}

fn id(number: u8) -> RecordId {
    RecordId([number; 32])
}

fn share(percent: i64) -> Quantity {
    Quantity::ratio(percent, 100).unwrap()
}

fn days(days: i64) -> Quantity {
    Quantity::whole(days * 86_400)
}

/// Puts points together.
struct Points<'a> {
    policy: &'a Policy,
    points: Vec<Point>,
}

impl Points<'_> {
    fn definition(&self, key_result: &str) -> (String, Definition) {
        let (objective, found) = self
            .policy
            .key_results()
            .find(|(_, one)| one.id == key_result)
            .unwrap();
        let name = format!("{}/{key_result}", objective.id);
        (name, definition(self.policy, found))
    }

    fn add(&mut self, key_result: &str, moment: &str, value: Option<Quantity>, verdict: Verdict) {
        let (name, definition) = self.definition(key_result);
        self.points.push(Point {
            key_result: name,
            at: at(moment),
            record: id(1),
            definition,
            value,
            bound: Bound::Exact,
            verdict,
            score: None,
            n: None,
            reason: None,
            of_state: true,
        });
    }

    fn last(&mut self) -> &mut Point {
        self.points.last_mut().unwrap()
    }
}

fn points(policy: &Policy) -> Vec<Point> {
    use Verdict::{Met, Missed, Unknown};
    let whole = |number| Some(Quantity::whole(number));
    let mut all = Points {
        policy,
        points: Vec::new(),
    };
    let monday = "2026-11-16T09:00:00Z";
    all.add("below", "2026-11-02T09:00:00Z", whole(5), Missed);
    all.add("below", monday, whole(3), Missed);
    all.add("above", monday, None, Unknown);
    all.last().reason = Some(foreign(3));
    all.add("fixed", monday, whole(0), Met);
    all.add("range", "2026-11-02T09:00:00Z", Some(share(40)), Met);
    all.add("bound", monday, whole(3), Unknown);
    all.last().bound = Bound::AtLeast;
    all.add("worst", monday, Quantity::ratio(98, 10), Missed);
    all.add("health", monday, whole(7), Missed);
    let weeks = ["05", "12", "19", "26"].map(|day| format!("2026-10-{day}T09:00:00Z"));
    let weeks: Vec<String> = weeks
        .into_iter()
        .chain(["2026-11-02T09:00:00Z", "2026-11-09T09:00:00Z"].map(str::to_owned))
        .collect();
    for (week, value) in weeks.iter().zip([40, 37, 36, 30, 31, 26]) {
        all.add("down", week, whole(value), Missed);
    }
    all.add("up", &weeks[1], whole(12), Missed);
    all.last().definition = Definition([7; 16]);
    all.add("up", &weeks[4], whole(30), Missed);
    all.last().n = Some(14);
    all.add("up", monday, whole(28), Missed);
    all.add("fix-half", monday, Some(days(31)), Unknown);
    all.add("fix", monday, Some(days(40).plus(Quantity::ONE)), Missed);
    all.last().bound = Bound::AtLeast;
    all.last().n = Some(6);
    all.add("age", "2026-11-09T09:00:00Z", Some(days(161)), Missed);
    all.add("age", monday, Some(days(168)), Missed);
    all.add("carried", monday, whole(4), Missed);
    all.add("trained", "2026-11-02T00:00:00Z", Some(share(50)), Unknown);
    all.last().record = id(2);
    all.add("base", monday, whole(9), Unknown);
    all.points
        .sort_by(|one, other| (&one.key_result, one.at).cmp(&(&other.key_result, other.at)));
    all.points
}

fn life(number: u8, opened: &str, severity: Severity, cvss: u8) -> Life {
    let place = usize::from(number);
    Life {
        id: FindingId::new([number; 16]),
        aliases: Vec::new(),
        stream: 0,
        rule: foreign(place),
        path: Some(foreign(place + 1)),
        line: Some(u32::from(number)),
        package: None,
        secret: None,
        vulnerability: None,
        validity: None,
        revoked: None,
        cvss: Tenths::new(cvss),
        severity: Some(severity),
        cwe: vec![79, 639],
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

/// One finding for each thing that can become of one.
fn lives() -> Vec<Life> {
    let ended = |mut life: Life, moment: &str, cause| {
        life.state = LifeState::Fixed;
        life.episodes[0].fixed = Some((at(moment), cause));
        life
    };
    let mut old = life(1, "2026-06-01T00:00:00Z", Severity::Critical, 98);
    old.left_truncated = true;
    let new = life(2, "2026-11-12T00:00:00Z", Severity::High, 75);
    let mut upgraded = life(3, "2026-11-16T09:00:00Z", Severity::Low, 31);
    upgraded.by_tool_change = true;
    let mut advised = life(4, "2026-11-13T00:00:00Z", Severity::Medium, 50);
    advised.stream = 1;
    advised.path = None;
    advised.package = Some(foreign(5));
    advised.advisory_published = Some(at("2026-11-12T00:00:00Z"));
    let fixed = life(5, "2026-11-01T00:00:00Z", Severity::High, 80);
    let fixed = ended(fixed, "2026-11-14T00:00:00Z", Cause::Scan);
    let removed = life(6, "2026-11-01T00:00:00Z", Severity::High, 80);
    let removed = ended(removed, "2026-11-14T00:00:00Z", Cause::Removed);
    let by_tool = life(7, "2026-11-01T00:00:00Z", Severity::High, 80);
    let by_tool = ended(by_tool, "2026-11-16T09:00:00Z", Cause::ToolChange);
    let mut reopened = life(8, "2026-10-06T00:00:00Z", Severity::High, 80);
    reopened.episodes[0].fixed = Some((at("2026-10-12T09:00:00Z"), Cause::Scan));
    reopened.episodes.push(Episode {
        opened: at("2026-11-15T00:00:00Z"),
        fixed: None,
        fixing_commit: None,
    });
    let mut accepted = life(9, "2026-10-06T00:00:00Z", Severity::High, 80);
    accepted.left = Some(Close::Accepted(at("2026-11-11T00:00:00Z")));
    let mut refuted = life(10, "2026-10-06T00:00:00Z", Severity::High, 80);
    refuted.left = Some(Close::FalsePositive(at("2026-11-11T00:00:00Z")));
    let mut lost = life(11, "2026-10-06T00:00:00Z", Severity::High, 80);
    lost.stream = 2;
    lost.cwe = Vec::new();
    lost.state = LifeState::Unknown(at("2026-10-20T09:00:00Z"));
    vec![
        old, new, upgraded, advised, fixed, removed, by_tool, reopened, accepted, refuted, lost,
    ]
}

fn stream(class: Class, tool: usize, repository: &str) -> PastStream {
    PastStream {
        repository: repository.to_owned(),
        reference: "refs/heads/main".to_owned(),
        tool: foreign(tool),
        category: Some(foreign(tool + 1)),
        class,
        fresh: 7 * 86_400,
    }
}

fn scan(stream: u32, moment: &str, unadmitted: Option<Unadmitted>, tool_change: bool) -> PastScan {
    PastScan {
        record: id(if tool_change { 5 } else { 4 }),
        stream,
        at: at(moment),
        commit: None,
        unadmitted,
        of_history: false,
        tool_change,
    }
}

fn run(number: u8, moment: &str, version: usize, digest: &str) -> PastRun {
    PastRun {
        record: id(number),
        repository: "example.org/1".to_owned(),
        at: at(moment),
        event: Event::State,
        reference: None,
        commit: None,
        environment: None,
        exit: 1,
        milliseconds: None,
        feedback_seconds: None,
        writer: foreign(version),
        policy: Some(PastPolicy {
            digest: format!("sha256:{}", digest.repeat(32)),
            commit: ObjectId::new(&"4f".repeat(20)),
        }),
        reports: vec![PastReport {
            name: foreign(version),
            tool: Some(foreign(1)),
            version: Some(foreign(version)),
            class: Some(Class::Sast),
            ok: false,
        }],
        data: vec![PastData {
            name: foreign(version + 3),
            digest: format!("sha256:{}", "cd".repeat(32)),
            as_of: Some(foreign(version)),
        }],
        waivers: Vec::new(),
    }
}

pub(crate) fn history(policy: &Policy) -> History {
    let (trained, meaning) = Points {
        policy,
        points: Vec::new(),
    }
    .definition("trained");
    let (steps, of_steps) = Points {
        policy,
        points: Vec::new(),
    }
    .definition("steps");
    let check_in = |key_result: &str, definition, record, value, done: &[&str]| CheckIn {
        key_result: key_result.to_owned(),
        as_of: date(2026, 11, 2),
        at: at("2026-11-02T10:00:00Z"),
        record,
        definition,
        value,
        done: done.iter().map(|step| (*step).to_owned()).collect(),
        who: foreign(3),
        evidence: vec![foreign(4)],
        confidence: Some(Quantity::ratio(1, 2).unwrap()),
        note: Some(foreign(5)),
    };
    History {
        read: true,
        runs: vec![
            run(4, "2026-11-02T09:00:00Z", 2, "aa"),
            run(5, "2026-11-16T09:00:00Z", 3, "bb"),
        ],
        points: points(policy),
        frozen: frozen(policy),
        check_ins: vec![
            check_in(&trained, meaning, id(2), Some(share(50)), &[]),
            check_in(&steps, of_steps, id(3), None, &["a"]),
        ],
        events: vec![PastEvent {
            name: "report.access".to_owned(),
            at: at("2026-10-07T00:00:00Z"),
            record: id(6),
            commit: None,
            environment: Some(foreign(1)),
            found: None,
            scope: Some(foreign(2)),
        }],
        streams: vec![
            stream(Class::Sast, 1, "example.org/1"),
            stream(Class::Sca, 2, "example.org/1"),
            stream(Class::Dast, 4, "example.org/=1+1|`x`<b>"),
        ],
        scans: vec![
            scan(0, "2026-10-12T09:00:00Z", None, false),
            scan(2, "2026-10-20T09:00:00Z", None, false),
            scan(0, "2026-11-02T09:00:00Z", None, false),
            scan(1, "2026-11-09T09:00:00Z", None, false),
            scan(
                1,
                "2026-11-16T09:00:00Z",
                Some(Unadmitted::RunFailed),
                false,
            ),
            scan(0, "2026-11-16T09:00:00Z", None, true),
        ],
        lives: lives(),
        ..History::default()
    }
}

/// The start of what was carried over.
fn frozen(policy: &Policy) -> Vec<Frozen> {
    let (carried, definition) = Points {
        policy,
        points: Vec::new(),
    }
    .definition("carried");
    vec![Frozen {
        key_result: carried,
        period: "2026-Q3".to_owned(),
        at_close: true,
        at: at("2026-10-01T09:00:00Z"),
        record: id(7),
        definition,
        value: Some(Quantity::whole(8)),
        verdict: Some(Verdict::Missed),
        score: Some(Quantity::ZERO),
    }]
}

/// The same history once the period is closed, with evidence that came after.
pub(crate) fn closed(policy: &Policy) -> History {
    let mut history = history(policy);
    let known = Points {
        policy,
        points: Vec::new(),
    };
    for (key_result, value, verdict, score) in [
        ("down", Some(26), Verdict::Missed, Quantity::ratio(14, 30)),
        ("below", Some(4), Verdict::Missed, Some(Quantity::ZERO)),
        ("above", None, Verdict::Unknown, Some(Quantity::ZERO)),
    ] {
        let (name, definition) = known.definition(key_result);
        history.frozen.push(Frozen {
            key_result: name,
            period: policy.period.as_ref().unwrap().name.clone(),
            at_close: true,
            at: at("2027-01-02T09:00:00Z"),
            record: id(8),
            definition,
            value: value.map(Quantity::whole),
            verdict: Some(verdict),
            score,
        });
    }
    history
}

/// The sample as a report.
pub(crate) fn sample(
    history: &History,
    policy: &Policy,
    request: &ReportRequest,
    now: &str,
) -> Report {
    let sources = Sources {
        version: "0.1.0",
        policy_commit: None,
        ledger: evil(4).to_owned(),
        ledger_exists: true,
        checkpoint: Some("ab".repeat(32)),
        everywhere: history,
        waivers_used: Some(vec![2, 0, 0]),
        figures: Figures::default(),
    };
    report(policy, history, sources, request, at(now))
}

pub(crate) fn running() -> Report {
    let policy = policy();
    sample(
        &history(&policy),
        &policy,
        &ReportRequest::default(),
        RUNNING,
    )
}
