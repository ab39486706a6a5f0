//! Which ledger is meant, and the record of a check in it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::base_run::base_run;
use super::check::{CheckRequest, Judged};
use super::output::reason;
use super::trust::Ground;
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::okr::{NewBaseline, asks_for_baseline, new_baselines};
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::ingest;
use crate::model::history::{History, JudgedRepository};
use crate::model::{Event, ObjectId, Origin, ReadOnly, Untrusted, UntrustedText};
use crate::policy::{Measure, PastKind, Policy, Until};
use crate::record::canonical::Value;
use crate::record::checkpoint::Hash;
use crate::record::frozen::Freezing;
use crate::record::history as past;
use crate::record::lifecycle::{
    self, Advisories, Circumstances, GitLineage, Lineage, NoLineage, Note, State,
};
use crate::record::spool::Spool;
use crate::record::store::dir::DirStore;
use crate::record::store::git::{Address, GitStore, NotFolded};
use crate::record::store::place::Place;
#[cfg(feature = "postgres")]
use crate::record::store::postgres::{self, PostgresStore};
use crate::record::store::{Appended, RecordStore, StoreError, Wanted};
use crate::record::verify::last_checkpoint;
use crate::record::{Draft, Record, Repository, Union, Unsealed, run};
use crate::scope::names_ref;

/// A ledger that was opened.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The place as it was written.
    pub(super) shown: String,
    /// Its store.
    pub(super) store: Store,
}

/// The stores that there are.
#[derive(Debug)]
pub(super) enum Store {
    /// A folder.
    Dir(DirStore),
    /// A repository of git.
    Git(Box<GitStore>),
    /// A database.
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresStore>),
}

impl Ledger {
    /// The ledger that `--ledger` names, else the policy, else the default.
    ///
    /// # Errors
    /// `usage` for what is no place, `not-built` for a store that this version lacks.
    pub(super) fn open(
        given: Option<&str>,
        policy: Option<&Policy>,
        surroundings: &Surroundings,
        now: Timestamp,
    ) -> Result<Self, Box<Diagnostic>> {
        let directory = &surroundings.directory;
        let of_policy = policy.and_then(|policy| policy.ledger.as_deref());
        let text = given.filter(|text| !text.is_empty()).or(of_policy);
        let text = text.unwrap_or(Place::DEFAULT);
        let store = match Place::parse(text) {
            Some(Place::Dir(path)) => Store::Dir(DirStore::new(below(directory, path)?)),
            Some(Place::Git(address)) => Store::Git(in_git(address, surroundings, now)?),
            #[cfg(feature = "postgres")]
            Some(Place::Postgres(address)) => {
                Store::Postgres(Box::new(in_postgres(address, surroundings)?))
            }
            #[cfg(not(feature = "postgres"))]
            Some(Place::Postgres(_)) => return Err(not_built()),
            None => return Err(no_place()),
        };
        Ok(Self {
            shown: text.to_owned(),
            store,
        })
    }

    /// What adds and reads records.
    pub(super) fn records(&self) -> &dyn RecordStore {
        match &self.store {
            Store::Dir(store) => store,
            Store::Git(store) => &**store,
            #[cfg(feature = "postgres")]
            Store::Postgres(store) => &**store,
        }
    }

    /// The digest of the last checkpoint (rule R16); `None` where there is none, or it cannot
    /// be read.
    pub(super) fn checkpoint(&self, now: Timestamp) -> Option<Hash> {
        match &self.store {
            Store::Dir(store) => last_checkpoint(store),
            Store::Git(store) => store.last_checkpoint(now).ok().flatten(),
            #[cfg(feature = "postgres")]
            Store::Postgres(_) => {
                // A database has no checkpoints.
                let _ = now;
                None
            }
        }
    }

    /// Gathers the records that wait, if the ledger is one where that is to be done and many
    /// do. It is no part of a verdict (rule R25).
    fn fold_when_due(&self, now: Timestamp) -> Option<Diagnostic> {
        let Store::Git(store) = &self.store else {
            return None;
        };
        match store.fold_when_due(now) {
            // Whoever was quicker has folded them.
            Ok(_) | Err(NotFolded::Raced) => None,
            Err(why) => {
                let mut note = why.diagnostic();
                note.level = Level::Note;
                Some(note)
            }
        }
    }
}

fn in_git(
    address: &str,
    surroundings: &Surroundings,
    now: Timestamp,
) -> Result<Box<GitStore>, Box<Diagnostic>> {
    let address = Address::parse(address).map_err(|why| {
        Diagnostic::new(
            Code::Usage,
            format!("the ledger is no place for records: {why}"),
        )
        .hint("write git:origin, git:URL or git:REMOTE?inbox=heads")
    })?;
    let environment = &surroundings.environment;
    let git = Git::open(&surroundings.directory, environment)?;
    let store = GitStore::open(git, &address, environment, now);
    Ok(Box::new(
        store.map_err(|error| Box::new(error.diagnostic()))?,
    ))
}

/// What is written as a ledger and is none.
pub(super) fn no_place() -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(Code::Usage, "the ledger is no place for records")
            .hint("write dir:PATH, git:REMOTE or postgres://HOST/DATABASE"),
    )
}

#[cfg(feature = "postgres")]
fn in_postgres(
    address: &str,
    surroundings: &Surroundings,
) -> Result<PostgresStore, Box<Diagnostic>> {
    let address = postgres::Address::parse(address).map_err(|why| {
        Diagnostic::new(
            Code::Usage,
            format!("the ledger is no place for records: {why}"),
        )
        .hint("write postgres://HOST/DATABASE; user and password are PGUSER and PGPASSWORD")
    })?;
    Ok(PostgresStore::open(address, &surroundings.environment))
}

#[cfg(not(feature = "postgres"))]
fn not_built() -> Box<Diagnostic> {
    let message = "this build of krgate cannot keep a ledger in PostgreSQL";
    Box::new(Diagnostic::new(Code::NotBuilt, message).hint(
        "take a released binary, or build with `cargo install --locked krgate --features postgres`",
    ))
}

/// A folder from the working directory. One that is written as inside it and lies elsewhere,
/// by a link, is refused (rule E29).
fn below(directory: &Path, path: &str) -> Result<PathBuf, Box<Diagnostic>> {
    let full = directory.join(path);
    let there = full.ancestors().find_map(|part| part.canonicalize().ok());
    let home = directory.canonicalize().ok();
    let is_written_inside = full.starts_with(directory) && !path.split('/').any(|p| p == "..");
    match (there, home) {
        (Some(there), Some(home)) if is_written_inside && !there.starts_with(&home) => {
            let message = Message::from("the ledger's folder ")
                .foreign(Untrusted::new(path))
                .own(" is a link out of the working directory");
            Err(Box::new(
                Diagnostic::new(Code::Usage, message).hint("write where it leads to"),
            ))
        }
        _ => Ok(full),
    }
}

/// What became of the record of a check.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// What is wrong: the exit code is 4 (rule R19).
    pub(super) faults: Vec<Diagnostic>,
    /// What else is to be said.
    pub(super) notes: Vec<Diagnostic>,
    /// The id of the record, if it is in the ledger.
    pub(super) id: Option<String>,
    /// What became of it, for the log.
    pub(super) said: Option<String>,
    /// True if it was there already.
    pub(super) again: bool,
}

/// How a check is recorded.
pub(super) struct Recording<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) instance: Option<&'a str>,
    /// True if `--event state` was given.
    pub(super) is_state_by_hand: bool,
    /// How long it took; `None` where the clock was given, so that runs can be repeated.
    pub(super) took: Option<u64>,
}

impl Recording<'_> {
    /// Records a check, if it is one that is recorded. The record is complete before it is
    /// sent; what cannot be stored waits in the spool (rules R4, R17 to R19).
    pub(super) fn record(&self, judged: &Judged, surroundings: &Surroundings) -> Recorded {
        let git = Git::open(&surroundings.directory, &surroundings.environment).ok();
        let origin = ci::origin(
            &surroundings.environment,
            &judged.context,
            git.as_ref(),
            &surroundings.directory,
        );
        if let Some(why) = self.skipped(judged, &origin) {
            let note = Diagnostic::new(
                Code::RecordSkipped,
                Message::from("not recorded: ").own(why),
            );
            return Recorded {
                notes: vec![note],
                ..Recorded::default()
            };
        }
        let mut recorded = Recorded::default();
        let now = judged.evaluation.about.now;
        let history = self.ledger.records().scan(&Wanted::all(now));
        let history = history.ok().map(|scan| Union::of([scan]));
        if let Some(history) = &history {
            recorded.notes = named_only(history.diagnostics());
        }
        let repository = repository(&origin, history.as_ref());
        let head = git.as_ref().and_then(|git| git.head().ok().flatten());
        let commit = judged.context.head.clone().or(head);
        let streams = history.as_ref().map(|history| {
            let of = (repository.key(), full_ref(judged, &origin));
            let git = git.as_ref();
            streams(judged, history, &of, commit.as_ref(), git, surroundings)
        });
        let streams = streams.map(|(streams, notes)| {
            recorded.notes.extend(notes);
            streams
        });
        let firsts = history
            .as_ref()
            .map_or_else(Vec::new, |history| firsts(judged, history, &repository));
        let parents = history.map(|history| history.heads(&repository.key()));
        let policy = &judged.evaluation.about.policy_path;
        let draft = run::Judged {
            evaluation: &judged.evaluation,
            policy: &judged.policy,
            origin: &origin,
            repository,
            commit: commit.map(|commit| commit.to_string()),
            trigger: judged
                .context
                .event_name
                .as_ref()
                .map(|name| name.raw().to_owned()),
            instance: self.instance.unwrap_or(policy).to_owned(),
            took: self.took,
            parents,
            streams,
            secrets_have_ids: surroundings.secret_key.is_some(),
        }
        .draft();
        self.store(draft, &firsts, judged, surroundings, &mut recorded);
        recorded
    }

    /// Stores the record of a run, and after it the first figures that it knows.
    fn store(
        &self,
        draft: Draft,
        firsts: &[NewBaseline],
        judged: &Judged,
        surroundings: &Surroundings,
        recorded: &mut Recorded,
    ) {
        let here = &surroundings.directory;
        let (repository, at) = (draft.repository.clone(), draft.at);
        let record = match draft.seal() {
            Ok(record) => record,
            Err(why) => return recorded.faults.push(unsealed(&why)),
        };
        self.ledger.keep(&record, here, recorded);
        // A baseline names the run as its parent, so it is nothing without it.
        if recorded.id.is_some() {
            let freezing = Freezing {
                policy: &judged.policy,
                read_from: judged.evaluation.about.policy_commit.as_ref(),
                repository: &repository,
                at,
                parents: vec![record.id()],
            };
            self.ledger.freeze(&freezing, firsts, here, recorded);
        }
    }

    /// Why a check is not one that is recorded (rules R17, R18, G106).
    fn skipped(&self, judged: &Judged, origin: &Origin) -> Option<&'static str> {
        let context = &judged.context;
        if let Some(why @ (ReadOnly::Fork | ReadOnly::ForkGone)) = context.read_only {
            return Some(why.why());
        }
        if judged.evaluation.about.event == Event::Change {
            return match context.read_only {
                Some(why) => Some(why.why()),
                None if judged.policy.record_changes => None,
                None => Some(
                    "a change is recorded only where the policy says `record: { changes: true }`",
                ),
            };
        }
        if !context.is_ci() {
            return (!self.is_state_by_hand)
                .then_some("by hand a state is recorded only with `--event state`");
        }
        let started = context.event_name.as_ref().map(UntrustedText::raw);
        if matches!(started, Some("schedule" | "release" | "Schedule")) {
            return None;
        }
        let full = origin.reference.as_ref().map_or("", UntrustedText::raw);
        let short = judged
            .evaluation
            .about
            .reference
            .as_deref()
            .unwrap_or_default();
        let is_named = || {
            let mut scopes = judged.policy.scopes.iter();
            scopes.any(|scope| names_ref(&scope.refs, short))
        };
        match origin.is_default_branch {
            Some(false) if !full.starts_with("refs/tags/") && !is_named() => Some(
                "the branch is not the default one, and no scope of the policy names it under `refs`",
            ),
            _ => None,
        }
    }
}

impl Ledger {
    /// Stores a record, or lets it wait in the spool (rules R4, R19, R35).
    pub(super) fn keep(&self, record: &Record, directory: &Path, recorded: &mut Recorded) {
        match self.records().append(record) {
            Ok(appended) => {
                let how = match appended {
                    Appended::Stored => "recorded",
                    Appended::Duplicate => "recorded already",
                };
                recorded.notes.extend(self.fold_when_due(record.at()));
                let id = record.id().to_string();
                recorded.again = appended == Appended::Duplicate;
                recorded.said = Some(format!("{how}: {} {id}", record.kind().as_str()));
                recorded.id = Some(id);
            }
            Err(error) => wait(&error, record, directory, recorded),
        }
    }

    /// Stores the first figures of key results. Of two that there are the stored one stands,
    /// and the later writer adopts it (rule R6).
    fn freeze(
        &self,
        freezing: &Freezing<'_>,
        firsts: &[NewBaseline],
        directory: &Path,
        recorded: &mut Recorded,
    ) {
        for first in firsts {
            let record = match freezing.baseline(first).seal() {
                Ok(record) => record,
                Err(why) => {
                    recorded.faults.push(unsealed(&why));
                    continue;
                }
            };
            let name = &first.key_result;
            match self.records().append(&record) {
                Ok(Appended::Duplicate) => {}
                Ok(Appended::Stored) => {
                    let line = format!("\nrecorded: baseline {} of {name}", record.id());
                    recorded.said.get_or_insert_default().push_str(&line);
                }
                Err(StoreError::Conflict { .. }) => {
                    let message = format!(
                        "the first figure of {name} was frozen by another run, with another \
                         value; that one stands"
                    );
                    let note = Diagnostic::new(Code::BaselineAdopted, message);
                    recorded.notes.push(note);
                }
                Err(error) => wait(&error, &record, directory, recorded),
            }
        }
    }
}

/// Lets a record that cannot be stored wait in the spool (rules R4, R35).
fn wait(error: &StoreError, record: &Record, directory: &Path, recorded: &mut Recorded) {
    recorded.faults.push(error.diagnostic());
    let waits = match Spool::new(directory).put(record) {
        Ok(path) => Diagnostic::new(
            Code::RecordNotStored,
            Message::from("the record is not in the ledger; it waits in ")
                .foreign(Untrusted::new(&path)),
        )
        .hint("store it later with: krgate records push"),
        Err(error) => Diagnostic::new(
            Code::RecordNotStored,
            Message::from(
                "the record is not in the ledger, nor could it be kept in .krgate/spool: ",
            )
            .own(reason(error.kind())),
        )
        .hint("make room or give the right to write there, and run again"),
    };
    recorded.faults.push(waits);
}

/// The figures that are the first of their key results in this period: those of a state, over a
/// history that is whole (rule K5).
fn firsts(judged: &Judged, history: &Union, repository: &Repository) -> Vec<NewBaseline> {
    let (policy, evaluation) = (&judged.policy, &judged.evaluation);
    let asks = policy
        .key_results()
        .any(|(_, key_result)| asks_for_baseline(key_result));
    if !asks || evaluation.about.event != Event::State {
        return Vec::new();
    }
    let past = past::history(history, Some(&repository.key()), evaluation.about.now);
    if !past.doubts.is_empty() {
        return Vec::new();
    }
    new_baselines(policy, &past, &evaluation.objectives)
}

/// The ref that a record is of; the words are those of [`run::Judged`].
fn full_ref(judged: &Judged, origin: &Origin) -> String {
    let about = &judged.evaluation.about;
    let full = origin.reference.as_ref().map(UntrustedText::raw);
    full.or(about.reference.as_deref())
        .unwrap_or_default()
        .to_owned()
}

/// What the record of a check says of its findings (part L of the ledger's rules), after what
/// the ledger says of its repository and ref.
fn streams(
    judged: &Judged,
    history: &Union,
    (repository, reference): &(String, String),
    commit: Option<&ObjectId>,
    git: Option<&Git>,
    surroundings: &Surroundings,
) -> (Vec<Value>, Vec<Diagnostic>) {
    let state = past::state(history, repository, reference);
    let about = &judged.evaluation.about;
    let lineage = git.map(GitLineage::new);
    let scoped = &judged.evaluation.scoped;
    let advisories = Advisories::of(&judged.policy, &scoped.intake.figures);
    let circumstances = Circumstances {
        at: about.now,
        event: about.event,
        commit,
        key: surroundings.secret_key.as_deref().map(ingest::key_check),
        lineage: match &lineage {
            Some(lineage) => lineage,
            None => &NoLineage,
        },
        advisories: &advisories,
    };
    let advanced = lifecycle::advance(&state, scoped, &judged.policy, &circumstances);
    let mut notes = Vec::new();
    if advanced.notes.contains(&Note::NoSecretKey) {
        let note = "the life of secrets is not recorded: there is no KRGATE_SECRET_KEY";
        notes.push(Diagnostic::new(Code::RecordSkipped, note).hint(
            "give the job a key of 16 bytes or more, the same one each time; figures over their \
             life are unknown without it",
        ));
    }
    let findings = lifecycle::write_streams(&advanced.scans);
    (findings.list("streams").to_vec(), notes)
}

/// The past that a check is judged with.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// What the ledger says.
    pub(super) history: History,
    /// The findings of the ref that is judged, where a state is judged and a waiver names one.
    pub(super) state: Option<State>,
    /// What is wrong with the ledger.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Past {
    fn unread(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            diagnostics: named_only(diagnostics),
            ..Self::default()
        }
    }
}

/// Reads the past. A ledger is read where the command line or the policy names one; one that
/// cannot be read leaves figures over it unknown.
pub(super) fn past(
    request: &CheckRequest,
    policy: &Policy,
    ground: &Ground,
    surroundings: &Surroundings,
) -> Past {
    // Before a push nothing is asked of a network (rule G137), and no push moves the past.
    let is_named = request.ledger.is_some() || policy.ledger.is_some();
    if !is_named || request.push.is_some() {
        return Past::default();
    }
    let given = request.ledger.as_deref();
    let ledger = match Ledger::open(given, Some(policy), surroundings, request.now) {
        Ok(ledger) => ledger,
        Err(diagnostic) => return Past::unread(vec![*diagnostic]),
    };
    let scan = match ledger.records().scan(&Wanted::all(request.now)) {
        Ok(scan) => scan,
        Err(error) => return Past::unread(vec![error.diagnostic()]),
    };
    let union = Union::of([scan]);
    let git = Git::open(&surroundings.directory, &surroundings.environment).ok();
    let origin = ci::origin(
        &surroundings.environment,
        &ground.context,
        git.as_ref(),
        &surroundings.directory,
    );
    let repository = repository(&origin, Some(&union));
    let by_git = git.as_ref().map(GitLineage::new);
    let lineage: &dyn Lineage = match &by_git {
        Some(lineage) => lineage,
        None => &NoLineage,
    };
    let mut history = past::history(&union, Some(&repository.key()), request.now);
    let counts_scans = policy
        .key_results()
        .any(|(_, kr)| asks_for_scans(&kr.measure));
    if counts_scans && ground.event == Event::State {
        let head = git.as_ref().and_then(|git| git.head().ok().flatten());
        let commit = ground.context.head.clone().or(head);
        let reference = origin.reference.as_ref().map(UntrustedText::raw);
        let reference = reference
            .or(ground.reference.as_deref())
            .unwrap_or_default();
        let is_admitted = lifecycle::admits(&history, reference, commit.as_ref(), lineage);
        history.judged = is_admitted.then(|| JudgedRepository {
            repository: repository.key(),
            name: UntrustedText::new(repository.name.as_str()),
            host: UntrustedText::new(repository.host.as_str()),
        });
    }
    if policy
        .key_results()
        .any(|(_, kr)| asks_for_deployments(&kr.measure))
    {
        lifecycle::deployed(&mut history, lineage);
    }
    history.base = base_run(&history, policy, ground, request, lineage);
    let mut waivers = policy.waivers.list.iter();
    let names_findings = waivers.any(|waiver| waiver.subject.finding.is_some());
    let state = (names_findings && ground.event == Event::State).then(|| {
        let full = origin.reference.as_ref().map(UntrustedText::raw);
        let reference = full.or(ground.reference.as_deref()).unwrap_or_default();
        past::state(&union, &repository.key(), reference)
    });
    Past {
        history,
        state,
        diagnostics: named_only(union.diagnostics()),
    }
}

/// True for a measure that looks at the scans of an inventory, this run's too.
fn asks_for_scans(measure: &Measure) -> bool {
    let Measure::Past(past) = measure else {
        return false;
    };
    past.kind.is_of_inventory()
}

/// True if a clock ends where a fix is deployed: then git is asked which commits hold it.
fn asks_for_deployments(measure: &Measure) -> bool {
    let Measure::Past(past) = measure else {
        return false;
    };
    matches!(
        past.kind,
        PastKind::TimeToFix {
            until: Until::Deployed,
            ..
        } | PastKind::Sla {
            until: Until::Deployed,
            ..
        }
    )
}

/// What no record could be made of.
pub(super) fn unsealed(why: &Unsealed) -> Diagnostic {
    let code = match why {
        Unsealed::TooLarge(_) => Code::RecordTooLarge,
        Unsealed::Flawed(_) => Code::RecordNotStored,
    };
    Diagnostic::new(code, format!("no record was made: {why}"))
}

/// What is wrong with a history is named beside a check, and fails verification alone.
fn named_only(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for diagnostic in &mut diagnostics {
        diagnostic.level = diagnostic.level.min(Level::Warning);
    }
    diagnostics
}

/// The repository of a run. By hand the host's number is not known: it is that of the last
/// record of a repository of this host and name, so that both count for one.
pub(super) fn repository(origin: &Origin, history: Option<&Union>) -> Repository {
    let (host, name) = (origin.host.raw(), origin.repository.raw());
    let known = || {
        let records = history?.records.iter().rev();
        records
            .map(Record::repository)
            .find(|there| there.host == host && there.name == name)
    };
    let id = match &origin.repository_id {
        Some(id) => id.raw().to_owned(),
        None => known().map_or_else(|| name.to_owned(), |there| there.id),
    };
    Repository {
        host: host.to_owned(),
        id,
        name: name.to_owned(),
    }
}
