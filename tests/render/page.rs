//! The report and the status as pages: what is on them, and that nothing else can be.

use jiff::Timestamp;
use krgate::decide::Verdict;
use krgate::decide::report::{Report, ReportFilter, ReportRequest, Sources, report};
use krgate::model::history::{
    Cause, Definition, Episode, Frozen, History, Life, LifeState, PastPolicy, PastReport, PastRun,
    PastScan, PastStream, Point, RecordId,
};
use krgate::model::{
    Bound, Class, Event, Figures, FindingId, Quantity, Severity, Tenths, UntrustedText,
};
use krgate::policy::{self, Policy, definition};
use krgate::render::html::{write_report, write_status};
use krgate::render::status::{About, Status};

use crate::markup;

const NOW: &str = "2026-11-24T12:00:00Z";
/// What an attacker would like to stand in a page.
const HOSTILE: &str = "</title></style><script>alert(1)</script><img src=x onerror='a()'>\"&amp;\
                       \u{202e}\u{1b}]]>-->{{x}}";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read(text: &str) -> Policy {
    let loaded = policy::parse("krgate.yaml", text);
    loaded
        .policy
        .unwrap_or_else(|| panic!("{:?}\n{text}", loaded.diagnostics))
}

/// A policy with these key results, which are lines of YAML in braces.
fn policy(key_results: &[String]) -> Policy {
    let lines: Vec<String> = key_results
        .iter()
        .map(|kr| format!("      - {kr}\n"))
        .collect();
    let lines = lines.concat();
    read(&format!(
        "version: 1\nperiod: {{ name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }}\n\
         reports: [{{ name: code, path: \"*.sarif\", class: sast }}]\nobjectives:\n  - id: o\n    \
         title: Nothing exploitable\n    owner: \"@o\"\n    key_results:\n{lines}"
    ))
}

fn count(id: &str, title: &str) -> String {
    format!(
        "{{ id: {id}, title: {title}, measure: {{ count: {{ class: sast }} }}, start: 40, target: \"<= 10\", on_miss: block }}"
    )
}

fn sources(everywhere: &History) -> Sources<'_> {
    Sources {
        version: "0.1.0",
        policy_commit: None,
        ledger: "dir:.krgate/ledger".to_owned(),
        ledger_exists: true,
        checkpoint: None,
        everywhere,
        waivers_used: None,
        figures: Figures::default(),
    }
}

fn made(policy: &Policy, history: &History, request: &ReportRequest) -> Report {
    report(policy, history, sources(history), request, at(NOW))
}

fn page_of(report: &Report) -> String {
    let mut page = Vec::new();
    write_report(report, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// The page of a policy and a history, read strictly, and every drawing in it as XML.
fn page(policy: &Policy, history: &History) -> (String, markup::Read) {
    let page = page_of(&made(policy, history, &ReportRequest::default()));
    let read = markup::read(&page);
    markup::drawings_are_xml(&page);
    (page, read)
}

fn point(policy: &Policy, id: &str, day: i64, value: Option<i64>, verdict: Verdict) -> Point {
    let mut all = policy.key_results();
    let (_, key_result) = all.find(|(_, key_result)| key_result.id == id).unwrap();
    let start = at("2026-10-05T09:00:00Z").as_second();
    Point {
        key_result: policy.record_name(key_result),
        at: Timestamp::from_second(start + day * 86_400).unwrap(),
        record: RecordId([7; 32]),
        definition: definition(policy, key_result),
        value: value.map(Quantity::whole),
        bound: Bound::Exact,
        verdict,
        score: None,
        n: None,
        reason: None,
        of_state: true,
    }
}

/// The worked burn-down of rule K21, a week a Monday, and the run of each.
fn worked(policy: &Policy, id: &str) -> History {
    let values = [40, 37, 36, 30, 31, 26];
    let points = (0_i64..)
        .zip(values)
        .map(|(week, value)| point(policy, id, week * 7 + 14, Some(value), Verdict::Missed));
    History {
        read: true,
        points: points.collect(),
        runs: vec![run("2026-11-23T09:00:00Z")],
        ..History::default()
    }
}

fn run(moment: &str) -> PastRun {
    PastRun {
        record: RecordId([9; 32]),
        repository: "example.org/1".to_owned(),
        at: at(moment),
        event: Event::State,
        reference: None,
        commit: None,
        environment: None,
        exit: 1,
        milliseconds: None,
        feedback_seconds: None,
        writer: UntrustedText::new("krgate 0.1.0"),
        policy: Some(PastPolicy {
            digest: "sha256:00".to_owned(),
            commit: None,
        }),
        reports: vec![PastReport {
            name: UntrustedText::new("code"),
            tool: Some(UntrustedText::new("semgrep")),
            version: Some(UntrustedText::new("1.80.0")),
            class: Some(Class::Sast),
            ok: true,
        }],
        data: Vec::new(),
        waivers: Vec::new(),
    }
}

fn life(number: u8, opened: &str, text: &str) -> Life {
    Life {
        id: FindingId::new([number; 16]),
        aliases: Vec::new(),
        stream: 0,
        rule: UntrustedText::new(text),
        path: Some(UntrustedText::new(text)),
        line: Some(12),
        package: None,
        secret: None,
        vulnerability: None,
        validity: None,
        revoked: None,
        cvss: Tenths::new(98),
        severity: Some(Severity::High),
        cwe: vec![79],
        first_seen: at(opened),
        introduced: None,
        advisory_published: None,
        left_truncated: false,
        by_tool_change: true,
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

fn stream(repository: &str, tool: &str) -> PastStream {
    PastStream {
        repository: repository.to_owned(),
        reference: "refs/heads/main".to_owned(),
        tool: UntrustedText::new(tool),
        category: Some(UntrustedText::new(tool)),
        class: Class::Sast,
        fresh: 7 * 86_400,
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

#[test]
fn report_p12_sections_have_a_fixed_order_and_stable_anchors() {
    let policy = policy(&[count("backlog", "What is found is mended")]);
    let (page, read) = page(&policy, &worked(&policy, "backlog"));
    let anchors = [
        "verdict",
        "objectives",
        "changes",
        "overdue",
        "waivers",
        "actions",
        "appendix",
    ];
    let places = anchors.map(|id| page.find(&format!("<section id=\"{id}\"")).unwrap());
    assert!(places.is_sorted(), "{places:?}");
    assert!(read.ids.contains("kr-backlog"));
    let heads: Vec<&str> = read
        .headings
        .iter()
        .filter(|(level, _)| *level == 2)
        .map(|(_, words)| words.as_str())
        .collect();
    assert_eq!(
        heads,
        [
            "Verdict",
            "Objectives",
            "Changes",
            "Overdue",
            "Waivers",
            "Actions",
            "Key results in detail",
            "Appendix"
        ]
    );
    assert_eq!(read.count("h1"), 1, "P28");
    assert!(
        read.text
            .contains("1 of 1 key result missed, 0 unknown; a release is blocked by backlog."),
        "{}",
        read.text
    );
}

#[test]
fn report_p23_the_chart_and_its_numbers_are_linked_both_ways() {
    let policy = policy(&[count("backlog", "What is found is mended")]);
    let (page, read) = page(&policy, &worked(&policy, "backlog"));
    for link in ["#kr-backlog", "#data-backlog"] {
        assert!(read.links.iter().any(|found| found == link), "{link}");
    }
    let says = "from 40 to 26 findings, target <= 10, ";
    assert!(read.text.contains(says), "{}", read.text);
    for (week, figure) in [("2026-W43", 40), ("2026-W46", 30), ("2026-W48", 26)] {
        let row =
            format!("<th scope=\"row\">{week}</th><td class=\"number\">{figure} findings</td>");
        assert!(page.contains(&row), "{row}");
    }
    assert!(read.text.contains("hit "), "a forecast of six weeks");
}

#[test]
fn report_p01_the_same_report_is_the_same_page() {
    let policy = policy(&[count("a", "A"), count("b", "B")]);
    let history = worked(&policy, "a");
    let (one, _) = page(&policy, &history);
    let (two, _) = page(&policy, &history);
    assert_eq!(one, two);
    assert!(one.ends_with("</html>\n") && !one.contains('\r'));
}

#[test]
fn report_p03_an_empty_ledger_is_said_and_is_no_zero() {
    let policy = policy(&[count("backlog", "B")]);
    let empty = History {
        read: true,
        ..History::default()
    };
    let mut from = sources(&empty);
    from.ledger_exists = false;
    let report = report(&policy, &empty, from, &ReportRequest::default(), at(NOW));
    let page = page_of(&report);
    let read = markup::read(&page);
    for words in [
        "there is no ledger yet at dir:.krgate/ledger",
        "No run is recorded, so that nobody can say what changed.",
        "Nothing to draw: no figure of this period is known yet.",
        "0 of 5 weeks",
        "never known",
    ] {
        assert!(read.text.contains(words), "{words}: {}", read.text);
    }
    assert!(!read.text.contains("0 findings"), "{}", read.text);
}

#[test]
fn report_p03_pages_of_little_and_of_nothing_known() {
    let policy = policy(&[count("backlog", "B")]);
    let history = |points: Vec<Point>| History {
        read: true,
        points,
        ..History::default()
    };
    let of = |day, value, verdict| point(&policy, "backlog", day, value, verdict);
    // Before the period alone.
    let (_, read) = page(&policy, &history(vec![of(-30, Some(9), Verdict::Met)]));
    assert!(read.text.contains("Nothing to draw"), "{}", read.text);
    assert_eq!(read.count("figure"), 0);
    // One record.
    let (_, read) = page(&policy, &history(vec![of(49, Some(31), Verdict::Missed)]));
    assert_eq!(read.count("figure"), 1);
    assert!(read.text.contains("no forecast: 1 of 5"), "{}", read.text);
    // Records without a figure.
    let unknown = (0..7).map(|week| of(week * 7, None, Verdict::Unknown));
    let (_, read) = page(&policy, &history(unknown.collect()));
    assert!(
        read.text.contains("0 of 1 key result missed, 1 unknown"),
        "{}",
        read.text
    );
    assert_eq!(read.count("figure"), 0);
}

#[test]
fn report_p04_four_hundred_key_results_are_all_there() {
    let key_results: Vec<String> = (0..400).map(|n| count(&format!("kr-{n}"), "T")).collect();
    let policy = policy(&key_results);
    let (page, read) = page(&policy, &worked(&policy, "kr-7"));
    for n in 0..400 {
        assert!(read.ids.contains(&format!("kr-kr-{n}")), "{n}");
        assert!(read.ids.contains(&format!("data-kr-{n}")), "{n}");
    }
    assert!(read.text.contains("more in the table below"));
    assert!(page.len() < 4 << 20, "{} bytes", page.len());
}

#[test]
fn limit_l07_a_title_of_2000_characters_is_cut_with_a_mark() {
    let title = "m".repeat(2_000);
    let policy = policy(&[count("long", &title)]);
    let (page, read) = page(&policy, &worked(&policy, "long"));
    assert!(!page.contains(&"m".repeat(501)));
    assert!(read.text.contains(&format!("{}…", "m".repeat(500))));
}

#[test]
fn report_p06_titles_in_any_script_turn_nothing_around_them() {
    let title = "\"אבטחה 🔐 الأمن 安全 é\"";
    let policy = policy(&[count("any", title)]);
    let (page, read) = page(&policy, &worked(&policy, "any"));
    assert!(read.text.contains("אבטחה 🔐 الأمن 安全 é"));
    assert!(page.contains("<bdi>אבטחה 🔐 الأمن 安全 é</bdi>"));
}

/// A policy with hostile text wherever one may be written.
fn hostile_policy() -> Policy {
    let text = serde_json::to_string(HOSTILE).unwrap();
    // The name of a report may not hold an equals sign.
    let name = text.replace('=', "");
    read(&format!(
        "version: 1\nmission: {text}\n\
         period: {{ name: {text}, start: 2026-10-01, end: 2027-01-01 }}\n\
         reports: [{{ name: {name}, path: \"*.sarif\", class: sast }}]\n\
         waivers:\n  list:\n    - {{ id: w, rule: {text}, path: {text}, owner: {text}, expires: 2026-11-30 }}\n\
         objectives:\n  - id: o\n    title: {text}\n    owner: {text}\n    pillar: risk\n    \
         contributes_to: [{text}]\n    actions:\n      - {{ what: {text}, who: {text}, how: {text}, due: 2026-11-30 }}\n    \
         key_results:\n      - {{ id: few, title: {text}, owner: {text}, measure: {{ count: {{ class: sast, rule: {text} }} }}, target: \"<= 2\" }}\n      \
         - {{ id: old, title: {text}, measure: {{ age: {{ class: sast, statistic: max }} }}, target: \"<= 10d\" }}\n      \
         - {{ id: speed, title: {text}, measure: {{ time_to_fix: {{ class: sast, statistic: median, window: 90d, min_n: 1 }} }}, target: \"<= 10d\" }}\n"
    ))
}

#[test]
fn hostile_text_of_every_field_is_text_and_nothing_else() {
    let policy = hostile_policy();
    let mut history = worked(&policy, "few");
    history.streams = vec![stream(HOSTILE, HOSTILE)];
    history.scans = vec![
        scan("2026-10-13T09:00:00Z", false),
        scan("2026-11-20T09:00:00Z", true),
    ];
    let mut fixed = life(2, "2026-11-18T09:00:00Z", HOSTILE);
    fixed.episodes[0].fixed = Some((at("2026-11-20T09:00:00Z"), Cause::ToolChange));
    fixed.state = LifeState::Fixed;
    history.lives = vec![life(1, "2026-11-20T09:00:00Z", HOSTILE), fixed];
    for run in &mut history.runs {
        let text = || UntrustedText::new(HOSTILE);
        run.writer = text();
        run.reports[0].name = text();
        run.reports[0].tool = Some(text());
        run.reports[0].version = Some(text());
    }
    let mut from = sources(&history);
    from.ledger = HOSTILE.to_owned();
    let request = ReportRequest {
        name: Some(HOSTILE.to_owned()),
        ..ReportRequest::default()
    };
    let report = report(&policy, &history, from, &request, at(NOW));
    let page = page_of(&report);
    let read = markup::read(&page);
    markup::drawings_are_xml(&page);
    assert_eq!(read.count("script") + read.count("img"), 0);
    let shown = "</title></style><script>alert(1)</script><img src=x onerror='a()'>\"&amp;\\u{202e}\\u{1b}]]>-->{{x}}";
    assert!(
        read.text.matches(shown).count() > 25,
        "{}",
        read.text.matches(shown).count()
    );
    assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert!(
        read.policy
            .is_some_and(|policy| policy.starts_with("default-src 'none'; "))
    );
}

#[test]
fn report_p11_fifty_key_results_over_two_years_stay_below_two_mebibytes() {
    let lines: Vec<String> = (0..50)
        .map(|n| {
            format!(
                "      - {}\n",
                count(&format!("kr-{n}"), "What is found is mended in time")
            )
        })
        .collect();
    let lines = lines.concat();
    let policy = read(&format!(
        "version: 1\nperiod: {{ name: two years, start: 2025-01-01, end: 2027-01-01 }}\n\
         reports: [{{ path: \"*.sarif\", class: sast }}]\nobjectives:\n  - id: o\n    title: O\n    \
         owner: \"@o\"\n    key_results:\n{lines}"
    ));
    let mut history = History {
        read: true,
        runs: vec![run("2026-11-23T09:00:00Z")],
        ..History::default()
    };
    for n in 0..50 {
        let id = format!("kr-{n}");
        // 2025-01-06 is 637 days before the first Monday of the quarter.
        let points = (0..98).map(|week| {
            point(
                &policy,
                &id,
                week * 7 - 637,
                Some((week * n) % 41),
                Verdict::Missed,
            )
        });
        history.points.extend(points);
    }
    let (page, read) = page(&policy, &history);
    assert_eq!(read.count("figure"), 50);
    assert!(page.len() < 2 << 20, "{} bytes", page.len());
    println!("50 key results over two years: {} bytes", page.len());
}

#[test]
fn report_p11_ten_thousand_records_are_one_small_page() {
    let key_results: Vec<String> = (0..10)
        .map(|n| count(&format!("kr-{n}"), "What is found is mended in time"))
        .collect();
    let policy = policy(&key_results);
    let mut history = worked(&policy, "kr-0");
    history.points.clear();
    for n in 0..10 {
        let id = format!("kr-{n}");
        let first = point(&policy, &id, 0, Some(40), Verdict::Missed);
        // A thousand of each, an hour and eleven minutes apart.
        history.points.extend((0..1_000).map(|place| Point {
            at: Timestamp::from_second(first.at.as_second() + place * 4_260).unwrap(),
            value: Some(Quantity::whole(40 - place / 40)),
            ..first.clone()
        }));
    }
    history
        .points
        .sort_by(|a, b| (&a.key_result, a.at).cmp(&(&b.key_result, b.at)));
    let begin = std::time::Instant::now();
    let page = page_of(&made(&policy, &history, &ReportRequest::default()));
    println!(
        "10,000 records: {} bytes in {} ms of this build",
        page.len(),
        begin.elapsed().as_millis()
    );
    let read = markup::read(&page);
    assert_eq!(read.count("figure"), 10);
    assert!(page.len() < 1 << 19, "{} bytes", page.len());
}

#[test]
fn report_p16_a_filter_is_named_and_changes_no_verdict() {
    let access = "{ id: access, title: Access, measure: { count: { cwe: [284] } }, target: \"<= 0\", on_miss: block }";
    let policy = policy(&[count("backlog", "B"), access.to_owned()]);
    let history = worked(&policy, "backlog");
    let request = ReportRequest {
        filter: ReportFilter::of_cwe([284]),
        ..ReportRequest::default()
    };
    let page = page_of(&made(&policy, &history, &request));
    let read = markup::read(&page);
    assert!(
        read.headings[0].1.contains("only cwe=284"),
        "{:?}",
        read.headings[0]
    );
    assert!(read.text.contains("Only cwe=284: "), "{}", read.text);
    assert!(read.text.contains("backlog (not shown)"), "{}", read.text);
    assert!(read.ids.contains("kr-access") && !read.ids.contains("kr-backlog"));
    assert!(
        read.text
            .contains("1 of its key results are not shown, and count in the score")
    );
}

#[test]
fn report_p15_a_closed_period_shows_its_grade() {
    let policy = policy(&[count("backlog", "B")]);
    let mut history = worked(&policy, "backlog");
    let (_, key_result) = policy.key_results().next().unwrap();
    let definition: Definition = definition(&policy, key_result);
    history.frozen.push(Frozen {
        key_result: "o/backlog".to_owned(),
        period: "2026-Q4".to_owned(),
        at_close: true,
        at: at("2026-11-20T09:00:00Z"),
        record: RecordId([3; 32]),
        definition,
        value: Some(Quantity::whole(25)),
        verdict: Some(Verdict::Missed),
        score: Quantity::ratio(1, 2),
    });
    let (_, read) = page(&policy, &history);
    assert!(
        read.text.contains("0.50 amberclosing grade"),
        "{}",
        read.text
    );
    assert!(
        read.text.contains("25 findings, score 0.50 amber"),
        "{}",
        read.text
    );
}

#[test]
fn report_p47_without_colour_the_verdicts_are_still_told() {
    let policy = policy(&[count("backlog", "B")]);
    let (page, _) = page(&policy, &worked(&policy, "backlog"));
    let mut bare = String::new();
    for (place, piece) in page.split(" class=\"").enumerate() {
        let rest = if place == 0 {
            piece
        } else {
            piece.split_once('"').unwrap().1
        };
        bare.push_str(rest);
    }
    let (before, after) = bare.split_once("<style>").unwrap();
    let bare = format!("{before}{}", after.split_once("</style>").unwrap().1);
    let read = markup::read(&bare);
    for words in [
        "✕ missed",
        "◇ unknown",
        "value",
        "ideal pace",
        "likely range (80 %)",
    ] {
        assert!(read.text.contains(words), "{words}: {}", read.text);
    }
}

#[test]
fn report_p21_the_status_is_a_page_too() {
    let policy = hostile_policy();
    let history = worked(&policy, "few");
    let report = made(&policy, &history, &ReportRequest::default());
    let zone = jiff::tz::TimeZone::UTC;
    let status = Status {
        progress: &report.progress,
        about: About {
            version: "0.1.0",
            policy_path: HOSTILE,
            policy_sha256: "00",
            mission: Some(HOSTILE),
            ledger: HOSTILE,
            ledger_exists: true,
            zone: &zone,
        },
    };
    let mut page = Vec::new();
    write_status(&status, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    let read = markup::read(&page);
    markup::drawings_are_xml(&page);
    assert!(
        read.text
            .contains("0 of 3 key results met, 1 missed, 2 unknown."),
        "{}",
        read.text
    );
    for id in [
        "verdict",
        "objectives",
        "details",
        "appendix",
        "kr-few",
        "data-few",
    ] {
        assert!(read.ids.contains(id), "{id}");
    }
}
