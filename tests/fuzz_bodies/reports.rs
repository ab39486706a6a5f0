//! Reports: the door, the verdict, and every output of it.

use std::cell::RefCell;
use std::io;
use std::path::PathBuf;

use krgate::cli::check::Judged;
use krgate::decide::{About, Evaluation, Event, ExitCode, evaluate};
use krgate::diagnostic::{Code, Diagnostic, Level};
use krgate::ingest::{Context, Expected, Limits, Request, read};
use krgate::model::history::History;
use krgate::model::{CiContext, FindingView, Intake, ScoreHow, Tenths, Texts, UntrustedText};
use krgate::policy::parse;
use krgate::render::annotations::{self, Asked, Budget, Show};
use krgate::render::explain::{self, Answer, FindingFacts};
use krgate::render::text::{TextOptions, Verbosity};
use krgate::render::{check_run, inspect, json, junit, markdown, sarif as sarif_output, text};
use krgate::scope::{RunFacts, mark};
use tempfile::TempDir;

use super::texts::assert_harmless;
use super::{SECRETS, VULNERABILITIES};

/// Key results that look at findings of any kind in every way that is built.
const POLICY: &str = r#"
version: 1
scopes: { prod: { paths: ["src/**", "app/**"] } }
severity: { unscored: unknown }
objectives:
  - id: exposure
    title: Nothing exploitable
    owner: "@acme/appsec"
    key_results:
      - { id: all, title: Nothing, measure: { count: {} }, target: "<= 0", on_miss: block }
      - { id: secret, title: None, measure: { count: { class: secrets, not: { validity: inactive } } }, target: "<= 0" }
      - { id: high, title: None, measure: { count: { scope: prod, cvss: "> 4.0" } }, target: "<= 0" }
      - { id: severe, title: None, measure: { count: { severity: [high, critical], fix_available: true } }, target: "<= 0" }
      - { id: advisories, title: None, measure: { count: { class: sca, distinct: vulnerability } }, target: "<= 0" }
      - { id: likely, title: None, measure: { count: { epss: ">= 0.5", rule: ["a*"], tag: security } }, target: "<= 0" }
      - { id: worst, title: Low, measure: { max_cvss: { class: [sca, sast] } }, target: "<= 7" }
      - { id: scanners, title: There, measure: { tools: { sast: 1, secrets: 1 } }, target: ">= 100%" }
      - { id: hushed, title: Few, measure: { suppressed: { as: share } }, target: "<= 50%", on_miss: warn }
"#;

/// Limits that an input of a fuzzer can reach.
const LIMITS: Limits = Limits {
    report_bytes: 1 << 20,
    item_bytes: 64 << 10,
    findings: 500,
};

/// A SARIF document, declared as such.
pub(crate) fn sarif(bytes: &[u8]) {
    report(bytes, Some("sarif"));
}

/// A report of secrets whose declared format the first byte names.
pub(crate) fn secrets(bytes: &[u8]) {
    declared(bytes, SECRETS);
}

/// A report of vulnerabilities or weaknesses whose declared format the first byte names.
pub(crate) fn vulnerabilities(bytes: &[u8]) {
    declared(bytes, VULNERABILITIES);
}

/// A report of which nothing is said beforehand.
pub(crate) fn content(bytes: &[u8]) {
    report(bytes, None);
}

/// A text in the place of a CVSS vector, through the report of a tool.
pub(crate) fn cvss(bytes: &[u8]) {
    let Ok(vector) = std::str::from_utf8(bytes) else {
        return;
    };
    for kind in ["CVSS_V2", "CVSS_V3", "CVSS_V4"] {
        let judged = score_of(vector, kind);
        assert_eq!(judged, score_of(vector, kind));
        if let Some(metrics) = vector.trim().strip_prefix("CVSS:3.1/")
            && judged.is_some()
        {
            let names: Vec<&str> = metrics.split('/').filter_map(|m| m.get(..2)).collect();
            for base in ["AV", "AC", "PR", "UI", "S:", "C:", "I:", "A:"] {
                let times = names.iter().filter(|name| **name == base).count();
                assert_eq!(times, 1, "{base} of a vector that was read");
            }
        }
    }
}

fn score_of(vector: &str, kind: &str) -> Option<Tenths> {
    let report = serde_json::json!({"results": [{
        "source": {"path": "/w/repo/a.lock", "type": "lockfile"},
        "packages": [{
            "package": {"name": "a", "version": "1", "ecosystem": "PyPI"},
            "vulnerabilities": [{"id": "GHSA-a", "severity": [{"type": kind, "score": vector}]}],
            "groups": [{"ids": ["GHSA-a"], "aliases": ["GHSA-a"], "max_severity": ""}],
        }],
    }]});
    let (intake, _) = read_bytes(report.to_string().as_bytes(), None);
    let score = intake.findings.first()?.cvss.judged()?;
    (score.how == ScoreHow::Vector).then_some(score.tenths)
}

fn declared(bytes: &[u8], formats: &'static [&'static str]) {
    if let Some((first, rest)) = bytes.split_first() {
        let format = formats[usize::from(*first) % formats.len()];
        report(rest, Some(format));
    }
}

fn report(bytes: &[u8], format: Option<&'static str>) {
    let (intake, diagnostics) = read_bytes(bytes, format);
    assert_intake(&intake, &diagnostics);
    let (again, said_again) = read_bytes(bytes, format);
    assert_eq!(
        format!("{intake:?} {diagnostics:?}"),
        format!("{again:?} {said_again:?}"),
        "the same bytes are read as the same"
    );
    assert_inspect(&intake, &diagnostics);
    assert_judged(intake, diagnostics);
}

fn read_bytes(bytes: &[u8], format: Option<&'static str>) -> (Intake, Vec<Diagnostic>) {
    thread_local! {
        static FOLDER: RefCell<Option<TempDir>> = const { RefCell::new(None) };
    }
    let path: PathBuf = FOLDER.with_borrow_mut(|folder| {
        let folder = folder.get_or_insert_with(|| TempDir::new().unwrap());
        folder.path().join("report")
    });
    std::fs::write(&path, bytes).unwrap();
    let request = Request {
        path,
        shown: UntrustedText::new("report"),
        by_hand: false,
        expected: Expected {
            format: format.map(str::to_owned),
            ..Expected::default()
        },
    };
    let context = Context {
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        roots: vec!["/w/repo".to_owned()],
        secret_key: Some(b"0123456789abcdef".to_vec()),
        tools: Vec::new(),
        head: None,
        limits: LIMITS,
    };
    read(&[request], &context)
}

/// A report is read, with a run, or it is refused, with an error, a gap, and nothing else;
/// every place that a table names is there; every limit holds.
fn assert_intake(intake: &Intake, diagnostics: &[Diagnostic]) {
    let [report] = intake.reports.as_slice() else {
        panic!("{} reports", intake.reports.len());
    };
    let errors = diagnostics.iter().filter(|d| d.level == Level::Error);
    assert_eq!(report.read, errors.count() == 0, "{diagnostics:?}");
    if report.read {
        let says_none = diagnostics.iter().any(|d| d.code == Code::SarifNoRuns);
        assert!(report.format.is_some() && intake.runs.is_empty() == says_none);
        assert_eq!(intake.gaps.len(), usize::from(says_none));
    } else {
        assert!(intake.runs.is_empty() && intake.findings.is_empty());
        assert_eq!(intake.gaps.len(), 1);
    }
    assert!(intake.findings.len() <= LIMITS.findings);
    assert_eq!(intake.ids.len(), intake.findings.len());
    intake.views().for_each(|view| assert_view(intake, &view));
}

fn assert_view(intake: &Intake, view: &FindingView<'_>) {
    let finding = view.finding;
    assert!(view.run().is_some() && view.rule().is_some() && view.report().is_some());
    assert_eq!(finding.path.is_some(), view.shown_path().is_some());
    assert_eq!(finding.facts.is_some(), view.facts().is_some());
    let prints = usize::try_from(finding.fingerprints.start).unwrap();
    let end = prints + usize::from(finding.fingerprints.len);
    assert!(end <= intake.fingerprints.len());
    if let Some(score) = finding.cvss.judged() {
        assert!(score.tenths <= Tenths::MAX);
    }
    let texts = [Some(view.rule_id()), view.title(), view.shown_path()];
    for text in texts.into_iter().chain([view.message(), view.commit()]) {
        // What stands for a secret may be longer than the secret.
        let most = 3 * Texts::MOST_BYTES + '…'.len_utf8();
        assert!(text.is_none_or(|text| text.raw().len() <= most));
    }
    if let Some(path) = view.repo_path() {
        let mut parts = path.as_str().split('/');
        assert!(
            parts.all(|part| !matches!(part, "" | "." | "..")),
            "{path:?}"
        );
    }
}

fn assert_inspect(intake: &Intake, diagnostics: &[Diagnostic]) {
    let page = written(|out| inspect::write_text(intake, diagnostics, false, out));
    assert_harmless("inspect", &page);
    let page = written(|out| inspect::write_json(intake, diagnostics, out));
    assert_harmless("inspect as JSON", &page);
    serde_json::from_str::<serde_json::Value>(&page).unwrap();
}

fn assert_judged(intake: Intake, diagnostics: Vec<Diagnostic>) {
    let policy = parse("krgate.yaml", POLICY).policy.unwrap();
    let read = intake.reports.iter().all(|report| report.read);
    let found = intake.findings.len();
    let about = About {
        version: "0",
        policy_path: policy.path.clone(),
        policy_sha256: policy.sha256.clone(),
        policy_commit: None,
        enforced: true,
        mission: None,
        period: None,
        entries: Vec::new(),
        event: Event::State,
        reference: None,
        environment: None,
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        again: Vec::new(),
    };
    let scoped = mark(intake, &policy, &RunFacts::default());
    let evaluation = evaluate(
        &policy,
        scoped,
        about,
        &History::default(),
        diagnostics,
        Vec::new(),
    );
    let judged = Judged {
        policy,
        evaluation,
        context: CiContext::default(),
        change: None,
        folder: String::new(),
    };
    if read {
        assert!(judged.evaluation.exit < ExitCode::Request);
    } else {
        assert!(judged.evaluation.exit >= ExitCode::Evidence);
    }
    assert_outputs(&judged);
    for finding in [0, found.saturating_sub(1)] {
        if finding < found {
            assert_explained(&judged, finding);
        }
    }
}

fn assert_outputs(judged: &Judged) {
    let evaluation = &judged.evaluation;
    for (verbosity, all) in [
        (Verbosity::Quiet, false),
        (Verbosity::Normal, false),
        (Verbosity::Verbose, true),
    ] {
        let options = TextOptions {
            verbosity,
            all,
            styled: false,
        };
        let page = written(|out| text::write(evaluation, options, out));
        assert_harmless("text", &page);
    }
    let page = written(|out| json::write(evaluation, out));
    assert_harmless("JSON", &page);
    serde_json::from_str::<serde_json::Value>(&page).unwrap();
    let page = written(|out| sarif_output::write(evaluation, out));
    assert_harmless("SARIF", &page);
    serde_json::from_str::<serde_json::Value>(&page).unwrap();
    let page = written(|out| junit::write(evaluation, out));
    assert_harmless("JUnit", &page);
    let mut reader = quick_xml::Reader::from_str(&page);
    while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    let options = markdown::MarkdownOptions::default();
    let page = written(|out| markdown::write(evaluation, options, out));
    assert_harmless("Markdown", &page);
    assert!(page.len() <= options.bytes);
    assert_views(evaluation, options);
}

/// What goes to GitHub: the comment, the check run, the annotations.
fn assert_views(evaluation: &Evaluation, options: markdown::MarkdownOptions<'_>) {
    let comment = markdown::comment(evaluation, None, options).body;
    assert_page("comment", &comment, markdown::COMMENT_BYTES);
    let asked = Asked {
        show: Show::All,
        changed: None,
        budget: Budget::EachLevel(10),
        faults: &[],
        rest_is_in: "the log",
        folder: "",
    };
    let page = check_run::page(evaluation, asked, options);
    assert_harmless("title of the check run", &page.title);
    assert_page("check run", &page.summary, markdown::CHECK_RUN_BYTES);
    for annotation in annotations::select(evaluation, asked).annotations {
        // A command is meant to be one; all else of the line must not be.
        let line = annotation.command().to_string();
        assert!(line.starts_with("::") && !line.contains(['\n', '\r']) && !line.contains("##["));
    }
}

/// A page without a link, an image or HTML but krgate's own, and within its bounds.
fn assert_page(what: &str, page: &str, most: usize) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    assert_harmless(what, page);
    assert!(page.len() <= most, "{what} is too long");
    for event in Parser::new_ext(page, Options::all()) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("{what} has a link"),
            Event::Html(html) | Event::InlineHtml(html) => {
                let own = ["<details>", "</details>", "<summary>", "</summary>", "<br>"];
                let is_own = own.iter().any(|tag| html.trim_start().starts_with(tag));
                assert!(is_own, "{what} has HTML");
            }
            _ => {}
        }
    }
}

fn assert_explained(judged: &Judged, finding: usize) {
    let evaluation = &judged.evaluation;
    let view = evaluation.scoped.intake.view(finding).unwrap();
    let sight = judged.sight();
    let said = judged.policy.key_results().filter_map(|(_, key_result)| {
        let explanation = sight.explain(key_result, &view)?;
        Some((key_result.id.as_str(), explanation))
    });
    let answer = Answer::Findings(vec![FindingFacts {
        exception: None,
        finding,
        key_results: said.collect(),
    }]);
    let page = written(|out| explain::write_text(evaluation, &answer, false, out));
    assert_harmless("explain", &page);
    let page = written(|out| explain::write_json(evaluation, &answer, out));
    assert_harmless("explain as JSON", &page);
    serde_json::from_str::<serde_json::Value>(&page).unwrap();
}

fn written(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}
