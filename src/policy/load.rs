//! From a file to a policy: reads, checks, merges, validates.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::check;
use super::credential;
use super::language::POLICY;
use super::layers::{self, Layers, why_unreadable};
use super::merge::merge;
use super::node::{MOST_BYTES, Node};
use super::packs::Need;
use super::{Policy, read};
use crate::diagnostic::{Code, Diagnostic, Level, Message, Place, SourceFile};
use crate::model::Untrusted;

/// The places where a policy is looked for, in order.
pub const PLACES: [&str; 2] = ["krgate.yaml", ".github/krgate.yaml"];

/// Most faults that are listed.
const MOST_FAULTS: usize = 200;

/// A policy with everything that is to be said of it.
#[derive(Debug)]
pub struct Loaded {
    /// The policy; `None` if a diagnostic of level error says why not.
    pub policy: Option<Policy>,
    /// Faults, warnings and notes, in the order of files and lines.
    pub diagnostics: Vec<Diagnostic>,
    /// The policy file, then what it extends; diagnostics point into it.
    pub sources: Vec<SourceFile>,
    /// The merged tree, for [`super::show()`].
    pub(super) merged: Option<Node>,
}

impl Loaded {
    /// How many faults keep the policy from being used.
    pub fn faults(&self) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level == Level::Error)
            .count()
    }

    /// The policy with all that it extends as one tree; `None` if it has faults.
    pub(crate) fn tree(&self) -> Option<&Node> {
        self.merged.as_ref()
    }

    /// Nothing was read: the diagnostic says why.
    pub fn failed(diagnostic: Diagnostic) -> Self {
        Self {
            policy: None,
            diagnostics: vec![diagnostic],
            sources: Vec::new(),
            merged: None,
        }
    }
}

/// Reads a policy of the work tree, with the files that it extends.
///
/// Only regular files of at most 1 MiB are read; what a policy extends may not lie outside
/// the folder it starts from (the working directory, or the policy's own folder if that lies
/// elsewhere), not even through a link.
pub fn load(path: &Path) -> Loaded {
    let Some(name) = path.to_str() else {
        return Loaded::failed(Diagnostic::new(
            Code::PolicyUnreadable,
            "the path of the policy is not UTF-8",
        ));
    };
    let outside = path.is_absolute() || name.split('/').any(|part| part == "..");
    let root = match path.parent() {
        Some(folder) if outside => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    load_with(name, &|wanted| {
        if wanted != name && !lies_below(Path::new(wanted), &root)? {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        regular_file(Path::new(wanted))
    })
}

/// Reads a policy through a function that gives the text of a path, so that it can come
/// from a commit as well as from the work tree.
pub fn load_with(name: &str, read: &dyn Fn(&str) -> io::Result<String>) -> Loaded {
    match read(name) {
        Ok(text) => parse_with(name, text, read),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Loaded::failed(
            Diagnostic::new(
                Code::PolicyNotFound,
                Message::from("there is no policy at ").foreign(Untrusted::new(name)),
            )
            .hint("`krgate init` writes one; `--policy PATH` names another file"),
        ),
        Err(error) => Loaded::failed(Diagnostic::new(
            Code::PolicyUnreadable,
            Message::from("the policy ")
                .foreign(Untrusted::new(name))
                .own(" cannot be read: ")
                .own(why_unreadable(error.kind())),
        )),
    }
}

/// Reads a policy from its text alone; it can extend packs, and no file.
pub fn parse(name: &str, text: &str) -> Loaded {
    parse_with(name, text.to_owned(), &|_| {
        Err(io::ErrorKind::NotFound.into())
    })
}

fn parse_with(name: &str, text: String, read: &dyn Fn(&str) -> io::Result<String>) -> Loaded {
    let mut faults = Vec::new();
    let sha256 = hex_digest(&text);
    let mut layers = layers::collect(name, text, read, &mut faults);
    let merged = merge(&layers.list, &layers.sources, &mut faults);
    let mut policy = None;
    if let Some(root) = merged.as_ref().filter(|_| layers.complete) {
        check::complete(root, &POLICY, &mut faults);
        let excused = packs_have_what_they_need(&layers, root, &mut faults);
        let waivers = layers.waivers(root, read, &mut faults);
        let vex = layers.vex(root, read, &mut faults);
        let about = read::About {
            path: name,
            sha256,
            sources: &layers.sources,
            excused: &excused,
            vex,
            root: &layers.prefix,
            waivers: waivers.as_ref(),
        };
        policy = Some(read::policy(root, &about, &mut faults));
    }
    faults.sort_by_key(|fault| match &fault.place {
        Place::Source { file, span } => (*file, span.start),
        Place::None | Place::Report { .. } => (0, 0),
    });
    let stands = faults.iter().all(|fault| fault.level != Level::Error);
    if !stands {
        // Beside a fault a note is noise: an unused scope is often the one that was misspelt.
        faults.retain(|fault| fault.level != Level::Note);
    }
    limit(&mut faults);
    layers.sources.iter_mut().for_each(credential::blot_json);
    Loaded {
        policy: policy.filter(|_| stands),
        diagnostics: faults,
        sources: layers.sources,
        merged: merged.filter(|_| stands),
    }
}

/// A text that is no policy at all leaves a fault in every line; the first ones are enough.
fn limit(faults: &mut Vec<Diagnostic>) {
    let more = faults
        .iter()
        .skip(MOST_FAULTS)
        .filter(|fault| fault.level == Level::Error)
        .count();
    faults.truncate(MOST_FAULTS);
    if more > 0 {
        faults.push(
            Diagnostic::new(Code::MoreFaults, "there are more faults than are shown")
                .times(u64::try_from(more).unwrap_or(u64::MAX))
                .hint("mend the first ones; many of the others may go with them"),
        );
    }
}

/// Names what a pack needs and the policy lacks, with the lines to add.
fn packs_have_what_they_need(
    layers: &Layers,
    root: &Node,
    faults: &mut Vec<Diagnostic>,
) -> Vec<(usize, Need)> {
    let mut excused = Vec::new();
    for layer in &layers.list {
        let Some((pack, at)) = layer.pack else {
            continue;
        };
        let lacks: Vec<Need> = pack
            .needs
            .iter()
            .copied()
            .filter(|need| match need.path() {
                (key, None) => root.get(key).is_none(),
                (key, Some(name)) => root.get(key).and_then(|map| map.get(name)).is_none(),
            })
            .collect();
        if lacks.is_empty() {
            continue;
        }
        excused.extend(lacks.iter().map(|need| (layer.file, *need)));
        let what: Vec<String> = lacks.iter().map(|need| need.what()).collect();
        faults.push(
            Diagnostic::new(
                Code::PackNeeds,
                format!("`pack:{}` needs {}", pack.name, what.join(" and ")),
            )
            .at(at.place())
            .label("the policy does not define it")
            .hint(format!(
                "add these lines:\n{}",
                Need::lines(&lacks, |key| root.get(key).is_some())
            )),
        );
    }
    excused
}

fn hex_digest(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// The text of a regular file; the type is asked for before it is opened, so that a pipe or
/// device cannot block.
fn regular_file(path: &Path) -> io::Result<String> {
    let about = path.metadata()?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !about.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    let mut text = Vec::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut text)?;
    if text.len() > MOST_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    String::from_utf8(text).map_err(|_| io::ErrorKind::InvalidData.into())
}

fn lies_below(path: &Path, root: &Path) -> io::Result<bool> {
    Ok(path.canonicalize()?.starts_with(root.canonicalize()?))
}
