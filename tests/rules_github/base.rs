//! Which commit a change is judged against (rules G123, G126, G144).

use krgate::ci::{base, start_of_change};
use krgate::diagnostic::Code;
use krgate::model::{CiContext, System, UntrustedText};

use super::support::{PullRequest, actions, environment};

fn pull() -> PullRequest {
    PullRequest::new(
        |host| {
            host.file("a.rs", "one\ntwo\n");
        },
        |host| {
            host.file("a.rs", "one\ntwo\nthree\n");
        },
    )
}

#[test]
fn github_g123_the_first_parent_of_the_merge_commit_beats_the_event() {
    let pull = pull();
    let mut context = pull.context();
    // A base that went stale: main moved on after the pull request was opened.
    let stale = pull.host.git(&["rev-parse", "main^"]);
    context.base = krgate::model::ObjectId::new(&stale);
    let clone = pull.checkout(&pull.merge, 2);
    let git = clone.open();
    let found = base(&git, &context, None, &environment(&[])).unwrap();
    assert_eq!(found.commit, pull.base);
    assert!(found.is_merged_into);
    let start = start_of_change(&git, &found, &pull.merge, &context).unwrap();
    assert_eq!(start, pull.base);
    let change = git.changed_lines(&start, &pull.merge).unwrap();
    assert_eq!(change.files().count(), 1);
}

#[test]
fn github_g123_a_given_commit_comes_first() {
    let pull = pull();
    let clone = pull.checkout(&pull.merge, 0);
    let git = clone.open();
    let (context, environment) = (pull.context(), environment(&[]));
    let first = git.resolve("origin/main~1").unwrap().unwrap();
    for given in ["origin/main~1", first.as_str()] {
        let found = base(&git, &context, Some(given), &environment).unwrap();
        assert_eq!(found.commit, first);
        assert!(!found.is_merged_into);
    }
    let local = CiContext::default();
    let fault = base(&git, &local, Some("mian"), &environment).unwrap_err();
    assert_eq!(fault.code, Code::BaseNotPresent);
}

#[test]
fn github_g056_and_g123_a_checkout_that_is_not_the_merge_commit_takes_the_events_base() {
    let pull = pull();
    let context = pull.context();
    let clone = pull.checkout(&pull.head, 0);
    let git = clone.open();
    let found = base(&git, &context, None, &environment(&[])).unwrap();
    assert_eq!(found.commit, pull.base);
    assert!(!found.is_merged_into);
    // A merge of other parents, at the same name of the checkout, proves nothing.
    clone.git(&[
        "merge",
        "--quiet",
        "--no-ff",
        "-m",
        "own",
        "origin/main",
        "-s",
        "ours",
    ]);
    let own = clone.git(&[
        "commit-tree",
        "HEAD^{tree}",
        "-p",
        pull.head.as_str(),
        "-p",
        pull.base.as_str(),
        "-m",
        "own",
    ]);
    clone.git(&["checkout", "--quiet", &own]);
    let mut context = context;
    context.checkout = krgate::model::ObjectId::new(&own);
    let found = base(&git, &context, None, &environment(&[])).unwrap();
    assert!(!found.is_merged_into);
}

#[test]
fn github_g126_in_actions_a_missing_base_is_fetched_once_from_the_named_host() {
    let pull = pull();
    let context = pull.context();
    let clone = pull.checkout(&pull.merge, 1);
    let git = clone.open();
    assert_eq!(git.commit(&pull.base).unwrap(), None);
    let pairs = actions(pull.merge.as_str());
    let found = base(&git, &context, None, &environment(&pairs)).unwrap();
    assert_eq!(found.commit, pull.base);
    assert_eq!(git.text(&pull.base, "a.rs", 100).unwrap(), "one\ntwo\n");
}

#[test]
fn github_g126_from_no_other_host_and_in_no_other_system() {
    let pull = pull();
    let pairs = actions(pull.merge.as_str());
    let clone = pull.checkout(&pull.merge, 1);
    let git = clone.open();
    for system in [System::GitLab, System::OtherCi, System::Local] {
        let context = CiContext {
            system,
            ..pull.context()
        };
        let fault = base(&git, &context, None, &environment(&pairs)).unwrap_err();
        assert_eq!(fault.code, Code::BaseNotPresent, "{system:?}");
    }
    clone.git(&[
        "remote",
        "set-url",
        "origin",
        "https://elsewhere.invalid/o/r",
    ]);
    let fault = base(&git, &pull.context(), None, &environment(&pairs)).unwrap_err();
    assert_eq!(fault.code, Code::BaseNotPresent);
    assert!(git.commit(&pull.base).unwrap().is_none());
}

#[test]
fn github_g064_where_nothing_names_a_base_the_target_branch_as_fetched_is_it() {
    let pull = pull();
    let clone = pull.checkout(&pull.head, 0);
    let git = clone.open();
    let mut context = CiContext {
        system: System::Jenkins,
        base: None,
        ..pull.context()
    };
    let found = base(&git, &context, None, &environment(&[])).unwrap();
    assert_eq!(found.commit, pull.base);
    context.reference = Some(UntrustedText::new("no-such"));
    let fault = base(&git, &context, None, &environment(&[])).unwrap_err();
    assert_eq!(fault.code, Code::BaseNotPresent);
    context.reference = None;
    assert!(base(&git, &context, None, &environment(&[])).is_err());
}

#[test]
fn github_g063_and_g144_without_a_merge_base_ci_takes_the_base_and_a_person_is_told() {
    let pull = pull();
    let context = pull.context();
    let clone = pull.checkout(&pull.head, 1);
    let main = format!("+{}:refs/remotes/origin/main", pull.base);
    clone.git(&["fetch", "--quiet", "--depth=1", "origin", &main]);
    let git = clone.open();
    let found = base(&git, &context, None, &environment(&[])).unwrap();
    let start = start_of_change(&git, &found, &pull.head, &context).unwrap();
    assert_eq!(start, pull.base);
    let fault = start_of_change(&git, &found, &pull.head, &CiContext::default()).unwrap_err();
    assert_eq!(fault.code, Code::NoMergeBase);
}
