//! The shared sample: every verdict and enforcement, hostile texts in every field, more
//! findings than a terminal shows.

use std::num::NonZeroU32;

use jiff::Timestamp;
use krgate::decide::{About, Evaluation, Event, evaluate};
use krgate::diagnostic::{Code, Diagnostic, Message, Place, Span, draw};
use krgate::model::history::History;
use krgate::model::{
    BaselineState, Class, ClassSet, Cvss, CvssKind, CvssScore, CvssVersion, Evidence, Finding,
    FindingId, FindingMut, FingerprintRange, Gap, InRepository, Intake, Level, PathEntry, PathId,
    Region, ReportFile, ReportId, ResultCounts, Rule, RuleId, RunId, RunReason, RunStatus,
    ScoreHow, ScoreSource, SecretId, Suppression, Tenths, ToolRun, Triage, Untrusted,
    UntrustedText, Validity, Verification,
};
use krgate::policy::{Policy, parse};
use krgate::scope::{RunFacts, mark};

/// Texts that an output would act on, each in a field of some finding.
pub(crate) const HOSTILE: &[&str] = &[
    "a\n::error file=x::owned",
    "##[error]owned",
    "##vso[task.setvariable]x",
    "\u{202e}gpj.exe\u{2066}\u{200b}",
    "a|b `c` ``d`` <img src=x onerror=alert(1)> <!-- @acme/team fixes #1",
    "\u{1b}[31mred\u{1b}]8;;http://e.test\u{7}link\u{9b}0m",
    "\u{0}nul\u{7f}\u{85}\u{2028}\u{feff}",
    "[x](javascript:alert(1)) ![y](http://e.test/z.png)",
    "::add-mask::x",
    "%0A::warning::x",
    "C:\\new\\u{1b}",
    "]]>&amp;\"'<b>",
];

const POLICY: &str = r#"
version: 1
mission: Ship every day, and nothing that an attacker can use.
period: { name: 2026-Q4, start: 2026-10-01, end: 2027-01-01 }
reports:
  - { name: code scan, path: reports/semgrep.sarif, class: sast }
  - { name: secrets, path: reports/gitleaks.json, class: secrets }
  - name: "::error::images ##[error]"
    path: reports/trivy.sarif
    class: container
  - { name: dependencies, path: reports/osv.sarif, class: sca }
  - name: lint
    path: reports/lint.sarif
    class: other
    accept_degraded: { reason: "its | plugin is `broken`", owner: "@acme/build" }
  - { name: fuzz, path: "reports/fuzz*.sarif", class: dast }
scopes:
  prod: { paths: ["services/**", "infra/prod/**", "!**/tests/**"], environments: [production] }
  web: { paths: ["web/**"] }
severity: { unscored: unknown }
objectives:
  - id: speed
    title: Repair faster than attackers move
    owner: "@acme/platform"
    key_results:
      - id: time-to-fix
        title: Halve the time to fix criticals
        measure: { time_to_fix: { severity: critical, statistic: median, window: 90d } }
        start: 40d
        target: "<= 20d"
      - id: worst-dependency
        title: No dependency above 7
        measure: { max_cvss: { class: sca } }
        target: "<= 7"
        on_miss: observe
      - id: fuzzed
        title: Nothing found by fuzzing
        measure: { count: { class: dast } }
        target: "<= 0"
        on_miss: warn
  - id: exposure
    title: "::warning::Nothing | exploitable `reaches` <b>production</b> ##[group]"
    owner: "@acme/appsec"
    pillar: risk
    key_results:
      - id: scanners-in-pipeline
        title: A static analysis tool and a secrets tool in every pipeline
        measure: { tools: { sast: 1, secrets: 1 } }
        target: ">= 100%"
      - id: prod-cvss-4
        title: No vulnerability in production above CVSS 4.0
        measure: { count: { scope: prod, class: [sast, sca, container], cvss: "> 4.0" } }
        target: "<= 0"
        on_miss: block
      - id: no-live-secret
        title: No live secret in the repository
        measure: { count: { class: secrets, not: { validity: inactive } } }
        target: "<= 0"
        on_miss: block
      - id: images-clean
        title: No finding in images
        measure: { count: { class: container } }
        target: "<= 10"
        on_miss: block
      - id: few-errors
        title: At most five errors of the code scan
        measure: { count: { class: sast, level: error } }
        target: "<= 5"
        enforce_from: 2027-01-01
      - id: few-suppressed
        title: Hardly anything is suppressed
        measure: { suppressed: { class: sast, as: share } }
        target: "<= 50%"
        on_miss: warn
"#;

/// The policy of the sample.
pub(crate) fn policy() -> Policy {
    let loaded = parse("krgate.yaml", POLICY);
    loaded
        .policy
        .unwrap_or_else(|| panic!("{}", draw(&loaded.diagnostics, &loaded.sources, false)))
}

fn report(path: &str, format: &'static str, entry: usize) -> ReportFile {
    ReportFile {
        path: UntrustedText::new(path),
        format: Some(format),
        format_declared: false,
        entry: Some(entry),
        read: true,
    }
}

fn run(report: usize, name: &str, version: Option<&str>, class: Class) -> ToolRun {
    ToolRun {
        report: ReportId::new(report),
        alias: UntrustedText::new(name.to_lowercase()),
        name: UntrustedText::new(name),
        named: true,
        version: version.map(UntrustedText::new),
        category: None,
        class: Some(class),
        could_find: ClassSet::of(class),
        status: RunStatus::Ok,
        reasons: Vec::new(),
        accepted: false,
        evidence: Evidence::Strong,
        believed: true,
        verification: Verification::NotProven,
        counts: ResultCounts {
            results: Some(0),
            ..ResultCounts::default()
        },
        rules: None,
        max_needs_review: None,
    }
}

/// An intake under construction.
pub(crate) struct Maker {
    pub(crate) intake: Intake,
}

/// What differs between findings of the sample.
pub(crate) struct Shape<'a> {
    pub(crate) run: usize,
    pub(crate) rule: &'a str,
    pub(crate) title: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
    pub(crate) line: u32,
    pub(crate) message: Option<&'a str>,
    pub(crate) score: Option<u8>,
    pub(crate) level: Level,
}

impl Maker {
    pub(crate) fn add(&mut self, shape: &Shape<'_>) -> FindingMut<'_> {
        let intake = &mut self.intake;
        let id = intake.texts.intern(shape.rule);
        let title = shape.title.map(|title| intake.texts.intern(title));
        let rule = RuleId::new(intake.rules.len());
        intake.rules.push(Rule {
            id,
            title,
            cwe: Box::new([79]),
            tags: Box::default(),
            former_ids: Box::default(),
            concealed_id: None,
        });
        let path = shape.path.map(|path| {
            let shown = intake.texts.intern(path);
            let at = PathId::new(intake.paths.len());
            let repo = InRepository::of_shown(path);
            intake.paths.push(PathEntry { shown, repo });
            at
        });
        let class = intake.runs[shape.run].class.unwrap();
        let index = u32::try_from(intake.findings.len()).unwrap();
        let message = shape.message.map(|message| intake.texts.intern(message));
        intake.findings.push(Finding {
            run: RunId::new(shape.run),
            rule,
            path,
            region: Region {
                line: NonZeroU32::new(shape.line),
                end_line: NonZeroU32::new(shape.line).map(|line| line.saturating_add(1)),
                ..Region::default()
            },
            message,
            cvss: shape.score.map_or(Cvss::Unscored, |tenths| {
                Cvss::Scored(CvssScore {
                    tenths: Tenths::new(tenths).unwrap(),
                    version: CvssVersion::Unstated,
                    kind: CvssKind::Unstated,
                    how: ScoreHow::Given,
                    source: ScoreSource::RuleSecuritySeverity,
                })
            }),
            class,
            level: shape.level,
            suppression: Suppression::None,
            baseline: BaselineState::Unstated,
            validity: Validity::NotAttempted,
            triage: Triage::Open,
            secret: None,
            commit: None,
            fingerprints: FingerprintRange::default(),
            facts: None,
            item: index,
        });
        // The first two ids share their first nine digits, all others differ in the first eight.
        let spread = (index.max(1)).wrapping_mul(0x9e37_79b1).to_be_bytes();
        let mut bytes = [if index == 0 { 0x1a } else { 0x1b }; 16];
        bytes[..4].copy_from_slice(&spread);
        intake.ids.push(FindingId::new(bytes));
        intake.runs[shape.run].counts.findings += 1;
        *intake.runs[shape.run].counts.results.get_or_insert(0) += 1;
        intake.findings.last_mut().unwrap()
    }
}

const CODE: usize = 0;
const SECRETS: usize = 1;
const IMAGES: usize = 2;
const DEPENDENCIES: usize = 3;

fn reports_and_runs(intake: &mut Intake) {
    intake.reports = vec![
        report("reports/semgrep.sarif", "sarif", 0),
        report("reports/gitleaks.json", "gitleaks", 1),
        report("reports/trivy.sarif", "sarif", 2),
        report("reports/osv.sarif", "sarif", 3),
        report("reports/lint.sarif", "sarif", 4),
    ];
    intake.runs = vec![
        run(0, "Semgrep OSS", Some("1.185.0"), Class::Sast),
        run(1, "gitleaks", None, Class::Secrets),
        run(
            2,
            "Trivy\u{1b}[31m\n::error::x",
            Some("0.74.0"),
            Class::Container,
        ),
        run(3, "osv-scanner", Some("2.0"), Class::Sca),
        run(4, "lint", None, Class::Other),
    ];
    intake.runs[1].evidence = Evidence::Weak;
    intake.runs[2].status = RunStatus::Failed;
    intake.runs[2].evidence = Evidence::Failed;
    intake.runs[2].reasons = vec![RunReason::ExecutionNotification];
    intake.runs[0].counts.needs_review = 2;
    intake.runs[0].max_needs_review = Some(Cvss::Scored(CvssScore {
        tenths: Tenths::new(95).unwrap(),
        version: CvssVersion::Unstated,
        kind: CvssKind::Unstated,
        how: ScoreHow::Given,
        source: ScoreSource::RuleSecuritySeverity,
    }));
    intake.runs[4].reasons = vec![RunReason::ConfigurationNotification];
    intake.runs[4].accepted = true;
    intake.runs[4].evidence = Evidence::Weak;
    intake.gaps = vec![Gap {
        entry: Some(5),
        path: UntrustedText::new("reports/fuzz*.sarif"),
        classes: ClassSet::of(Class::Dast),
        why: "no file matches",
    }];
}

fn secrets(maker: &mut Maker) {
    let shape = |path, line| Shape {
        run: SECRETS,
        rule: "generic-api-key",
        title: Some("Generic API key"),
        path: Some(path),
        line,
        message: None,
        score: None,
        level: Level::Error,
    };
    maker.add(&shape("services/pay/config.py", 12)).secret = Some(SecretId::new(1));
    maker.add(&shape("services/pay/settings.py", 3)).secret = Some(SecretId::new(1));
    let mut active = maker.add(&shape("a\n::error file=x::owned", 1));
    active.validity = Validity::Active;
    active.secret = Some(SecretId::new(2));
    drop(active);
    let mut dismissed = maker.add(&shape("web/old.env", 9));
    dismissed.triage = Triage::Dismissed;
    dismissed.secret = Some(SecretId::new(3));
    drop(dismissed);
    let mut dead = maker.add(&shape("web/dead.env", 9));
    dead.validity = Validity::Inactive;
    dead.secret = Some(SecretId::new(4));
}

fn code(maker: &mut Maker) {
    for (index, hostile) in HOSTILE.iter().enumerate() {
        maker.add(&Shape {
            run: CODE,
            rule: hostile,
            title: Some(hostile),
            path: Some(hostile),
            line: u32::try_from(index).unwrap(),
            message: Some(hostile),
            score: None,
            level: Level::Warning,
        });
    }
    for index in 0..432 {
        let path = format!("web/src/file{index:03}.js");
        maker.add(&Shape {
            run: CODE,
            rule: "javascript.lang.security.audit.detect-eval-with-expression",
            title: None,
            path: Some(&path),
            line: 7,
            message: Some(
                "Detected the use of eval(). It can be dangerous if used to evaluate dynamic \
                 content, so make sure that it comes from no outside source.",
            ),
            score: Some(39),
            level: Level::Error,
        });
    }
    let shape = |suppressed| Shape {
        run: CODE,
        rule: "sql-injection",
        title: Some("SQL built from input"),
        path: Some("services/pay/db.py"),
        line: suppressed,
        message: Some("SQL | built from input"),
        score: Some(98),
        level: Level::Error,
    };
    maker.add(&shape(1)).suppression = Suppression::InSource;
    maker.add(&shape(2)).suppression = Suppression::External;
    maker.add(&shape(3)).suppression = Suppression::Both;
    maker.add(&shape(4)).baseline = BaselineState::Existing;
    maker.intake.runs[CODE].counts.findings -= 3;
    maker.intake.runs[CODE].counts.suppressed = 3;
}

fn others(maker: &mut Maker) {
    maker.add(&Shape {
        run: IMAGES,
        rule: "CVE-2026-0001",
        title: None,
        path: None,
        line: 0,
        message: None,
        score: None,
        level: Level::Note,
    });
    let mut dependency = maker.add(&Shape {
        run: DEPENDENCIES,
        rule: "GHSA-aaaa-bbbb-cccc",
        title: Some("Prototype pollution"),
        path: Some("web/package-lock.json"),
        line: 0,
        message: None,
        score: Some(89),
        level: Level::Warning,
    });
    dependency.cvss = Cvss::Scored(CvssScore {
        tenths: Tenths::new(89).unwrap(),
        version: CvssVersion::V31,
        kind: CvssKind::B,
        how: ScoreHow::Band,
        source: ScoreSource::CvssV3,
    });
}

/// The findings of the sample.
pub(crate) fn intake() -> Intake {
    let mut maker = Maker {
        intake: Intake::default(),
    };
    reports_and_runs(&mut maker.intake);
    secrets(&mut maker);
    code(&mut maker);
    others(&mut maker);
    maker.intake.texts.seal(|_, _| None);
    maker.intake
}

pub(crate) fn about(policy: &Policy, event: Event) -> About {
    About {
        version: "0.1.0",
        policy_path: policy.path.clone(),
        policy_sha256: policy.sha256.clone(),
        policy_commit: None,
        enforced: true,
        mission: policy.mission.clone(),
        period: policy.period.as_ref().map(|period| period.name.clone()),
        entries: policy.reports.iter().map(|r| r.name.clone()).collect(),
        event,
        reference: Some("main\u{1b}[0m ::error::x".to_owned()),
        environment: None,
        now: "2026-11-23T12:00:00Z".parse::<Timestamp>().unwrap(),
        again: Vec::new(),
    }
}

/// Diagnostics of every level, one with hostile text.
pub(crate) fn diagnostics() -> Vec<Diagnostic> {
    let path = UntrustedText::new("reports/semgrep.sarif");
    vec![
        Diagnostic::new(
            Code::SarifLevelUnknown,
            Message::from("level ")
                .foreign(Untrusted::new("::error::x ##[error]"))
                .own(" is not one of SARIF's words; it counts as a warning"),
        )
        .at(Place::field(&path, "runs[0].results[17].level"))
        .label("one of none, note, warning, error")
        .hint("mend the tool's converter")
        .times(5),
        Diagnostic::new(
            Code::WeakEvidence,
            "nothing proves that the scan ran to its end",
        )
        .at(Place::report(&UntrustedText::new("reports/gitleaks.json"))),
    ]
}

/// A failing evaluation of a change.
pub(crate) fn failing() -> Evaluation {
    let policy = policy();
    let scoped = mark(intake(), &policy, &RunFacts::default());
    let notices = vec![
        Message::from("no --environment is given; scope ")
            .foreign(Untrusted::new("prod"))
            .own(" counts everything as inside"),
    ];
    evaluate(
        &policy,
        scoped,
        about(&policy, Event::Change),
        &History::default(),
        diagnostics(),
        notices,
    )
}

/// The findings of the sample beside a report that ends in the middle.
pub(crate) fn unread() -> (Intake, Vec<Diagnostic>) {
    let path = UntrustedText::new("reports/fuzz\n::error::.sarif");
    let mut intake = intake();
    intake.reports.push(ReportFile {
        path: path.clone(),
        format: Some("sarif"),
        format_declared: false,
        entry: Some(5),
        read: false,
    });
    intake.gaps[0].path = path.clone();
    intake.gaps[0].why = "it ends in the middle";
    let mut diagnostics = diagnostics();
    diagnostics.push(
        Diagnostic::new(
            Code::ReportTruncated,
            "the report ends in the middle of a string",
        )
        .at(Place::Report {
            path,
            offset: Some(1_048_576),
            line_column: Some((20_114, 3)),
            field: Some("runs[0].results[3311].message.text".to_owned()),
        })
        .label("the rest of the string")
        .hint("the scanner was probably stopped: run it again; nothing in this file was counted"),
    );
    (intake, diagnostics)
}

/// An evaluation with a report that ends in the middle.
pub(crate) fn wrong_evidence() -> Evaluation {
    let policy = policy();
    let (intake, diagnostics) = unread();
    let scoped = mark(intake, &policy, &RunFacts::default());
    evaluate(
        &policy,
        scoped,
        about(&policy, Event::Change),
        &History::default(),
        diagnostics,
        Vec::new(),
    )
}

const EASY: &str = r#"
version: 1
scopes:
  prod: { paths: ["services/**"] }
objectives:
  - id: exposure
    title: Nothing exploitable reaches production
    owner: "@acme/appsec"
    key_results:
      - id: no-container
        title: No finding in dependencies above 9
        measure: { count: { class: sca, cvss: "> 9" } }
        target: "<= 0"
      - id: scanners-in-pipeline
        title: A static analysis tool and a secrets tool in every pipeline
        measure: { tools: { sast: 1, secrets: 1 } }
        target: ">= 100%"
      - id: few-errors
        title: At most five errors
        measure: { count: { class: sast, level: error } }
        target: "<= 5"
        on_miss: warn
      - id: fuzzed
        title: Nothing found by fuzzing
        measure: { count: { class: dast } }
        target: "<= 0"
        on_miss: warn
"#;

/// A passing evaluation of a state.
pub(crate) fn passing() -> Evaluation {
    let loaded = parse("krgate.yaml", EASY);
    let policy = loaded
        .policy
        .unwrap_or_else(|| panic!("{}", draw(&loaded.diagnostics, &loaded.sources, false)));
    let mut intake = intake();
    for report in &mut intake.reports {
        report.entry = None;
    }
    intake.gaps.clear();
    let scoped = mark(intake, &policy, &RunFacts::default());
    let mut about = about(&policy, Event::State);
    about.reference = Some("main".to_owned());
    about.environment = Some("production".to_owned());
    evaluate(
        &policy,
        scoped,
        about,
        &History::default(),
        diagnostics(),
        Vec::new(),
    )
}

/// A passing evaluation of a key result that leaves findings without a score out.
pub(crate) fn loosened() -> Evaluation {
    let text = EASY
        .replace("objectives:", "severity: { unscored: ignore }\nobjectives:")
        .replace(
            "{ class: sca, cvss: \"> 9\" }",
            "{ class: sast, cvss: \"> 9.9\" }",
        );
    let policy = parse("krgate.yaml", &text).policy.unwrap();
    let mut intake = intake();
    intake.gaps.clear();
    let scoped = mark(intake, &policy, &RunFacts::default());
    evaluate(
        &policy,
        scoped,
        about(&policy, Event::State),
        &History::default(),
        Vec::new(),
        Vec::new(),
    )
}

/// Four places with secrets in three files, counted by file.
pub(crate) fn by_path() -> Evaluation {
    let text = EASY.replace(
        "{ class: sca, cvss: \"> 9\" }",
        "{ class: secrets, distinct: path }",
    );
    let policy = parse("krgate.yaml", &text).policy.unwrap();
    let mut intake = intake();
    intake.gaps.clear();
    let first = intake.findings.first().unwrap().path;
    intake.findings.get_mut(1).unwrap().path = first;
    let scoped = mark(intake, &policy, &RunFacts::default());
    evaluate(
        &policy,
        scoped,
        about(&policy, Event::State),
        &History::default(),
        Vec::new(),
        Vec::new(),
    )
}

/// The failing evaluation beside a copy of one of its reports.
pub(crate) fn repeated() -> Evaluation {
    let policy = policy();
    let mut intake = intake();
    intake
        .reports
        .push(report("reports/copy.sarif", "sarif", 0));
    let repeated = Diagnostic::new(
        Code::ReportRepeated,
        "the same report was given before; it is read once",
    )
    .at(Place::report(&UntrustedText::new("reports/copy.sarif")));
    let scoped = mark(intake, &policy, &RunFacts::default());
    evaluate(
        &policy,
        scoped,
        about(&policy, Event::Change),
        &History::default(),
        vec![repeated],
        Vec::new(),
    )
}

/// A warning of the policy.
pub(crate) fn of_the_policy() -> Diagnostic {
    Diagnostic::new(Code::NoEffect, "report `images` names no class")
        .at(Place::Source {
            file: 0,
            span: Span { start: 3, end: 5 },
        })
        .label("the report is read as a scan of everything")
}

/// What a writer wrote.
pub(crate) fn written(
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Places of the runs in [`made`].
pub(crate) const RUN_OF_CODE: usize = CODE;
pub(crate) const RUN_OF_SECRETS: usize = SECRETS;

/// An evaluation of findings of one's own under key results of one's own, with scans of code
/// and of secrets that ended well.
pub(crate) fn made(
    event: Event,
    key_results: &[&str],
    make: impl FnOnce(&mut Maker),
    diagnostics: Vec<Diagnostic>,
) -> Evaluation {
    let list: Vec<String> = key_results
        .iter()
        .map(|kr| format!("      - {kr}\n"))
        .collect();
    let list = list.concat();
    let text = format!(
        "version: 1\nreports:\n  - {{ name: code, path: reports/semgrep.sarif, class: sast }}\n  \
         - {{ name: secrets, path: reports/gitleaks.json, class: secrets }}\nobjectives:\n  - id: o\n    \
         title: O\n    owner: \"@o\"\n    key_results:\n{list}"
    );
    let loaded = parse("krgate.yaml", &text);
    let policy = loaded
        .policy
        .unwrap_or_else(|| panic!("{}", draw(&loaded.diagnostics, &loaded.sources, false)));
    let mut maker = Maker {
        intake: Intake::default(),
    };
    reports_and_runs(&mut maker.intake);
    maker.intake.reports.truncate(2);
    maker.intake.runs.truncate(2);
    maker.intake.gaps.clear();
    make(&mut maker);
    maker.intake.texts.seal(|_, _| None);
    let scoped = mark(maker.intake, &policy, &RunFacts::default());
    let about = about(&policy, event);
    evaluate(
        &policy,
        scoped,
        about,
        &History::default(),
        diagnostics,
        Vec::new(),
    )
}
