//! Records that could not be stored wait in a folder, byte for byte (rules R4, R35).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::files::{Contents, contents, is_folder, names, sync_folder, written_beside};
use super::store::{Appended, RecordStore, StoreError};
use super::{Flaw, Kind, Record};

/// Where the spool is, from the working directory.
pub const FOLDER: &str = ".krgate/spool";

/// The spool of a working directory.
#[derive(Debug, Clone)]
pub struct Spool {
    directory: PathBuf,
}

/// A file of the spool.
#[derive(Debug)]
pub struct Waiting {
    /// Its path from the working directory.
    pub path: String,
    /// The record, or why there is none.
    pub record: Result<Record, Flaw>,
}

/// What became of a record that waited.
#[derive(Debug)]
pub enum Pushed {
    /// It is in the ledger, and no longer here.
    Stored(Appended),
    /// It stays here.
    Kept(StoreError),
    /// The file is no record, and stays here.
    Damaged(Flaw),
}

impl Spool {
    /// The spool of a working directory; nothing is made before it is needed.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// Puts a record there; gives back its path from the working directory. Where the same
    /// record waits already, its bytes stay.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn put(&self, record: &Record) -> io::Result<String> {
        let folder = self.folder()?;
        let mut name = format!("{}.json", record.id());
        let bytes = record.to_bytes();
        loop {
            let file = folder.join(&name);
            match written_beside(&folder, &bytes)?.persist_noclobber(&file) {
                Ok(_) => {
                    sync_folder(&folder)?;
                    break;
                }
                Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
                    if holds(&file, record) {
                        break;
                    }
                    // Another record of this id waits; neither may take the other's place.
                    let digest = record.digest().to_string().replace("sha256:", "");
                    let other = format!("{}-{digest}.json", record.id());
                    if name == other {
                        return Err(failed.error);
                    }
                    name = other;
                }
                Err(failed) => return Err(failed.error),
            }
        }
        Ok(format!("{FOLDER}/{name}"))
    }

    /// What waits, by name. Temporary files are passed over.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn waiting(&self) -> io::Result<Vec<Waiting>> {
        let folder = self.directory.join(FOLDER);
        let names = names(&folder)?.into_iter();
        let names = names.filter(|name| name.strip_suffix(".json").is_some());
        let read = |name: String| {
            let record = match contents(&folder.join(&name)) {
                Ok(Contents::Bytes(bytes)) => Record::read(&bytes, Timestamp::MAX),
                Ok(Contents::TooLarge(_)) | Err(_) => Err(Flaw::Unreadable),
            };
            Waiting {
                path: format!("{FOLDER}/{name}"),
                record,
            }
        };
        Ok(names.map(read).collect())
    }

    /// Sends what waits, and takes away what is stored.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn push(&self, store: &dyn RecordStore) -> io::Result<Vec<(String, Pushed)>> {
        let waiting = self.waiting()?.into_iter();
        Ok(waiting
            .map(|Waiting { path, record }| {
                let became = match record {
                    Err(flaw) => Pushed::Damaged(flaw),
                    Ok(record) => match store.append(&record) {
                        Ok(appended) => {
                            // If it stays, the next push finds a duplicate.
                            let _ = fs::remove_file(self.directory.join(&path));
                            Pushed::Stored(appended)
                        }
                        // The baseline that is there stands (rule R6).
                        Err(StoreError::Conflict { .. }) if record.kind() == Kind::Baseline => {
                            let _ = fs::remove_file(self.directory.join(&path));
                            Pushed::Stored(Appended::Duplicate)
                        }
                        Err(error) => Pushed::Kept(error),
                    },
                };
                (path, became)
            })
            .collect())
    }

    /// The folder, made where it is missing; a link in its place is refused (rule E29).
    fn folder(&self) -> io::Result<PathBuf> {
        let mut folder = self.directory.clone();
        for part in FOLDER.split('/') {
            folder.push(part);
            if !is_folder(&folder)? {
                match fs::create_dir(&folder) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(error);
                    }
                    _ => {}
                }
                is_folder(&folder)?;
            }
        }
        Ok(folder)
    }
}

/// True if a file holds the record, whenever it was made.
fn holds(file: &Path, record: &Record) -> bool {
    let Ok(Contents::Bytes(bytes)) = contents(file) else {
        return false;
    };
    Record::read(&bytes, Timestamp::MAX).is_ok_and(|there| there.digest() == record.digest())
}
