//! Findings as rows of the document, made one at a time.

use std::num::NonZeroU32;

use serde::ser::{Serialize, Serializer};

use super::exploit::ExploitRow;
use super::text;
use super::vulnerability::VulnerabilityRow;
use crate::decide::Evaluation;
use crate::model::{
    Class, Cvss, CvssKind, CvssVersion, FindingView, ScoreHow, Severity, Suppression, Triage,
};
use crate::render::encode::json::JsonText;
use crate::render::readers::{Readers, ids};
use crate::render::words;
use crate::scope::{Novelty, Told};

/// All findings, in the order of the reports.
pub(super) struct FindingRows<'a> {
    evaluation: &'a Evaluation,
    readers: Readers<'a>,
}

impl<'a> FindingRows<'a> {
    pub(super) fn new(evaluation: &'a Evaluation) -> Self {
        Self {
            evaluation,
            readers: Readers::new(evaluation),
        }
    }
}

impl Serialize for FindingRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let views = self.evaluation.scoped.intake.views();
        serializer
            .collect_seq(views.map(|view| FindingRow::new(self.evaluation, &self.readers, &view)))
    }
}

/// One finding.
#[derive(serde::Serialize)]
pub(in crate::render) struct FindingRow<'a> {
    id: Option<String>,
    class: &'static str,
    tool: Option<JsonText<'a>>,
    run: usize,
    item: u32,
    rule: JsonText<'a>,
    title: Option<JsonText<'a>>,
    cwe: &'a [u32],
    path: Option<JsonText<'a>>,
    path_in_repository: bool,
    line: Option<NonZeroU32>,
    column: Option<NonZeroU32>,
    end_line: Option<NonZeroU32>,
    end_column: Option<NonZeroU32>,
    level: &'static str,
    cvss: Option<CvssRow>,
    vulnerability: Option<VulnerabilityRow<'a>>,
    exploit: Option<ExploitRow>,
    severity: Option<&'static str>,
    standing: &'static str,
    waiver: Option<usize>,
    suppression: Option<&'static str>,
    introduced: bool,
    told_by: &'static str,
    baseline_id: Option<String>,
    validity: Option<&'static str>,
    dismissed: Option<bool>,
    scopes: Vec<JsonText<'a>>,
    counted_by: Vec<&'a str>,
    undecided_by: Vec<&'a str>,
    why: String,
}

/// What the report says of the score. `judged` is false for a bare 0.0 (rule 76).
#[derive(serde::Serialize)]
pub(super) struct CvssRow {
    pub(super) score: String,
    pub(super) source: &'static str,
    pub(super) how: Option<&'static str>,
    pub(super) version: Option<&'static str>,
    pub(super) kind: Option<&'static str>,
    judged: bool,
}

impl<'a> FindingRow<'a> {
    pub(in crate::render) fn new(
        evaluation: &'a Evaluation,
        readers: &Readers<'a>,
        view: &FindingView<'a>,
    ) -> Self {
        let finding = view.finding;
        let of_secrets = finding.class == Class::Secrets;
        let scoped = &evaluation.scoped;
        Self {
            id: view.id().map(|id| id.to_string()),
            class: finding.class.as_str(),
            tool: view.run().map(|run| run.name.as_untrusted().into()),
            run: finding.run.index(),
            item: finding.item,
            rule: view.rule_id().into(),
            title: view.title().map(Into::into),
            cwe: view.cwe(),
            path: view.shown_path().map(Into::into),
            path_in_repository: view.repo_path().is_some(),
            line: finding.region.line,
            column: finding.region.column,
            end_line: finding.region.end_line,
            end_column: finding.region.end_column,
            level: finding.level.as_str(),
            cvss: cvss_row(finding.cvss),
            vulnerability: VulnerabilityRow::of(view),
            exploit: ExploitRow::of(evaluation, view),
            severity: words::severity(view, &evaluation.severity).map(Severity::as_str),
            standing: scoped.standing(view.index).as_str(),
            waiver: scoped.waived_by(view.index),
            suppression: match finding.suppression {
                Suppression::None => None,
                Suppression::NotEffective => Some("not_effective"),
                Suppression::InSource => Some("in_source"),
                Suppression::External => Some("external"),
                Suppression::Both => Some("both"),
            },
            introduced: scoped.novelty(view.index) == Novelty::Introduced,
            told_by: scoped.told(view.index).as_str(),
            baseline_id: match scoped.told(view.index) {
                Told::Matched(id, _) => Some(id.to_string()),
                _ => None,
            },
            validity: of_secrets.then(|| finding.validity.as_str()),
            dismissed: of_secrets.then_some(finding.triage == Triage::Dismissed),
            scopes: words::scopes(evaluation, view.index)
                .into_iter()
                .map(text)
                .collect(),
            counted_by: ids(&readers.counted(view.index)),
            undecided_by: ids(&readers.undecided(view.index)),
            why: readers.why(evaluation, view),
        }
    }
}

pub(super) fn cvss_row(cvss: Cvss) -> Option<CvssRow> {
    match cvss {
        Cvss::Unscored => None,
        Cvss::BareZero(source) => Some(CvssRow {
            score: "0.0".to_owned(),
            source: source.as_str(),
            how: None,
            version: None,
            kind: None,
            judged: false,
        }),
        Cvss::Scored(score) => Some(CvssRow {
            score: score.tenths.to_string(),
            source: score.source.as_str(),
            how: Some(match score.how {
                ScoreHow::Vector => "vector",
                ScoreHow::Given => "given",
                ScoreHow::Band => "band",
                ScoreHow::Derived => "derived",
            }),
            version: match score.version {
                CvssVersion::Unstated => None,
                CvssVersion::V20 => Some("2.0"),
                CvssVersion::V30 => Some("3.0"),
                CvssVersion::V31 => Some("3.1"),
                CvssVersion::V40 => Some("4.0"),
            },
            kind: match score.kind {
                CvssKind::Unstated => None,
                CvssKind::B => Some("B"),
                CvssKind::Bt => Some("BT"),
                CvssKind::Be => Some("BE"),
                CvssKind::Bte => Some("BTE"),
            },
            judged: true,
        }),
    }
}
