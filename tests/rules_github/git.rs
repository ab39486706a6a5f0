//! How git is asked (rules G124, G126, G132).

use std::io::ErrorKind;

use krgate::ci::git::Git;
use krgate::diagnostic::{Code, Part};
use krgate::model::{ObjectId, Untrusted};

use super::support::{PullRequest, Repository, environment};

const LIMIT: usize = 1 << 10;

#[test]
fn github_g124_a_file_is_read_from_the_commit_and_not_from_the_work_tree() {
    let repository = Repository::new();
    repository
        .file("krgate.yaml", "first\n")
        .file("a b/[x]*.yaml", "odd name\n")
        .file("long.yaml", "x".repeat(LIMIT + 1))
        .file("latin.yaml", b"\xe9\n");
    let first = repository.commit();
    repository.file("krgate.yaml", "second\n");
    let git = repository.open();
    let text = |path| git.text(&first, path, LIMIT).map_err(|e| e.kind());
    assert_eq!(text("krgate.yaml").as_deref(), Ok("first\n"));
    assert_eq!(text("a b/[x]*.yaml").as_deref(), Ok("odd name\n"));
    assert_eq!(text("no.yaml"), Err(ErrorKind::NotFound));
    assert_eq!(text("*.yaml"), Err(ErrorKind::NotFound));
    assert_eq!(text(":/krgate.yaml"), Err(ErrorKind::NotFound));
    assert_eq!(text(""), Err(ErrorKind::NotFound));
    assert_eq!(text("a b"), Err(ErrorKind::IsADirectory));
    assert_eq!(text("long.yaml"), Err(ErrorKind::FileTooLarge));
    assert_eq!(text("latin.yaml"), Err(ErrorKind::InvalidData));
    assert!(git.has(&first, "a b").unwrap() && !git.has(&first, "no").unwrap());
}

#[cfg(unix)]
#[test]
fn github_g124_a_link_or_submodule_is_no_policy() {
    let repository = Repository::new();
    repository
        .file("other.yaml", "x\n")
        .file("real/k.yaml", "y\n");
    std::os::unix::fs::symlink("other.yaml", repository.path().join("krgate.yaml")).unwrap();
    std::os::unix::fs::symlink("real", repository.path().join("folder")).unwrap();
    let first = repository.commit();
    let submodule = format!("160000,{first},sub");
    repository.git(&["update-index", "--add", "--cacheinfo", &submodule]);
    repository.git(&["commit", "--quiet", "-m", "submodule"]);
    let (git, head) = (repository.open(), repository.head());
    let kind = |path| git.text(&head, path, LIMIT).unwrap_err().kind();
    assert_eq!(kind("krgate.yaml"), ErrorKind::InvalidInput);
    assert_eq!(kind("sub"), ErrorKind::InvalidInput);
    assert_eq!(kind("folder/k.yaml"), ErrorKind::NotFound);
}

#[test]
fn github_g132_replaced_objects_and_a_file_system_monitor_change_nothing() {
    let repository = Repository::new();
    repository.file("krgate.yaml", "strict\n");
    let strict = repository.commit();
    repository.file("krgate.yaml", "lax\n");
    let lax = repository.commit();
    let blob = |of: &ObjectId| repository.git(&["rev-parse", &format!("{of}:krgate.yaml")]);
    repository.git(&["replace", &blob(&strict), &blob(&lax)]);
    repository.git(&["replace", "--graft", lax.as_str()]);
    let ran = repository.path().join("ran");
    let program = repository.path().join("monitor.sh");
    repository.file(
        "monitor.sh",
        format!("#!/bin/sh\ntouch {}\n", ran.display()),
    );
    repository.git(&["config", "core.fsmonitor", program.to_str().unwrap()]);
    repository.git(&["config", "diff.external", program.to_str().unwrap()]);
    let git = repository.open();
    assert_eq!(git.text(&strict, "krgate.yaml", LIMIT).unwrap(), "strict\n");
    assert_eq!(
        git.commit(&lax).unwrap().unwrap().parents,
        std::slice::from_ref(&strict),
        "a graft"
    );
    assert_eq!(git.changed_lines(&strict, &lax).unwrap().files().count(), 1);
    assert!(!ran.exists());
}

#[test]
fn github_g132_variables_do_not_lead_to_another_repository() {
    let (one, other) = (Repository::new(), Repository::new());
    one.file("krgate.yaml", "one\n");
    other.file("krgate.yaml", "other\n");
    let (here, _) = (one.commit(), other.commit());
    let there = other.path().join(".git");
    let environment = environment(&[("GIT_DIR", there.to_str().unwrap())]);
    let git = Git::open(one.path(), &environment).unwrap();
    assert_eq!(git.head().unwrap(), Some(here));
}

#[test]
fn github_g132_an_option_is_no_revision() {
    let repository = Repository::new();
    let first = repository.commit();
    repository.git(&["tag", "v1"]);
    let git = repository.open();
    assert_eq!(git.resolve("v1").unwrap(), Some(first.clone()));
    assert_eq!(git.resolve(&first.as_str()[..8]).unwrap(), Some(first));
    for none in ["", "-h", "--all", "--output=x", "no-such-branch", "HEAD:"] {
        assert_eq!(git.resolve(none).unwrap(), None, "{none}");
    }
    assert_eq!(git.of_origin(Untrusted::new("main")).unwrap(), None);
    repository.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    assert!(git.of_origin(Untrusted::new("main")).unwrap().is_some());
    for none in ["../../heads/main", "main^{commit}", "ma*", ""] {
        assert_eq!(git.of_origin(Untrusted::new(none)).unwrap(), None, "{none}");
    }
}

#[test]
fn github_g132_no_repository_is_the_environments_fault() {
    let folder = tempfile::TempDir::new().unwrap();
    let fault = Git::open(folder.path(), &environment(&[])).unwrap_err();
    assert_eq!(fault.code, Code::NoRepository);
    let unborn = Repository::new();
    assert_eq!(unborn.open().head().unwrap(), None);
    let nowhere = krgate::ci::Environment::from_pairs([("PATH", "/nonexistent")]);
    let fault = Git::open(unborn.path(), &nowhere).unwrap_err();
    assert_eq!(fault.code, Code::GitUnusable);
}

#[cfg(unix)]
#[test]
fn github_g132_dubious_ownership_names_the_line_to_add() {
    let repository = Repository::new();
    repository.commit();
    let chown = std::os::unix::fs::chown(repository.path(), Some(12345), Some(12345));
    if chown.is_err() {
        println!("skipped: only root can give a folder away");
        return;
    }
    let fault = Git::open(repository.path(), &environment(&[])).unwrap_err();
    assert_eq!(fault.code, Code::GitOwnership);
    let hint: String = fault
        .hint
        .unwrap()
        .parts()
        .iter()
        .map(|part| match part {
            Part::Own(own) => own.to_string(),
            Part::Foreign(text) => text.raw().to_owned(),
        })
        .collect();
    let line = format!(
        "git config --global --add safe.directory {}",
        repository.path().display()
    );
    assert!(hint.contains(&line), "{hint}");
}

#[test]
fn github_g152_a_commit_names_its_parents_though_they_are_not_here() {
    let pull = PullRequest::new(
        |_| {},
        |host| {
            host.file("a.rs", "x\n");
        },
    );
    let clone = pull.checkout(&pull.merge, 1);
    let git = clone.open();
    assert!(git.is_shallow().unwrap());
    let merge = git.commit(&pull.merge).unwrap().unwrap();
    assert_eq!(merge.parents, [pull.base.clone(), pull.head.clone()]);
    assert_eq!(merge.committed.to_string(), "2026-11-01T10:00:00Z");
    assert_eq!(git.commit(&pull.base).unwrap(), None);
    assert_eq!(git.resolve("HEAD^1").unwrap(), None);
}
