//! The files that make a policy: the file itself, and what it extends.

use std::io;

use super::check;
use super::credential;
use super::language::{POLICY, WAIVER_FILE};
use super::near::nearest;
use super::node::{self, MOST_VALUES, Mark, Node};
use super::packs::{self, Pack};
use super::{VexStatement, scalar, vex};
use crate::diagnostic::{Code, Diagnostic, Message, SourceFile};
use crate::model::Untrusted;

/// Most files that one policy is made of.
const MOST_FILES: usize = 64;

/// One file of a policy.
pub(super) struct Layer {
    /// Index in the list of sources.
    pub(super) file: usize,
    /// Its tree.
    pub(super) root: Node,
    /// The pack that it is, and where it is named.
    pub(super) pack: Option<(&'static Pack, Mark)>,
}

/// All files of a policy, those that others override first.
pub(super) struct Layers {
    /// The files.
    pub(super) list: Vec<Layer>,
    /// Their texts, the policy first.
    pub(super) sources: Vec<SourceFile>,
    /// False if a file is missing, so that the whole cannot be judged.
    pub(super) complete: bool,
    /// What stands before the name of a file that counts from the root.
    pub(super) prefix: String,
}

impl Layers {
    /// Reads the waiver file that the merged policy names, checks it, and puts its text
    /// beside those of the policy. It comes through the same function as the policy, so that
    /// on a change it is that of the same commit.
    pub(super) fn waivers(
        &mut self,
        root: &Node,
        read: &dyn Fn(&str) -> io::Result<String>,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Node> {
        let named = root.get("waivers")?.get("file")?;
        let (file, text) = self.text_of(named, read, |what, kind| {
            let fault = unreadable(named, "the waiver file ", what, kind);
            faults.push(match kind {
                io::ErrorKind::NotFound => {
                    fault.hint("begin it with two lines: `version: 1` and `list: []`")
                }
                _ => fault,
            });
        })?;
        let mut budget = MOST_VALUES;
        let tree = node::parse(file, &text, &mut budget, faults)?;
        check::given(&tree, &WAIVER_FILE, faults);
        Some(tree)
    }

    /// Reads the VEX documents that the merged policy names, in the same way.
    pub(super) fn vex(
        &mut self,
        root: &Node,
        read: &dyn Fn(&str) -> io::Result<String>,
        faults: &mut Vec<Diagnostic>,
    ) -> Vec<VexStatement> {
        let mut statements = Vec::new();
        let documents = root.get("vex").map(Node::one_or_items).unwrap_or_default();
        for named in documents {
            if named
                .text()
                .is_some_and(|path| path.contains(['*', '?', '[']))
            {
                faults.push(
                    Diagnostic::new(Code::VexUnreadable, "a VEX document is named, not matched")
                        .at(named.mark.place())
                        .label("name each file: one that goes missing must not go unnoticed"),
                );
                continue;
            }
            let found = self.text_of(named, read, |what, kind| {
                let mut fault = unreadable(named, "the VEX document ", what, kind);
                fault.code = Code::VexUnreadable;
                faults.push(fault);
            });
            if let Some((file, text)) = found {
                let name = self.sources.get(file).map_or("", |source| &source.name);
                statements.extend(vex::read(file, name, &text, faults));
            }
        }
        statements
    }

    /// The text of a file that counts from the root, which becomes one of the sources.
    fn text_of(
        &mut self,
        named: &Node,
        read: &dyn Fn(&str) -> io::Result<String>,
        refuse: impl FnOnce(&str, io::ErrorKind),
    ) -> Option<(usize, String)> {
        let path = named.text().filter(|path| scalar::is_inside(path))?;
        let name = format!("{}{path}", self.prefix);
        match read(&name) {
            Ok(text) => {
                let file = self.sources.len();
                self.sources.push(SourceFile {
                    name,
                    text: text.clone(),
                });
                Some((file, text))
            }
            Err(error) => {
                refuse(&name, error.kind());
                None
            }
        }
    }
}

fn unreadable(named: &Node, what: &'static str, name: &str, kind: io::ErrorKind) -> Diagnostic {
    Diagnostic::new(
        Code::PolicyUnreadable,
        Message::from(what)
            .foreign(Untrusted::new(name))
            .own(" cannot be read"),
    )
    .at(named.mark.place())
    .label(why_unreadable(kind))
}

/// Reads a policy and what it extends, and checks each file.
pub(super) fn collect(
    name: &str,
    text: String,
    read: &dyn Fn(&str) -> io::Result<String>,
    faults: &mut Vec<Diagnostic>,
) -> Layers {
    let base = Base::of(name);
    let mut collector = Collector {
        layers: Layers {
            list: Vec::new(),
            sources: Vec::new(),
            complete: true,
            prefix: base.prefix.clone(),
        },
        base,
        open: Vec::new(),
        budget: MOST_VALUES,
        read,
        faults,
    };
    let folder = collector.base.folder.clone();
    collector.take(name, text, None, &folder);
    collector.layers
}

struct Collector<'a> {
    layers: Layers,
    base: Base,
    /// Names of the files that are being read, the policy first.
    open: Vec<String>,
    /// How many values there may still be.
    budget: usize,
    read: &'a dyn Fn(&str) -> io::Result<String>,
    faults: &'a mut Vec<Diagnostic>,
}

impl Collector<'_> {
    fn take(
        &mut self,
        name: &str,
        text: String,
        pack: Option<(&'static Pack, Mark)>,
        folder: &[String],
    ) {
        let file = self.layers.sources.len();
        self.layers.sources.push(SourceFile {
            name: name.to_owned(),
            text,
        });
        let text = self.layers.sources.last().map_or("", |source| &source.text);
        let Some(root) = node::parse(file, text, &mut self.budget, self.faults) else {
            self.layers.complete = false;
            return;
        };
        check::given(&root, &POLICY, self.faults);
        if root.entries().is_empty() {
            self.layers.complete = false;
            return;
        }
        if let Some(source) = self.layers.sources.last_mut() {
            credential::refuse(&root, source, self.faults);
        }
        self.open.push(name.to_owned());
        for item in root
            .get("extends")
            .map(Node::one_or_items)
            .unwrap_or_default()
        {
            if let Some(wanted) = item.text() {
                self.extend(wanted, item.mark, folder);
            }
        }
        self.open.pop();
        self.layers.list.push(Layer { file, root, pack });
    }

    fn extend(&mut self, wanted: &str, at: Mark, folder: &[String]) {
        if let Some(name) = wanted.strip_prefix("pack:") {
            match packs::pack(name) {
                Some(_) if self.is_loaded(wanted) => {}
                Some(pack) => self.take(wanted, pack.text.to_owned(), Some((pack, at)), &[]),
                None => self.unknown_pack(wanted, at),
            }
            return;
        }
        let Some((path, folder)) = self.base.resolve(folder, wanted) else {
            return self.unreadable(
                Message::from("the file ")
                    .foreign(Untrusted::new(wanted))
                    .own(" lies outside the repository"),
                at,
                "expected a file of this repository, relative to the folder of this file",
            );
        };
        if let Some(first) = self.open.iter().position(|open| *open == path) {
            let way: Vec<&str> = self
                .open
                .iter()
                .skip(first)
                .map(String::as_str)
                .chain([path.as_str()])
                .collect();
            self.layers.complete = false;
            self.faults.push(
                Diagnostic::new(
                    Code::ExtendsCycle,
                    Message::from("`extends` leads in a circle: ")
                        .foreign(Untrusted::new(&way.join(" > "))),
                )
                .at(at.place())
                .label("this file is being read already; remove one of these links"),
            );
            return;
        }
        if self.is_loaded(&path) {
            return;
        }
        if self.layers.sources.len() >= MOST_FILES {
            return self.unreadable(
                "a policy is made of at most 64 files".into(),
                at,
                "this is one too many",
            );
        }
        match (self.read)(&path) {
            Ok(text) => self.take(&path, text, None, &folder),
            Err(error) => self.unreadable(
                Message::from("the file ")
                    .foreign(Untrusted::new(&path))
                    .own(" cannot be read"),
                at,
                why_unreadable(error.kind()),
            ),
        }
    }

    fn is_loaded(&self, name: &str) -> bool {
        self.layers.sources.iter().any(|source| source.name == name)
    }

    fn unreadable(&mut self, what: Message, at: Mark, label: &'static str) {
        self.layers.complete = false;
        self.faults.push(
            Diagnostic::new(Code::PolicyUnreadable, what)
                .at(at.place())
                .label(label),
        );
    }

    fn unknown_pack(&mut self, wanted: &str, at: Mark) {
        let names = packs::names();
        let label = match nearest(wanted, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("packs are: {}", names.join(", ")),
        };
        self.layers.complete = false;
        self.faults.push(
            Diagnostic::new(
                Code::UnknownPack,
                Message::from("this krgate has no ").foreign(Untrusted::new(wanted)),
            )
            .at(at.place())
            .label(label),
        );
    }
}

/// Why a file cannot be read, without the system's own words.
pub(super) fn why_unreadable(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "there is no such file",
        io::ErrorKind::PermissionDenied => {
            "it may not be read, or a link leads out of the repository"
        }
        io::ErrorKind::InvalidData => "it is not UTF-8 text",
        io::ErrorKind::IsADirectory => "it is a folder",
        io::ErrorKind::InvalidInput => "it is no regular file",
        io::ErrorKind::FileTooLarge => "it is larger than 1 MiB",
        _ => "the system does not let it be read",
    }
}

/// The folder below which all files of a policy lie.
struct Base {
    /// What stands before every name; empty for the working directory.
    prefix: String,
    /// The folder of the policy itself, in parts.
    folder: Vec<String>,
}

impl Base {
    /// For a path below the working directory, that is the working directory; for any other
    /// (`/etc/krgate.yaml`, `../krgate.yaml`), the folder of the policy.
    fn of(policy: &str) -> Self {
        let (folder, _) = policy.rsplit_once('/').unwrap_or(("", policy));
        let absolute = policy.starts_with('/');
        match normal(&[], folder) {
            Some(folder) if !absolute => Self {
                prefix: String::new(),
                folder,
            },
            _ => Self {
                prefix: format!("{folder}/"),
                folder: Vec::new(),
            },
        }
    }

    /// The path of a file and its folder; `None` outside the base.
    fn resolve(&self, folder: &[String], wanted: &str) -> Option<(String, Vec<String>)> {
        let last = wanted.rsplit('/').next().unwrap_or_default();
        if wanted.starts_with('/')
            || wanted.contains(['\\', '\0', ':'])
            || matches!(last, "" | "." | "..")
        {
            return None;
        }
        let mut parts = normal(folder, wanted)?;
        let path = format!("{}{}", self.prefix, parts.join("/"));
        parts.pop()?;
        Some((path, parts))
    }
}

/// The parts of a path without `.` and `..`; `None` if it leaves the folder that the first
/// part lies in.
fn normal(folder: &[String], path: &str) -> Option<Vec<String>> {
    let mut parts = folder.to_vec();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part.to_owned()),
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extends_never_leaves_the_repository() {
        let base = Base::of(".github/krgate.yaml");
        let resolve = |wanted| base.resolve(&base.folder, wanted).map(|(path, _)| path);
        assert_eq!(resolve("a.yaml").as_deref(), Some(".github/a.yaml"));
        assert_eq!(resolve("../b/a.yaml").as_deref(), Some("b/a.yaml"));
        assert_eq!(resolve("./x/../a.yaml").as_deref(), Some(".github/a.yaml"));
        for outside in [
            "../../a.yaml",
            "/etc/passwd",
            "C:/x",
            "..\\..\\x",
            "b/../../../x",
            "",
        ] {
            assert_eq!(resolve(outside), None, "{outside}");
        }
        let absolute = Base::of("/etc/krgate/policy.yaml");
        let resolve = |wanted| {
            absolute
                .resolve(&absolute.folder, wanted)
                .map(|(path, _)| path)
        };
        assert_eq!(resolve("x.yaml").as_deref(), Some("/etc/krgate/x.yaml"));
        assert_eq!(resolve("../x.yaml"), None);
        let above = Base::of("../shared/krgate.yaml");
        assert_eq!(above.prefix, "../shared/");
    }
}
