//! A ledger in a folder: one file a record, created and never touched again (rules R20, R21).

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::{Appended, Damage, RecordStore, Scan, StoreError, Wanted};
use crate::diagnostic::Message;
use crate::model::{Untrusted, UntrustedText};
use crate::record::canonical::{MOST_BYTES, NotCanonical};
use crate::record::{Digest, Flaw, Record, RecordId};

/// The ledger below a folder: `records/<yyyy-mm>/<id>.json`.
#[derive(Debug, Clone)]
pub struct DirStore {
    root: PathBuf,
}

/// All that lies in a ledger's folder.
#[derive(Default)]
pub(in crate::record) struct Listing {
    /// Files that are named like records, sorted: month, name.
    pub(in crate::record) files: Vec<(String, String)>,
    /// Other names below `records`, sorted. A crash may leave one (rule R21).
    pub(in crate::record) others: Vec<String>,
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
        fs::create_dir_all(&self.root)?;
        for made in [&records, &folder] {
            match fs::create_dir(made) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            is_folder(made)?;
            sync_folder(made.parent().unwrap_or(&self.root))?;
        }
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

    /// Everything below `records`.
    pub(in crate::record) fn list(&self) -> io::Result<Listing> {
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
    pub(in crate::record) fn read(
        &self,
        month: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<Record, Box<Damage>> {
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

    fn refused(&self, error: &io::Error) -> StoreError {
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
        let exists = is_folder(&self.records()).map_err(|e| self.refused(&e))?;
        if !exists {
            let checkpoints = self.root.join("checkpoints");
            if names(&checkpoints).is_ok_and(|names| !names.is_empty()) {
                return Err(StoreError::Vanished(
                    Message::from("the folder ")
                        .foreign(Untrusted::new(&self.root.to_string_lossy()))
                        .own(" has checkpoints, and no records"),
                ));
            }
        }
        let mut scan = Scan {
            exists,
            ..Scan::default()
        };
        for (month, name) in self.list().map_err(|e| self.refused(&e))?.files {
            match self.read(&month, &name, wanted.now) {
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

/// A temporary file in the folder, whole and on the disk. It goes away unless it is kept.
fn written_beside(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".krgate-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Others of the team read the ledger too; the umask takes away what it takes away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Makes sure that the names in a folder are on the disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        // Elsewhere a folder cannot be opened, and its names are written with the file.
        Ok(())
    }
}

/// True if a folder is there. A link in its place is refused, for it leads out of the ledger.
fn is_folder(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(about) if about.is_dir() => Ok(true),
        Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The names in a folder, sorted; none if it is not there.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<String> = names.collect::<io::Result<_>>()?;
    names.sort_unstable();
    Ok(names)
}

enum Contents {
    Bytes(Vec<u8>),
    TooLarge(Digest),
}

/// The bytes of a regular file; nothing else is opened (rule R49).
fn contents(path: &Path) -> io::Result<Contents> {
    if !path.symlink_metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    (&mut file)
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() <= MOST_BYTES {
        return Ok(Contents::Bytes(bytes));
    }
    let mut hash = Sha256::new();
    hash.update(&bytes);
    drop(bytes);
    io::copy(&mut file, &mut Hashing(&mut hash))?;
    Ok(Contents::TooLarge(Digest::finished(hash)))
}

/// Feeds a digest with what is written to it.
struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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

/// Why the system refused, in words of krgate's own.
const fn reason(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::PermissionDenied => "permission is denied",
        io::ErrorKind::NotADirectory => "part of the path is no folder, or a link",
        io::ErrorKind::StorageFull => "the disk is full",
        io::ErrorKind::FileTooLarge => "no file may be that large",
        io::ErrorKind::QuotaExceeded => "the quota is used up",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        _ => "the system refused",
    }
}
