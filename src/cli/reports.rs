//! Which files are read: what the policy's globs match, or what the command line names.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use jiff::Timestamp;

use super::output;

use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::ingest::{Expected, Request};
use crate::model::{ClassSet, Gap, Intake, UntrustedText};
use crate::policy::{Policy, ReportEntry};

/// Most files that one glob may match (limit L5).
const MOST_FILES: usize = 10_000;

/// What is asked of `ingest`, and what is already known to be missing.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) requests: Vec<Request>,
    pub(super) gaps: Vec<Gap>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Entries that got no file on the command line; [`Wanted::settle`] decides on them.
    open: Vec<usize>,
}

/// The files of every report entry, by its glob from the working directory. Those of entries
/// whose command failed are left out. Before a push the time of a file counts where its report
/// tells neither time nor commit.
pub(super) fn by_policy(
    policy: &Policy,
    directory: &Path,
    failed: &BTreeSet<String>,
    before_a_push: bool,
) -> Wanted {
    let mut wanted = Wanted::default();
    let mut claims: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (index, entry) in policy.reports.iter().enumerate() {
        if failed.contains(&entry.path) {
            wanted
                .gaps
                .push(gap(index, entry, "the command that writes it failed"));
            continue;
        }
        let files = match expand(&entry.path, directory) {
            Ok(files) => files,
            Err(why) => {
                wanted.diagnostics.push(not_expanded(entry, &why));
                wanted
                    .gaps
                    .push(gap(index, entry, "its files could not be listed"));
                continue;
            }
        };
        if files.is_empty() {
            wanted.diagnostics.push(missing(entry));
            wanted.gaps.push(gap(index, entry, "no file matches"));
        }
        for file in files {
            if let Some(first) = claims.insert(file.clone(), index)
                && let Some(other) = policy.reports.get(first)
                && (other.class != entry.class || other.format != entry.format)
            {
                wanted.diagnostics.push(claimed_twice(&file, other, entry));
            }
            let mut request = request(&file, Some((index, entry)), false);
            if before_a_push {
                request.expected.written = written(&directory.join(&file));
            }
            wanted.requests.push(request);
        }
    }
    wanted
}

/// What reads the reports of one entry, to see whether they are of the commit that is pushed;
/// nothing if there is none, or if its files cannot be listed.
pub(super) fn of_entry(index: usize, entry: &ReportEntry, directory: &Path) -> Vec<Request> {
    let files = expand(&entry.path, directory).unwrap_or_default();
    let requests = files.iter().map(|file| {
        let mut request = request(file, Some((index, entry)), false);
        request.expected.written = written(&directory.join(file));
        request
    });
    requests.collect()
}

/// When a file was last written.
fn written(path: &Path) -> Option<Timestamp> {
    let modified = path.metadata().and_then(|about| about.modified()).ok()?;
    Timestamp::try_from(modified).ok()
}

/// The files that the command line names (`policy.md`, "By hand").
///
/// # Errors
/// If `NAME=PATH` names no report entry of the policy.
pub(super) fn by_hand(
    policy: &Policy,
    arguments: &[String],
    directory: &Path,
) -> Result<Wanted, Box<Diagnostic>> {
    let mut wanted = Wanted::default();
    let mut given = vec![false; policy.reports.len()];
    let matchers: Vec<Option<GlobMatcher>> = policy
        .reports
        .iter()
        .map(|entry| compile(&entry.path))
        .collect();
    for argument in arguments {
        let (entry, path) = entry_of(policy, &matchers, argument, directory)?;
        if let Some(mark) = entry.and_then(|index| given.get_mut(index)) {
            *mark = true;
        }
        let with = entry.and_then(|index| policy.reports.get(index).map(|e| (index, e)));
        wanted.requests.push(request(path, with, true));
    }
    wanted
        .requests
        .sort_by(|a, b| (a.expected.entry, &a.path).cmp(&(b.expected.entry, &b.path)));
    wanted.open = (0..given.len())
        .filter(|index| given.get(*index) == Some(&false))
        .collect();
    Ok(wanted)
}

/// After reading: an entry that got no file stands unless a file that was read by content
/// alone is of its class; otherwise it is named and its class counts as not run.
pub(super) fn settle(open: &[usize], policy: &Policy, intake: &mut Intake) -> Vec<Diagnostic> {
    let stood_for: ClassSet = intake
        .runs
        .iter()
        .filter(|run| {
            intake
                .reports
                .get(run.report.index())
                .is_some_and(|report| report.entry.is_none())
        })
        .filter_map(|run| run.class)
        .collect();
    let mut diagnostics = Vec::new();
    for index in open {
        let Some(entry) = policy.reports.get(*index) else {
            continue;
        };
        if entry.class.is_some_and(|class| stood_for.contains(class)) {
            continue;
        }
        diagnostics.push(
            Diagnostic::new(
                Code::ReportNotGiven,
                named(entry).own(" got no file on the command line; its class counts as not run"),
            )
            .hint(
                Message::from("give it one as ")
                    .foreign(UntrustedText::new(in_shell(&entry.name)).as_untrusted()),
            ),
        );
        intake
            .gaps
            .push(gap(*index, entry, "no file was given for it"));
    }
    diagnostics
}

impl Wanted {
    /// The entries that got no file on the command line.
    pub(super) fn open(&self) -> &[usize] {
        &self.open
    }
}

fn entry_of<'a>(
    policy: &Policy,
    matchers: &[Option<GlobMatcher>],
    argument: &'a str,
    directory: &Path,
) -> Result<(Option<usize>, &'a Path), Box<Diagnostic>> {
    if let Some((name, path)) = argument.split_once('=') {
        if let Some(index) = policy.reports.iter().position(|entry| entry.name == name) {
            return Ok((Some(index), Path::new(path)));
        }
        if !Path::new(argument).exists() {
            let names: Vec<&str> = policy.reports.iter().map(|e| e.name.as_str()).collect();
            return Err(Box::new(
                Diagnostic::new(
                    Code::Usage,
                    Message::from("no report entry of the policy is called ")
                        .foreign(crate::model::Untrusted::new(name)),
                )
                .hint(
                    Message::from("the entries are ")
                        .foreign(crate::model::Untrusted::new(&names.join(", "))),
                ),
            ));
        }
    }
    let path = Path::new(argument);
    let one_name = normal(path, directory);
    let index = matchers
        .iter()
        .position(|glob| glob.as_ref().is_some_and(|glob| glob.is_match(&one_name)));
    Ok((index, path))
}

fn request(path: &Path, entry: Option<(usize, &ReportEntry)>, by_hand: bool) -> Request {
    let expected = entry.map_or_else(Expected::default, |(index, entry)| Expected {
        entry: Some(index),
        format: entry.format.clone(),
        class: entry.class,
        tool: entry.tool.clone(),
        strong_evidence: entry.strong_evidence,
        verification_attempted: entry.verification_attempted,
        accept_degraded: entry.accept_degraded.is_some(),
        absent_results_mean_none: entry.absent_results_mean_none,
        max_age: entry.max_age,
        written: None,
    });
    Request {
        path: path.to_path_buf(),
        shown: UntrustedText::new(path.to_string_lossy()),
        by_hand,
        expected,
    }
}

/// `NAME=FILE` as a shell takes it.
fn in_shell(name: &str) -> String {
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
    if plain {
        format!("{name}=FILE")
    } else {
        format!("'{}=FILE'", name.replace('\'', "'\\''"))
    }
}

fn named(entry: &ReportEntry) -> Message {
    Message::from("report ").foreign(crate::model::Untrusted::new(&entry.name))
}

fn gap(index: usize, entry: &ReportEntry, why: &'static str) -> Gap {
    Gap {
        entry: Some(index),
        path: UntrustedText::new(&entry.path),
        classes: entry.class.map_or(ClassSet::ALL, ClassSet::of),
        why,
    }
}

fn missing(entry: &ReportEntry) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        Code::ReportMissing,
        named(entry)
            .own(": no file matches ")
            .foreign(crate::model::Untrusted::new(&entry.path)),
    );
    if entry.required {
        diagnostic = diagnostic.hint(
            "run the scanner before the gate; globs start at the working directory; a report \
             that may be absent says `required: false`",
        );
    } else {
        diagnostic.level = Level::Warning;
        diagnostic = diagnostic.hint("it may be absent; its class counts as not run");
    }
    diagnostic
}

fn not_expanded(entry: &ReportEntry, why: &NotExpanded) -> Diagnostic {
    match why {
        NotExpanded::TooMany => Diagnostic::new(
            Code::TooManyReports,
            named(entry).own(format!(": its glob matches over {MOST_FILES} files")),
        )
        .hint("narrow the glob"),
        NotExpanded::Unreadable(folder, kind) => Diagnostic::new(
            Code::ReportUnreadable,
            named(entry)
                .own(": the folder ")
                .foreign(crate::model::Untrusted::new(&folder.to_string_lossy()))
                .own(" cannot be listed: ")
                .own(output::reason(*kind)),
        )
        .hint("a report may lie in it: let the gate read the folder, or narrow the glob"),
    }
}

fn claimed_twice(file: &Path, first: &ReportEntry, second: &ReportEntry) -> Diagnostic {
    Diagnostic::new(
        Code::ReportClaimedTwice,
        Message::from("two report entries claim ")
            .foreign(crate::model::Untrusted::new(&file.to_string_lossy()))
            .own(": ")
            .foreign(crate::model::Untrusted::new(&first.name))
            .own(format!(" (line {}) and ", first.line))
            .foreign(crate::model::Untrusted::new(&second.name))
            .own(format!(
                " (line {}), of different class or format",
                second.line
            )),
    )
    .hint("let each file match one entry, or write the classes into two files")
}

/// Why the files of a glob are not known.
enum NotExpanded {
    /// It matches more files than one evaluation takes.
    TooMany,
    /// A folder that it could match in cannot be listed.
    Unreadable(PathBuf, ErrorKind),
}

fn compile(pattern: &str) -> Option<GlobMatcher> {
    GlobBuilder::new(pattern.strip_prefix("./").unwrap_or(pattern))
        .literal_separator(true)
        .build()
        .ok()
        .map(|glob| glob.compile_matcher())
}

/// The path from the working directory, without `.`, `..` and doubled slashes, so that one
/// file has one name; a path outside stays as it is but for these.
fn normal(path: &Path, directory: &Path) -> PathBuf {
    let path = path.strip_prefix(directory).unwrap_or(path);
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if parts.file_name().is_some() => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts
}

/// The files that a glob matches from a folder, sorted. Folders that are links are not
/// entered, and neither is `.git`. A pattern without glob characters is one file.
fn expand(pattern: &str, directory: &Path) -> Result<Vec<PathBuf>, NotExpanded> {
    if !is_glob(pattern) {
        let there = directory.join(pattern).symlink_metadata().is_ok();
        return Ok(if there {
            vec![normal(Path::new(pattern), directory)]
        } else {
            Vec::new()
        });
    }
    let fixed: PathBuf = Path::new(pattern)
        .components()
        .take_while(|part| !is_glob(&part.as_os_str().to_string_lossy()))
        .collect();
    let Some(glob) = compile(pattern) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let mut folders = vec![normal(&fixed, directory)];
    while let Some(folder) = folders.pop() {
        let entries = match directory.join(&folder).read_dir() {
            Ok(entries) => entries,
            // Nothing there is no match; anything else may hide one.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                continue;
            }
            Err(error) => return Err(NotExpanded::Unreadable(folder, error.kind())),
        };
        for entry in entries {
            let entry = entry.map_err(|e| NotExpanded::Unreadable(folder.clone(), e.kind()))?;
            let path = folder.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && entry.file_name() == ".git" => {}
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_symlink() && directory.join(&path).is_dir() => {}
                _ if glob.is_match(&path) => {
                    if found.len() >= MOST_FILES {
                        return Err(NotExpanded::TooMany);
                    }
                    found.push(path);
                }
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}
