//! `krgate records`: what a ledger holds, and what little may be done to it.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::args::{InspectFormat, LedgerPlace, RecordsCommand};
use super::ledger::{Ledger, Store};
use super::trust::Refusal;
use super::{Voice, drawn, output, policy, refuse, trend};
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Untrusted, visible};
use crate::policy::Policy;
use crate::record::canonical::{Object, Value};
use crate::record::checkpoint::Hash;
use crate::record::spool::{Pushed, Spool};
use crate::record::store::dir::DirStore;
use crate::record::store::{Appended, RecordStore as _, Wanted};
use crate::record::verify::Sealed;
use crate::record::{Kind, Record, Union, verify};
use crate::render::encode::json;

/// Runs the subcommand.
pub(super) fn run(
    command: &RecordsCommand,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let how = command.how();
    let policy = match policy_of(&how.place, how.policy.as_deref(), surroundings) {
        Ok(policy) => policy,
        Err(refusal) => return refuse(&refusal.diagnostics, &refusal.sources, voice),
    };
    let place = how.place.ledger.as_deref();
    let now = how.now.as_ref().and_then(|given| given.0).unwrap_or(now);
    let ledger = match Ledger::open(place, policy.as_ref(), surroundings, now) {
        Ok(ledger) => ledger,
        Err(diagnostic) => return refuse(&[*diagnostic], &[], voice),
    };
    let desk = Desk {
        ledger,
        surroundings,
        now,
        voice,
    };
    match command {
        RecordsCommand::List { kind, format, .. } => desk.list(kind, *format),
        RecordsCommand::Show { id, .. } => desk.show(id),
        RecordsCommand::Verify { format, expect, .. } => desk.verify(*format, *expect),
        RecordsCommand::Push { .. } => desk.push(),
        RecordsCommand::Quarantine { digest, reason, .. } => desk.quarantine(digest, reason),
        RecordsCommand::Choose {
            id,
            digest,
            reason,
            instead,
            ..
        } => desk.choose(id, digest, reason, *instead),
        RecordsCommand::Export { output, .. } => desk.export(output.as_deref()),
        RecordsCommand::Init { .. } => desk.init(),
        RecordsCommand::Compact { .. } => desk.compact(),
        RecordsCommand::Trend {
            key_result,
            since,
            format,
            ..
        } => {
            let question = trend::Question {
                key_result,
                since: *since,
                format: *format,
            };
            let when = (surroundings, now);
            trend::run(question, &desk.ledger, policy.as_ref(), when, voice)
        }
    }
}

/// The policy that names the ledger; none where the command line does, or where there is none.
pub(super) fn policy_of(
    place: &LedgerPlace,
    path: Option<&Path>,
    surroundings: &Surroundings,
) -> Result<Option<Policy>, Refusal> {
    let path = path.filter(|path| !path.as_os_str().is_empty());
    if path.is_none() && place.ledger.as_ref().is_some_and(|text| !text.is_empty()) {
        return Ok(None);
    }
    let loaded = policy::load(path, surroundings);
    let is_absent = loaded
        .diagnostics
        .iter()
        .any(|d| d.code == Code::PolicyNotFound);
    match loaded.policy {
        Some(policy) => Ok(Some(policy)),
        None if is_absent && path.is_none() => Ok(None),
        None => Err(Refusal {
            diagnostics: loaded.diagnostics,
            sources: loaded.sources,
        }),
    }
}

/// A ledger, and who looks into it.
pub(super) struct Desk<'a> {
    pub(super) ledger: Ledger,
    pub(super) surroundings: &'a Surroundings,
    pub(super) now: Timestamp,
    pub(super) voice: Voice,
}

impl Desk<'_> {
    /// Everything in the ledger.
    pub(super) fn all(&self) -> Result<Union, ExitCode> {
        match self.ledger.records().scan(&Wanted::all(self.now)) {
            Ok(scan) => Ok(Union::of([scan])),
            Err(error) => Err(refuse(&[error.diagnostic()], &[], self.voice)),
        }
    }

    /// Says what is wrong with a history, and what exit code that is.
    fn say(&self, diagnostics: &[Diagnostic]) -> ExitCode {
        let code = ExitCode::of_faults(diagnostics);
        if code == ExitCode::Passed {
            self.voice
                .log
                .say(&drawn(diagnostics, &[], self.voice.styled));
            return code;
        }
        refuse(diagnostics, &[], self.voice)
    }

    fn list(&self, kinds: &[Kind], format: InspectFormat) -> ExitCode {
        let union = match self.all() {
            Ok(union) => union,
            Err(code) => return code,
        };
        let listed = union.records.iter();
        let listed: Vec<&Record> = listed
            .filter(|record| kinds.is_empty() || kinds.contains(&record.kind()))
            .collect();
        let mut diagnostics = union.diagnostics();
        if !union.exists {
            diagnostics.push(self.nothing_yet());
        }
        let written = output::stream(|out| match format {
            InspectFormat::Text => listed
                .iter()
                .try_for_each(|record| writeln!(out, "{}", line(record))),
            InspectFormat::Json => json::write_pretty(
                &List {
                    schema: "krgate.records/1",
                    exists: union.exists,
                    records: listed.iter().map(|record| row(record)).collect(),
                    diagnostics: diagnostics.iter().map(said).collect(),
                },
                out,
            ),
        });
        written.max(self.say(&diagnostics))
    }

    fn show(&self, asked: &str) -> ExitCode {
        let union = match self.all() {
            Ok(union) => union,
            Err(code) => return code,
        };
        let found = match found(&union, asked) {
            Ok(found) => found,
            Err(fault) => return refuse(&[*fault], &[], self.voice),
        };
        // Of a conflict all sides are shown.
        let mut code = ExitCode::Passed;
        for record in found {
            code = code.max(output::stream(|out| json::write_pretty(record.body(), out)));
        }
        code
    }

    fn verify(&self, format: InspectFormat, expect: Option<Hash>) -> ExitCode {
        let verified = match &self.ledger.store {
            Store::Dir(store) => verify::folder(store, self.now),
            Store::Git(store) => store.verify(self.now),
            #[cfg(feature = "postgres")]
            Store::Postgres(store) => store.verify(self.now),
        };
        let mut verified = match verified {
            Ok(verified) => verified,
            Err(error) => return refuse(&[error.diagnostic()], &[], self.voice),
        };
        if let Some(digest) = expect {
            verified.expect(digest);
        }
        let code = ExitCode::of_faults(&verified.diagnostics);
        if format == InspectFormat::Json {
            let document = Verdict {
                schema: "krgate.verification/1",
                whole: code == ExitCode::Passed,
                records: verified.records,
                checkpoints: verified.checkpoints.len(),
                diagnostics: verified.diagnostics.iter().map(said).collect(),
            };
            let written = output::stream(|out| json::write_pretty(&document, out));
            return written.max(code);
        }
        let code = self.say(&verified.diagnostics);
        if code == ExitCode::Passed {
            let line = format!(
                "whole: {} and {} (exit 0)\n",
                number(verified.records, "record"),
                number(verified.checkpoints.len(), "checkpoint")
            );
            return output::to_stdout(line.as_bytes());
        }
        code
    }

    fn push(&self) -> ExitCode {
        let spool = Spool::new(&self.surroundings.directory);
        let pushed = match spool.push(self.ledger.records()) {
            Ok(pushed) => pushed,
            Err(error) => {
                let message = Message::from("the spool .krgate/spool cannot be read: ")
                    .own(output::reason(error.kind()));
                return refuse(
                    &[Diagnostic::new(Code::RecordNotStored, message)],
                    &[],
                    self.voice,
                );
            }
        };
        let mut text = String::new();
        let mut faults = Vec::new();
        for (path, became) in &pushed {
            match became {
                Pushed::Stored(Appended::Stored) => text += "stored: ",
                Pushed::Stored(Appended::Duplicate) => text += "stored already: ",
                Pushed::Kept(error) => {
                    faults.push(error.diagnostic());
                    text += "kept: ";
                }
                Pushed::Damaged(flaw) => {
                    let message = Message::from("the spool's ")
                        .foreign(Untrusted::new(path))
                        .own(format!(" is no record: {flaw}"));
                    faults.push(Diagnostic::new(Code::RecordDamaged, message).hint(
                        "what it should have been is lost: judge again, and remove the file",
                    ));
                    text += "kept: ";
                }
            }
            text += &visible(path);
            text.push('\n');
        }
        if pushed.is_empty() {
            text += "nothing waits in .krgate/spool\n";
        }
        let written = output::to_stdout(text.as_bytes());
        if faults.is_empty() {
            return written;
        }
        written.max(refuse(&faults, &[], self.voice))
    }

    /// Every record as a line, in the order of time.
    fn export(&self, path: Option<&Path>) -> ExitCode {
        let union = match self.all() {
            Ok(union) => union,
            Err(code) => return code,
        };
        let write = |out: &mut dyn std::io::Write| {
            let mut records = union.records.iter();
            records.try_for_each(|record| json::write_compact(record.body(), out))
        };
        let written = match path.filter(|path| *path != Path::new("-")) {
            None => output::stream(write),
            Some(path) => match output::to_file(path, &self.surroundings.directory, write) {
                Ok(()) => ExitCode::Passed,
                Err(fault) => refuse(&[*fault], &[], self.voice),
            },
        };
        written.max(self.say(&union.diagnostics()))
    }

    fn init(&self) -> ExitCode {
        let made = match &self.ledger.store {
            Store::Dir(store) => store.init(),
            // The first record makes it; that it can be reached is all there is to see.
            Store::Git(store) => store.scan(&Wanted::all(self.now)).map(drop),
            #[cfg(feature = "postgres")]
            Store::Postgres(store) => store.init(),
        };
        match made {
            Ok(()) => {
                let line = format!("ready: {}\n", visible(&self.ledger.shown));
                output::to_stdout(line.as_bytes())
            }
            Err(error) => refuse(&[error.diagnostic()], &[], self.voice),
        }
    }

    /// Rules R15 and R24.
    fn compact(&self) -> ExitCode {
        let store = match &self.ledger.store {
            Store::Git(store) => store,
            Store::Dir(store) => return self.seal(store),
            #[cfg(feature = "postgres")]
            Store::Postgres(_) => {
                let words = "there is nothing to compact in a database";
                let fault = Diagnostic::new(Code::NotBuilt, words)
                    .hint("each record is a row of its own, and stays one");
                return refuse(&[fault], &[], self.voice);
            }
        };
        match store.compact(self.now) {
            Ok(folded) => {
                let mut text = format!(
                    "folded: {} on the branch krgate-records, {} taken away, {} left\n",
                    number(folded.records, "record"),
                    number(folded.refs, "ref"),
                    folded.left
                );
                if let Some(digest) = folded.checkpoint {
                    let _ = writeln!(text, "checkpoint: sha256:{digest}");
                }
                output::to_stdout(text.as_bytes())
            }
            Err(why) => refuse(&[why.diagnostic()], &[], self.voice),
        }
    }

    /// In a folder each record stays a file; a checkpoint is all that is made.
    fn seal(&self, store: &DirStore) -> ExitCode {
        let text = match verify::seal(store, self.now) {
            Ok(Sealed::Over(records, digest)) => format!(
                "sealed: {}\ncheckpoint: sha256:{digest}\n",
                number(records, "record")
            ),
            Ok(Sealed::Nothing) => "sealed: 0 records\n".to_owned(),
            Ok(Sealed::Refused(faults)) => return refuse(&faults, &[], self.voice),
            Err(error) => return refuse(&[error.diagnostic()], &[], self.voice),
        };
        output::to_stdout(text.as_bytes())
    }

    fn nothing_yet(&self) -> Diagnostic {
        let place = Untrusted::new(&self.ledger.shown);
        let message = Message::from("there is no ledger yet at ").foreign(place);
        Diagnostic::new(Code::LedgerEmpty, message)
            .hint("`krgate check --record` writes the first record")
    }
}

/// The records of the one id that begins so; several only of a conflict.
pub(super) fn found<'a>(union: &'a Union, asked: &str) -> Result<Vec<&'a Record>, Box<Diagnostic>> {
    let found = union
        .records
        .iter()
        .filter(|record| asked.len() >= 4 && record.id().to_string().starts_with(asked));
    let found: Vec<&Record> = found.collect();
    let is_one = found.windows(2).all(|pair| match pair {
        [one, other] => one.id() == other.id(),
        _ => true,
    });
    if !found.is_empty() && is_one {
        return Ok(found);
    }
    let words = if found.is_empty() {
        "no record has an id that begins with "
    } else {
        "several records have an id that begins with "
    };
    let message = Message::from(words).foreign(Untrusted::new(asked));
    Err(Box::new(Diagnostic::new(Code::Usage, message).hint(
        "give four digits or more; `krgate records list` shows them",
    )))
}

/// What a record is about, in a few words that its writer chose.
fn about(record: &Record) -> String {
    let (body, idem) = (record.body(), record.idem());
    let text = |object: &Object, key: &str| object.text(key).unwrap_or_default().to_owned();
    match record.kind() {
        Kind::Run => [&text(body, "verdict"), " ", &text(body, "ref")].concat(),
        Kind::Checkin => [&text(idem, "kr"), " ", &text(idem, "as_of")].concat(),
        Kind::Baseline => [&text(idem, "kr"), " ", &text(idem, "period")].concat(),
        Kind::Close => text(idem, "period"),
        Kind::Amend => [&text(idem, "target"), " ", &text(body, "reason")].concat(),
        Kind::Report => [&text(idem, "name"), " ", &text(idem, "week")].concat(),
        Kind::Event => {
            let claim = body.get("claim").and_then(Value::as_object);
            let moment = claim.and_then(|claim| claim.text("moment"));
            let when = moment.map_or_else(|| text(idem, "as_of"), str::to_owned);
            [&text(idem, "name"), " ", &when].concat()
        }
        Kind::Sync => text(idem, "destination"),
    }
}

fn line(record: &Record) -> String {
    format!(
        "{}  {:<8}  {}  {}",
        record.at_text(),
        record.kind().as_str(),
        record.id().short(),
        visible(&about(record))
    )
}

#[derive(Serialize)]
struct List {
    schema: &'static str,
    exists: bool,
    records: Vec<Row>,
    diagnostics: Vec<Said>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    digest: String,
    kind: &'static str,
    at: String,
    repository: String,
    about: String,
}

#[derive(Serialize)]
struct Verdict {
    schema: &'static str,
    whole: bool,
    records: usize,
    checkpoints: usize,
    diagnostics: Vec<Said>,
}

#[derive(Serialize)]
struct Said {
    code: &'static str,
    level: &'static str,
    message: String,
    hint: Option<String>,
}

fn row(record: &Record) -> Row {
    Row {
        id: record.id().to_string(),
        digest: record.digest().to_string(),
        kind: record.kind().as_str(),
        at: record.at_text().to_owned(),
        repository: record.repository_key().to_owned(),
        about: about(record),
    }
}

fn said(diagnostic: &Diagnostic) -> Said {
    Said {
        code: diagnostic.code.as_str(),
        level: diagnostic.level.as_str(),
        message: json::message(&diagnostic.message),
        hint: diagnostic.hint.as_ref().map(json::message),
    }
}

fn number(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}
