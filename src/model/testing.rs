//! Builds intakes by hand, for tests of the rooms that read them.

use std::num::NonZeroU32;

use super::{
    BaselineState, Class, ClassSet, Cvss, CvssKind, CvssScore, CvssVersion, Evidence, Finding,
    FindingId, FindingMut, FingerprintRange, InRepository, Intake, Level, PathEntry, PathId,
    Region, ReportFile, ReportId, ResultCounts, Rule, RuleId, RunId, RunReason, RunStatus,
    ScoreHow, ScoreSource, SecretId, Suppression, Tenths, ToolRun, Triage, UntrustedText, Validity,
    Verification,
};

/// What a run is like.
#[derive(Debug, Clone)]
pub(crate) struct RunSpec {
    pub(crate) alias: &'static str,
    pub(crate) class: Class,
    pub(crate) status: RunStatus,
    pub(crate) reasons: Vec<RunReason>,
    pub(crate) evidence: Evidence,
    pub(crate) believed: bool,
    pub(crate) verification: Verification,
}

impl RunSpec {
    /// A run that ended well.
    pub(crate) fn of(alias: &'static str, class: Class) -> Self {
        Self {
            alias,
            class,
            status: RunStatus::Ok,
            reasons: Vec::new(),
            evidence: Evidence::Strong,
            believed: true,
            verification: Verification::NotProven,
        }
    }
}

/// An intake that grows.
#[derive(Debug, Default)]
pub(crate) struct IntakeBuilder {
    intake: Intake,
}

/// The finding that was added last.
#[derive(Debug)]
pub(crate) struct LastFinding<'a>(FindingMut<'a>);

impl IntakeBuilder {
    /// Adds a run of a report of its own.
    pub(crate) fn run(&mut self, spec: RunSpec) -> RunId {
        let report = ReportId::new(self.intake.reports.len());
        self.intake.reports.push(ReportFile {
            path: UntrustedText::new(format!("reports/{}.sarif", spec.alias)),
            format: Some("sarif"),
            format_declared: false,
            entry: None,
            read: true,
        });
        self.intake.runs.push(ToolRun {
            report,
            alias: UntrustedText::new(spec.alias),
            name: UntrustedText::new(spec.alias),
            named: true,
            version: None,
            category: None,
            class: Some(spec.class),
            could_find: ClassSet::of(spec.class),
            status: spec.status,
            reasons: spec.reasons,
            accepted: false,
            evidence: spec.evidence,
            believed: spec.believed,
            verification: spec.verification,
            counts: ResultCounts::default(),
            rules: None,
            max_needs_review: None,
        });
        RunId::new(self.intake.runs.len() - 1)
    }

    /// Adds a finding: level warning, no score; an empty path is none.
    pub(crate) fn finding(
        &mut self,
        run: RunId,
        rule: &str,
        path: &str,
        line: u32,
    ) -> LastFinding<'_> {
        let intake = &mut self.intake;
        let id = intake.texts.intern(rule);
        intake.rules.push(Rule {
            id,
            title: None,
            cwe: Box::default(),
            tags: Box::default(),
            former_ids: Box::default(),
            concealed_id: None,
        });
        let class = intake.runs[run.index()].class.unwrap();
        let path = (!path.is_empty()).then(|| {
            let shown = intake.texts.intern(path);
            intake.paths.push(PathEntry {
                shown,
                repo: InRepository::of_shown(path),
            });
            PathId::new(intake.paths.len() - 1)
        });
        let number = u8::try_from(intake.findings.len()).unwrap();
        intake.ids.push(FindingId::new([number; 16]));
        intake.findings.push(Finding {
            run,
            rule: RuleId::new(intake.rules.len() - 1),
            path,
            region: Region {
                line: NonZeroU32::new(line),
                ..Region::default()
            },
            message: None,
            cvss: Cvss::Unscored,
            class,
            level: Level::Warning,
            suppression: Suppression::None,
            baseline: BaselineState::Unstated,
            validity: Validity::NotAttempted,
            triage: Triage::Open,
            secret: None,
            commit: None,
            fingerprints: FingerprintRange::default(),
            facts: None,
            item: 0,
        });
        LastFinding(intake.findings.last_mut().unwrap())
    }

    /// Gives the rule of the finding that was added last a CWE.
    pub(crate) fn cwe_of_last(&mut self, number: u32) {
        let rule = self.intake.rules.last_mut().unwrap();
        rule.cwe = Box::new([number]);
    }

    /// The intake.
    pub(crate) fn build(self) -> Intake {
        self.intake
    }
}

impl LastFinding<'_> {
    pub(crate) fn score(mut self, tenths: u8) -> Self {
        self.0.cvss = Cvss::Scored(CvssScore {
            tenths: Tenths::new(tenths).unwrap(),
            version: CvssVersion::Unstated,
            kind: CvssKind::Unstated,
            how: ScoreHow::Given,
            source: ScoreSource::RuleSecuritySeverity,
        });
        self
    }

    pub(crate) fn level(mut self, level: Level) -> Self {
        self.0.level = level;
        self
    }

    pub(crate) fn validity(mut self, validity: Validity) -> Self {
        self.0.validity = validity;
        self
    }

    pub(crate) fn triage(mut self, triage: Triage) -> Self {
        self.0.triage = triage;
        self
    }

    pub(crate) fn secret(mut self, number: u8) -> Self {
        self.0.secret = Some(SecretId::new(usize::from(number)));
        self
    }

    pub(crate) fn suppressed(mut self) -> Self {
        self.0.suppression = Suppression::InSource;
        self
    }

    pub(crate) fn existing(mut self) -> Self {
        self.0.baseline = BaselineState::Existing;
        self
    }
}
