//! Reports that are given twice.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::source::OpenedFile;

/// Reports that were read, to notice one that is given twice (rule 45, G8).
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By size: path, digest once one was needed, format.
    by_size: BTreeMap<u64, Vec<KnownFile>>,
}

#[derive(Debug)]
struct KnownFile {
    path: PathBuf,
    digest: Option<[u8; 32]>,
    format: &'static str,
}

impl Known {
    /// The format of a report with the same bytes that was read before. Bytes are compared
    /// by digest, and only where two files have one size.
    pub(super) fn twin(&mut self, path: &Path, file: &OpenedFile) -> Option<&'static str> {
        let same_size = self.by_size.get_mut(&file.size()?)?;
        let digest = digest_of(path)?;
        for known in same_size {
            if known.digest.is_none() {
                known.digest = digest_of(&known.path);
            }
            if known.digest == Some(digest) {
                return Some(known.format);
            }
        }
        None
    }

    pub(super) fn add(&mut self, path: &Path, file: &OpenedFile, format: Option<&'static str>) {
        if let (Some(size), Some(format)) = (file.size(), format) {
            self.by_size.entry(size).or_default().push(KnownFile {
                path: path.to_owned(),
                digest: None,
                format,
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
