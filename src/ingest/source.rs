//! From a path to a stream of bytes that are JSON text if anything is.
//!
//! [`open`] asks what a path names before it opens it (G5), undoes one layer of gzip by its
//! magic bytes, counts what comes out against limit L1, decodes UTF-16 with a byte order
//! mark, and names archives that it does not unpack. [`OpenedFile::is_unchanged`] tells
//! whether the file stayed what it was (G12). A file is never read as a whole.

use std::fs::{self, File, Metadata};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::diagnostic::Code;

use super::utf16::{self, Order, Utf16Reader};
use super::window::{self, Refusal, SourceFault};
use super::{Expected, Request};

/// Bytes that are looked at to tell an archive; a tar archive names itself at byte 257.
const MAGIC: usize = 512;

/// An opened report.
pub(super) struct Opened {
    /// Its bytes, as UTF-8 if they are text at all.
    pub(super) reader: Box<dyn Read>,
    /// What it was when it was opened.
    pub(super) file: OpenedFile,
}

/// A regular file as it was when it was opened; empty for a pipe.
#[derive(Debug)]
pub(super) struct OpenedFile(Option<(PathBuf, Stamp)>);

impl OpenedFile {
    /// Bytes of a regular file.
    pub(super) fn size(&self) -> Option<u64> {
        self.0.as_ref().map(|(_, stamp)| stamp.size)
    }

    /// True unless the file changed its size, its time or its identity since it was opened.
    pub(super) fn is_unchanged(&self) -> bool {
        self.0
            .as_ref()
            .is_none_or(|(path, stamp)| fs::metadata(path).is_ok_and(|m| Stamp::of(&m) == *stamp))
    }
}

/// What tells that a file was changed or replaced.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<std::time::SystemTime>,
    inode: (u64, u64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            inode: inode(metadata),
        }
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// Opens a report.
///
/// # Errors
/// If there is no such file, it is no file that may be read, is empty, is an archive, or is
/// text in an encoding that cannot be told.
pub(super) fn open(request: &Request, most_bytes: u64) -> Result<Opened, Refusal> {
    open_through(request, most_bytes, |raw| raw)
}

/// As [`open`], with something between the bytes as they lie in the file and what is undone.
///
/// # Errors
/// As [`open`].
pub(super) fn open_through(
    request: &Request,
    most_bytes: u64,
    between: impl FnOnce(Box<dyn Read>) -> Box<dyn Read>,
) -> Result<Opened, Refusal> {
    let (raw, file): (Box<dyn Read>, _) = if request.path.as_os_str() == "-" {
        (Box::new(io::stdin()), None)
    } else {
        let (file, stamp) = open_file(&request.path, request.by_hand)?;
        (Box::new(file), stamp.map(|s| (request.path.clone(), s)))
    };
    Ok(Opened {
        reader: layers(between(raw), most_bytes, &request.expected)?,
        file: OpenedFile(file),
    })
}

const UTF16_HINT: &str = "it looks like UTF-16 without a byte order mark: let the tool write UTF-8";

fn open_file(path: &Path, by_hand: bool) -> Result<(File, Option<Stamp>), Refusal> {
    let metadata = fs::metadata(path).map_err(|error| not_opened(path, &error))?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(not_a_file("a directory"));
    }
    let may_be_read = kind.is_file() || (by_hand && is_pipe(&metadata));
    if !may_be_read {
        return Err(not_a_file(special_kind(&metadata)));
    }
    let file = File::open(path).map_err(|error| not_opened(path, &error))?;
    // The file that was opened is what counts, should the name mean another one by now.
    let metadata = file.metadata().map_err(|error| not_opened(path, &error))?;
    let stamp = metadata.is_file().then(|| Stamp::of(&metadata));
    Ok((file, stamp))
}

fn not_opened(path: &Path, error: &io::Error) -> Refusal {
    let dangling = || fs::symlink_metadata(path).is_ok();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if !dangling() => {
            Refusal::new(Code::ReportMissing, "there is no such report")
                .hint("did the step that writes it run, and before this one?")
        }
        io::ErrorKind::NotFound => Refusal::new(
            Code::ReportUnreadable,
            "the report is a symbolic link that leads nowhere",
        ),
        io::ErrorKind::PermissionDenied => Refusal::new(
            Code::ReportUnreadable,
            "the report may not be read by this user",
        ),
        _ => Refusal::new(Code::ReportUnreadable, "the report cannot be opened"),
    }
}

fn not_a_file(what: &'static str) -> Refusal {
    Refusal::new(
        Code::ReportNotAFile,
        format!("the report is {what}, not a file"),
    )
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn special_kind(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special_kind(_: &Metadata) -> &'static str {
    "a device"
}

/// Puts what has to be undone over the raw bytes.
fn layers(
    mut raw: Box<dyn Read>,
    most_bytes: u64,
    expected: &Expected,
) -> Result<Box<dyn Read>, Refusal> {
    let mut first = beginning(&mut raw)?;
    let mut reader: Box<dyn Read> = Box::new(Cursor::new(first.clone()).chain(raw));
    let packed = first.starts_with(&[0x1f, 0x8b]);
    if packed {
        let mut unpacked = MultiGzDecoder::new(reader);
        first = beginning(&mut unpacked)?;
        reader = Box::new(Cursor::new(first.clone()).chain(unpacked));
    }
    if first.is_empty() {
        return Err(empty(expected));
    }
    if let Some(kind) = archive_kind(&first) {
        let inside = if packed { " inside gzip" } else { "" };
        return Err(Refusal::new(
            Code::ReportUnknownFormat,
            format!("the report is {kind}{inside}, which is not unpacked"),
        )
        .hint("unpack it first and give the file in it"));
    }
    reader = Box::new(Capped {
        inner: reader,
        left: most_bytes,
    });
    if first.starts_with(&[0xff, 0xfe, 0, 0]) || first.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Err(
            Refusal::new(Code::ReportNotUtf8, "the report is UTF-32 text, not UTF-8")
                .hint("let the tool write UTF-8"),
        );
    }
    let order = match first.as_slice() {
        [0xff, 0xfe, ..] => Some(Order::Little),
        [0xfe, 0xff, ..] => Some(Order::Big),
        _ => None,
    };
    if let Some(order) = order {
        return Ok(Box::new(Utf16Reader::new(reader, order)));
    }
    if utf16::looks_like_it(&first) {
        return Err(Refusal::new(
            Code::ReportNotUtf8,
            "the report has NUL bytes where text should be",
        )
        .hint(UTF16_HINT));
    }
    Ok(reader)
}

fn empty(expected: &Expected) -> Refusal {
    let refusal = Refusal::new(Code::ReportEmpty, "the report has no bytes");
    if expected.format.as_deref() == Some("trufflehog") {
        refusal.hint(
            "TruffleHog writes nothing when it finds nothing: capture standard error too \
             (`> report 2>&1`), whose last line proves the scan",
        )
    } else {
        refusal.hint("no supported tool leaves an empty file on purpose: look at its step")
    }
}

fn archive_kind(first: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &'static str); 8] = [
        (b"PK\x03\x04", "a zip archive"),
        (b"PK\x05\x06", "a zip archive"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
        (b"\x1f\x8b", "compressed with gzip"),
        (b"\xfd7zXZ\0", "compressed with xz"),
        (b"BZh", "compressed with bzip2"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"%PDF-", "a PDF document"),
    ];
    let named = kinds.iter().find(|(magic, _)| first.starts_with(magic));
    named.map(|(_, kind)| *kind).or_else(|| {
        first
            .get(257..)
            .is_some_and(|at| at.starts_with(b"ustar"))
            .then_some("a tar archive")
    })
}

/// The first bytes, fewer only if there are no more.
fn beginning(reader: &mut dyn Read) -> Result<Vec<u8>, Refusal> {
    let mut first = Vec::with_capacity(MAGIC);
    let mut limited = reader.take(u64::try_from(MAGIC).unwrap_or_default());
    match limited.read_to_end(&mut first) {
        Ok(_) => Ok(first),
        Err(error) => Err(window::of_read(&error)),
    }
}

/// Ends in an error beyond the limit, so that a small file cannot become an endless one.
struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let wide = u64::try_from(read).unwrap_or(u64::MAX);
        match self.left.checked_sub(wide) {
            Some(left) => {
                self.left = left;
                Ok(read)
            }
            None => Err(io::Error::other(SourceFault(Code::ReportTooLarge))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UntrustedText;

    #[test]
    fn hostile_g12_growing_shrinking_and_replacing_are_noticed() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("report");
        let request = Request {
            path: path.clone(),
            shown: UntrustedText::new("report"),
            by_hand: false,
            expected: Expected::default(),
        };
        let changes: [fn(&Path); 4] = [
            |path| fs::write(path, "[ ]").unwrap(),
            |path| fs::write(path, "").unwrap(),
            |path| fs::remove_file(path).unwrap(),
            |path| {
                let other = path.with_extension("new");
                fs::write(&other, "{}").unwrap();
                fs::rename(other, path).unwrap();
            },
        ];
        for change in changes {
            fs::write(&path, "[]").unwrap();
            let Ok(opened) = open(&request, 100) else {
                panic!("it can be opened");
            };
            assert!(opened.file.is_unchanged());
            assert_eq!(opened.file.size(), Some(2));
            change(&path);
            assert!(!opened.file.is_unchanged());
        }
    }
}
