//! The inputs: which there are, how large, and what was written into them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::json::Written;
use crate::sarif::{self, Shape};
use crate::secrets;

/// One or more files of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    /// What the table calls it.
    pub(crate) name: String,
    /// The folder that it lies in, where krgate runs.
    pub(crate) folder: PathBuf,
    /// Its files, relative to the folder.
    pub(crate) files: Vec<PathBuf>,
    /// What is in them.
    pub(crate) written: Written,
}

impl Input {
    /// The files as arguments.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.files.iter().map(|file| file.display().to_string())
    }

    /// The files with their folder.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.files
            .iter()
            .map(|file| self.folder.join(file))
            .collect()
    }

    /// The most memory that B3 allows in general: 12 MiB, 48 bytes a finding, the strings.
    pub(crate) fn memory_limit(&self) -> u64 {
        (12 << 20) + 48 * self.written.findings + self.written.kept
    }
}

/// Makes inputs in one folder, at full size or a tenth of it.
#[derive(Debug, Clone)]
pub(crate) struct Inputs {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// What sizes are divided by.
    pub(crate) divisor: u64,
}

const LARGE: Shape = Shape {
    results: 25_000,
    rules: 500,
    message: 880,
    seed: 0x5e96_0005,
};

const SMALL: Shape = Shape {
    results: 12,
    rules: 4,
    message: 620,
    seed: 0x5a11_0006,
};

const LINEAR: Shape = Shape {
    results: 0,
    rules: 200,
    message: 160,
    seed: 0x1195_0007,
};

impl Inputs {
    /// 200 MB with code flows, 16,000 results.
    pub(crate) fn codeql(&self) -> io::Result<Input> {
        self.one("codeql.sarif", "CodeQL-like", |path| {
            sarif::codeql(path, 16_000 / self.divisor)
        })
    }

    /// 66 MB of packages, 50,000 results, 6,000 rules.
    pub(crate) fn trivy(&self) -> io::Result<Input> {
        self.one("trivy.sarif", "Trivy-like", |path| {
            sarif::trivy(path, 50_000 / self.divisor, 6_000 / self.divisor)
        })
    }

    /// 40 MB, 25,000 results before their rules.
    pub(crate) fn semgrep(&self) -> io::Result<Input> {
        self.one("semgrep.sarif", "Semgrep-like", |path| {
            sarif::semgrep(
                path,
                Shape {
                    results: LARGE.results / self.divisor,
                    rules: LARGE.rules / self.divisor,
                    ..LARGE
                },
            )
        })
    }

    /// 85 MB, 100,000 findings.
    pub(crate) fn gitleaks(&self) -> io::Result<Input> {
        self.one("gitleaks.json", "gitleaks", |path| {
            secrets::gitleaks(path, 100_000 / self.divisor)
        })
    }

    /// 100,000 lines.
    pub(crate) fn trufflehog(&self) -> io::Result<Input> {
        self.one("trufflehog.jsonl", "TruffleHog", |path| {
            secrets::trufflehog(path, 100_000 / self.divisor)
        })
    }

    /// 500 files of 20 KB, at a tenth 50.
    pub(crate) fn many(&self) -> io::Result<Input> {
        fs::create_dir_all(self.folder.join("many"))?;
        let mut written = Written::default();
        let mut files = Vec::new();
        for number in 0..500 / self.divisor {
            let file = PathBuf::from(format!("many/{number:03}.sarif"));
            let seed = SMALL.seed + number;
            let one = sarif::semgrep(&self.folder.join(&file), Shape { seed, ..SMALL })?;
            written.bytes += one.bytes;
            written.findings += one.findings;
            written.kept += one.kept;
            files.push(file);
        }
        Ok(Input {
            name: format!("{} files of 20 KB", files.len()),
            folder: self.folder.clone(),
            files,
            written,
        })
    }

    /// 4 KB, the same at every size.
    pub(crate) fn tiny(&self) -> io::Result<Input> {
        self.one("tiny.sarif", "small", |path| {
            let shape = Shape {
                results: 3,
                rules: 1,
                message: 300,
                ..SMALL
            };
            sarif::semgrep(path, shape)
        })
    }

    /// So many results of one shape with the same rules, for B6.
    pub(crate) fn linear(&self, results: u64) -> io::Result<Input> {
        let name = format!("linear-{results}.sarif");
        self.one(&name, &format!("{results} results"), |path| {
            sarif::semgrep(path, Shape { results, ..LINEAR })
        })
    }

    fn one(
        &self,
        file: &str,
        name: &str,
        write: impl FnOnce(&Path) -> io::Result<Written>,
    ) -> io::Result<Input> {
        let written = write(&self.folder.join(file))?;
        Ok(Input {
            name: format!("{name}, {}", size(written.bytes)),
            folder: self.folder.clone(),
            files: vec![PathBuf::from(file)],
            written,
        })
    }
}

/// Bytes in decimal units, as the sizes of the inputs are given.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", (bytes + 500) / 1_000),
        _ => format!("{} MB", (bytes + 500_000) / 1_000_000),
    }
}
