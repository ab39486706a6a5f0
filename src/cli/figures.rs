//! Files of figures and CODEOWNERS: which ones a policy asks for, and where they are read from
//! (rule Q2).
//!
//! On a change they come from the commit that the policy is read from, so that a change cannot
//! improve its own figures;
//! one that is made in the run (`as_of: run`) is of the work tree, which is all there is of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use super::trust::Ground;
use crate::ci::Surroundings;
use crate::ingest::{self, FigureRequest, MOST_FIGURE_BYTES};
use crate::model::{FigureFile, Figures, Owners};
use crate::policy::{AsOf, FigureMeasure, FigureOf, FigureSource, Measure, Policy, Term};

/// Reads what a policy asks for.
pub(super) fn read(policy: &Policy, ground: &Ground, surroundings: &Surroundings) -> Figures {
    let shelf = Shelf::new(ground, surroundings);
    let files = wanted(policy)
        .into_iter()
        .map(|((path, of_run), pointers)| {
            let bytes = shelf.bytes(&path, of_run);
            let request = FigureRequest {
                path,
                of_run,
                pointers,
            };
            ingest::read_figures(request, bytes.as_deref().map_err(|error| why(error.kind())))
        });
    Figures {
        files: files.collect(),
        owners: asks_for_owners(policy).then(|| shelf.owners()).flatten(),
    }
}

/// The roster that a policy names, as it is in the work tree.
pub(super) fn roster(policy: &Policy, surroundings: &Surroundings) -> Option<FigureFile> {
    let source = policy.data.roster.as_ref()?;
    let root = surroundings.repository().unwrap_or(&surroundings.directory);
    let request = FigureRequest {
        path: source.file.clone(),
        of_run: source.of_run(),
        pointers: Vec::new(),
    };
    let bytes = regular_file(&root.join(&source.file));
    let bytes = bytes.as_deref().map_err(|error| why(error.kind()));
    Some(ingest::read_figures(request, bytes))
}

/// CODEOWNERS, asked for or not; `None` where there is none that can be read.
pub(super) fn owners(ground: &Ground, surroundings: &Surroundings) -> Option<Owners> {
    Shelf::new(ground, surroundings).owners()
}

/// The files that a policy names, with the pointers that it asks for.
fn wanted(policy: &Policy) -> BTreeMap<(String, bool), Vec<String>> {
    let mut files: BTreeMap<(String, bool), Vec<String>> = BTreeMap::new();
    let mut add = |source: &FigureSource, pointer: Option<&String>| {
        let key = (source.file.clone(), source.of_run());
        let pointers = files.entry(key).or_default();
        pointers.extend(pointer.cloned());
        if let Some(AsOf::Pointer(pointer)) = &source.as_of {
            pointers.push(pointer.clone());
        }
    };
    let data = [
        &policy.data.inventory,
        &policy.data.roster,
        &policy.data.advisories,
    ];
    for source in data.into_iter().flatten() {
        add(source, None);
    }
    for (_, key_result) in policy.key_results() {
        match &key_result.measure {
            Measure::Figure(FigureMeasure::Share(share), _) => add(&share.source, None),
            Measure::Figure(FigureMeasure::Value(value), _) => match &value.of {
                FigureOf::Pointer(pointer) => add(&value.source, Some(pointer)),
                FigureOf::Rows { .. } => add(&value.source, None),
            },
            Measure::Figure(FigureMeasure::Checklist(list), _) => {
                let source = FigureSource {
                    file: list.file.clone(),
                    as_of: None,
                    max_age: 0,
                };
                add(&source, None);
            }
            Measure::Density {
                source, pointer, ..
            } => add(source, Some(pointer)),
            _ => {}
        }
    }
    files
}

fn asks_for_owners(policy: &Policy) -> bool {
    let names_owners = |term: &Term| matches!(term, Term::Owner(_));
    policy.scopes.iter().any(|scope| !scope.owners.is_empty())
        || policy.key_results().any(|(_, kr)| {
            matches!(kr.measure, Measure::Routed(_))
                || kr
                    .measure
                    .filter()
                    .is_some_and(|filter| filter.uses(&names_owners))
        })
        || policy
            .waivers
            .forbid
            .as_ref()
            .is_some_and(|filter| filter.uses(&names_owners))
}

/// Where files are read from.
struct Shelf<'a> {
    ground: &'a Ground,
    root: PathBuf,
}

impl<'a> Shelf<'a> {
    fn new(ground: &'a Ground, surroundings: &Surroundings) -> Self {
        let root = surroundings.repository();
        Self {
            ground,
            root: root.unwrap_or(&surroundings.directory).to_path_buf(),
        }
    }

    fn bytes(&self, path: &str, of_run: bool) -> io::Result<Vec<u8>> {
        match self.ground.trusted() {
            Some(change) if !of_run => change
                .git
                .text(
                    &change.base.commit,
                    path.trim_start_matches("./"),
                    MOST_FIGURE_BYTES,
                )
                .map(String::into_bytes),
            _ => regular_file(&self.root.join(path)),
        }
    }

    /// The first CODEOWNERS file that is there, as GitHub looks for it.
    fn owners(&self) -> Option<Owners> {
        for place in Owners::PLACES {
            match self.bytes(place, false) {
                Ok(bytes) => {
                    return String::from_utf8(bytes)
                        .ok()
                        .map(|text| Owners::parse(&text));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => return None,
            }
        }
        None
    }
}

fn regular_file(path: &std::path::Path) -> io::Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(MOST_FIGURE_BYTES).unwrap_or(u64::MAX);
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() > MOST_FIGURE_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Why a file cannot be used, as the rest of "the file …".
fn why(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "is not there",
        io::ErrorKind::InvalidInput | io::ErrorKind::IsADirectory => "is no file that can be read",
        io::ErrorKind::FileTooLarge => "is larger than 32 MiB",
        io::ErrorKind::InvalidData => "has bytes that are not UTF-8",
        _ => "cannot be opened or read",
    }
}
