//! A ledger in PostgreSQL: one row a record, inserted and never touched again (rules R28 to
//! R31).

mod address;
mod wire;

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

pub use self::address::{Address, BadAddress};

use self::address::Login;
use self::wire::{Fault, Filter, Row, Wire};
use super::pause::pause;
use super::{Appended, Damage, RecordStore, Scan, StoreError, Wanted};
use crate::ci::Environment;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Untrusted, UntrustedText};
use crate::record::canonical::NotCanonical;
use crate::record::verify::Verified;
use crate::record::{Digest, Flaw, Record, Union};

/// What makes the tables, version by version.
const MIGRATIONS: &[&str] = &[include_str!("migrations/1.sql")];

/// How long a writer waits for others, all pauses together.
const PATIENCE: Duration = Duration::from_secs(30);

/// The ledger in a database. It is connected to when it is first asked.
pub struct PostgresStore {
    address: Address,
    login: Login,
    wire: RefCell<Option<Wire>>,
}

impl PostgresStore {
    /// The ledger at an address; user and password come from the environment (rule R30).
    pub fn open(address: Address, environment: &Environment) -> Self {
        Self {
            login: Login::of(&address, environment),
            address,
            wire: RefCell::new(None),
        }
    }

    /// Makes the tables where they are missing, and brings them to this version.
    ///
    /// # Errors
    /// If the role may not, or a newer krgate has made them (rule R50).
    pub fn init(&self) -> Result<(), StoreError> {
        let there = match self.ask(Wire::version) {
            Ok(version) => version.unwrap_or(0),
            Err(fault) if fault.is(NO_TABLE) => 0,
            Err(fault) => return Err(self.no(&fault)),
        };
        let there = usize::try_from(there).unwrap_or(usize::MAX);
        if there > MIGRATIONS.len() {
            return Err(StoreError::Refused(self.about().own(format!(
                ": a newer krgate has made its tables (version {there}, and this one knows {})",
                MIGRATIONS.len()
            ))));
        }
        for statements in MIGRATIONS.iter().skip(there) {
            self.patiently(|wire| wire.run(statements))
                .map_err(|fault| self.no(&fault))?;
        }
        // Also where nothing was to be made, the table is one that can be read.
        let rows = self.ask(Wire::has_rows).map(drop);
        rows.map_err(|fault| self.no(&fault))
    }

    /// Verifies the ledger: canonical form, ids, digests, columns, conflicts, parents; and
    /// warns of a role that may do more than add and read (rules R16, R30).
    ///
    /// # Errors
    /// If it cannot be read as a whole.
    pub fn verify(&self, now: Timestamp) -> Result<Verified, StoreError> {
        let scan = self.scan(&Wanted::all(now))?;
        let rights = if scan.exists { self.rights()? } else { None };
        let union = Union::of([scan]);
        let mut diagnostics = union.diagnostics();
        diagnostics.extend(rights);
        diagnostics.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.level));
        Ok(Verified {
            records: union.records.len(),
            checkpoints: std::collections::BTreeSet::new(),
            diagnostics,
        })
    }

    /// A warning, if the role may do more than add and read (rule R30).
    ///
    /// # Errors
    /// If the database does not say.
    pub fn rights(&self) -> Result<Option<Diagnostic>, StoreError> {
        match self.ask(Wire::may_change) {
            Ok(true) => Ok(Some(
                Diagnostic::new(
                    Code::LedgerRights,
                    self.about()
                        .own(" lets this role do more with records than add and read them"),
                )
                .hint(
                    "record with a role that owns nothing and has INSERT and SELECT on \
                     krgate_records alone",
                ),
            )),
            Ok(false) => Ok(None),
            // Not everything that speaks this protocol can say.
            Err(fault) if fault.is(NO_FUNCTION) => Ok(None),
            Err(fault) => Err(self.no(&fault)),
        }
    }

    /// Asks the database, over the connection that there is, else a new one.
    fn ask<T>(&self, question: impl FnOnce(&mut Wire) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut held = self.wire.borrow_mut();
        let mut wire = match held.take().filter(|wire| !wire.is_gone()) {
            Some(wire) => wire,
            None => Wire::connect(&self.address, &self.login)?,
        };
        let answer = question(&mut wire);
        // What broke may only say so the next time it is asked.
        if !answer.as_ref().is_err_and(broke) {
            *held = Some(wire);
        }
        answer
    }

    /// Asks again while others are in the way.
    fn patiently<T>(
        &self,
        mut question: impl FnMut(&mut Wire) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut waited = Duration::ZERO;
        let mut attempt = 0;
        loop {
            match self.ask(&mut question) {
                Err(fault) if passes(&fault) && waited < PATIENCE => {}
                answer => return answer,
            }
            let next = pause(Duration::from_millis(50), attempt);
            thread::sleep(next);
            waited = waited.saturating_add(next);
            attempt += 1;
        }
    }

    fn hidden(&self) -> StoreError {
        StoreError::Unreachable(
            self.about()
                .own(" has a row of this id that it does not let this role see"),
        )
    }

    /// What the database has under a record's id, compared with it (rule R6); `None` if the
    /// role sees nothing there.
    fn compare(&self, record: &Record) -> Result<Option<Appended>, StoreError> {
        let (repo, id) = (record.repository_key(), record.id().to_string());
        let filter = Filter {
            repo: Some(repo),
            id: Some(&id),
            ..Filter::default()
        };
        // Whoever stores looks at no clock: what was there is there.
        let rows = |wire: &mut Wire| {
            let mut there = Vec::new();
            wire.rows(&filter, &mut |row| there.push(read(&row, Timestamp::MAX)))?;
            Ok(there)
        };
        let there = self.patiently(rows).map_err(|fault| self.no(&fault))?;
        // A partitioned table can hold one id twice (rule R31).
        let mut other = None;
        for row in there {
            match row {
                Ok(row) if row.digest() == record.digest() => return Ok(Some(Appended::Duplicate)),
                Ok(row) => other = Some(row.digest()),
                Err(damage) => return Err(StoreError::Damaged(damage)),
            }
        }
        match other {
            Some(stored) => Err(StoreError::Conflict {
                id: record.id(),
                stored,
                offered: record.digest(),
            }),
            None => Ok(None),
        }
    }

    /// Why the table is not there: nothing was ever recorded, or it is gone (rule R33).
    fn absent(&self) -> Result<Scan, StoreError> {
        match self.ask(Wire::version) {
            Ok(Some(_)) => Err(StoreError::Vanished(
                self.about()
                    .own(" was made ready for records, and has no table krgate_records"),
            )),
            _ => Ok(Scan::default()),
        }
    }

    /// An answer that is a no.
    fn no(&self, fault: &Fault) -> StoreError {
        let about = self.about();
        let words = fault.words.as_untrusted();
        let Some(code) = fault.code.as_deref() else {
            if fault.words.raw().ends_with(NO_PASSWORD) {
                return StoreError::Refused(
                    about.own(" asks for a password, and PGPASSWORD is not set"),
                );
            }
            return StoreError::Unreachable(about.own(": ").foreign(words));
        };
        let said = about
            .own(": ")
            .own(meaning(code))
            .own(" (")
            .foreign(Untrusted::new(code))
            .own("): ")
            .foreign(words);
        if code.starts_with("08") || code.starts_with("57") {
            StoreError::Unreachable(said)
        } else {
            StoreError::Refused(said)
        }
    }

    fn about(&self) -> Message {
        Message::from("the database ").foreign(Untrusted::new(&self.address.to_string()))
    }
}

impl RecordStore for PostgresStore {
    fn append(&self, record: &Record) -> Result<Appended, StoreError> {
        let body = record.to_bytes();
        let (repo, id) = (record.repository_key(), record.id().to_string());
        let digest = record.digest().to_string();
        let row = [
            repo,
            &id,
            record.kind().as_str(),
            record.at_text(),
            &digest,
            std::str::from_utf8(&body).unwrap_or_default(),
        ];
        // In a table of several parts one id can stand in each of them (rule R31), so that the
        // key alone does not tell.
        if let Some(there) = self.compare(record)? {
            return Ok(there);
        }
        let mut waited = Duration::ZERO;
        loop {
            let inserted = self.patiently(|wire| wire.insert(&row));
            if inserted.map_err(|fault| self.no(&fault))? {
                return Ok(Appended::Stored);
            }
            if let Some(appended) = self.compare(record)? {
                return Ok(appended);
            }
            if waited >= PATIENCE {
                return Err(self.hidden());
            }
            let next = Duration::from_secs(1);
            thread::sleep(next);
            waited = waited.saturating_add(next);
        }
    }

    /// The filters are those of the columns. A row whose columns say something else than its
    /// record is damaged, and found by whoever asks for what they say.
    fn scan(&self, wanted: &Wanted<'_>) -> Result<Scan, StoreError> {
        let filter = Filter {
            repo: wanted.repository,
            id: None,
            kinds: wanted.kinds.iter().map(|kind| kind.as_str()).collect(),
            from: wanted.from.map(|from| from.to_string()),
            until: wanted.until.map(|until| until.to_string()),
        };
        let read = self.patiently(|wire| {
            let mut scan = Scan::default();
            wire.rows(&filter, &mut |row| match read(&row, wanted.now) {
                Ok(record) => scan.records.push(record),
                Err(damage) => scan.damage.push(*damage),
            })?;
            Ok(scan)
        });
        let mut scan = match read {
            Ok(scan) => scan,
            Err(fault) if fault.is(NO_TABLE) => return self.absent(),
            Err(fault) => return Err(self.no(&fault)),
        };
        scan.exists = !scan.records.is_empty()
            || !scan.damage.is_empty()
            || self.ask(Wire::has_rows).map_err(|fault| self.no(&fault))?;
        // The database may sort text by other rules.
        scan.records
            .sort_by_key(|record| (record.at(), record.id()));
        Ok(scan)
    }
}

/// A row as a record: its columns are those of the record in it (rule R34).
fn read(row: &Row, now: Timestamp) -> Result<Record, Box<Damage>> {
    let damaged = |flaw, bytes: Option<&[u8]>| {
        Box::new(Damage {
            path: UntrustedText::new(["krgate_records/", row.id.as_str()].concat()),
            digest: bytes.map(Digest::of),
            flaw,
        })
    };
    let Some(body) = &row.body else {
        return Err(damaged(NotCanonical::TooLarge.into(), None));
    };
    let bytes = body.as_bytes();
    let record = Record::read(bytes, now).map_err(|flaw| damaged(flaw, Some(bytes)))?;
    let differs = if record.id().to_string() != row.id {
        Some(Flaw::Name)
    } else if record.repository_key() != row.repo {
        Some(Flaw::Column("repo"))
    } else if record.kind().as_str() != row.kind {
        Some(Flaw::Column("kind"))
    } else if record.at().as_microsecond() != row.at {
        Some(Flaw::Column("at"))
    } else if record.digest().to_string() != row.digest {
        Some(Flaw::Column("digest"))
    } else {
        None
    };
    match differs {
        Some(flaw) => Err(damaged(flaw, Some(bytes))),
        None => Ok(record),
    }
}

/// What the client library says where it lacks one.
const NO_PASSWORD: &str = "password missing";
const NO_TABLE: &str = "42P01";
const NO_FUNCTION: &str = "42883";

/// True for what is over a moment later: a transaction that others got in the way of, a
/// deadlock, two that make a table at once, no connection left.
fn passes(fault: &Fault) -> bool {
    let passing = ["40001", "40P01", "23505", "42P07", "53300", "57P03"];
    passing.iter().any(|code| fault.is(code))
}

/// True if the connection broke, or may have: no answer of the server at all, or one that it
/// gives when it ends a session.
fn broke(fault: &Fault) -> bool {
    let ends = |code: &String| code.starts_with("08") || code.starts_with("57P");
    fault.code.as_ref().is_none_or(ends)
}

/// What an answer means, in words of our own.
fn meaning(code: &str) -> &'static str {
    match code {
        "42501" => "the role may not; it needs INSERT and SELECT on krgate_records",
        NO_TABLE => "it has no table krgate_records; make it with `krgate records init`",
        "42703" => "its table krgate_records is another one",
        "3D000" => "there is no such database",
        "25006" => "it is read-only",
        "53100" => "its disk is full",
        "53300" => "it has no connection left",
        "57014" => "it did not answer in time",
        code if code.starts_with("28") => {
            "it does not accept the role or its password (PGUSER, PGPASSWORD)"
        }
        code if code.starts_with("53") => "it has no room left",
        code if code.starts_with("40") => "other transactions were in the way each time",
        code if code.starts_with("57") || code.starts_with("08") => "it broke off",
        _ => "it answers with an error",
    }
}

/// Shows the address, and nothing of the login.
impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresStore({})", self.address)
    }
}
