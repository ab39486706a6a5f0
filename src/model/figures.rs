//! Files of figures as they were read: rows of a table, and scalars of a JSON document.
//!
//! Which files there are, and which of their columns mean something, the policy says. What
//! stands in them is foreign text (rule Q11).

use std::collections::BTreeMap;

use super::{Owners, UntrustedText};

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// Where it stands: its line in a CSV file, its place in a JSON list; 1-based.
    pub number: u64,
    /// By place in [`Table::columns`]; `None` where a JSON element has no scalar there.
    pub cells: Vec<Option<UntrustedText>>,
}

/// Rows with named columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns; unique.
    pub columns: Vec<UntrustedText>,
    /// The line that names the columns, 1-based; `None` in JSON, where each element does.
    pub header_line: Option<u64>,
    /// The rows, in the order of the file.
    pub rows: Vec<TableRow>,
}

impl Table {
    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.raw() == name)
    }
}

impl TableRow {
    /// What stands in a column, without space around it; `None` where nothing does.
    pub fn cell(&self, column: usize) -> Option<&str> {
        let text = self.cells.get(column)?.as_ref()?.raw().trim();
        (!text.is_empty()).then_some(text)
    }
}

/// A file of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FigureFile {
    /// Its path from the repository's root, as the policy names it.
    pub path: String,
    /// True for the file of the work tree, false for that of a commit.
    pub of_run: bool,
    /// SHA-256 of its bytes, lower-case hexadecimal; `None` if it was not read.
    pub sha256: Option<String>,
    /// What it holds, or why it cannot be used: the rest of "the file …".
    pub content: Result<FigureContent, &'static str>,
}

/// What a file of figures holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FigureContent {
    /// Its rows: those of CSV, or the objects of a JSON list; `None` for other JSON.
    pub table: Option<Table>,
    /// By JSON pointer that was asked for: the scalar there; `None` if there is none.
    pub scalars: BTreeMap<String, Option<UntrustedText>>,
}

/// What the files beside the reports say.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// The files that the policy names.
    pub files: Vec<FigureFile>,
    /// CODEOWNERS; `None` if there is none, or nothing asks for it.
    pub owners: Option<Owners>,
}

impl Figures {
    /// The file at a path; of the work tree where it is made in this run.
    pub fn file(&self, path: &str, of_run: bool) -> Option<&FigureFile> {
        let mut files = self.files.iter().filter(|file| file.path == path);
        files.find(|file| file.of_run == of_run)
    }
}
