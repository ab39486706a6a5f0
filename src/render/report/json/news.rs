//! Changes, overdue, waivers and actions as rows.

use serde::Serialize;

use super::moment;
use crate::decide::report::{
    Actions, Changes, FindingCause, FindingEvent, FindingLabel, Overdue, ToolChange, WaiverNotice,
    WaiverWhy,
};
use crate::model::{Class, ObjectId, Severity, UntrustedText};
use crate::render::encode::json::JsonText;
use crate::render::json::{ReasonRow, decimal, text};

fn foreign(text: &UntrustedText) -> JsonText<'_> {
    text.as_untrusted().into()
}

#[derive(Serialize)]
pub(super) struct FindingRow<'a> {
    id: String,
    tool: JsonText<'a>,
    class: &'static str,
    rule: JsonText<'a>,
    path: Option<JsonText<'a>>,
    line: Option<u32>,
    package: Option<JsonText<'a>>,
    severity: Option<&'static str>,
    cvss: Option<String>,
    cwe: &'a [u32],
    first_seen: String,
    left_truncated: bool,
}

impl<'a> From<&'a FindingLabel> for FindingRow<'a> {
    fn from(finding: &'a FindingLabel) -> Self {
        Self {
            id: finding.id.to_string(),
            tool: foreign(&finding.tool),
            class: finding.class.as_str(),
            rule: foreign(&finding.rule),
            path: finding.path.as_ref().map(foreign),
            line: finding.line,
            package: finding.package.as_ref().map(foreign),
            severity: finding.severity.map(Severity::as_str),
            cvss: finding.cvss.map(|score| score.to_string()),
            cwe: &finding.cwe,
            first_seen: moment(finding.first_seen),
            left_truncated: finding.left_truncated,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ChangeRows<'a> {
    known: bool,
    whole: bool,
    counts: CountsRow,
    findings: Vec<FindingChangeRow<'a>>,
    definitions: Vec<DefinitionRow<'a>>,
    tools: Vec<ToolChangeRow<'a>>,
    policies: Vec<PolicyChangeRow<'a>>,
    krgate: Vec<WriterRow<'a>>,
}

#[derive(Serialize)]
struct CountsRow {
    new: usize,
    reopened: usize,
    fixed: usize,
    left: usize,
    unknown: usize,
}

#[derive(Serialize)]
struct FindingChangeRow<'a> {
    event: &'static str,
    cause: &'static str,
    at: String,
    finding: FindingRow<'a>,
}

#[derive(Serialize)]
struct DefinitionRow<'a> {
    key_result: &'a str,
    at: String,
    before: String,
    after: String,
}

#[derive(Serialize)]
pub(super) struct ToolChangeRow<'a> {
    at: String,
    record: String,
    tool: JsonText<'a>,
    class: &'static str,
    from: Option<JsonText<'a>>,
    to: Option<JsonText<'a>>,
    came: usize,
    went: usize,
}

impl<'a> From<&'a ToolChange> for ToolChangeRow<'a> {
    fn from(change: &'a ToolChange) -> Self {
        Self {
            at: moment(change.at),
            record: change.record.to_string(),
            tool: foreign(&change.tool),
            class: change.class.as_str(),
            from: change.from.as_ref().map(foreign),
            to: change.to.as_ref().map(foreign),
            came: change.came,
            went: change.went,
        }
    }
}

#[derive(Serialize)]
struct PolicyChangeRow<'a> {
    at: String,
    before: JsonText<'a>,
    after: JsonText<'a>,
    commit: Option<&'a str>,
}

#[derive(Serialize)]
struct WriterRow<'a> {
    at: String,
    before: JsonText<'a>,
    after: JsonText<'a>,
}

impl<'a> From<&'a Changes> for ChangeRows<'a> {
    fn from(changes: &'a Changes) -> Self {
        let counts = changes.counts;
        Self {
            known: changes.is_known,
            whole: changes.is_whole,
            counts: CountsRow {
                new: counts.new,
                reopened: counts.reopened,
                fixed: counts.fixed,
                left: counts.left,
                unknown: counts.unknown,
            },
            findings: changes
                .findings
                .iter()
                .map(|change| FindingChangeRow {
                    event: FindingEvent::as_str(change.event),
                    cause: FindingCause::as_str(change.cause),
                    at: moment(change.at),
                    finding: (&change.finding).into(),
                })
                .collect(),
            definitions: changes
                .definitions
                .iter()
                .map(|change| DefinitionRow {
                    key_result: &change.key_result,
                    at: moment(change.at),
                    before: change.before.to_string(),
                    after: change.after.to_string(),
                })
                .collect(),
            tools: changes.tools.iter().map(ToolChangeRow::from).collect(),
            policies: changes
                .policies
                .iter()
                .map(|change| PolicyChangeRow {
                    at: moment(change.at),
                    before: text(&change.before),
                    after: text(&change.after),
                    commit: change.commit.as_ref().map(ObjectId::as_str),
                })
                .collect(),
            krgate: changes
                .writers
                .iter()
                .map(|change| WriterRow {
                    at: moment(change.at),
                    before: foreign(&change.before),
                    after: foreign(&change.after),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct OverdueRows<'a> {
    check_ins: Vec<CheckInRow<'a>>,
    scans: Vec<ScanRow<'a>>,
    reports: Vec<MissingRow<'a>>,
    unknown: Vec<UnknownRow<'a>>,
}

#[derive(Serialize)]
struct CheckInRow<'a> {
    key_result: &'a str,
    owner: JsonText<'a>,
    last: Option<String>,
    days: Option<u32>,
}

#[derive(Serialize)]
struct ScanRow<'a> {
    repository: JsonText<'a>,
    tool: JsonText<'a>,
    category: Option<JsonText<'a>>,
    class: &'static str,
    last: Option<String>,
    fresh_seconds: u64,
    failed: Option<String>,
}

#[derive(Serialize)]
struct MissingRow<'a> {
    name: JsonText<'a>,
    class: Option<&'static str>,
    optional: bool,
}

#[derive(Serialize)]
struct UnknownRow<'a> {
    owner: JsonText<'a>,
    key_result: &'a str,
    reasons: Vec<ReasonRow>,
}

impl<'a> From<&'a Overdue> for OverdueRows<'a> {
    fn from(overdue: &'a Overdue) -> Self {
        let unknown = overdue.unknown.iter().flat_map(|of| {
            let all = of.key_results.iter();
            all.map(|(key_result, reasons)| UnknownRow {
                owner: text(&of.owner),
                key_result,
                reasons: reasons.iter().map(ReasonRow::from).collect(),
            })
        });
        Self {
            check_ins: overdue
                .check_ins
                .iter()
                .map(|late| CheckInRow {
                    key_result: &late.key_result,
                    owner: text(&late.owner),
                    last: late.last.map(|day| day.to_string()),
                    days: late.days,
                })
                .collect(),
            scans: overdue
                .scans
                .iter()
                .map(|scan| ScanRow {
                    repository: text(&scan.repository),
                    tool: foreign(&scan.tool),
                    category: scan.category.as_ref().map(foreign),
                    class: scan.class.as_str(),
                    last: scan.last.map(moment),
                    fresh_seconds: scan.fresh,
                    failed: scan.failed.map(moment),
                })
                .collect(),
            reports: overdue
                .missing
                .iter()
                .map(|missing| MissingRow {
                    name: text(&missing.name),
                    class: missing.class.map(Class::as_str),
                    optional: missing.is_optional,
                })
                .collect(),
            unknown: unknown.collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct WaiverRow<'a> {
    waiver: JsonText<'a>,
    owner: Option<JsonText<'a>>,
    why: &'static str,
    days: Option<u32>,
    expires: Option<String>,
    source: JsonText<'a>,
    line: usize,
}

impl<'a> From<&'a WaiverNotice> for WaiverRow<'a> {
    fn from(notice: &'a WaiverNotice) -> Self {
        let (why, days) = match notice.why {
            WaiverWhy::Ended(days) => ("ended", Some(days)),
            WaiverWhy::EndsIn(days) => ("ends_soon", Some(days)),
            WaiverWhy::MatchedNothing => ("matched_nothing", None),
        };
        Self {
            waiver: foreign(&notice.label),
            owner: notice.owner.as_ref().map(foreign),
            why,
            days,
            expires: notice.expires.map(|day| day.to_string()),
            source: foreign(&notice.source),
            line: notice.line,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ActionRows<'a> {
    due: Vec<ActionRow<'a>>,
    later: usize,
    undated: usize,
    repairs: Vec<RepairRow<'a>>,
    candidates: usize,
}

#[derive(Serialize)]
struct ActionRow<'a> {
    objective: &'a str,
    who: JsonText<'a>,
    what: JsonText<'a>,
    how: Option<JsonText<'a>>,
    due: String,
    days: i64,
}

#[derive(Serialize)]
struct RepairRow<'a> {
    finding: FindingRow<'a>,
    key_results: &'a [String],
    moves: String,
}

impl<'a> From<&'a Actions> for ActionRows<'a> {
    fn from(actions: &'a Actions) -> Self {
        Self {
            due: actions
                .due
                .iter()
                .map(|action| ActionRow {
                    objective: &action.objective,
                    who: text(&action.who),
                    what: text(&action.what),
                    how: action.how.as_deref().map(text),
                    due: action.due.to_string(),
                    days: action.days,
                })
                .collect(),
            later: actions.later,
            undated: actions.undated,
            repairs: actions
                .repairs
                .iter()
                .map(|repair| RepairRow {
                    finding: (&repair.finding).into(),
                    key_results: &repair.key_results,
                    moves: decimal(repair.moves),
                })
                .collect(),
            candidates: actions.candidates,
        }
    }
}
