//! Files that are created and never touched again (rules R20, R21, E29).

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use super::canonical::MOST_BYTES;
use super::identity::Digest;

/// A temporary file in the folder, whole and on the disk. It goes away unless it is kept.
pub(super) fn written_beside(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
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
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        // Elsewhere a folder cannot be opened, and its names are written with the file.
        Ok(())
    }
}

/// True if a folder is there. A link in its place is refused, for it leads out of the ledger.
pub(super) fn is_folder(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(about) if about.is_dir() => Ok(true),
        Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The names in a folder, sorted; none if it is not there.
pub(super) fn names(folder: &Path) -> io::Result<Vec<String>> {
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

pub(super) enum Contents {
    Bytes(Vec<u8>),
    TooLarge(Digest),
}

/// The bytes of a regular file; nothing else is opened (rule R49).
pub(super) fn contents(path: &Path) -> io::Result<Contents> {
    let about = path.symlink_metadata()?;
    if !about.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut file = File::open(path)?;
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    // One byte more than there should be tells the end without another step.
    let size = usize::try_from(about.len().min(most)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(size.saturating_add(1));
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

/// Why the system refused, in words of krgate's own.
pub(super) const fn reason(kind: io::ErrorKind) -> &'static str {
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
