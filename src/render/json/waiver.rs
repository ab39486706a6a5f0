//! Waivers as rows of the document.

use serde::Serialize;

use super::text;
use crate::decide::Evaluation;
use crate::policy::WaiverKind;
use crate::render::encode::json::JsonText;
use crate::scope::{WaiverOutcome, WaiverRefusal};

/// A waiver with what became of it.
#[derive(Serialize)]
pub(in crate::render) struct WaiverRow<'a> {
    kind: &'static str,
    id: Option<JsonText<'a>>,
    vulnerability: Vec<JsonText<'a>>,
    finding: Option<&'a str>,
    rule: Option<JsonText<'a>>,
    path: Vec<JsonText<'a>>,
    package: Option<JsonText<'a>>,
    waived_as: Option<&'static str>,
    reason: Option<JsonText<'a>>,
    owner: Option<JsonText<'a>>,
    approved_by: Option<JsonText<'a>>,
    created: Option<String>,
    expires: Option<String>,
    source: JsonText<'a>,
    line: usize,
    state: &'static str,
    refused_because: Option<String>,
    days_left: Option<u32>,
    findings: Vec<String>,
}

impl<'a> WaiverRow<'a> {
    pub(in crate::render) fn new(evaluation: &Evaluation, outcome: &'a WaiverOutcome) -> Self {
        let waiver = &outcome.waiver;
        let subject = &waiver.subject;
        let glob = |glob: &'a crate::policy::NamedGlob| text(&glob.text);
        let ids = &evaluation.scoped.intake.ids;
        Self {
            kind: match subject.statement {
                Some(_) => "vex",
                None => "waiver",
            },
            vulnerability: subject
                .statement
                .iter()
                .flat_map(|statement| statement.ids.iter().map(|id| text(id)))
                .collect(),
            id: waiver.id.as_deref().map(text),
            finding: subject.finding.as_deref(),
            rule: subject.rule.as_ref().map(glob),
            path: subject
                .path
                .iter()
                .flat_map(|globs| globs.texts.iter().map(|glob| text(glob)))
                .collect(),
            package: subject.package.as_ref().map(glob),
            waived_as: waiver.kind.map(WaiverKind::as_str),
            reason: waiver.reason.as_deref().map(text),
            owner: waiver.owner.as_deref().map(text),
            approved_by: waiver.approved_by.as_deref().map(text),
            created: waiver.created.map(|day| day.to_string()),
            expires: waiver.expires.map(|day| day.to_string()),
            source: text(&waiver.source),
            line: waiver.line,
            state: outcome.state.as_str(),
            refused_because: outcome.refusal.as_ref().map(WaiverRefusal::explain),
            days_left: outcome.days_left,
            findings: outcome
                .matches
                .iter()
                .filter_map(|place| ids.get(*place))
                .map(ToString::to_string)
                .collect(),
        }
    }
}

/// All waivers, in the order of the policy and then of the file.
pub(in crate::render) fn waivers(evaluation: &Evaluation) -> Vec<WaiverRow<'_>> {
    let outcomes = evaluation.scoped.waivers.iter();
    outcomes
        .map(|outcome| WaiverRow::new(evaluation, outcome))
        .collect()
}
