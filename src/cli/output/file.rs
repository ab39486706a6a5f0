//! Files: written whole beside their place and then moved there, or added to.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;

/// Writes a file: a new one beside it, then a rename, so that a reader never sees half of it
/// (E29). A device or pipe is written as it is.
///
/// # Errors
/// With what to show, if the file cannot be written or its folder is a link out of the
/// working directory.
pub(in crate::cli) fn to_file(
    path: &Path,
    directory: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Box<Diagnostic>> {
    let full = directory.join(path);
    if leaves(&full, directory) {
        let why = "its folder is a link out of the working directory";
        return Err(not_written(path, why));
    }
    let is_special = fs::metadata(&full).is_ok_and(|m| !m.is_file());
    let written = if is_special {
        OpenOptions::new()
            .write(true)
            .open(&full)
            .and_then(|file| through(file, write).map(drop))
    } else {
        replace(&full, write)
    };
    written.map_err(|error| not_written(path, reason(error.kind())))
}

fn not_written(path: &Path, why: &'static str) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new(
        Code::OutputNotWritten,
        Message::from("cannot write ")
            .foreign(Untrusted::new(&path.to_string_lossy()))
            .own(": ")
            .own(why),
    )
    .hint("give another path and run again; a verdict that was told stands");
    Box::new(diagnostic)
}

/// Adds to a file that the runner named, on a line of its own (rule G35). `text` is given how
/// many bytes are there already; what it leaves out is not written.
///
/// Gives back whether anything was added.
///
/// # Errors
/// With what to show, if the file cannot be read or written (rule G6).
pub(in crate::cli) fn add_to(
    path: &Path,
    text: impl FnOnce(u64) -> Option<String>,
) -> Result<bool, Box<Diagnostic>> {
    let add = || -> io::Result<bool> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        let length = file.metadata()?.len();
        let mut last = [b'\n'];
        if length > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        let before = if last == *b"\n" { "" } else { "\n" };
        let there = length.saturating_add(u64::try_from(before.len()).unwrap_or(u64::MAX));
        let Some(text) = text(there) else {
            return Ok(false);
        };
        file.write_all(format!("{before}{text}").as_bytes())?;
        Ok(true)
    };
    add().map_err(|error| not_written(path, reason(error.kind())))
}

/// True if the path lies in the folder as written, and elsewhere once links are followed.
fn leaves(full: &Path, directory: &Path) -> bool {
    let (Some(parent), Ok(home)) = (full.parent(), directory.canonicalize()) else {
        return false;
    };
    parent.starts_with(directory)
        && parent
            .canonicalize()
            .is_ok_and(|parent| !parent.starts_with(home))
}

fn through(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

fn replace(full: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let temporary = beside(full);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&temporary)?;
    let done = through(file, write)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&temporary, full));
    if done.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    done
}

fn beside(full: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(full.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    full.with_file_name(name)
}

/// Why the system refused, in words of krgate's own.
pub(in crate::cli) const fn reason(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "there is no such file or folder",
        io::ErrorKind::PermissionDenied => "permission is denied",
        io::ErrorKind::IsADirectory => "it is a folder",
        io::ErrorKind::NotADirectory => "part of the path is no folder",
        io::ErrorKind::StorageFull => "the disk is full",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        io::ErrorKind::AlreadyExists => "it is there already",
        io::ErrorKind::InvalidData => "it is not valid UTF-8",
        _ => "the system refused",
    }
}
