//! `krgate.findings/1`: what is open, for machines. All findings are in it, whatever the text
//! would show. `schemas/findings.schema.json` describes the document.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::Findings;
use crate::measure::{Limit, OpenFinding, OpenState, StreamSight};
use crate::model::{Class, Severity, UntrustedText, Validity};
use crate::render::encode::json::{self, JsonText};
use crate::render::json::text;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    krgate: &'a str,
    clock: String,
    policy: PolicyRow<'a>,
    ledger: LedgerRow<'a>,
    whole: bool,
    streams: Vec<StreamRow<'a>>,
    never_scanned: Vec<&'static str>,
    assumed: &'a [String],
    owners_known: bool,
    counts: CountsRow,
    findings: Vec<FindingRow<'a>>,
}

#[derive(Serialize)]
struct PolicyRow<'a> {
    path: JsonText<'a>,
    sha256: &'a str,
}

#[derive(Serialize)]
struct LedgerRow<'a> {
    place: JsonText<'a>,
    exists: bool,
    whole: bool,
    doubts: Vec<DoubtRow<'a>>,
}

#[derive(Serialize)]
struct DoubtRow<'a> {
    code: &'static str,
    message: &'a str,
    since: Option<String>,
}

#[derive(Serialize)]
struct StreamRow<'a> {
    reference: JsonText<'a>,
    tool: JsonText<'a>,
    category: Option<JsonText<'a>>,
    class: &'static str,
    last_scan: Option<String>,
    fresh_seconds: u64,
    stands: bool,
    open: u64,
}

#[derive(Serialize)]
struct CountsRow {
    listed: u64,
    reopened: u64,
    unknown: u64,
    overdue: u64,
    undecided: u64,
    set_aside: u64,
    others: u64,
}

#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a member of the document"
)]
struct FindingRow<'a> {
    id: String,
    aliases: Vec<String>,
    rule: JsonText<'a>,
    path: Option<JsonText<'a>>,
    line: Option<u32>,
    package: Option<JsonText<'a>>,
    class: &'static str,
    tool: JsonText<'a>,
    reference: JsonText<'a>,
    severity: Option<&'static str>,
    cvss: Option<String>,
    cwe: &'a [u32],
    validity: Option<&'static str>,
    owners: Option<Vec<JsonText<'a>>>,
    state: &'static str,
    last_covered: Option<String>,
    first_seen: String,
    at_adoption: bool,
    age_seconds: u64,
    episodes: usize,
    by_tool_change: bool,
    seen_on_change: bool,
    undecided: bool,
    sla: SlaRow<'a>,
}

#[derive(Serialize)]
struct SlaRow<'a> {
    state: &'static str,
    key_result: Option<&'a str>,
    limit_seconds: Option<u64>,
    due: Option<String>,
}

/// Writes the list as `krgate.findings/1`.
///
/// # Errors
/// If the output cannot be written.
pub fn write(findings: &Findings<'_>, out: &mut dyn Write) -> io::Result<()> {
    let backlog = findings.backlog;
    let counts = findings.counts();
    let document = Document {
        schema: "krgate.findings/1",
        krgate: findings.version,
        clock: moment(findings.now),
        policy: PolicyRow {
            path: text(findings.policy_path),
            sha256: findings.policy_sha256,
        },
        ledger: LedgerRow {
            place: text(findings.ledger),
            exists: findings.ledger_exists,
            whole: findings.doubts.is_empty(),
            doubts: findings
                .doubts
                .iter()
                .map(|doubt| DoubtRow {
                    code: doubt.code,
                    message: &doubt.what,
                    since: doubt.since.map(moment),
                })
                .collect(),
        },
        whole: findings.is_whole(),
        streams: backlog.streams.iter().map(StreamRow::from).collect(),
        never_scanned: backlog.never_scanned.iter().map(Class::as_str).collect(),
        assumed: &backlog.assumed,
        owners_known: backlog.owners_known,
        counts: CountsRow {
            listed: counts.listed,
            reopened: counts.reopened,
            unknown: counts.unknown,
            overdue: counts.overdue,
            undecided: counts.undecided,
            set_aside: backlog.set_aside,
            others: backlog.others,
        },
        findings: backlog.findings.iter().map(FindingRow::from).collect(),
    };
    json::write_pretty(&document, out)
}

fn moment(at: Timestamp) -> String {
    at.to_string()
}

fn foreign(text: &UntrustedText) -> JsonText<'_> {
    text.as_untrusted().into()
}

impl<'a> From<&'a StreamSight<'a>> for StreamRow<'a> {
    fn from(sight: &'a StreamSight<'a>) -> Self {
        let stream = sight.stream;
        Self {
            reference: text(&stream.reference),
            tool: foreign(&stream.tool),
            category: stream.category.as_ref().map(foreign),
            class: stream.class.as_str(),
            last_scan: sight.last.map(moment),
            fresh_seconds: stream.fresh,
            stands: sight.stands,
            open: sight.open,
        }
    }
}

impl<'a> From<&'a OpenFinding<'a>> for FindingRow<'a> {
    fn from(finding: &'a OpenFinding<'a>) -> Self {
        let (life, stream) = (finding.life, finding.stream);
        Self {
            id: life.id.to_string(),
            aliases: life.aliases.iter().map(ToString::to_string).collect(),
            rule: foreign(&life.rule),
            path: life.path.as_ref().map(foreign),
            line: life.line,
            package: life.package.as_ref().map(foreign),
            class: stream.class.as_str(),
            tool: foreign(&stream.tool),
            reference: text(&stream.reference),
            severity: life.severity.map(Severity::as_str),
            cvss: life.cvss.map(|score| score.to_string()),
            cwe: &life.cwe,
            validity: life.validity.map(Validity::as_str),
            owners: finding
                .owners
                .as_ref()
                .map(|owners| owners.iter().map(foreign).collect()),
            state: finding.state.as_str(),
            last_covered: match finding.state {
                OpenState::Unknown(last) => Some(moment(last)),
                OpenState::Open | OpenState::Reopened => None,
            },
            first_seen: moment(life.first_seen),
            at_adoption: life.left_truncated,
            age_seconds: finding.age,
            episodes: life.episodes.len(),
            by_tool_change: life.by_tool_change,
            seen_on_change: life.seen_on_change,
            undecided: finding.undecided,
            sla: SlaRow::from(&finding.limit),
        }
    }
}

impl<'a> From<&'a Limit> for SlaRow<'a> {
    fn from(limit: &'a Limit) -> Self {
        let without = |state| Self {
            state,
            key_result: None,
            limit_seconds: None,
            due: None,
        };
        match limit {
            Limit::Nothing => without("no_limit"),
            Limit::NotKnown => without("unknown"),
            Limit::At {
                key_result,
                seconds,
                due,
                overdue,
            } => Self {
                state: if *overdue { "overdue" } else { "due" },
                key_result: Some(key_result),
                limit_seconds: Some(*seconds),
                due: Some(moment(*due)),
            },
        }
    }
}
