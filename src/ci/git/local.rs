//! What only a person's own clone is asked: where its hooks lie, what was not committed, and
//! which branches of remotes are known here (rules G135, G142, G143, G145).

use std::ffi::OsString;
use std::path::PathBuf;

use super::hunks::DiffReader;
use super::{DIFF, Git, SHORT, change_unknown, unreadable_answer, unusable, words};
use crate::diagnostic::Diagnostic;
use crate::model::{ChangedLines, ObjectId};

impl Git {
    /// The folder that git looks for hooks in, by `core.hooksPath` where that is set.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn hooks(&self) -> Result<PathBuf, Box<Diagnostic>> {
        self.folder(&["--git-path", "hooks"])
    }

    /// The folder of the repository itself, which all its work trees share.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn common_folder(&self) -> Result<PathBuf, Box<Diagnostic>> {
        self.folder(&["--git-common-dir"])
    }

    fn folder(&self, question: &[&str]) -> Result<PathBuf, Box<Diagnostic>> {
        // A path of the configuration is one from the root of the work tree.
        let up = self.up();
        let mut arguments = vec!["-C", up.as_str(), "rev-parse", "--path-format=absolute"];
        arguments.extend(question);
        let mut answer = self
            .runner
            .seeing_hooks()
            .output(&words(&arguments), SHORT)
            .map_err(|fault| unusable(&fault, &self.directory))?;
        if answer.last() == Some(&b'\n') {
            answer.pop();
        }
        path(answer).ok_or_else(|| Box::new(unreadable_answer()))
    }

    /// The way from the working directory to the repository's root.
    fn up(&self) -> String {
        match self.prefix.matches('/').count() {
            0 => ".".to_owned(),
            depth => "../".repeat(depth),
        }
    }

    /// True if two commits hold the same files.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn same_files(&self, one: &ObjectId, other: &ObjectId) -> Result<bool, Box<Diagnostic>> {
        if one == other {
            return Ok(true);
        }
        let tree = |commit: &ObjectId| {
            let name = format!("{commit}^{{tree}}");
            self.id_of(&["rev-parse", "--verify", "--quiet", &name])
        };
        let (one, other) = (tree(one)?, tree(other)?);
        Ok(one.is_some() && one == other)
    }

    /// The names of the remotes that are configured here.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn remotes(&self) -> Result<Vec<String>, Box<Diagnostic>> {
        let list = self.ask(&["remote"], SHORT)?.unwrap_or_default();
        let list = String::from_utf8_lossy(&list);
        Ok(list.lines().map(str::to_owned).collect())
    }

    /// True if any branch of a remote was fetched or pushed from here.
    ///
    /// # Errors
    /// If git cannot be asked.
    pub fn knows_branches_of(&self, remote: &str) -> Result<bool, Box<Diagnostic>> {
        let refs = format!("refs/remotes/{remote}/");
        let list = self.ask(&["for-each-ref", "--count=1", "--", &refs], SHORT)?;
        Ok(list.is_some_and(|list| !list.is_empty()))
    }

    /// What changed from a commit to the work tree: what is committed, staged and not staged
    /// by its lines, files that git does not track throughout; ignored ones are left out
    /// (rule G145).
    ///
    /// # Errors
    /// As [`Git::changed_lines`].
    pub fn changed_in_work_tree(&self, base: &ObjectId) -> Result<ChangedLines, Box<Diagnostic>> {
        let mut reader = DiffReader::to_work_tree();
        let arguments = [&DIFF[..], &[base.as_str(), "--"]].concat();
        let read = self.runner.stream(&words(&arguments), &mut |piece| {
            reader.take(piece);
            true
        });
        let mut lines = read
            .ok()
            .and_then(|()| reader.finish())
            .ok_or_else(|| change_unknown(base, "the work tree"))?;
        let up = self.up();
        let list = |which: &[&str]| {
            let arguments = [&["-C", up.as_str(), "ls-files", "-z"], which].concat();
            self.paths(&arguments, &mut |path| Some(path))
        };
        let untracked = list(&["--others", "--exclude-standard"])?;
        let mut files = list(&["--cached"])?;
        for path in untracked {
            lines.add_whole(path.clone());
            files.insert(path);
        }
        lines.set_head(files);
        Ok(lines)
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere a path is text")]
fn path(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    Some(OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes)
        .ok()
        .map(|text| OsString::from(text).into())
}
