//! A ledger in a folder: one file a record, created and never touched again (rules R20, R21).

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use jiff::Timestamp;

use super::{Appended, Damage, RecordStore, Scan, StoreError, Wanted};
use crate::diagnostic::Message;
use crate::model::{Untrusted, UntrustedText};
use crate::record::canonical::NotCanonical;
use crate::record::files::{
    Contents, contents, is_folder, names, reason, sync_folder, written_beside,
};
use crate::record::{Digest, Flaw, Record, RecordId};

/// So many files are worth a thread of their own.
const WORTH_A_THREAD: usize = 500;

/// More threads would wait for the disk, and take the machine from others.
const MOST_THREADS: usize = 4;

/// The ledger below a folder: `records/<yyyy-mm>/<id>.json`.
#[derive(Debug, Clone)]
pub struct DirStore {
    root: PathBuf,
}

/// All that lies in a ledger's folder.
#[derive(Default)]
struct Listing {
    /// Files that are named like records, sorted: month, name.
    files: Vec<(String, String)>,
    /// Other names below `records`, sorted. A crash may leave one (rule R21).
    others: Vec<String>,
}

impl DirStore {
    /// The ledger in a folder, which need not be there yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folder, so that the ledger exists before its first record.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn init(&self) -> Result<(), StoreError> {
        self.exists()?;
        self.made(&self.records())
            .map_err(|error| self.refused(&error))
    }

    /// Makes a folder below the root, and sees to it that its name is on the disk.
    fn made(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(&self.root)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        is_folder(folder)?;
        sync_folder(folder.parent().unwrap_or(&self.root))
    }

    fn records(&self) -> PathBuf {
        self.root.join("records")
    }

    /// The folder of a record's month, made where it is missing.
    fn month_folder(&self, month: &str) -> io::Result<PathBuf> {
        let records = self.records();
        let folder = records.join(month);
        if is_folder(&records)? && is_folder(&folder)? {
            return Ok(folder);
        }
        self.made(&records)?;
        self.made(&folder)?;
        Ok(folder)
    }

    /// The file that a record of this id has in some month.
    fn find(&self, id: RecordId, month: &str) -> io::Result<Option<PathBuf>> {
        let name = format!("{id}.json");
        let own = self.records().join(month).join(&name);
        if own.symlink_metadata().is_ok() {
            return Ok(Some(own));
        }
        let others = self.months()?.into_iter();
        let mut others = others.map(|month| self.records().join(month).join(&name));
        Ok(others.find(|file| file.symlink_metadata().is_ok()))
    }

    /// The folders of months, sorted; none where there is no ledger yet.
    fn months(&self) -> io::Result<Vec<String>> {
        let names = names(&self.records())?;
        let mut months = names
            .into_iter()
            .filter(|name| is_month(name))
            .collect::<Vec<_>>();
        months.retain(|month| is_folder(&self.records().join(month)).unwrap_or(false));
        Ok(months)
    }

    /// Names below `records` that are those of no record. A crash may leave one (rule R21).
    pub(in crate::record) fn others(&self) -> Vec<String> {
        self.list().unwrap_or_default().others
    }

    /// Everything below `records`.
    fn list(&self) -> io::Result<Listing> {
        let mut listing = Listing::default();
        let months = self.months()?;
        for name in names(&self.records())? {
            if !months.contains(&name) {
                listing.others.push(format!("records/{name}"));
            }
        }
        for month in months {
            for name in names(&self.records().join(&month))? {
                if is_record_name(&name) {
                    listing.files.push((month.clone(), name));
                } else {
                    listing.others.push(format!("records/{month}/{name}"));
                }
            }
        }
        Ok(listing)
    }

    /// Reads one file of the ledger.
    fn read(&self, month: &str, name: &str, now: Timestamp) -> Result<Record, Box<Damage>> {
        let path = format!("records/{month}/{name}");
        let file = self.records().join(month).join(name);
        let damaged = |flaw, digest| {
            Box::new(Damage {
                path: UntrustedText::new(path.as_str()),
                digest,
                flaw,
            })
        };
        match contents(&file) {
            Err(_) => Err(damaged(Flaw::Unreadable, None)),
            Ok(Contents::TooLarge(digest)) => {
                Err(damaged(NotCanonical::TooLarge.into(), Some(digest)))
            }
            Ok(Contents::Bytes(bytes)) => match Record::read(&bytes, now) {
                Ok(record) if format!("{}.json", record.id()) != name => Err(Flaw::Name),
                Ok(record) if record.month() != month => Err(Flaw::Month),
                other => other,
            }
            .map_err(|flaw| damaged(flaw, Some(Digest::of(&bytes)))),
        }
    }

    /// Reads files of the ledger, in their order. Many are read side by side: a file has
    /// nothing to do with another, and a large ledger is waited for.
    fn read_all(
        &self,
        files: &[(String, String)],
        now: Timestamp,
    ) -> Vec<Result<Record, Box<Damage>>> {
        let read = |files: &[(String, String)]| {
            let each = files.iter();
            each.map(|(month, name)| self.read(month, name, now))
                .collect::<Vec<_>>()
        };
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let threads = threads.min(MOST_THREADS).min(files.len() / WORTH_A_THREAD);
        if threads < 2 {
            return read(files);
        }
        thread::scope(|scope| {
            let mut parts = files.chunks(files.len().div_ceil(threads));
            let first = parts.next().unwrap_or_default();
            let others: Vec<_> = parts
                .map(|part| {
                    let thread = thread::Builder::new().spawn_scoped(scope, move || read(part));
                    (part, thread.ok())
                })
                .collect();
            let mut all = read(first);
            all.reserve(files.len() - all.len());
            for (part, thread) in others {
                // Where the system gives no thread this one reads. What broke off in another
                // breaks off here too, and is told.
                let there = thread.and_then(|thread| thread.join().ok());
                all.extend(there.unwrap_or_else(|| read(part)));
            }
            all
        })
    }

    /// The months that have a folder, sorted.
    pub(in crate::record) fn months_there(&self) -> Result<Vec<String>, StoreError> {
        self.months().map_err(|error| self.refused(&error))
    }

    /// The names of the records of a month, sorted.
    pub(in crate::record) fn names_of(&self, month: &str) -> Result<Vec<String>, StoreError> {
        let names = names(&self.records().join(month)).map_err(|error| self.refused(&error))?;
        Ok(names.into_iter().filter(|n| is_record_name(n)).collect())
    }

    /// Every record of a month, and what is none.
    pub(in crate::record) fn month(&self, month: &str, now: Timestamp) -> Result<Scan, StoreError> {
        let mut scan = Scan {
            exists: true,
            ..Scan::default()
        };
        let names = self.names_of(month)?.into_iter();
        let files: Vec<(String, String)> = names.map(|name| (month.to_owned(), name)).collect();
        for read in self.read_all(&files, now) {
            match read {
                Ok(record) => scan.records.push(record),
                Err(damage) => scan.damage.push(*damage),
            }
        }
        Ok(scan)
    }

    /// A record of a month that is as it is wished, if there is one.
    pub(in crate::record) fn first_of(
        &self,
        month: &str,
        now: Timestamp,
        is_wished: impl Fn(&Record) -> bool,
    ) -> Result<Option<Record>, StoreError> {
        let names = self.names_of(month)?;
        let mut read = names
            .iter()
            .filter_map(|name| self.read(month, name, now).ok());
        Ok(read.find(|record| is_wished(record)))
    }

    /// When a name came to a month's folder or went last, by the system's own clock; `None`
    /// where that is not told.
    pub(in crate::record) fn stamp(&self, month: &str) -> Option<String> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let about = self.records().join(month).symlink_metadata().ok()?;
            Some(format!(
                "{}:{} {}.{}",
                about.dev(),
                about.ino(),
                about.ctime(),
                about.ctime_nsec()
            ))
        }
        #[cfg(not(unix))]
        {
            let _ = month;
            None
        }
    }

    /// The record of an id, if it is there and whole.
    pub(in crate::record) fn record(
        &self,
        id: crate::model::history::RecordId,
        now: Timestamp,
    ) -> Option<Record> {
        let file = self.find(RecordId::parse(&id.to_string())?, "").ok()??;
        let month = file.parent()?.file_name()?.to_string_lossy().into_owned();
        let name = file.file_name()?.to_string_lossy().into_owned();
        self.read(&month, &name, now).ok()
    }

    /// True if there is a ledger. One that left its checkpoints behind is not taken for a new
    /// one, neither to read nor to write (rule R33).
    pub(in crate::record) fn exists(&self) -> Result<bool, StoreError> {
        let exists = is_folder(&self.records()).map_err(|error| self.refused(&error))?;
        let checkpoints = self.root.join("checkpoints");
        if !exists && names(&checkpoints).is_ok_and(|names| !names.is_empty()) {
            return Err(StoreError::Vanished(
                Message::from("the folder ")
                    .foreign(Untrusted::new(&self.root.to_string_lossy()))
                    .own(" has checkpoints, and no records"),
            ));
        }
        Ok(exists)
    }

    /// What stands where a record would go, compared with it (rule R6).
    fn compare(&self, record: &Record, file: &Path) -> Result<Appended, StoreError> {
        let parts = file
            .parent()
            .and_then(Path::file_name)
            .zip(file.file_name());
        let (month, name) = parts.unwrap_or_default();
        // Whoever stores looks at no clock: what was there is there.
        let there = self.read(
            &month.to_string_lossy(),
            &name.to_string_lossy(),
            Timestamp::MAX,
        );
        match there {
            Ok(there) if there.digest() == record.digest() => {
                // The one who stored it may have been killed before this.
                sync_folder(file.parent().unwrap_or(&self.root)).map_err(|e| self.refused(&e))?;
                Ok(Appended::Duplicate)
            }
            Ok(there) => Err(StoreError::Conflict {
                id: record.id(),
                stored: there.digest(),
                offered: record.digest(),
            }),
            Err(damage) => Err(StoreError::Damaged(damage)),
        }
    }

    pub(in crate::record) fn refused(&self, error: &io::Error) -> StoreError {
        let root = self.root.to_string_lossy();
        let message = Message::from("the folder ").foreign(Untrusted::new(&root));
        match error.kind() {
            io::ErrorKind::NotFound => {
                StoreError::Unreachable(message.own(": there is no such file or folder"))
            }
            kind => StoreError::Refused(message.own(": ").own(reason(kind))),
        }
    }
}

impl RecordStore for DirStore {
    fn append(&self, record: &Record) -> Result<Appended, StoreError> {
        let refused = |error: &io::Error| self.refused(error);
        self.exists()?;
        let folder = self.month_folder(record.month()).map_err(|e| refused(&e))?;
        let there = self
            .find(record.id(), record.month())
            .map_err(|e| refused(&e))?;
        if let Some(there) = there {
            return self.compare(record, &there);
        }
        let file = folder.join(format!("{}.json", record.id()));
        let written = written_beside(&folder, &record.to_bytes()).map_err(|e| refused(&e))?;
        match written.persist_noclobber(&file) {
            Ok(_) => {
                sync_folder(&folder).map_err(|e| refused(&e))?;
                Ok(Appended::Stored)
            }
            Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                self.compare(record, &file)
            }
            Err(failed) => Err(refused(&failed.error)),
        }
    }

    fn scan(&self, wanted: &Wanted<'_>) -> Result<Scan, StoreError> {
        let exists = self.exists()?;
        let mut scan = Scan {
            exists,
            ..Scan::default()
        };
        let files = self.list().map_err(|e| self.refused(&e))?.files;
        for read in self.read_all(&files, wanted.now) {
            match read {
                Ok(record) if wanted.admits(&record) => scan.records.push(record),
                Ok(_) => {}
                Err(damage) => scan.damage.push(*damage),
            }
        }
        scan.records
            .sort_by_key(|record| (record.at(), record.id()));
        Ok(scan)
    }
}

fn is_month(name: &str) -> bool {
    name.len() == 7
        && name.bytes().enumerate().all(|(at, b)| match at {
            4 => b == b'-',
            _ => b.is_ascii_digit(),
        })
}

fn is_record_name(name: &str) -> bool {
    let stem = name.strip_suffix(".json");
    stem.is_some_and(|stem| RecordId::parse(stem).is_some())
}
