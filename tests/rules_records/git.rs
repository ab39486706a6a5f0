//! The ledger in a git repository: storing and reading (rules R22, R23, R26, R27, R34 to R37,
//! R44, G105, G107).

use std::fs;

use krgate::record::store::git::{Address, GitStore};
use krgate::record::store::{Appended, RecordStore, StoreError, Wanted};
use krgate::record::{Flaw, Record};

use super::ground::{Clone, Server, environment, said};
use super::suite;
#[cfg(unix)]
use super::support::program;
use super::support::{bytes, now, sealed};

fn one() -> Record {
    sealed("octo", 41, "2026-11-02T09:00:00Z")
}

fn inbox(record: &Record) -> String {
    format!("refs/krgate/inbox/{}", record.id())
}

/// The words of an error of a host that said no.
fn refusal(answer: Result<Appended, StoreError>) -> String {
    match answer {
        Err(StoreError::Refused(message)) => format!("{message:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn record_r22_a_repository_passes_the_suite() {
    suite::passes(&|| Box::new(Server::new()));
}

#[test]
fn record_r26_branches_are_written_like_other_refs() {
    let server = Server::of("origin?inbox=heads");
    let (record, other) = (one(), sealed("octo", 42, "2026-11-02T09:00:00Z"));
    let store = server.clone().store();
    assert_eq!(store.append(&record), Ok(Appended::Stored));
    assert_eq!(
        server.clone().store().append(&record),
        Ok(Appended::Duplicate)
    );
    let conflict = server.clone().store().append(&other);
    assert!(
        matches!(conflict, Err(StoreError::Conflict { .. })),
        "{conflict:?}"
    );
    let branch = format!("refs/heads/krgate-inbox/{}", record.id());
    assert_eq!(server.refs(), [branch]);
    assert_eq!(store.compact(now()).unwrap().records, 1);
    assert_eq!(server.refs(), ["refs/heads/krgate-records"]);
    assert_eq!(bytes(&server.clone().scan().records), bytes(&[record]));
}

#[test]
fn record_r22_a_record_is_one_commit_whoever_makes_it() {
    let (server, record) = (Server::new(), one());
    let clone = server.clone();
    // Settings of the user's do not enter it.
    for (key, value) in [
        ("i18n.commitEncoding", "ISO-8859-1"),
        ("core.autocrlf", "true"),
        ("user.name", "somebody"),
        ("commit.gpgSign", "true"),
    ] {
        clone.git(&["config", key, value]);
    }
    assert_eq!(clone.store().append(&record), Ok(Appended::Stored));
    assert_eq!(server.refs(), [inbox(&record)]);
    let commit = server.git(&["cat-file", "commit", &inbox(&record)]);
    let seconds = record.at().as_second();
    let tree = server.git(&["rev-parse", &format!("{}^{{tree}}", inbox(&record))]);
    assert_eq!(
        commit,
        format!(
            "tree {tree}\nauthor krgate <krgate> {seconds} +0000\ncommitter krgate <krgate> \
             {seconds} +0000\n\nkrgate record\n\n{}",
            record.id()
        )
    );
    let listing = server.git(&["ls-tree", &tree]);
    assert!(listing.starts_with("100644 blob ") && listing.ends_with("\trecord.json"));
    let stored = server.git(&[
        "cat-file",
        "blob",
        &format!("{}:record.json", inbox(&record)),
    ]);
    assert_eq!(format!("{stored}\n").into_bytes(), record.to_bytes());

    let name = server.git(&["rev-parse", &inbox(&record)]);
    let elsewhere = Server::new();
    elsewhere.clone().append_all(std::slice::from_ref(&record));
    assert_eq!(elsewhere.git(&["rev-parse", &inbox(&record)]), name);
    // The clone keeps no ref of it, and no branch.
    assert_eq!(clone.git(&["for-each-ref"]), "");
}

#[cfg(unix)]
#[test]
fn record_r22_no_hook_of_the_clone_runs() {
    let server = Server::new();
    let clone = server.clone();
    let hooks = clone.path.join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for name in ["pre-push", "reference-transaction", "post-index-change"] {
        program(&hooks.join(name), "#!/bin/sh\necho $0 >>ran\nexit 1\n");
    }
    clone.append_all(&[one()]);
    clone.store().fold(now()).unwrap();
    assert!(!clone.path.join("ran").exists() && !clone.path.join(".git/ran").exists());
}

#[test]
fn record_r22_what_stands_under_the_name_is_never_replaced() {
    let (server, record) = (Server::new(), one());
    let other = sealed("octo", 42, "2026-11-02T09:00:00Z");
    server.clone().append_all(std::slice::from_ref(&record));
    let before = server.git(&["rev-parse", &inbox(&record)]);
    let conflict = StoreError::Conflict {
        id: record.id(),
        stored: record.digest(),
        offered: other.digest(),
    };
    assert_eq!(server.clone().store().append(&other), Err(conflict));
    assert_eq!(server.git(&["rev-parse", &inbox(&record)]), before);
    assert_eq!(
        server.clone().store().append(&record),
        Ok(Appended::Duplicate)
    );
}

#[cfg(unix)]
#[test]
fn record_r36_r37_a_writer_that_is_killed_stores_all_or_nothing() {
    let (server, record) = (Server::new(), one());
    let clone = server.clone();
    // Before anything is stored, and after it while the answer is under way.
    server.hook("pre-receive", "kill -9 $PPID");
    assert!(clone.store().append(&record).is_err());
    assert_eq!(server.waiting(), 0);
    server.without_hook("pre-receive");
    server.hook(
        "reference-transaction",
        "test $1 = committed && kill -9 $PPID; true",
    );
    let lost = clone.store().append(&record);
    assert!(matches!(lost, Err(StoreError::Unreachable(_))), "{lost:?}");
    server.without_hook("reference-transaction");
    assert_eq!(clone.store().append(&record), Ok(Appended::Duplicate));
    assert_eq!(bytes(&server.clone().scan().records), bytes(&[record]));
}

#[cfg(unix)]
#[test]
fn record_r35_a_push_that_meets_a_lock_is_sent_again() {
    let (server, record) = (Server::new(), one());
    let lock = server.path().join(format!("{}.lock", inbox(&record)));
    fs::create_dir_all(lock.parent().unwrap()).unwrap();
    fs::write(&lock, "").unwrap();
    // The second push finds the lock gone.
    server.hook(
        "pre-receive",
        &format!("test -e seen && rm -f '{}'\ntouch seen", lock.display()),
    );
    assert_eq!(server.clone().store().append(&record), Ok(Appended::Stored));
}

#[test]
fn record_r35_a_remote_that_is_not_there_is_unreachable() {
    let clone = Server::new();
    let clone = clone.clone();
    for address in [
        "../nowhere.git",
        "nobody",
        "ext::sh -c exit",
        "http://127.0.0.1:1/x",
    ] {
        let store = clone.store_at(address);
        for answer in [
            store.append(&one()).map(drop),
            store.scan(&Wanted::all(now())).map(drop),
        ] {
            let unreachable = matches!(answer, Err(StoreError::Unreachable(_)));
            assert!(unreachable, "{address}: {answer:?}");
        }
    }
}

/// Makes a server refuse.
#[cfg(unix)]
type Prepare<'a> = &'a dyn Fn(&Server);

#[cfg(unix)]
#[test]
fn record_r26_where_other_refs_are_refused_branches_are_taken() {
    let hook = "while read a b name; do case $name in refs/heads/*) ;; \
                *) echo only branches here >&2; exit 1;; esac; done";
    let grounds: [(&str, Prepare<'_>); 2] = [
        ("hidden", &|server| {
            server.git(&["config", "receive.hideRefs", "refs/krgate"]);
        }),
        ("hook", &|server| server.hook("pre-receive", hook)),
    ];
    for (name, prepare) in grounds {
        let server = Server::new();
        let earlier = sealed("early", 1, "2026-11-01T09:00:00Z");
        server.clone().append_all(std::slice::from_ref(&earlier));
        prepare(&server);
        let (clone, record) = (server.clone(), one());
        let store = clone.store();
        assert_eq!(store.append(&record), Ok(Appended::Stored), "{name}");
        let branch = format!("refs/heads/krgate-inbox/{}", record.id());
        assert_eq!(server.refs(), [branch, inbox(&earlier)], "{name}");
        assert_eq!(store.append(&record), Ok(Appended::Duplicate), "{name}");
        // Readers read both.
        let scan = server.clone().scan();
        assert_eq!(bytes(&scan.records), bytes(&[earlier, record]), "{name}");
        assert_eq!(scan.damage, []);
    }
    // What is fixed is not asked for.
    let server = Server::new();
    server.git(&["config", "receive.hideRefs", "refs/heads/krgate-inbox"]);
    let store = server.clone().store_at("origin?inbox=heads");
    assert!(refusal(store.append(&one())).contains("hidden ref"));
    assert_eq!(server.waiting(), 0);
}

#[cfg(unix)]
#[test]
fn record_r26_a_probe_says_which_refs_the_host_takes_and_leaves_none() {
    let probed = |server: &Server, address: &str| {
        let probed = server.clone().store_at(address).probe(now());
        let said = probed.unwrap().into_iter();
        said.map(|d| (d.code.as_str(), format!("{:?} {:?}", d.message, d.hint)))
            .collect::<Vec<_>>()
    };
    let server = Server::new();
    server.hook("post-receive", "cat >>pushes");
    assert_eq!(probed(&server, "origin"), []);
    assert_eq!(server.refs(), [""; 0]);
    let pushes = fs::read_to_string(server.path().join("pushes")).unwrap();
    let names: Vec<&str> = pushes
        .lines()
        .map(|line| line.rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "there and away again: {pushes}");
    assert!(names[0].starts_with("refs/krgate/probe/") && names[0] == names[1]);
    // A host that takes branches alone.
    let of_branches = "while read a b name; do case $name in refs/heads/*) ;; \
                       *) echo only branches here >&2; exit 1;; esac; done";
    server.hook("pre-receive", of_branches);
    let told = probed(&server, "origin");
    let [(code, words)] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(*code, "ledger-branches");
    for part in ["only branches here", "inbox=heads", "branches-ignore"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let told = probed(&server, "origin?inbox=heads");
    assert_eq!((told.len(), told[0].0), (1, "ledger-branches"));
    assert_eq!(server.refs(), [""; 0]);
    // One that lets no ref go: then nothing can be gathered either, and no reader minds.
    server.without_hook("pre-receive");
    server.hook(
        "update",
        "case $3 in *[1-9a-f]*) ;; *) echo it stays >&2; exit 1;; esac",
    );
    let told = probed(&server, "origin");
    assert_eq!((told.len(), told[0].0), (1, "ledger-probe-left"));
    let refs = server.refs();
    assert_eq!(refs.len(), 1);
    for part in [&refs[0], "hook declined"] {
        assert!(told[0].1.contains(part), "{part}: {told:?}");
    }
    let scan = server.clone().scan();
    assert_eq!(
        (scan.exists, scan.records, scan.damage),
        (false, vec![], vec![])
    );
    // One that takes nothing, and one that is not there.
    server.hook("pre-receive", "echo no right >&2; exit 1");
    let refused = server.clone().store().probe(now());
    let Err(StoreError::Refused(message)) = refused else {
        panic!("{refused:?}");
    };
    assert!(format!("{message:?}").contains("no right"), "{message:?}");
    let gone = server.clone().store_at("../nowhere.git").probe(now());
    assert!(matches!(gone, Err(StoreError::Unreachable(_))), "{gone:?}");
}

#[cfg(unix)]
#[test]
fn github_g107_a_host_that_refuses_is_quoted_and_not_asked_again() {
    let server = Server::new();
    server.hook(
        "pre-receive",
        "echo x >>tries\nprintf 'GH013: Repository rule violations\\n\\n- no \\033[31m##[error]\\n' >&2\nexit 1",
    );
    let clone = server.clone();
    let words = refusal(clone.store().append(&one()));
    for part in [
        "pre-receive hook declined",
        "GH013: Repository rule violations",
    ] {
        assert!(words.contains(part), "{words}");
    }
    // Foreign text, and so encoded wherever it is shown.
    assert!(!words.contains('\u{1b}'), "{words}");
    // Once in each namespace (rule R26).
    let tries = fs::read_to_string(server.path().join("tries")).unwrap();
    assert_eq!(tries.lines().count(), 2);
    assert!(server.refs().is_empty());
    let fixed = clone.store_at("origin?inbox=heads");
    refusal(fixed.append(&one()));
    let tries = fs::read_to_string(server.path().join("tries")).unwrap();
    assert_eq!(tries.lines().count(), 3);
}

/// A commit on the server, of some files and perhaps a parent.
fn commit(server: &Server, files: &[(&str, &[u8])], parent: Option<&str>) -> String {
    let clone = server.clone();
    for (name, bytes) in files {
        fs::write(clone.path.join(name), bytes).unwrap();
    }
    clone.git(&["add", "--all"]);
    let tree = clone.git(&["write-tree"]);
    let mut arguments = vec!["commit-tree", "-m", "x", &tree];
    if let Some(parent) = parent {
        clone.git(&["fetch", "--quiet", "origin", parent]);
        arguments.extend(["-p", parent]);
    }
    let commit = clone.git(&arguments);
    clone.git(&[
        "push",
        "--quiet",
        "origin",
        &format!("{commit}:refs/made/{commit}"),
    ]);
    server.git(&["update-ref", "-d", &format!("refs/made/{commit}")]);
    commit
}

#[test]
fn record_r23_r34_a_ref_that_holds_anything_else_is_named_and_left() {
    let (server, record) = (Server::new(), one());
    let whole = record.to_bytes();
    let good = sealed("good", 1, "2026-11-01T09:00:00Z");
    server.clone().append_all(std::slice::from_ref(&good));
    let blob = server.git(&["rev-parse", &format!("{}:record.json", inbox(&good))]);
    let of_good = server.git(&["rev-parse", &inbox(&good)]);
    let half = &whole[..whole.len() / 2];
    let cases: [(&str, String, Flaw); 7] = [
        (
            "two files",
            commit(&server, &[("record.json", &whole), ("x", b"")], None),
            Flaw::Ref,
        ),
        (
            "another file",
            commit(&server, &[("x.json", &whole)], None),
            Flaw::Ref,
        ),
        (
            "a parent",
            commit(&server, &[("record.json", &whole)], Some(&of_good)),
            Flaw::Ref,
        ),
        ("a blob", blob, Flaw::Ref),
        ("another record", of_good.clone(), Flaw::Name),
        (
            "half a record",
            commit(&server, &[("record.json", half)], None),
            Flaw::NotCanonical(krgate::record::canonical::read_line(half).unwrap_err()),
        ),
        (
            "an edited record",
            commit(
                &server,
                &[(
                    "record.json",
                    &String::from_utf8(whole.clone())
                        .unwrap()
                        .replace(":41,", ":42,")
                        .into_bytes(),
                )],
                None,
            ),
            Flaw::Digest,
        ),
    ];
    for (what, object, flaw) in cases {
        server.git(&["update-ref", &inbox(&record), &object]);
        let clone = server.clone();
        let scan = clone.scan();
        assert_eq!(
            bytes(&scan.records),
            bytes(std::slice::from_ref(&good)),
            "{what}"
        );
        let [damage] = &scan.damage[..] else {
            panic!("{what}: {:?}", scan.damage);
        };
        assert_eq!(damage.path.raw(), inbox(&record), "{what}");
        assert_eq!(damage.flaw, flaw, "{what}");
        assert!(damage.digest.is_some(), "{what}");
        let again = clone.store().append(&record);
        assert!(
            matches!(again, Err(StoreError::Damaged(_))),
            "{what}: {again:?}"
        );
        assert_eq!(
            server.git(&["rev-parse", &inbox(&record)]),
            object,
            "{what}"
        );
    }
    // A name that is no id; and folding takes neither.
    server.git(&["update-ref", "refs/krgate/inbox/a/b", &of_good]);
    let clone = server.clone();
    let scan = clone.scan();
    assert_eq!(scan.damage.len(), 2);
    let folded = clone.store().fold(now()).unwrap();
    assert_eq!((folded.records, folded.refs, folded.left), (1, 1, 2));
    assert_eq!(clone.scan().damage, scan.damage);
}

#[test]
fn record_r13_a_ref_of_the_future_is_damaged_and_stays() {
    let server = Server::new();
    server
        .clone()
        .append_all(&[sealed("octo", 1, "2027-02-01T00:00:00Z")]);
    let clone = server.clone();
    assert_eq!(clone.scan().damage[0].flaw, Flaw::Future);
    assert_eq!(clone.store().fold(now()).unwrap().left, 1);
}

/// A server with a project of two commits and a ledger, cloned in some way.
fn project(clone_arguments: &[&str]) -> (Server, Clone) {
    let server = Server::new();
    let work = server.clone();
    for text in ["1", "2"] {
        fs::write(work.path.join("a"), text).unwrap();
        work.git(&["add", "a"]);
        work.git(&["commit", "--quiet", "-m", text]);
    }
    work.git(&["push", "--quiet", "origin", "main"]);
    server.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    server.git(&["config", "uploadpack.allowFilter", "true"]);
    work.append_all(&[one()]);
    work.store().fold(now()).unwrap();
    work.append_all(&[sealed("hubot", 7, "2026-11-03T09:00:00Z")]);
    let clone = server.clone();
    fs::remove_dir_all(&clone.path).unwrap();
    let url = format!("file://{}", server.path().display());
    let to = clone.path.to_str().unwrap().to_owned();
    let mut arguments = vec!["clone", "--quiet"];
    arguments.extend(clone_arguments);
    arguments.extend([url.as_str(), to.as_str()]);
    said(&server.path(), &arguments);
    (server, clone)
}

#[test]
fn record_r44_a_shallow_or_partial_clone_reads_and_writes_the_ledger_alone() {
    for arguments in [
        &["--depth=1"][..],
        &["--filter=blob:none"],
        &["--single-branch", "--no-tags"],
    ] {
        let (server, clone) = project(arguments);
        let shallow = fs::read(clone.path.join(".git/shallow")).ok();
        let refs = clone.git(&["for-each-ref"]);
        assert_eq!(clone.scan().records.len(), 2, "{arguments:?}");
        let third = sealed("third", 9, "2026-11-04T09:00:00Z");
        let store = clone.store();
        assert_eq!(store.append(&third), Ok(Appended::Stored), "{arguments:?}");
        assert_eq!(store.fold(now()).unwrap().records, 2, "{arguments:?}");
        assert_eq!(clone.scan().records.len(), 3, "{arguments:?}");
        assert_eq!(store.verify(now()).unwrap().diagnostics, []);
        // It is as shallow as it was, and has one ref more: what was seen. Where branches are
        // tracked, a push tells git of the branch too.
        assert_eq!(fs::read(clone.path.join(".git/shallow")).ok(), shallow);
        let now_there = clone.git(&["for-each-ref", "--format=%(refname)"]);
        let more: Vec<&str> = now_there
            .lines()
            .filter(|name| !refs.contains(*name) && *name != "refs/remotes/origin/krgate-records")
            .collect();
        assert_eq!(more, ["refs/krgate/seen/origin"], "{arguments:?}");
        assert!(server.waiting() == 0);
    }
}

#[test]
fn record_r37_what_a_killed_reader_left_is_cleared_away() {
    let server = Server::new();
    let clone = server.clone();
    clone.append_all(&[one()]);
    clone.git(&[
        "fetch",
        "--quiet",
        "origin",
        "refs/krgate/inbox/*:refs/krgate/fetched/100-ab/inbox/*",
    ]);
    let recent = format!("refs/krgate/fetched/{}-ab/branch", now().as_second());
    clone.git(&[
        "update-ref",
        &recent,
        &server.git(&["rev-parse", &inbox(&one())]),
    ]);
    assert_eq!(clone.scan().records.len(), 1);
    assert_eq!(clone.git(&["for-each-ref", "--format=%(refname)"]), recent);
}

/// A program `git` that writes down what it is given and then is the real one.
#[cfg(unix)]
#[test]
fn github_g105_the_token_is_in_no_argument_and_goes_to_the_named_host_alone() {
    let server = Server::new();
    let clone = server.clone();
    let bin = clone.path.join("bin");
    fs::create_dir(&bin).unwrap();
    let real = super::ground::search_path();
    let log = clone.path.join("log");
    program(
        &bin.join("git"),
        &format!(
            "#!/bin/sh\n(echo \"args $*\"; env | grep ^GIT_ | sed 's/^/env /') >>'{}'\n\
             PATH='{}'\ncase \"$*\" in *push*|*fetch*) exit 1;; esac\nexec git \"$@\"\n",
            log.display(),
            real.display()
        ),
    );
    let path = format!("{}:{}", bin.display(), real.display());
    let token = ["not", "a", "token"].join("-");
    let environment = environment(&[
        ("PATH", &path),
        ("GITHUB_SERVER_URL", "https://git.example"),
        ("GITHUB_TOKEN", &token),
    ]);
    // base64 of `x-access-token:not-a-token`
    let encoded = "eC1hY2Nlc3MtdG9rZW46bm90LWEtdG9rZW4=";
    for (url, given) in [
        ("https://git.example/acme/shop", true),
        ("https://git.example.org/acme/shop", false),
        ("git@git.example:acme/shop", false),
        ("../server.git", false),
    ] {
        clone.git(&["remote", "set-url", "origin", url]);
        for address in ["origin", url] {
            let _ = fs::remove_file(&log);
            let git = krgate::ci::git::Git::open(&clone.path, &environment).unwrap();
            let address = Address::parse(address).unwrap();
            let store = GitStore::open(git, &address, &environment, now()).unwrap();
            assert!(store.append(&one()).is_err());
            let log = fs::read_to_string(&log).unwrap();
            assert!(!log.contains(&token));
            let (arguments, variables): (Vec<&str>, Vec<&str>) =
                log.lines().partition(|line| line.starts_with("args"));
            // Rule R22: never without the lease that there is no such ref.
            let lease = format!("--force-with-lease={}: ", inbox(&one()));
            let push = arguments.iter().find(|line| line.contains(" push "));
            for flag in [lease.as_str(), "--no-verify", "--porcelain"] {
                assert!(push.unwrap().contains(flag), "{flag}: {push:?}");
            }
            assert!(!arguments.join("\n").contains(encoded));
            assert_eq!(variables.join("\n").contains(encoded), given, "{url}");
        }
    }
}
