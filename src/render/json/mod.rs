//! `krgate.evaluation/1`: the whole evaluation for machines (rules P41 to P43).
//!
//! The types of the document live here and in the files beside this one; the model itself
//! knows no JSON. `schemas/evaluation.schema.json` describes the document. Numbers of
//! measures are decimal strings, so that no reader rounds them; findings are written one
//! at a time, so that their number costs no memory.

mod evidence;
mod exploit;
mod finding;
mod key_result;
mod proposed;
mod since;
mod vulnerability;
mod waiver;

use std::io::{self, Write};

use serde::Serialize;

use self::evidence::{DiagnosticRow, GapRow, ReportRow, RunRow, ScopeRow};
use self::exploit::DataRow;
use self::finding::FindingRows;
use self::key_result::ObjectiveRow;
use self::proposed::ProposedRow;
use self::since::{BaseRow, ComparedRow};
use super::encode::json::{self, JsonText};
use super::words;
use crate::decide::{Counts, Evaluation};
use crate::model::Untrusted;

pub(super) use self::evidence::diagnostic_row;
pub(super) use self::finding::FindingRow;
pub(super) use self::key_result::{KeyResultRow, ReasonRow, TargetRow, decimal, fraction, unit};
pub(super) use self::waiver::{WaiverRow, waivers};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    krgate: &'a str,
    clock: String,
    event: &'static str,
    r#ref: Option<JsonText<'a>>,
    environment: Option<JsonText<'a>>,
    policy: PolicyRow<'a>,
    proposed_policy: Option<ProposedRow<'a>>,
    enforced: bool,
    verdict: &'static str,
    exit: u8,
    counts: CountsRow,
    objectives: Vec<ObjectiveRow<'a>>,
    reports: Vec<ReportRow<'a>>,
    runs: Vec<RunRow<'a>>,
    missing: Vec<GapRow<'a>>,
    compared_with: ComparedRow<'a>,
    base: Option<BaseRow<'a>>,
    exploit_data: Vec<DataRow<'a>>,
    scopes: Vec<ScopeRow<'a>>,
    waivers: Vec<WaiverRow<'a>>,
    findings: FindingRows<'a>,
    diagnostics: Vec<DiagnosticRow<'a>>,
    notices: Vec<String>,
}

#[derive(Serialize)]
struct PolicyRow<'a> {
    path: JsonText<'a>,
    sha256: &'a str,
    read_from: &'static str,
    commit: Option<&'a str>,
    mission: Option<JsonText<'a>>,
    period: Option<JsonText<'a>>,
}

#[derive(Serialize)]
struct CountsRow {
    met: u64,
    missed_blocking: u64,
    unknown_blocking: u64,
    warnings: u64,
    observed: u64,
}

impl From<Counts> for CountsRow {
    fn from(counts: Counts) -> Self {
        Self {
            met: counts.met,
            missed_blocking: counts.missed_blocking,
            unknown_blocking: counts.unknown_blocking,
            warnings: counts.warnings,
            observed: counts.observed,
        }
    }
}

/// Text of the policy or of the surroundings, foreign like that of a report (rule E6).
pub(super) fn text(text: &str) -> JsonText<'_> {
    Untrusted::new(text).into()
}

/// Writes the evaluation as `krgate.evaluation/1`.
///
/// # Errors
/// If the output cannot be written.
pub fn write(evaluation: &Evaluation, out: &mut dyn Write) -> io::Result<()> {
    let about = &evaluation.about;
    let document = Document {
        schema: "krgate.evaluation/1",
        krgate: about.version,
        clock: about.now.to_string(),
        event: about.event.as_str(),
        r#ref: about.reference.as_deref().map(text),
        environment: about.environment.as_deref().map(text),
        policy: PolicyRow {
            path: text(&about.policy_path),
            sha256: &about.policy_sha256,
            read_from: match &about.policy_commit {
                None => "work_tree",
                Some(commit) if commit.is_base => "base",
                Some(_) => "head",
            },
            commit: about
                .policy_commit
                .as_ref()
                .map(|commit| commit.id.as_str()),
            mission: about.mission.as_deref().map(text),
            period: about.period.as_deref().map(text),
        },
        proposed_policy: evaluation.proposed.as_ref().map(ProposedRow::from),
        enforced: about.enforced,
        verdict: words::outcome(evaluation.exit),
        exit: evaluation.exit.number(),
        counts: evaluation.counts.into(),
        objectives: evaluation
            .objectives
            .iter()
            .map(|objective| ObjectiveRow::new(objective, evaluation))
            .collect(),
        reports: evidence::reports(evaluation),
        runs: evidence::runs(evaluation),
        missing: evidence::missing(evaluation),
        compared_with: ComparedRow::new(evaluation),
        base: BaseRow::new(&evaluation.base),
        exploit_data: exploit::files(evaluation),
        scopes: evidence::scopes(evaluation),
        waivers: waivers(evaluation),
        findings: FindingRows::new(evaluation),
        diagnostics: evaluation.diagnostics.iter().map(diagnostic_row).collect(),
        notices: evaluation.notices.iter().map(json::message).collect(),
    };
    json::write_pretty(&document, out)
}
