//! `krgate.report/1`: the report for machines (rule P41).
//!
//! Everything is in it, also what other formats cut. What stands in a status has the same
//! names here; figures are decimal strings in the base unit. `schemas/report.schema.json`
//! describes the document.

mod charts;
mod key_result;
mod news;

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use self::charts::{AgeRow, CoverageRows};
use self::key_result::ObjectiveRow;
use self::news::{ActionRows, ChangeRows, OverdueRows, WaiverRow};
use super::facts;
use crate::decide::report::{LastRecord, Report, VerdictFacts};
use crate::render::encode::json::{self, JsonText};
use crate::render::json::{decimal, text};
use crate::render::status::document::{LedgerRow, PeriodRow};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    krgate: &'a str,
    clock: String,
    name: Option<JsonText<'a>>,
    filter: Option<FilterRow>,
    span: SpanRow,
    policy: PolicyRow<'a>,
    ledger: LedgerRow<'a>,
    checkpoint: Option<String>,
    period: Option<PeriodRow<'a>>,
    verdict: VerdictRow<'a>,
    objectives: Vec<ObjectiveRow<'a>>,
    pillars: Vec<PillarRow<'a>>,
    changes: ChangeRows<'a>,
    overdue: OverdueRows<'a>,
    waivers: Vec<WaiverRow<'a>>,
    actions: ActionRows<'a>,
    ages: Vec<AgeRow>,
    coverage: CoverageRows<'a>,
    appendix: AppendixRow<'a>,
}

#[derive(Serialize)]
struct FilterRow {
    cwe: Vec<u32>,
}

#[derive(Serialize)]
struct SpanRow {
    from: String,
    until: String,
}

#[derive(Serialize)]
struct PolicyRow<'a> {
    path: JsonText<'a>,
    sha256: &'a str,
    read_from: &'static str,
    commit: Option<&'a str>,
    mission: Option<JsonText<'a>>,
}

#[derive(Serialize)]
struct VerdictRow<'a> {
    line: String,
    total: usize,
    met: usize,
    missed: usize,
    unknown: usize,
    blocked_by: Vec<BlockerRow<'a>>,
    shown: Option<CountsRow>,
}

#[derive(Serialize)]
struct BlockerRow<'a> {
    key_result: &'a str,
    verdict: &'static str,
    shown: bool,
}

#[derive(Serialize)]
struct CountsRow {
    met: usize,
    missed: usize,
    unknown: usize,
}

#[derive(Serialize)]
struct PillarRow<'a> {
    pillar: JsonText<'a>,
    objectives: &'a [String],
    basis: &'static str,
    score: Option<String>,
    score_known: String,
}

#[derive(Serialize)]
struct AppendixRow<'a> {
    runs: usize,
    first_run: Option<RecordRow>,
    last_run: Option<RecordRow>,
    reports: Vec<ToolRow<'a>>,
    data: Vec<DataRow<'a>>,
}

/// A record by its id.
#[derive(Serialize)]
pub(super) struct RecordRow {
    id: String,
    at: String,
    n: Option<u64>,
}

impl From<LastRecord> for RecordRow {
    fn from(record: LastRecord) -> Self {
        Self {
            id: record.id.to_string(),
            at: moment(record.at),
            n: record.n,
        }
    }
}

#[derive(Serialize)]
struct ToolRow<'a> {
    name: JsonText<'a>,
    tool: Option<JsonText<'a>>,
    version: Option<JsonText<'a>>,
    class: Option<&'static str>,
    ok: bool,
}

#[derive(Serialize)]
struct DataRow<'a> {
    name: JsonText<'a>,
    digest: &'a str,
    as_of: Option<JsonText<'a>>,
    record: String,
}

/// Writes the report as `krgate.report/1`.
///
/// # Errors
/// If the output cannot be written.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let about = &report.about;
    let shown = report.objectives();
    let document = Document {
        schema: "krgate.report/1",
        krgate: about.version,
        clock: moment(about.now),
        name: report.name.as_deref().map(text),
        filter: report.filter.as_ref().map(|filter| FilterRow {
            cwe: filter.cwe().to_vec(),
        }),
        span: SpanRow {
            from: moment(report.span.start),
            until: moment(report.span.end),
        },
        policy: PolicyRow {
            path: text(&about.policy_path),
            sha256: &about.policy_sha256,
            read_from: match &about.policy_commit {
                None => "work_tree",
                Some(commit) if commit.is_base => "base",
                Some(_) => "head",
            },
            commit: about.policy_commit.as_ref().map(|c| c.id.as_str()),
            mission: about.mission.as_deref().map(text),
        },
        ledger: LedgerRow::new(&about.ledger, about.ledger_exists, &report.progress.doubts),
        checkpoint: about
            .checkpoint
            .as_ref()
            .map(|digest| format!("sha256:{digest}")),
        period: report.progress.period.as_ref().map(PeriodRow::from),
        verdict: verdict(report, &report.verdict),
        objectives: shown.iter().map(ObjectiveRow::from).collect(),
        pillars: report
            .pillars
            .iter()
            .map(|pillar| PillarRow {
                pillar: text(&pillar.pillar),
                objectives: &pillar.objectives,
                basis: pillar.basis.as_str(),
                score: pillar.score.value.map(decimal),
                score_known: decimal(pillar.score.known),
            })
            .collect(),
        changes: ChangeRows::from(&report.changes),
        overdue: OverdueRows::from(&report.overdue),
        waivers: report.waivers.iter().map(WaiverRow::from).collect(),
        actions: ActionRows::from(&report.actions),
        ages: report.ages.iter().map(AgeRow::from).collect(),
        coverage: CoverageRows::from(&report.coverage),
        appendix: appendix(report),
    };
    json::write_pretty(&document, out)
}

/// A moment as records write it.
pub(super) fn moment(at: Timestamp) -> String {
    at.to_string()
}

fn verdict<'a>(report: &Report, verdict: &'a VerdictFacts) -> VerdictRow<'a> {
    let blockers = verdict.blockers.iter();
    VerdictRow {
        line: json::message(&facts::verdict_line(report)),
        total: verdict.total,
        met: verdict.met,
        missed: verdict.missed,
        unknown: verdict.unknown,
        blocked_by: blockers
            .map(|blocker| BlockerRow {
                key_result: &blocker.record_name,
                verdict: blocker.verdict.as_str(),
                shown: blocker.is_shown,
            })
            .collect(),
        shown: verdict.shown.map(|(met, missed, unknown)| CountsRow {
            met,
            missed,
            unknown,
        }),
    }
}

fn appendix(report: &Report) -> AppendixRow<'_> {
    let appendix = &report.appendix;
    AppendixRow {
        runs: appendix.runs,
        first_run: appendix.first_run.map(RecordRow::from),
        last_run: appendix.last_run.map(RecordRow::from),
        reports: appendix
            .tools
            .iter()
            .map(|tool| ToolRow {
                name: tool.name.as_untrusted().into(),
                tool: tool.tool.as_ref().map(|text| text.as_untrusted().into()),
                version: tool.version.as_ref().map(|text| text.as_untrusted().into()),
                class: tool.class.map(crate::model::Class::as_str),
                ok: tool.ok,
            })
            .collect(),
        data: appendix
            .data
            .iter()
            .map(|file| DataRow {
                name: file.name.as_untrusted().into(),
                digest: &file.digest,
                as_of: file.as_of.as_ref().map(|day| day.as_untrusted().into()),
                record: file.record.to_string(),
            })
            .collect(),
    }
}
