//! The record of a run: what was judged, on which evidence, and what came of it (part 2 of the
//! ledger's rules).
//!
//! It holds figures, verdicts and digests. No secret is in it, no message of a finding, no
//! author and no mail address (rule R10).

use crate::decide::{Evaluation, ExitCode, KeyResultOutcome, PolicyCommit, Verdict};
use crate::measure::Bound;
use crate::model::{Event, Evidence, Origin, Quantity, ToolRun, UntrustedText};
use crate::policy::{Judge, Policy, Unit, Waiver, WaiverKind, WaiverSubject, definition};

use super::canonical::{Object, Value, Whole};
use super::{Digest, Draft, Idem, RecordId, Repository, blocks};

/// What a run is recorded from.
#[derive(Debug, Clone)]
pub struct Judged<'a> {
    /// What was decided.
    pub evaluation: &'a Evaluation,
    /// The policy that it was decided under.
    pub policy: &'a Policy,
    /// Where it was decided.
    pub origin: &'a Origin,
    /// The repository that it counts for.
    pub repository: Repository,
    /// The commit that was judged.
    pub commit: Option<String>,
    /// What started the run.
    pub trigger: Option<String>,
    /// Tells several gates of one job apart (rule R9).
    pub instance: String,
    /// How long it took, in milliseconds.
    pub took: Option<u64>,
    /// The heads that were seen; `None` if no history was read (rule R14).
    pub parents: Option<Vec<RecordId>>,
    /// The events of each stream of findings; `None` where no history was read. This is the
    /// one place where they enter a record.
    pub streams: Option<Vec<Value>>,
    /// True if secrets have ids that last: they were made with a key (rule R10).
    pub secrets_have_ids: bool,
}

impl Judged<'_> {
    /// The record, ready to be sealed.
    pub fn draft(self) -> Draft {
        let about = &self.evaluation.about;
        let mut fields = Object::new();
        let reference = self.origin.reference.as_ref().map(UntrustedText::raw);
        fields.set_some("ref", reference.or(about.reference.as_deref()));
        fields.set_some("sha", self.commit.as_deref());
        fields.set("event", about.event.as_str());
        fields.set_some("trigger", self.trigger.as_deref());
        // By hand the name is a person's own, and stays out (rule R10).
        let actor = self.origin.run.as_ref().and(self.origin.actor.as_ref());
        fields.set_some("actor", actor.map(UntrustedText::raw));
        fields.set_some("environment", about.environment.as_deref());
        fields.set_some("period", about.period.as_deref());
        let read_from = about.policy_commit.as_ref();
        fields.set("policy", policy(&about.policy_sha256, read_from));
        fields.set("reports", reports(self.evaluation));
        fields.set("krs", self.key_results());
        fields.set("verdict", outcome(self.evaluation.exit));
        fields.set("exit", Whole::count(self.evaluation.exit.number().into()));
        let streams = self.streams;
        fields.set_some(
            "findings",
            streams.map(|s| Object::new().with("streams", s)),
        );
        fields.set("waivers", waivers(self.evaluation));
        fields.set("data", data(self.evaluation));
        let took = self
            .took
            .map(|ms| Object::new().with("ms", Whole::count(ms)));
        fields.set_some("timing", took);
        Draft {
            idem: idem(self.origin, about.now, self.instance),
            repository: self.repository,
            at: about.now,
            parents: self.parents,
            fields,
        }
    }

    fn key_results(&self) -> Vec<Value> {
        let is_change = self.evaluation.about.event == Event::Change;
        let judged = self.evaluation.key_results();
        let defined = self.policy.key_results();
        judged
            .zip(defined)
            .map(|((objective, outcome), (_, key_result))| {
                let id = [&objective.id, "/", &outcome.id].concat();
                let def = definition(self.policy, key_result).to_string();
                let mut row = key_result_row(id, outcome, def, is_change);
                if is_change && outcome.blocks {
                    blocks::put(&mut row, self.evaluation, outcome, self.secrets_have_ids);
                }
                Value::from(row)
            })
            .collect()
    }
}

/// Rules R5, R8, R9.
fn idem(origin: &Origin, at: jiff::Timestamp, instance: String) -> Idem {
    if let Some(run) = &origin.run {
        return Idem::Run {
            workflow: run.workflow.raw().to_owned(),
            run_id: run.id.raw().to_owned(),
            attempt: run.attempt,
            job: run.job.raw().to_owned(),
            instance,
        };
    }
    let user = origin.actor.as_ref().map_or("", UntrustedText::raw);
    Idem::Run {
        workflow: "local".to_owned(),
        run_id: super::shape::written(at),
        attempt: 1,
        job: Digest::of(user.as_bytes()).to_string(),
        instance,
    }
}

/// The policy that was gone by, and where it was read from.
pub(super) fn policy(sha256: &str, read_from: Option<&PolicyCommit>) -> Object {
    let mut object = Object::new()
        .with("digest", format!("sha256:{sha256}"))
        .with("version", Whole::count(1))
        .with(
            "source",
            match read_from {
                None => "worktree",
                Some(commit) if commit.is_base => "base",
                Some(_) => "ref",
            },
        );
    object.set_some("commit", read_from.map(|commit| commit.id.as_str()));
    object
}

/// One row a run of a tool, and one for each report that has none or is not there.
fn reports(evaluation: &Evaluation) -> Vec<Value> {
    let intake = &evaluation.scoped.intake;
    let mut rows = Vec::new();
    for (index, report) in intake.reports.iter().enumerate() {
        let entry = report
            .entry
            .and_then(|entry| evaluation.about.entries.get(entry));
        let name = entry.map_or(report.path.raw(), String::as_str);
        let mut runs = intake
            .runs
            .iter()
            .filter(|run| run.report.index() == index)
            .peekable();
        if runs.peek().is_none() {
            rows.push(Value::from(absent(name)));
        }
        rows.extend(runs.map(|run| Value::from(report_row(name, run))));
    }
    for gap in &intake.gaps {
        let entry = gap
            .entry
            .and_then(|entry| evaluation.about.entries.get(entry));
        rows.push(Value::from(absent(
            entry.map_or(gap.path.raw(), String::as_str),
        )));
    }
    rows
}

fn absent(name: &str) -> Object {
    Object::new()
        .with("name", name)
        .with("ok", false)
        .with("evidence", Evidence::None.as_str())
}

fn report_row(name: &str, run: &ToolRun) -> Object {
    let mut row = Object::new()
        .with("name", name)
        .with("ok", run.is_exact())
        .with("evidence", run.evidence.as_str())
        .with("tool", run.alias.raw())
        .with("results", Whole::count(run.counts.findings));
    row.set_some("class", run.class.map(crate::model::Class::as_str));
    row.set_some("tool_version", run.version.as_ref().map(UntrustedText::raw));
    row
}

fn key_result_row(id: String, outcome: &KeyResultOutcome, def: String, is_change: bool) -> Object {
    let measurement = &outcome.measurement;
    let all = !is_change || outcome.judge == Judge::All;
    let mut row = Object::new()
        .with("kr", id)
        .with("def", def)
        .with("verdict", outcome.verdict.as_str())
        .with("enforce", outcome.enforcement.as_str())
        .with("judged", if all { "all" } else { "introduced" });
    put_figure(&mut row, measurement.value, measurement.unit);
    if measurement.value.is_some() && measurement.bound == Bound::AtLeast {
        row.set("bound", ">");
    }
    row.set_some("n", measurement.n.map(Whole::count));
    row.set_some("score", outcome.score.map(score));
    row.set_some("raw", outcome.raw.map(score));
    let reason = measurement.reasons.first().map(|reason| reason.code);
    row.set_some(
        "reason",
        reason.filter(|_| outcome.verdict == Verdict::Unknown),
    );
    row
}

/// Puts a figure and its unit in. A share is in percent, with the exact fraction beside it; a
/// length of time is in its unit where that is exact, else in seconds.
pub fn put_figure(row: &mut Object, value: Option<Quantity>, unit: Unit) {
    let (word, factor) = match unit {
        Unit::None => ("number", Some(Quantity::ONE)),
        Unit::Findings => ("findings", Some(Quantity::ONE)),
        Unit::Secrets => ("secrets", Some(Quantity::ONE)),
        Unit::Paths => ("paths", Some(Quantity::ONE)),
        Unit::Cvss => ("cvss", Some(Quantity::ONE)),
        Unit::Percent => ("%", Some(Quantity::whole(100))),
        Unit::Duration(unit) => (unit, Quantity::ratio(1, seconds(unit))),
    };
    let Some(value) = value else {
        row.set("unit", word);
        return;
    };
    let shown = factor.map_or(value, |factor| value.times(factor));
    let is_exact = Quantity::parse(&shown.to_string()) == Ok(shown);
    if matches!(unit, Unit::Duration(_)) && !is_exact {
        row.set("unit", "s");
        row.set("value", value.to_string());
        return;
    }
    row.set("unit", word);
    row.set("value", shown.to_string());
    if unit == Unit::Percent {
        let whole = |number: i128| i64::try_from(number).ok().and_then(Whole::new);
        if let (Some(num), Some(den)) = (whole(value.numerator()), whole(value.denominator())) {
            row.set("num", num);
            row.set("den", den);
        }
    }
}

const fn seconds(unit: &str) -> i64 {
    match unit.as_bytes() {
        b"d" => 86_400,
        b"h" => 3_600,
        b"min" => 60,
        _ => 1,
    }
}

/// A score as it is written (rule K2), without zeros that say nothing (rule R7).
pub(super) fn score(score: Quantity) -> String {
    let text = score.to_decimal(4);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The word of every output.
const fn outcome(exit: ExitCode) -> &'static str {
    match exit {
        ExitCode::Passed => "passed",
        ExitCode::Failed => "failed",
        ExitCode::Request => "wrong_request",
        ExitCode::Evidence => "wrong_evidence",
        ExitCode::Environment => "environment_failed",
    }
}

/// The waivers that set something aside, by the digest of what they say, and how much each.
fn waivers(evaluation: &Evaluation) -> Vec<Value> {
    let applied = evaluation.scoped.waivers.iter().enumerate();
    let applied = applied.filter_map(|(place, outcome)| {
        let findings = (0..evaluation.scoped.intake.findings.len())
            .filter(|finding| evaluation.scoped.waived_by(*finding) == Some(place))
            .count();
        let findings = u64::try_from(findings).unwrap_or(u64::MAX);
        (findings > 0).then(|| {
            Object::new()
                .with("waiver", waiver_digest(&outcome.waiver).to_string())
                .with("findings", Whole::count(findings))
        })
    });
    applied.map(Value::from).collect()
}

/// The digest of what a waiver says: under it a record counts what it set aside.
pub fn waiver_digest(waiver: &Waiver) -> Digest {
    let mut said = Object::new();
    for (key, text) in [
        ("id", &waiver.id),
        ("reason", &waiver.reason),
        ("owner", &waiver.owner),
        ("approved_by", &waiver.approved_by),
    ] {
        said.set_some(key, text.as_deref());
    }
    said.set_some("kind", waiver.kind.map(WaiverKind::as_str));
    said.set_some("created", waiver.created.map(|day| day.to_string()));
    said.set_some("expires", waiver.expires.map(|day| day.to_string()));
    let WaiverSubject {
        finding,
        rule,
        path,
        package,
        statement,
    } = &waiver.subject;
    said.set_some("finding", finding.as_deref());
    said.set_some("rule", rule.as_ref().map(|glob| glob.text.as_str()));
    let texts = path.as_ref().map(|globs| {
        let texts = globs.texts.iter().map(|text| Value::from(text.as_str()));
        texts.collect::<Vec<_>>()
    });
    said.set_some("path", texts);
    said.set_some("package", package.as_ref().map(|glob| glob.text.as_str()));
    if statement.is_some() {
        // A statement is told by its document and its number in it.
        said.set("source", waiver.source.as_str());
        said.set(
            "line",
            Whole::count(u64::try_from(waiver.line).unwrap_or(u64::MAX)),
        );
    }
    Digest::of(said.canonical().as_bytes())
}

/// The data files that were read whole: those of exploits by their kind, the others by their
/// path (rule Q2).
fn data(evaluation: &Evaluation) -> Vec<Value> {
    let intake = &evaluation.scoped.intake;
    let exploit = &intake.exploit;
    let kev = exploit
        .kev
        .as_ref()
        .map(|file| ("kev", &file.sha256, file.day()));
    let epss = exploit
        .epss
        .as_ref()
        .map(|file| ("epss", &file.sha256, file.day()));
    let files = [kev, epss].into_iter().flatten();
    let rows = files.filter_map(|(name, sha256, day)| {
        let digest = ["sha256:", sha256.as_deref()?].concat();
        let mut row = Object::new().with("name", name).with("digest", digest);
        row.set_some("as_of", day.map(|day| day.to_string()));
        Some(Value::from(row))
    });
    let figures = intake.figures.files.iter().filter_map(|file| {
        let digest = ["sha256:", file.sha256.as_deref()?].concat();
        let row = Object::new().with("name", file.path.as_str());
        Some(Value::from(row.with("digest", digest)))
    });
    rows.chain(figures).collect()
}
