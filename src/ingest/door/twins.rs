//! Reports that are given twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::source::OpenedFile;
use super::super::{Expected, Request};

/// Reports that were read, to notice one that is given twice (rule 45, G8).
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By size: path, digest once one was needed, demands, format.
    by_size: BTreeMap<u64, Vec<KnownFile>>,
}

#[derive(Debug)]
struct KnownFile {
    path: PathBuf,
    digest: Option<[u8; 32]>,
    expected: Expected,
    twin: Twin,
}

/// What is known of a report that was read before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Twin {
    pub(super) format: &'static str,
    pub(super) declared: bool,
}

impl Known {
    /// A report with the same bytes that was read before, with the same demands on it: what
    /// another entry asks for is not met by having been read for this one. Bytes are compared
    /// by digest, and only where two files have one size.
    pub(super) fn twin(&mut self, request: &Request, file: &OpenedFile) -> Option<Twin> {
        let same_size = self.by_size.get_mut(&file.size()?)?;
        let mut alike = same_size
            .iter_mut()
            .filter(|known| known.expected.demands_as(&request.expected))
            .peekable();
        alike.peek()?;
        let digest = digest_of(&request.path)?;
        for known in alike {
            if known.digest.is_none() {
                known.digest = digest_of(&known.path);
            }
            if known.digest == Some(digest) {
                return Some(known.twin);
            }
        }
        None
    }

    pub(super) fn add(
        &mut self,
        request: &Request,
        file: &OpenedFile,
        format: Option<&'static str>,
        declared: bool,
    ) {
        if let (Some(size), Some(format)) = (file.size(), format) {
            self.by_size.entry(size).or_default().push(KnownFile {
                path: request.path.clone(),
                digest: None,
                expected: request.expected.clone(),
                twin: Twin { format, declared },
            });
        }
    }
}

fn digest_of(path: &Path) -> Option<[u8; 32]> {
    let mut file = File::open(path).ok()?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        match file.read(&mut piece).ok()? {
            0 => return Some(hash.finalize().into()),
            read => hash.update(piece.get(..read)?),
        }
    }
}
