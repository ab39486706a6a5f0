//! `krgate sync`: tells another tool for key results of the figures (rule K36).
//!
//! The figures are those of the ledger. What is unknown or stale is not sent as anything; what
//! was sent is kept in the ledger, so that nothing is sent twice.

mod post;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;

use self::post::{Prepared, Tool};
use super::args::{SyncArguments, SyncTo};
use super::check::CheckRequest;
use super::ledger::{Ledger, Recorded, repository, unsealed};
use super::trust::{self, Refusal};
use super::{Voice, output, refuse};
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::ExitCode;
use crate::decide::okr::{self, ProgressEvent};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::history::History;
use crate::model::{Event, Untrusted, visible};
use crate::policy::Policy;
use crate::publish::RunClock;
use crate::publish::okr::{Delivery, post};
use crate::record::store::Wanted;
use crate::record::sync::{Sent, draft, sent_before};
use crate::record::{RecordId, Repository, Union, history};
use crate::render::encode::json::message;
use crate::render::sync::write_csv;

/// Runs the subcommand.
pub(super) fn run(
    arguments: &SyncArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    match Ground::read(arguments, surroundings, now) {
        Ok(ground) => ground.sync(arguments, surroundings, voice),
        Err(Refusal {
            diagnostics,
            sources,
        }) => refuse(&diagnostics, &sources, voice),
    }
}

/// A figure that is known, and what it rests on.
struct Known {
    /// `objective/key-result`.
    key_result: String,
    event: ProgressEvent,
    record: Option<RecordId>,
}

/// What became of a key result, for the reader.
struct Line {
    word: &'static str,
    key_result: String,
    what: String,
}

struct Ground {
    policy: Policy,
    ledger: Ledger,
    union: Union,
    repository: Repository,
    known: Vec<Known>,
    /// Key results that have no figure to send, and why.
    skipped: Vec<Line>,
    now: Timestamp,
}

impl Ground {
    fn read(
        arguments: &SyncArguments,
        surroundings: &Surroundings,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let request =
            CheckRequest::of_policy(arguments.policy.as_ref(), arguments.now.as_ref(), now);
        let now = request.now;
        let ground = trust::ground(&request, surroundings)?;
        if ground.context.is_ci() && ground.event == Event::Change {
            let fault = Diagnostic::new(Code::Usage, "a change has no figures of its own to send")
                .hint("run `krgate sync` on the default branch, or on a schedule");
            return Err(Box::new(fault).into());
        }
        let Some(policy) = ground.loaded.policy else {
            return Err(Refusal {
                diagnostics: ground.loaded.diagnostics,
                sources: ground.loaded.sources,
            });
        };
        let place = arguments.place.ledger.as_deref();
        let ledger = Ledger::open(place, Some(&policy), surroundings, now)?;
        let scan = ledger.records().scan(&Wanted::all(now));
        let union = Union::of([scan.map_err(|error| Box::new(error.diagnostic()))?]);
        let (here, environment) = (&surroundings.directory, &surroundings.environment);
        let git = Git::open(here, environment).ok();
        let origin = ci::origin(environment, &ground.context, git.as_ref(), here);
        let repository = repository(&origin, Some(&union));
        let past = history::history(&union, Some(&repository.key()), now);
        if let Some(doubt) = past.doubts.first() {
            let fault = Diagnostic::new(
                Code::HistoryDamaged,
                format!(
                    "the ledger is not whole, so nothing of it is sent: {}",
                    doubt.what
                ),
            )
            .hint("`krgate records verify` names every fault, and what to do about it");
            return Err(Box::new(fault).into());
        }
        let (known, skipped) = figures(&policy, &past, now);
        Ok(Self {
            policy,
            ledger,
            union,
            repository,
            known,
            skipped,
            now,
        })
    }

    fn sync(
        mut self,
        arguments: &SyncArguments,
        surroundings: &Surroundings,
        voice: Voice,
    ) -> ExitCode {
        if arguments.to == SyncTo::Csv {
            return self.csv(arguments, surroundings, voice);
        }
        let tool = match Tool::of(arguments.to, &self.policy) {
            Ok(tool) => tool,
            Err(fault) => return refuse(&[*fault], &[], voice),
        };
        let mut lines = std::mem::take(&mut self.skipped);
        let key = self.repository.key();
        let before = sent_before(&self.union, &key, &tool.destination());
        let mut due = Vec::new();
        for known in &self.known {
            let Some(there) = tool.told_of(&known.key_result) else {
                continue;
            };
            let sent = before.get(&known.key_result).into_iter().flatten();
            // Only what may have been lost is sent again.
            match sent
                .filter(|sent| known.is(sent))
                .map(|sent| sent.arrived)
                .max()
            {
                Some(arrived) if arrived || !arguments.again => lines.push(known.line_of(arrived)),
                _ => due.push((known, there)),
            }
        }
        lines.retain(|line| tool.told_of(&line.key_result).is_some());
        if arguments.dry_run {
            let mut text = said(&lines);
            for (known, there) in due {
                text.push_str(&tool.shown(known, there));
            }
            return output::to_stdout(text.as_bytes());
        }
        let prepared = match tool.prepare(&due, surroundings) {
            Ok(prepared) => prepared,
            Err(fault) => return refuse(&[*fault], &[], voice),
        };
        self.send(&prepared, lines, &tool, (surroundings, voice))
    }

    fn send(
        &self,
        prepared: &Prepared<'_>,
        mut lines: Vec<Line>,
        tool: &Tool<'_>,
        (surroundings, voice): (&Surroundings, Voice),
    ) -> ExitCode {
        let mut clock = RunClock::starting_at(self.now);
        let deliveries = post(&prepared.posts, &mut clock);
        let mut faults = Vec::new();
        let mut sent = Vec::new();
        for (known, delivery) in prepared.known.iter().zip(deliveries) {
            let (word, arrived) = match delivery {
                Delivery::Sent => ("sent", Some(true)),
                Delivery::Unsure(fault) => {
                    faults.push(fault);
                    ("unsure", Some(false))
                }
                Delivery::Refused(fault) => {
                    faults.push(fault);
                    ("not sent", None)
                }
                Delivery::NotTried => ("not sent", None),
            };
            sent.extend(arrived.map(|arrived| known.sent(arrived)));
            lines.push(known.line(word));
        }
        let mut recorded = Recorded::default();
        if !sent.is_empty() {
            let heads = self.union.heads(&self.repository.key());
            let kept = (self.repository.clone(), heads);
            match draft(&tool.destination(), &sent, kept, self.now).seal() {
                Ok(record) => {
                    let here = &surroundings.directory;
                    self.ledger.keep(&record, here, &mut recorded);
                }
                Err(why) => recorded.faults.push(unsealed(&why)),
            }
        }
        let arrived = sent.iter().filter(|sent| sent.arrived).count();
        faults.extend(recorded.faults);
        let code = ExitCode::of_faults(&faults);
        let mut text = said(&lines);
        if let Some(line) = &recorded.said {
            text.push_str(line);
            text.push('\n');
        }
        // Writing to memory does not fail.
        let _ = writeln!(
            text,
            "sync to {}: {arrived} sent, {} not (exit {})",
            tool.destination().name,
            lines.len().saturating_sub(arrived),
            code.number()
        );
        let written = output::to_stdout(text.as_bytes());
        faults.extend(recorded.notes);
        if !faults.is_empty() {
            voice.log.say(&super::drawn(&faults, &[], voice.styled));
        }
        code.max(written)
    }

    /// A file sends nothing, so it always holds everything that is known.
    fn csv(
        &self,
        arguments: &SyncArguments,
        surroundings: &Surroundings,
        voice: Voice,
    ) -> ExitCode {
        let events: Vec<ProgressEvent> =
            self.known.iter().map(|known| known.event.clone()).collect();
        if !self.skipped.is_empty() && !voice.quiet {
            voice.log.say(&said(&self.skipped));
        }
        match &arguments.output {
            None => output::stream(|out| write_csv(&events, out)),
            Some(path) => {
                let here = &surroundings.directory;
                match output::to_file(path, here, |out| write_csv(&events, out)) {
                    Ok(()) => ExitCode::Passed,
                    Err(fault) => refuse(&[*fault], &[], voice),
                }
            }
        }
    }
}

/// The figures that can be sent, and the key results that have none, each with why.
fn figures(policy: &Policy, past: &History, now: Timestamp) -> (Vec<Known>, Vec<Line>) {
    let progress = okr::progress(policy, past, &[], now);
    let page = policy.sync.as_ref().and_then(|sync| sync.page.as_deref());
    let (mut known, mut skipped) = (Vec::new(), Vec::new());
    let all = progress.objectives.iter().flat_map(|o| &o.key_results);
    for ((_, key_result), far) in policy.key_results().zip(all) {
        let Some(mut event) = ProgressEvent::of(far, None) else {
            let why = far.reasons.first();
            skipped.push(Line {
                word: "skipped",
                key_result: far.record_name.clone(),
                what: why.map_or_else(
                    || "its figure is not known".to_owned(),
                    |reason| message(&reason.message),
                ),
            });
            continue;
        };
        event.url = page.map(|page| crate::render::sync::address(&event, page));
        let record = okr::rests_on(policy, past, key_result, now);
        known.push(Known {
            key_result: far.record_name.clone(),
            record: record.and_then(|record| RecordId::parse(&record.to_string())),
            event,
        });
    }
    (known, skipped)
}

impl Known {
    fn sent(&self, arrived: bool) -> Sent {
        Sent {
            key_result: self.key_result.clone(),
            record: self.record,
            value: self.event.value.to_string(),
            arrived,
        }
    }

    fn line(&self, word: &'static str) -> Line {
        Line {
            word,
            key_result: self.key_result.clone(),
            what: self.event.comment.clone(),
        }
    }

    /// True if this very figure went out.
    fn is(&self, sent: &Sent) -> bool {
        self.record == sent.record && self.event.value.to_string() == sent.value
    }

    /// What is said of a figure that went out before.
    fn line_of(&self, arrived: bool) -> Line {
        let what = if arrived {
            "sent before"
        } else {
            "it may have arrived before; look there, or give --again"
        };
        Line {
            word: "left out",
            key_result: self.key_result.clone(),
            what: what.to_owned(),
        }
    }
}

fn said(lines: &[Line]) -> String {
    let mut by_name: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for line in lines {
        by_name.insert((&line.key_result, line.word), &line.what);
    }
    let mut text = String::new();
    for ((key_result, word), what) in by_name {
        // Writing to memory does not fail.
        let _ = writeln!(
            text,
            "{word:<8}  {}  {}",
            visible(key_result),
            visible(what)
        );
    }
    text
}

/// A tool that the policy does not name.
fn not_set_up(name: &'static str, lines: &'static str) -> Box<Diagnostic> {
    let message =
        Message::from("the policy does not say how to send to ").foreign(Untrusted::new(name));
    Box::new(Diagnostic::new(Code::Usage, message).hint(lines))
}
