//! Records as the past that is judged with (`model::history`).
//!
//! Nothing here opens a store: what one holds comes in as a [`Union`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::canonical::{Object, Value};
use super::flaw::Flaw;
use super::identity::unhex;
use super::lifecycle::{self, FormError, Lives, PastRecord, State, lives};
use super::shape::{day, moment};
use super::union::Union;
use super::{Kind, Record, RecordId, Target, blocks, fleet};
use crate::model::history::{
    self as model, CheckIn, Definition, Doubt, Frozen, History, PastData, PastEvent, PastPolicy,
    PastReport, PastRun, Point,
};
use crate::model::{Bound, Class, Event, ObjectId, Quantity, UntrustedText, Verdict};

/// The past of a repository, or of all that a ledger has (`None`), as it stands at `now`.
///
/// A run that was repeated counts once, with its last attempt (rule R8); its events of findings
/// stay, for later attempts were told after them. Of a record that was amended the amendment's
/// figures count.
pub fn history(union: &Union, repository: Option<&str>, now: Timestamp) -> History {
    let records: Vec<&Record> = of(union, repository).collect();
    let amended = amended(&records);
    let mut history = History {
        read: true,
        doubts: doubts(union),
        fleet: fleet::last_scans(union),
        ..History::default()
    };
    for record in last_attempts(&records) {
        // The grade of a closed period does not move (rule K28).
        let correction = amended.get(&record.id());
        let correction = correction.filter(|_| record.kind() != Kind::Close);
        let rows = correction.unwrap_or(&record);
        take(record, rows.body().list("krs"), &mut history);
    }
    let (past, broken) = past_records(&records);
    history.doubts.extend(broken);
    let Lives {
        streams,
        scans,
        lives,
        false_positives,
        drift,
    } = lives(past, now);
    history.doubts.extend(drift.iter().map(|drift| Doubt {
        code: "state-drift",
        what: format!(
            "a scan counts {} open findings where the replay has {}",
            drift.recorded, drift.replayed
        ),
        since: Some(drift.at),
    }));
    // The next admitted scan puts a drift right (rule L23).
    history.doubts.retain(|doubt| {
        let is_over = |scan: &model::PastScan| scan.unadmitted.is_none();
        doubt.code != "state-drift"
            || !scans
                .iter()
                .any(|scan| is_over(scan) && Some(scan.at) > doubt.since)
    });
    (history.streams, history.scans, history.lives) = (streams, scans, lives);
    history.blocks = blocks::of(&records);
    history.false_positives = false_positives;
    history
        .points
        .sort_by(|one, other| point_order(one).cmp(&point_order(other)));
    history
        .check_ins
        .sort_by_key(|one| (one.as_of, one.at, one.record));
    history.events.sort_by_key(|event| (event.at, event.record));
    history
}

fn point_order(point: &Point) -> (&str, Timestamp, model::RecordId) {
    (&point.key_result, point.at, point.record)
}

/// The state of the findings of one ref, replayed from its records (rule L23).
pub fn state(union: &Union, repository: &str, reference: &str) -> State {
    let records: Vec<&Record> = of(union, Some(repository)).collect();
    let mut state = State::default();
    for record in past_records(&records).0 {
        if record.reference == reference {
            state.take(record.at, record.commit.as_ref(), &record.scans);
        }
    }
    state
}

fn of<'a>(union: &'a Union, repository: Option<&'a str>) -> impl Iterator<Item = &'a Record> {
    let records = union.standing();
    records.filter(move |record| repository.is_none_or(|wanted| record.repository_key() == wanted))
}

/// Why the whole is in doubt (rules R12, R14, R34, R41).
pub(super) fn doubts(union: &Union) -> Vec<Doubt> {
    let damage = union.damage.iter().map(|damage| Doubt {
        code: match damage.flaw {
            Flaw::Schema(_) => "unknown-schema",
            _ => "damaged-record",
        },
        what: match damage.digest {
            Some(digest) => format!("a file of the ledger ({digest}) is no record"),
            None => "a file of the ledger cannot be read".to_owned(),
        },
        since: None,
    });
    let open = union.conflicts.iter().filter(|c| !c.is_settled());
    let conflicts = open.map(|conflict| Doubt {
        code: "record-conflict",
        what: conflict.what(),
        since: union
            .records
            .iter()
            .find(|record| record.id() == conflict.id)
            .map(Record::at),
    });
    let missing = union.missing_parents();
    let missing = missing.iter().map(|(id, parent)| Doubt {
        code: "missing-parent",
        what: format!("record {id} came after record {parent}, which is not there"),
        since: None,
    });
    let mut doubts: Vec<Doubt> = damage.chain(conflicts).chain(missing).collect();
    doubts.sort();
    doubts.dedup();
    doubts
}

/// The records without the attempts of a run that another one followed (rule R8).
fn last_attempts<'a>(records: &[&'a Record]) -> Vec<&'a Record> {
    let of_run = |record: &Record| {
        let idem = record.idem();
        (record.kind() == Kind::Run).then(|| {
            let attempt = idem.number("attempt").unwrap_or(0);
            (idem.without(&["attempt"]).canonical(), attempt)
        })
    };
    let attempts = || {
        let runs = records.iter().filter(|record| record.kind() == Kind::Run);
        runs.map(|record| record.idem().number("attempt").unwrap_or(0))
    };
    // In most ledgers no run was repeated.
    if attempts().min() == attempts().max() {
        return records.to_vec();
    }
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for (run, attempt) in records.iter().filter_map(|record| of_run(record)) {
        let known = last.entry(run).or_insert(attempt);
        *known = (*known).max(attempt);
    }
    let stands = |record: &&&Record| {
        of_run(record).is_none_or(|(run, attempt)| last.get(&run) == Some(&attempt))
    };
    records.iter().filter(stands).copied().collect()
}

/// By the record that they are of: the last amendments that say other figures.
fn amended<'a>(records: &[&'a Record]) -> BTreeMap<RecordId, &'a Record> {
    let amendments = records
        .iter()
        .filter(|record| record.kind() == Kind::Amend && record.body().get("krs").is_some());
    let of_target =
        amendments.filter_map(
            |record| match Target::parse(record.body().text("target")?)? {
                Target::Record(id) => Some((id, *record)),
                Target::File(_) => None,
            },
        );
    of_target.collect()
}

/// The records with what they say of findings; what cannot be read is a doubt (rule R34).
fn past_records(records: &[&Record]) -> (Vec<PastRecord>, Vec<Doubt>) {
    let mut past = Vec::new();
    let mut broken = Vec::new();
    for record in records {
        let Some(findings) = record.body().get("findings").and_then(Value::as_object) else {
            continue;
        };
        match lifecycle::read_streams(findings) {
            Ok(scans) => past.push(PastRecord {
                record: id_of(record),
                repository: record.repository_key().to_owned(),
                reference: record.body().text("ref").unwrap_or_default().to_owned(),
                at: record.at(),
                commit: commit(record.body()),
                scans,
            }),
            Err(FormError(key)) => broken.push(Doubt {
                code: "damaged-record",
                what: format!(
                    "record {} has findings whose `{key}` cannot be read",
                    record.id()
                ),
                since: Some(record.at()),
            }),
        }
    }
    (past, broken)
}

/// What a record says of key results over time, where its figures are `rows`: those of a run,
/// and what people reported.
pub(super) fn points_of(record: &Record, rows: &[Value]) -> Vec<Point> {
    let rows = rows.iter().filter_map(|row| Row::of(row.as_object()?));
    let (at, of_state) = match record.kind() {
        Kind::Run => (record.at(), event_of(record) == Event::State),
        Kind::Checkin | Kind::Amend => match claim(record) {
            Some((as_of, _)) => (begin(as_of), true),
            None => return Vec::new(),
        },
        Kind::Baseline | Kind::Close | Kind::Event | Kind::Report | Kind::Sync => {
            return Vec::new();
        }
    };
    rows.map(|row| row.point(at, id_of(record), of_state))
        .collect()
}

/// Takes one record, whose figures are `rows`.
fn take(record: &Record, rows: &[Value], history: &mut History) {
    history.points.extend(points_of(record, rows));
    let rows = rows.iter().filter_map(|row| Row::of(row.as_object()?));
    let id = id_of(record);
    let at = record.at();
    match record.kind() {
        Kind::Run => history.runs.push(run(record, event_of(record))),
        // What arrives after the close of a period is an amendment of it (rule K28).
        Kind::Checkin | Kind::Amend => {
            let Some((as_of, claim)) = claim(record) else {
                return;
            };
            let reported = rows.map(|row| check_in(record, &row, as_of, claim));
            history.check_ins.extend(reported);
        }
        Kind::Baseline | Kind::Close => {
            let period = record.body().text("period").unwrap_or_default();
            history.frozen.extend(rows.map(|row| Frozen {
                key_result: row.key_result.clone(),
                period: period.to_owned(),
                at_close: record.kind() == Kind::Close,
                at,
                record: id,
                definition: row.definition,
                value: row.value,
                verdict: row.verdict,
                score: row.score,
            }));
        }
        Kind::Event => {
            let Some((as_of, claim)) = claim(record) else {
                return;
            };
            history.events.push(PastEvent {
                name: record.idem().text("name").unwrap_or_default().to_owned(),
                // Its moment where that is told, else the begin of its day.
                at: claim
                    .text("moment")
                    .and_then(moment)
                    .unwrap_or_else(|| begin(as_of)),
                record: id,
                commit: commit(record.body()),
                environment: record.body().text("environment").map(UntrustedText::new),
                found: claim.number("found").and_then(|n| u64::try_from(n).ok()),
                scope: claim.text("scope").map(UntrustedText::new),
            });
        }
        // It tells what went out, and nothing of what is.
        Kind::Sync => {}
        Kind::Report => {
            let name = record.idem().text("name").unwrap_or_default();
            history.events.push(PastEvent {
                name: ["report.", name].concat(),
                at,
                record: id,
                commit: None,
                environment: None,
                found: None,
                scope: None,
            });
        }
    }
}

fn run(record: &Record, event: Event) -> PastRun {
    let body = record.body();
    let timing = body.get("timing").and_then(Value::as_object);
    let timed = |key| {
        let number = timing.and_then(|timing| timing.number(key))?;
        u64::try_from(number).ok()
    };
    let exit = body.number("exit").and_then(|exit| u8::try_from(exit).ok());
    PastRun {
        record: id_of(record),
        repository: record.repository_key().to_owned(),
        at: record.at(),
        event,
        reference: body.text("ref").map(UntrustedText::new),
        commit: commit(body),
        environment: body.text("environment").map(UntrustedText::new),
        exit: exit.unwrap_or(u8::MAX),
        milliseconds: timed("ms"),
        feedback_seconds: timed("feedback_s"),
        writer: UntrustedText::new(body.text("by").unwrap_or_default()),
        policy: body
            .get("policy")
            .and_then(Value::as_object)
            .and_then(policy),
        reports: objects(body, "reports").map(report).collect(),
        data: objects(body, "data").map(data_file).collect(),
        waivers: objects(body, "waivers").filter_map(waiver).collect(),
    }
}

pub(super) fn objects<'a>(body: &'a Object, key: &'a str) -> impl Iterator<Item = &'a Object> {
    body.list(key).iter().filter_map(Value::as_object)
}

fn policy(object: &Object) -> Option<PastPolicy> {
    Some(PastPolicy {
        digest: object.text("digest")?.to_owned(),
        commit: object.text("commit").and_then(ObjectId::new),
    })
}

fn report(row: &Object) -> PastReport {
    PastReport {
        name: UntrustedText::new(row.text("name").unwrap_or_default()),
        tool: row.text("tool").map(UntrustedText::new),
        version: row.text("tool_version").map(UntrustedText::new),
        class: row.text("class").and_then(Class::from_word),
        ok: row.get("ok").and_then(Value::as_bool).unwrap_or(false),
    }
}

fn data_file(row: &Object) -> PastData {
    PastData {
        name: UntrustedText::new(row.text("name").unwrap_or_default()),
        digest: row.text("digest").unwrap_or_default().to_owned(),
        as_of: row.text("as_of").map(UntrustedText::new),
    }
}

fn waiver(row: &Object) -> Option<(String, u64)> {
    let findings = u64::try_from(row.number("findings")?).ok()?;
    Some((row.text("waiver")?.to_owned(), findings))
}

/// A check-in or an event: the day that it stands for, and what is claimed.
fn claim(record: &Record) -> Option<(Date, &Object)> {
    let claim = record.body().get("claim")?.as_object()?;
    Some((day(claim.text("as_of")?)?, claim))
}

fn check_in(record: &Record, row: &Row, as_of: Date, claim: &Object) -> CheckIn {
    let texts = |key| {
        let values = claim.list(key).iter();
        values.filter_map(Value::as_text).map(str::to_owned)
    };
    CheckIn {
        key_result: row.key_result.clone(),
        as_of,
        at: record.at(),
        record: id_of(record),
        definition: row.definition,
        value: row.value,
        done: texts("done").collect(),
        who: UntrustedText::new(claim.text("who").unwrap_or_default()),
        evidence: texts("evidence").map(UntrustedText::new).collect(),
        confidence: claim.text("confidence").and_then(quantity),
        note: claim.text("note").map(UntrustedText::new),
    }
}

/// A key result as a record has it.
struct Row {
    key_result: String,
    definition: Definition,
    value: Option<Quantity>,
    bound: Bound,
    verdict: Option<Verdict>,
    score: Option<Quantity>,
    n: Option<u64>,
    reason: Option<UntrustedText>,
}

impl Row {
    /// Reads a row; its form was held when the record was read.
    fn of(row: &Object) -> Option<Self> {
        Some(Self {
            key_result: row.text("kr")?.to_owned(),
            definition: Definition(unhex(row.text("def")?)?),
            value: figure(row),
            bound: match row.text("bound") {
                Some(_) => Bound::AtLeast,
                None => Bound::Exact,
            },
            verdict: row.text("verdict").and_then(|word| {
                let all = [Verdict::Met, Verdict::Missed, Verdict::Unknown];
                all.into_iter().find(|verdict| verdict.as_str() == word)
            }),
            score: row.text("score").and_then(quantity),
            n: row.number("n").and_then(|n| u64::try_from(n).ok()),
            reason: row.text("reason").map(UntrustedText::new),
        })
    }

    fn point(self, at: Timestamp, record: model::RecordId, of_state: bool) -> Point {
        Point {
            key_result: self.key_result,
            at,
            record,
            definition: self.definition,
            value: self.value,
            bound: self.bound,
            verdict: self.verdict.unwrap_or(Verdict::Unknown),
            score: self.score,
            n: self.n,
            reason: self.reason,
            of_state,
        }
    }
}

/// The figure in the base unit; the exact fraction of a share where it stands beside.
fn figure(row: &Object) -> Option<Quantity> {
    let value = quantity(row.text("value")?)?;
    let unit = row.text("unit")?;
    if let ("%", Some(num), Some(den)) = (unit, row.number("num"), row.number("den")) {
        return Quantity::ratio(num, den);
    }
    let factor = match unit {
        "%" => Quantity::ratio(1, 100)?,
        "d" => Quantity::whole(86_400),
        "h" => Quantity::whole(3_600),
        "min" => Quantity::whole(60),
        _ => return Some(value),
    };
    Some(value.times(factor))
}

fn quantity(text: &str) -> Option<Quantity> {
    Quantity::parse(text).ok()
}

/// Whether a run judged a change; records say it since the lifecycle was written.
pub(super) fn event_of(record: &Record) -> Event {
    match record.body().text("event") {
        Some(word) if word == Event::Change.as_str() => Event::Change,
        _ => Event::State,
    }
}

pub(super) fn commit(body: &Object) -> Option<ObjectId> {
    ObjectId::new(body.text("sha")?)
}

fn begin(day: Date) -> Timestamp {
    TimeZone::UTC
        .to_timestamp(day.at(0, 0, 0, 0))
        .unwrap_or(Timestamp::MIN)
}

pub(super) fn id_of(record: &Record) -> model::RecordId {
    model::RecordId(record.id().bytes())
}
