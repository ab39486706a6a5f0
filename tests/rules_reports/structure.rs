//! What stands in pages and drawings, read by a parser that is not ours: links to the evidence
//! (P5), nothing that runs (P7), print (P27), structure (P28); and the share that is known
//! (P14) and the families of figures (P40).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::tz::TimeZone;
use krgate::decide::Verdict;
use krgate::decide::okr::progress;
use krgate::decide::report::{Report, ReportFilter, ReportRequest};
use krgate::model::history::{History, Point, RecordId};
use krgate::model::{Bound, Quantity, Untrusted};
use krgate::policy::{Policy, definition, parse};
use krgate::render::badge::{Badge, write_svg};
use krgate::render::html::{write_report, write_status};
use krgate::render::report::{write_json, write_markdown, write_openmetrics};
use krgate::render::status::{self, About, Status};
use krgate::render::text::Verbosity;
use quick_xml::XmlVersion;
use quick_xml::events::Event;

use super::formats::written;
use super::sample::{HOSTILE, OVER, RUNNING, at, closed, history, policy, running, sample};
use crate::markup;

/// An element with what stands in it.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Self>,
    /// The text of itself and all below.
    text: String,
}

impl Element {
    fn of(&self, attribute: &str) -> &str {
        self.attributes.get(attribute).map_or("", String::as_str)
    }

    fn has_class(&self, class: &str) -> bool {
        self.of("class").split(' ').any(|word| word == class)
    }

    /// Itself and everything below, in the order of the document.
    fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        all.extend(self.children.iter().flat_map(Self::all));
        all
    }

    fn named<'a>(&'a self, name: &str) -> Vec<&'a Self> {
        let mut all = self.all();
        all.retain(|element| element.name == name);
        all
    }

    fn with_id(&self, id: &str) -> Option<&Self> {
        self.all().into_iter().find(|e| e.of("id") == id)
    }

    /// Where the links in it lead.
    fn links(&self) -> Vec<&str> {
        self.named("a").iter().map(|a| a.of("href")).collect()
    }
}

/// The tree of a page whose form was held by [`markup::read`].
fn tree(page: &str) -> Element {
    let mut reader = quick_xml::Reader::from_str(page);
    reader.config_mut().check_end_names = false;
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
                let attributes = tag.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                    let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap();
                    (key, value.into_owned())
                });
                let element = Element {
                    attributes: attributes.collect(),
                    name,
                    ..Element::default()
                };
                if ["meta", "br"].contains(&element.name.as_str()) {
                    open.last_mut().unwrap().children.push(element);
                } else {
                    open.push(element);
                }
            }
            Event::End(_) => {
                let done = open.pop().unwrap();
                let parent = open.last_mut().unwrap();
                parent.text.push_str(&done.text);
                parent.children.push(done);
            }
            Event::Text(text) => open
                .last_mut()
                .unwrap()
                .text
                .push_str(&text.decode().unwrap()),
            Event::GeneralRef(entity) => {
                let entity = format!("&{};", entity.decode().unwrap());
                let text = quick_xml::escape::unescape(&entity).unwrap();
                open.last_mut().unwrap().text.push_str(&text);
            }
            Event::DocType(_) => {}
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(open.len(), 1);
    open.pop().unwrap()
}

fn status_of(policy: &Policy, history: &History, now: &str, format: &str) -> String {
    let progress = progress(policy, history, &[], at(now));
    let zone = TimeZone::UTC;
    let status = Status {
        progress: &progress,
        about: About {
            version: "0.1.0",
            policy_path: HOSTILE[0],
            policy_sha256: &"ab".repeat(32),
            mission: Some(HOSTILE[6]),
            ledger: HOSTILE[4],
            ledger_exists: true,
            zone: &zone,
        },
    };
    let mut out = Vec::new();
    match format {
        "html" => write_status(&status, &mut out),
        "json" => status::write_json(&status, &mut out),
        "markdown" => status::write_markdown(&status, &mut out),
        _ => status::write_text(&status, (Verbosity::Normal, false), &mut out),
    }
    .unwrap();
    String::from_utf8(out).unwrap()
}

/// Every page that there is, of the sample with hostile text in every field.
fn pages() -> Vec<(&'static str, String)> {
    let policy = policy();
    let (open, over) = (history(&policy), closed(&policy));
    let filter = ReportRequest {
        filter: ReportFilter::of_cwe([79]),
        name: Some(HOSTILE[3].to_owned()),
        ..ReportRequest::default()
    };
    let page = |history: &History, request: &ReportRequest, now: &str| {
        written(&sample(history, &policy, request, now), write_report)
    };
    let empty = History::default();
    vec![
        ("report", page(&open, &ReportRequest::default(), RUNNING)),
        ("closed", page(&over, &ReportRequest::default(), OVER)),
        ("filtered", page(&open, &filter, RUNNING)),
        ("empty", page(&empty, &ReportRequest::default(), RUNNING)),
        ("status", status_of(&policy, &open, RUNNING, "html")),
        ("status-over", status_of(&policy, &over, OVER, "html")),
    ]
}

/// Every badge, under every hostile label.
fn badges() -> Vec<String> {
    let policy = policy();
    let report = running();
    let progress = progress(&policy, &history(&policy), &[], at(RUNNING));
    let labels = HOSTILE.iter().map(|label| {
        let mut out = Vec::new();
        write_svg(
            &Badge::of(&progress, &report, Untrusted::new(label)),
            &mut out,
        )
        .unwrap();
        String::from_utf8(out).unwrap()
    });
    labels.collect()
}

#[test]
fn report_p05_every_figure_of_a_page_leads_to_its_evidence_and_back() {
    for (name, page) in pages() {
        let tree = tree(&page);
        let appendix = tree.with_id("appendix").expect("an appendix");
        let evidence = |link: &&str| {
            let id = link.strip_prefix('#').unwrap();
            appendix.with_id(id)
        };
        let mut looked_at = 0;
        // Rows and headings of the overview.
        let boards = tree.all().into_iter().filter(|e| e.has_class("board"));
        let rows = boards.flat_map(|board| {
            let mut rows = board.named("tr");
            rows.retain(|row| !row.named("td").is_empty());
            rows
        });
        let heads = tree.all().into_iter().filter(|e| e.has_class("objective"));
        // Charts and facts.
        let details = tree.all().into_iter();
        let details = details.filter(|e| e.has_class("detail"));
        for place in rows.chain(heads).chain(details) {
            let to: Vec<&Element> = place.links().iter().filter_map(evidence).collect();
            assert_eq!(to.len(), 1, "{name}: {} {}", place.name, place.text);
            let id = to[0].of("id");
            let back = if let Some(objective) = id.strip_prefix("score-") {
                format!("#objective-{objective}")
            } else if ["data-ages", "data-coverage"].contains(&id) {
                format!("#{}", &id[5..])
            } else {
                format!("#kr-{}", &id[5..])
            };
            let links = to[0].links();
            assert!(links.contains(&&*back), "{name}: {id} leads to {links:?}");
            assert!(tree.with_id(&back[1..]).is_some(), "{name}: {back}");
            looked_at += 1;
        }
        assert!(looked_at > 4, "{name}: {looked_at}");
        // Every chart is in one of them.
        let inside: usize = tree
            .all()
            .into_iter()
            .filter(|e| e.has_class("detail"))
            .map(|detail| detail.named("figure").len())
            .sum();
        assert_eq!(tree.named("figure").len(), inside, "{name}");
    }
}

#[test]
fn report_p05_the_appendix_has_formula_window_n_and_record() {
    let report = running();
    let page = written(&report, write_report);
    let tree = tree(&page);
    for (_, key_result) in policy().key_results() {
        let of = tree.with_id(&format!("data-{}", key_result.id)).unwrap();
        for term in ["Measure", "Formula", "Record"] {
            let terms = of.named("dt");
            assert!(terms.iter().any(|dt| dt.text == term), "{}", of.text);
        }
    }
    let fix = tree.with_id("data-fix").unwrap();
    assert!(fix.text.contains("Window90 d"), "{}", fix.text);
    assert!(fix.text.contains(", n = 6"), "{}", fix.text);
    // The numbers of the curve stand where the chart of it leads.
    let detail = tree.with_id("kr-fix").unwrap();
    assert!(detail.text.contains("How long findings stay open"));
    let heads: Vec<&str> = fix.named("th").iter().map(|th| th.text.as_str()).collect();
    assert!(heads.contains(&"Not fixed after it"), "{heads:?}");
    let age = tree.with_id("data-age").unwrap();
    assert!(age.text.contains("Open findings by age"), "{}", age.text);
}

#[test]
fn report_p07_nothing_runs_and_nothing_is_loaded() {
    let outputs = pages().into_iter().map(|(_, page)| page).chain(badges());
    let mut hostile = 0;
    for page in outputs {
        // By an allow-list of elements and attributes, on the parser of another project.
        let read = markup::read(&page);
        markup::drawings_are_xml(&page);
        hostile += usize::from(read.text.contains("<img src=x onerror=alert(1)>"));
        for element in tree(&page).all() {
            assert!(
                ![
                    "script",
                    "iframe",
                    "object",
                    "embed",
                    "form",
                    "base",
                    "link",
                    "img",
                    "foreignObject",
                    "use",
                    "animate",
                    "set"
                ]
                .contains(&element.name.as_str()),
                "<{}>",
                element.name
            );
            for (key, value) in &element.attributes {
                assert!(!key.starts_with("on"), "{key}");
                assert_ne!(key, "style");
                let value = value.to_lowercase().replace(char::is_whitespace, "");
                if ["href", "src", "xlink:href", "action"].contains(&key.as_str()) {
                    assert!(value.starts_with('#'), "{key}={value}");
                }
                assert!(!value.contains("url("), "{key}={value}");
            }
            if element.name == "style" {
                for word in ["url(", "@import", "expression(", "image("] {
                    assert!(!element.text.contains(word), "{word}");
                }
            }
        }
    }
    assert!(
        hostile >= 6,
        "the hostile text is there, as text: {hostile}"
    );
}

/// The style of a page.
fn style() -> String {
    let page = written(&running(), write_report);
    let (_, rest) = page.split_once("<style>").unwrap();
    rest.split_once("</style>").unwrap().0.to_owned()
}

/// What a style says of print: the rules of every `@media print`, with their selectors.
fn print_rules(style: &str) -> Vec<(String, String)> {
    let (_, print) = style.split_once("@media print{").expect("print styles");
    let mut rules = Vec::new();
    let mut rest = print.trim();
    while let Some((selector, after)) = rest.split_once('{') {
        if selector.trim().starts_with('}') {
            break;
        }
        let (body, after) = after.split_once('}').unwrap();
        rules.push((selector.trim().to_owned(), body.to_owned()));
        rest = after;
    }
    rules
}

/// A browser's print is held by `tests/pages/check.mjs`; what it prints by is held here.
#[test]
fn report_p27_print_is_light_whole_and_spells_the_evidence_out() {
    let style = style();
    // Only a screen is dark.
    let dark = style.match_indices("prefers-color-scheme");
    for (at, _) in dark {
        assert!(style[..at].ends_with("@media screen and ("), "{at}");
    }
    let rules = print_rules(&style);
    let of = |selector: &str| {
        let wanted = |found: &str| found.split(',').any(|part| part == selector);
        let found = rules.iter().filter(|(found, _)| wanted(found));
        found.map(|(_, body)| body.as_str()).collect::<String>()
    };
    for whole in ["figure", "tr", ".notice"] {
        assert!(of(whole).contains("break-inside:avoid"), "{whole}");
    }
    for head in ["h2", "h3", "caption"] {
        assert!(of(head).contains("break-after:avoid"), "{head}");
    }
    // A size of its own would fit A4 or Letter, and not both.
    assert_eq!(of("@page"), "margin:15mm");
    assert!(!style.contains("size:A4") && !style.contains("size: "));
    // Whatever leads to the appendix says on paper where, and the appendix says it too.
    for link in ["a.evidence::after", "a.figure::after"] {
        assert!(
            of(link).contains("content:\" (\" attr(href) \")\""),
            "{link}"
        );
    }
    for target in ["[id^=\"data-\"]::before", "[id^=\"score-\"]::before"] {
        assert!(of(target).contains("content:\"#\" attr(id)"), "{target}");
    }
    for (name, page) in pages() {
        let tree = tree(&page);
        let appendix = tree.with_id("appendix").unwrap();
        for link in tree.named("a") {
            let id = link.of("href").trim_start_matches('#');
            let into = id != "appendix" && appendix.with_id(id).is_some();
            let spelled = link.has_class("evidence") || link.has_class("figure");
            assert_eq!(into, spelled, "{name}: {id}");
        }
        // Print could not open them without a script.
        assert!(tree.named("details").is_empty(), "{name}");
    }
}

#[test]
fn report_p28_a_page_has_the_structure_that_readers_go_by() {
    for (name, page) in pages() {
        let read = markup::read(&page);
        let tree = tree(&page);
        assert_eq!(read.count("h1"), 1, "{name}");
        assert_eq!(read.headings[0].0, 1, "{name}: the first heading");
        let mut before = 0;
        for (level, words) in &read.headings {
            assert!(*level <= before + 1, "{name}: {words} skips a level");
            assert!(!words.trim().is_empty(), "{name}: an empty heading");
            before = *level;
        }
        assert_eq!(tree.named("html")[0].of("lang"), "en", "{name}");
        for table in tree.named("table") {
            let heads = table.named("th");
            assert!(!heads.is_empty(), "{name}: {}", table.text);
            for head in heads {
                let scope = head.of("scope");
                assert!(["col", "row"].contains(&scope), "{name}: {}", head.text);
            }
        }
        // The first thing that can be reached leads past the rest.
        let body = tree.named("body")[0];
        let first = body
            .all()
            .into_iter()
            .find(|e| e.name == "a" || !e.of("tabindex").is_empty())
            .unwrap();
        assert!(first.has_class("skip"), "{name}");
        assert_eq!(first.of("href"), "#main", "{name}");
        assert_eq!(tree.with_id("main").unwrap().name, "main", "{name}");
    }
    let style = style();
    assert!(style.contains(":focus-visible{outline:3px solid var(--accent)"));
    assert!(!style.contains("outline:0") && !style.contains("outline:none"));
    assert!(style.contains(".skip:focus{left:"), "it comes into view");
}

/// One objective of which three of four are known, one of which one is, and one of which none.
fn partly_known() -> (Policy, History) {
    let mut text = "version: 1\nperiod: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }\n\
                    reports: [{ path: r/*.sarif, class: sast }]\nobjectives:\n"
        .to_owned();
    for objective in ["most", "few", "none"] {
        let _ = write!(
            text,
            "  - id: {objective}\n    title: T\n    owner: \"@o\"\n    pillar: risk\n    key_results:\n"
        );
        for number in 0..4 {
            let _ = writeln!(
                text,
                "      - {{ id: {objective}-{number}, title: T, measure: {{ count: {{ class: sast }} }}, start: 40, target: \"<= 10\" }}"
            );
        }
    }
    let loaded = parse("krgate.yaml", &text);
    let policy = loaded
        .policy
        .unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    // Half of the way, all of it, all of it: 2.5 of 3.
    let known = [
        ("most-0", 25),
        ("most-1", 10),
        ("most-2", 10),
        ("few-0", 10),
    ];
    let points = known.map(|(id, value)| {
        let (_, key_result) = policy.key_results().find(|(_, kr)| kr.id == id).unwrap();
        Point {
            key_result: policy.record_name(key_result),
            at: at("2026-11-15T09:00:00Z"),
            record: RecordId([1; 32]),
            definition: definition(&policy, key_result),
            value: Some(Quantity::whole(value)),
            bound: Bound::Exact,
            verdict: if value <= 10 {
                Verdict::Met
            } else {
                Verdict::Missed
            },
            score: None,
            n: None,
            reason: None,
            of_state: true,
        }
    });
    let mut points = points.to_vec();
    points.sort_by(|a, b| a.key_result.cmp(&b.key_result));
    let history = History {
        read: true,
        points,
        ..History::default()
    };
    (policy, history)
}

#[test]
fn report_p14_a_score_stands_with_the_share_that_is_known() {
    let (policy, history) = partly_known();
    let report: Report = sample(&history, &policy, &ReportRequest::default(), RUNNING);
    let said = |score: &str, known: &str| format!("score {score}, {known} known");
    // 0.8333 of what is known, and below one half nothing.
    let expected = [
        ("most", "0.83 green", "75%"),
        ("few", "unknown", "25%"),
        ("none", "unknown", "0%"),
    ];
    let page = written(&report, write_report);
    let status = status_of(&policy, &history, RUNNING, "html");
    for page in [&page, &status] {
        let tree = tree(page);
        for (id, score, known) in expected {
            let head = tree.with_id(&format!("objective-{id}")).unwrap();
            assert!(head.text.contains(&said(score, known)), "{}", head.text);
            let of = tree.with_id(&format!("score-{id}")).unwrap();
            let words = format!("by weight: {score}, {known} of the weight known.");
            assert!(of.text.contains(&words), "{}", of.text);
        }
    }
    let markdown = written(&report, write_markdown);
    for (id, score, known) in expected {
        let head = format!("### {id}\n\n`T`, of `@o`: {}", said(score, known));
        assert!(markdown.contains(&head), "{head}: {markdown}");
    }
    // One of the three objectives of the pillar has a score.
    let pillars = tree(&page)
        .named("td")
        .into_iter()
        .any(|td| td.text == "unknown, 33% known");
    assert!(pillars, "the pillar: {page}");
    let document: serde_json::Value = serde_json::from_str(&written(&report, write_json)).unwrap();
    let objectives = document["objectives"].as_array().unwrap();
    let scores: Vec<String> = objectives
        .iter()
        .map(|o| format!("{} {}", o["score"], o["score_known"]))
        .collect();
    assert_eq!(
        scores,
        ["\"0.833333\" \"0.75\"", "null \"0.25\"", "null \"0\""]
    );
    for format in ["text", "markdown"] {
        let status = status_of(&policy, &history, RUNNING, format);
        let lines: Vec<&str> = status
            .lines()
            .filter(|line| line.contains("% known"))
            .collect();
        for (place, (_, score, known)) in expected.iter().enumerate() {
            let line = lines[place];
            let score = score.split(' ').next().unwrap();
            assert!(line.contains(score) && line.contains(known), "{status}");
        }
    }
    // Below one half there is no sample of the score, only of what is known.
    let metrics = written(&report, write_openmetrics);
    assert!(metrics.contains("krgate_objective_score{objective=\"most\"} 0.833333\n"));
    assert!(!metrics.contains("krgate_objective_score{objective=\"few\"}"));
    assert!(metrics.contains("krgate_objective_known_ratio{objective=\"few\"} 0.25\n"));
}

#[test]
fn report_p40_families_stand_in_order_each_once_with_plain_decimals() {
    let (policy, mut history) = partly_known();
    // As small and as large as a figure gets.
    history.points[0].value = Quantity::ratio(1, 3_000_000);
    history.points[1].value = Some(Quantity::whole(9_000_000_000_000));
    history.points[2].value = Quantity::ratio(-1, 8);
    let report = sample(&history, &policy, &ReportRequest::default(), RUNNING);
    for text in [
        written(&report, write_openmetrics),
        written(&running(), write_openmetrics),
    ] {
        let mut families: Vec<&str> = Vec::new();
        let mut described = (String::new(), String::new());
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let name = help.split(' ').next().unwrap();
                assert!(!families.contains(&name), "{name} stands twice");
                families.push(name);
                described.0 = name.to_owned();
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                described.1 = kind.split(' ').next().unwrap().to_owned();
                assert_eq!(described.0, described.1, "HELP, then TYPE");
            } else if line != "# EOF" {
                let name = line.split(['{', ' ']).next().unwrap();
                assert_eq!((name, name), (&*described.0, &*described.1), "{line}");
                let value = line.rsplit(' ').next().unwrap();
                let digits = value.strip_prefix('-').unwrap_or(value);
                let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
                for digits in [whole, part] {
                    let plain = digits.bytes().all(|b| b.is_ascii_digit());
                    assert!(plain && !digits.is_empty(), "{line}");
                }
            }
        }
        assert!(families.is_sorted(), "{families:?}");
        assert_eq!(families.len(), 6);
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with("\n# EOF\n"));
    }
    let text = written(&report, write_openmetrics);
    assert!(
        text.contains("unit=\"findings\"} 9000000000000\n"),
        "{text}"
    );
}
