//! Real repositories: a server that keeps a ledger, and clones that write to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use krgate::ci::Environment;
use krgate::ci::git::Git;
use krgate::record::Record;
use krgate::record::store::git::{Address, GitStore};
use krgate::record::store::{RecordStore, Scan, Wanted};
use tempfile::TempDir;

use super::suite::Ground;
use super::support::now;
#[cfg(unix)]
use super::support::program;

/// A bare repository, and any number of clones beside it.
pub(crate) struct Server {
    folder: TempDir,
    clones: AtomicUsize,
    address: &'static str,
}

/// A repository that krgate runs in, with the server as `origin`.
pub(crate) struct Clone {
    pub(crate) path: PathBuf,
    address: &'static str,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::of("origin")
    }

    /// One that clones reach by an address.
    pub(crate) fn of(address: &'static str) -> Self {
        let server = Self {
            folder: TempDir::new().unwrap(),
            clones: AtomicUsize::new(0),
            address,
        };
        fs::create_dir(server.path()).unwrap();
        server.git(&["init", "--quiet", "--bare", "--template="]);
        server
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("server.git")
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        said(&self.path(), arguments)
    }

    /// A new clone, which has nothing of the server yet.
    pub(crate) fn clone(&self) -> Clone {
        let number = self.clones.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.path().join(format!("clone-{number}"));
        // By hand: there are many of them, and `git init` takes its time.
        let inside = path.join(".git");
        for folder in ["objects", "refs"] {
            fs::create_dir_all(inside.join(folder)).unwrap();
        }
        fs::write(inside.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        let remote = "[remote \"origin\"]\n\turl = ../server.git\n\
                      \tfetch = +refs/heads/*:refs/remotes/origin/*\n";
        fs::write(inside.join("config"), remote).unwrap();
        Clone {
            path,
            address: self.address,
        }
    }

    /// A hook of the server's, as a script for `sh`.
    #[cfg(unix)]
    pub(crate) fn hook(&self, name: &str, script: &str) {
        let hooks = self.path().join("hooks");
        fs::create_dir_all(&hooks).unwrap();
        program(&hooks.join(name), &format!("#!/bin/sh\n{script}\n"));
    }

    pub(crate) fn without_hook(&self, name: &str) {
        fs::remove_file(self.path().join("hooks").join(name)).unwrap();
    }

    /// The names of all refs, sorted.
    pub(crate) fn refs(&self) -> Vec<String> {
        let list = self.git(&["for-each-ref", "--format=%(refname)"]);
        list.lines().map(str::to_owned).collect()
    }

    /// How many refs wait.
    pub(crate) fn waiting(&self) -> usize {
        let refs = self.refs();
        refs.iter().filter(|name| name.contains("inbox/")).count()
    }
}

impl Clone {
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        said(&self.path, arguments)
    }

    pub(crate) fn store(&self) -> GitStore {
        self.store_at(self.address)
    }

    pub(crate) fn store_at(&self, address: &str) -> GitStore {
        let git = Git::open(&self.path, &environment(&[])).unwrap();
        let address = Address::parse(address).unwrap();
        GitStore::open(git, &address, &environment(&[]), now()).unwrap()
    }

    pub(crate) fn scan(&self) -> Scan {
        self.store().scan(&Wanted::all(now())).unwrap()
    }

    pub(crate) fn append_all(&self, records: &[Record]) {
        let store = self.store();
        for record in records {
            store.append(record).unwrap();
        }
    }
}

impl Ground for Server {
    fn open(&self) -> Box<dyn RecordStore> {
        Box::new(self.clone().store())
    }
}

/// The surroundings of a run, with nothing of this machine but where programs are.
pub(crate) fn environment(more: &[(&str, &str)]) -> Environment {
    let path = search_path();
    let mut all = vec![
        ("PATH", path.to_str().unwrap()),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("HOME", "/nonexistent"),
    ];
    all.extend(more);
    Environment::from_pairs(all)
}

#[expect(
    clippy::disallowed_methods,
    reason = "where git is, and nothing else of the machine"
)]
pub(crate) fn search_path() -> PathBuf {
    std::env::var_os("PATH").unwrap_or_default().into()
}

/// What git writes, without the last line's end.
pub(crate) fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .env("PATH", search_path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", "/nonexistent")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "C")
        .env("GIT_COMMITTER_EMAIL", "c@example.org")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {arguments:?}: {words}");
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}
