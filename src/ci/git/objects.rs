//! Writing objects and refs, and what is asked of them: the plumbing of a ledger (rules R22 to
//! R24). Nothing here touches a branch, the index or the work tree.

use std::ffi::OsString;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::command::{Fault, Runner};
use super::{Git, LIST, SHORT, unreadable_answer, unusable, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::ObjectId;

/// A commit that is to be made. Its author and committer are krgate, so that the same content
/// is the same commit, whoever makes it.
#[derive(Debug, Clone)]
pub struct NewCommit<'a> {
    /// Its tree.
    pub tree: &'a ObjectId,
    /// Its parent, if it has one.
    pub parent: Option<&'a ObjectId>,
    /// Both dates.
    pub at: Timestamp,
    /// Its message.
    pub message: String,
}

/// A ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref {
    /// Its full name.
    pub name: String,
    /// What it names.
    pub id: ObjectId,
}

/// A file of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its mode, such as `100644`.
    pub mode: String,
    /// The object.
    pub id: ObjectId,
    /// Its path from the tree, as text.
    pub path: String,
}

impl Git {
    /// Stores bytes.
    ///
    /// # Errors
    /// If git cannot store them.
    pub fn write_blob(&self, bytes: &[u8]) -> Result<ObjectId, Box<Diagnostic>> {
        let arguments = ["hash-object", "-w", "--stdin"];
        self.write(&self.runner, &arguments, Some(bytes.to_vec()))
    }

    /// Stores a tree of one file.
    ///
    /// # Errors
    /// If git cannot store it.
    pub fn write_tree(&self, name: &str, blob: &ObjectId) -> Result<ObjectId, Box<Diagnostic>> {
        let entry = format!("100644 blob {blob}\t{name}\0");
        self.write(&self.runner, &["mktree", "-z"], Some(entry.into_bytes()))
    }

    /// Stores the tree of a commit, with more files.
    ///
    /// # Errors
    /// If git cannot store it.
    pub fn add_to_tree(
        &self,
        commit: Option<&ObjectId>,
        files: &[(String, ObjectId)],
    ) -> Result<ObjectId, Box<Diagnostic>> {
        let folder = tempfile::tempdir().map_err(|_| {
            Box::new(
                Diagnostic::new(Code::GitUnusable, "no temporary folder can be made")
                    .hint("see that the folder for temporary files can be written to"),
            )
        })?;
        // An index of its own: that of the work tree is somebody else's.
        let index: OsString = folder.path().join("index").into();
        let runner = self.runner.with(vec![("GIT_INDEX_FILE".into(), index)]);
        if let Some(commit) = commit {
            let arguments = ["-c", "core.splitIndex=false", "read-tree", commit.as_str()];
            runner
                .output(&words(&arguments), SHORT)
                .map_err(|fault| self.broken(&fault))?;
        }
        let mut input = String::new();
        for (path, blob) in files {
            let _ = write!(input, "100644 {blob}\t{path}\0");
        }
        let arguments = [
            "-c",
            "core.splitIndex=false",
            "update-index",
            "-z",
            "--index-info",
        ];
        runner
            .feed(&words(&arguments), Some(input.into_bytes()), &mut |_| true)
            .map_err(|fault| self.broken(&fault))?;
        self.write(&runner, &["write-tree"], None)
    }

    /// Stores a commit.
    ///
    /// # Errors
    /// If git cannot store it.
    pub fn write_commit(&self, commit: &NewCommit<'_>) -> Result<ObjectId, Box<Diagnostic>> {
        let date = format!("@{} +0000", commit.at.as_second());
        let mut variables: Vec<(OsString, OsString)> = Vec::new();
        for who in ["AUTHOR", "COMMITTER"] {
            for (what, value) in [("NAME", "krgate"), ("EMAIL", "krgate"), ("DATE", &date)] {
                variables.push((format!("GIT_{who}_{what}").into(), value.into()));
            }
        }
        let runner = self.runner.with(variables);
        let mut arguments = vec![
            // It would stand in the commit, and make it another one.
            "-c",
            "i18n.commitEncoding=UTF-8",
            "commit-tree",
            commit.tree.as_str(),
        ];
        if let Some(parent) = commit.parent {
            arguments.extend(["-p", parent.as_str()]);
        }
        arguments.extend(["-F", "-"]);
        self.write(
            &runner,
            &arguments,
            Some(commit.message.clone().into_bytes()),
        )
    }

    fn write(
        &self,
        runner: &Runner,
        arguments: &[&str],
        input: Option<Vec<u8>>,
    ) -> Result<ObjectId, Box<Diagnostic>> {
        let mut answer = Vec::new();
        runner
            .feed(&words(arguments), input, &mut |piece| {
                answer.extend_from_slice(piece);
                answer.len() <= SHORT
            })
            .map_err(|fault| self.broken(&fault))?;
        ObjectId::new(String::from_utf8_lossy(&answer).trim_end())
            .ok_or_else(|| Box::new(unreadable_answer()))
    }

    fn broken(&self, fault: &Fault) -> Box<Diagnostic> {
        unusable(fault, &self.directory)
    }

    /// The refs below a prefix that ends in `/`, by name.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn refs(&self, prefix: &str) -> Result<Vec<Ref>, Box<Diagnostic>> {
        let format = "--format=%(objectname) %(refname)";
        let list = self
            .runner
            .output(&words(&["for-each-ref", format, prefix]), LIST)
            .map_err(|fault| self.broken(&fault))?;
        let list = String::from_utf8_lossy(&list);
        let refs = list.lines().map(|line| {
            let (id, name) = line.split_once(' ')?;
            let (id, name) = (ObjectId::new(id)?, name.to_owned());
            Some(Ref { name, id })
        });
        refs.collect::<Option<_>>()
            .ok_or_else(|| Box::new(unreadable_answer()))
    }

    /// What a ref names here; `None` if there is none.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn of_ref(&self, name: &str) -> Result<Option<ObjectId>, Box<Diagnostic>> {
        self.id_of(&["show-ref", "--verify", "--hash", "--", name])
    }

    /// Lets a ref name something; true if git did so. Another process may have been quicker.
    pub fn set_ref(&self, name: &str, to: &ObjectId) -> bool {
        let arguments = ["update-ref", name, to.as_str()];
        self.runner.output(&words(&arguments), SHORT).is_ok()
    }

    /// Takes refs of this repository away; true if git did so.
    pub fn drop_refs(&self, names: &[String]) -> bool {
        let mut lines = String::new();
        for name in names {
            let _ = writeln!(lines, "delete {name}");
        }
        names.is_empty()
            || self
                .runner
                .feed(
                    &words(&["update-ref", "--stdin"]),
                    Some(lines.into_bytes()),
                    &mut |_| true,
                )
                .is_ok()
    }

    /// True if a commit is another one or comes after it.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn descends(&self, commit: &ObjectId, from: &ObjectId) -> Result<bool, Box<Diagnostic>> {
        let arguments = [
            "merge-base",
            "--is-ancestor",
            from.as_str(),
            commit.as_str(),
        ];
        Ok(self.ask(&arguments, SHORT)?.is_some())
    }

    /// A commit and all before it, the first ones first.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn history(&self, tip: &ObjectId) -> Result<Vec<ObjectId>, Box<Diagnostic>> {
        let arguments = ["rev-list", "--topo-order", "--reverse", tip.as_str()];
        let list = self
            .runner
            .output(&words(&arguments), LIST)
            .map_err(|fault| self.broken(&fault))?;
        let list = String::from_utf8_lossy(&list);
        list.lines()
            .map(ObjectId::new)
            .collect::<Option<_>>()
            .ok_or_else(|| Box::new(unreadable_answer()))
    }

    /// Those of some objects that are not here: a partial clone lacks some.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn lacking(&self, ids: &[ObjectId]) -> Result<Vec<ObjectId>, Box<Diagnostic>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut input = String::new();
        for id in ids {
            let _ = writeln!(input, "{id}");
        }
        let mut answer = Vec::new();
        let arguments = ["cat-file", "--batch-check=%(objecttype)", "--buffer"];
        self.runner
            .feed(&words(&arguments), Some(input.into_bytes()), &mut |piece| {
                answer.extend_from_slice(piece);
                answer.len() <= LIST
            })
            .map_err(|fault| self.broken(&fault))?;
        let answer = String::from_utf8_lossy(&answer);
        let lacking = answer
            .lines()
            .filter_map(|line| line.strip_suffix(" missing"));
        Ok(lacking.filter_map(ObjectId::new).collect())
    }

    /// Every file of a commit's tree.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn listing(&self, commit: &ObjectId) -> Result<Vec<Listed>, Box<Diagnostic>> {
        let arguments = ["ls-tree", "-r", "-z", "--full-tree", commit.as_str()];
        let list = self
            .runner
            .output(&words(&arguments), LIST)
            .map_err(|fault| self.broken(&fault))?;
        let lines = list
            .split(|byte| *byte == 0)
            .filter(|line| !line.is_empty());
        let files = lines.map(|line| {
            let (name, entry) = super::entry(line)?;
            Some(Listed {
                mode: String::from_utf8(entry.mode).ok()?,
                id: entry.id?,
                path: String::from_utf8_lossy(name).into_owned(),
            })
        });
        files
            .collect::<Option<_>>()
            .ok_or_else(|| Box::new(unreadable_answer()))
    }
}
