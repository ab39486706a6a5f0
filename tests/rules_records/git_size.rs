//! How a ledger in git is read when there is much of it (rules R23, R48).
//!
//! `KRGATE_CROWD=20000` reads so many records of a branch, and prints what it took.

#![cfg(unix)]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use krgate::ci::git::Git;
use krgate::record::Record;
use krgate::record::store::git::{Address, GitStore};
use krgate::record::store::{RecordStore, Wanted};

use super::crowd::writers;
use super::ground::{Clone, Server, environment, search_path};
use super::support::{now, program, sealed};

fn records(prefix: &str, count: usize) -> Vec<Record> {
    let record = |n| sealed(&format!("{prefix} {n}"), 41, "2026-11-02T09:00:00Z");
    (0..count).map(record).collect()
}

/// A ref, and the files of its commit.
type Commit = (String, Vec<(String, Vec<u8>)>);

/// Puts files on a ref of the server's, with one process for all.
fn import(server: &Server, commits: &[Commit]) {
    let mut child = Command::new("git")
        .current_dir(server.path())
        .args(["fast-import", "--quiet", "--force"])
        .env_clear()
        .env("PATH", search_path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for (name, files) in commits {
        let mut head = String::new();
        writeln!(head, "commit {name}").unwrap();
        writeln!(head, "committer krgate <krgate> 1793610000 +0000").unwrap();
        writeln!(head, "data 0").unwrap();
        pipe.write_all(head.as_bytes()).unwrap();
        for (path, bytes) in files {
            let head = format!("M 100644 inline {path}\ndata {}\n", bytes.len());
            pipe.write_all(head.as_bytes()).unwrap();
            pipe.write_all(bytes).unwrap();
            pipe.write_all(b"\n").unwrap();
        }
    }
    drop(pipe);
    assert!(child.wait().unwrap().success());
}

fn server(waiting: usize, on_branch: usize) -> Server {
    let server = Server::new();
    let mut commits: Vec<_> = records("waiting", waiting)
        .iter()
        .map(|record| {
            let name = format!("refs/krgate/inbox/{}", record.id());
            (name, vec![("record.json".to_owned(), record.to_bytes())])
        })
        .collect();
    let files = records("filed", on_branch)
        .iter()
        .map(|record| {
            let path = format!("records/{}/{}.json", record.month(), record.id());
            (path, record.to_bytes())
        })
        .collect();
    commits.push(("refs/heads/krgate-records".to_owned(), files));
    import(&server, &commits);
    server
}

/// How many records a scan gives, and how many times it calls git.
fn scanned(clone: &Clone) -> (usize, usize) {
    let bin = clone.path.join("bin");
    fs::create_dir(&bin).unwrap();
    let (log, real) = (clone.path.join("log"), search_path());
    let script = format!(
        "#!/bin/sh\necho x >>'{}'\nPATH='{}'\nexec git \"$@\"\n",
        log.display(),
        real.display()
    );
    program(&bin.join("git"), &script);
    let path = format!("{}:{}", bin.display(), real.display());
    let environment = environment(&[("PATH", &path)]);
    let git = Git::open(&clone.path, &environment).unwrap();
    let address = Address::parse("origin").unwrap();
    let store = GitStore::open(git, &address, &environment, now()).unwrap();
    let scan = store.scan(&Wanted::all(now())).unwrap();
    assert_eq!(scan.damage, []);
    let calls = fs::read_to_string(log).unwrap().lines().count();
    (scan.records.len(), calls)
}

#[test]
fn record_r48_a_scan_calls_git_no_more_often_for_more_records() {
    let (few, calls_of_few) = scanned(&server(1, 1).clone());
    let (many, calls_of_many) = scanned(&server(150, 150).clone());
    assert_eq!((few, many), (2, 300));
    assert_eq!(calls_of_few, calls_of_many);
    assert!(calls_of_many <= 14, "{calls_of_many}");

    let (count, _) = writers();
    let server = server(0, count);
    let clone = server.clone();
    let began = Instant::now();
    let first = clone.scan().records.len();
    let after_first = began.elapsed();
    let second = clone.scan().records.len();
    assert_eq!((first, second), (count, count));
    println!(
        "{count} records of a branch: {after_first:.1?} with the fetch, {:.1?} without",
        began.elapsed().checked_sub(after_first).unwrap()
    );
}
