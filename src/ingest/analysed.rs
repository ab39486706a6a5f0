//! The files that a scan says it looked at (rule L4): what it does not name, nobody looked for.

use std::collections::BTreeSet;

use super::builder::Builder;
use super::place;
use crate::model::{RepoPath, RunId};

/// The list in the making; `None` where the report has none.
#[derive(Debug, Default)]
pub(super) struct Analysed(Option<BTreeSet<RepoPath>>);

impl Analysed {
    /// The report has a list, be it empty.
    pub(super) fn begin(&mut self) {
        self.0.get_or_insert_default();
    }

    /// A file of the list; what is none of the repository's holds no finding that is compared.
    pub(super) fn add(&mut self, file: &str, roots: &[String]) {
        if let (Some(files), Some(path)) = (&mut self.0, place::repo_path(file, roots)) {
            files.insert(path);
        }
    }

    /// Keeps the list with the runs that the report brought, which begin at `first`.
    pub(super) fn keep(self, builder: &mut Builder<'_>, first: usize) {
        let Some(files) = self.0 else { return };
        for run in first..builder.intake.runs.len() {
            builder
                .intake
                .analysed
                .insert(RunId::new(run), files.clone());
        }
    }
}
