//! What the CI system says of a run (rules G52 to G64).

use krgate::ci::{Payload, context_of};
use krgate::diagnostic::{Code, Diagnostic, Part};
use krgate::model::{CiContext, CiRun, Event, ObjectId, ReadOnly, System, UntrustedText};

use super::support::{actions, environment, payload};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const C: &str = "cccccccccccccccccccccccccccccccccccccccc";
const NONE: Payload = Payload::Absent("there is none");

fn id(text: &str) -> ObjectId {
    ObjectId::new(text).unwrap()
}

fn read(pairs: &[(&str, &str)], payload: &Payload) -> Result<CiContext, Box<Diagnostic>> {
    context_of(&environment(pairs), payload)
}

fn bytes(text: &str) -> Payload {
    Payload::Bytes(text.as_bytes().to_vec())
}

/// Code and words of what is wrong.
fn refusal(pairs: &[(&str, &str)], payload: &Payload) -> (Code, String) {
    let diagnostic = read(pairs, payload).unwrap_err();
    let words = diagnostic.message.parts().iter().map(|part| match part {
        Part::Own(own) => own.to_string(),
        Part::Foreign(text) => text.raw().to_owned(),
    });
    (diagnostic.code, words.collect())
}

/// Of a context: kind, head, base, reference.
fn told(context: &CiContext) -> (Option<Event>, Option<&str>, Option<&str>, Option<&str>) {
    (
        context.kind,
        context.head.as_ref().map(ObjectId::as_str),
        context.base.as_ref().map(ObjectId::as_str),
        context.reference.as_ref().map(UntrustedText::raw),
    )
}

#[test]
fn github_g052_the_system_is_told_by_its_variable() {
    for (pairs, system) in [
        (vec![], System::Local),
        (vec![("CI", "")], System::Local),
        (vec![("CI", "false")], System::Local),
        (vec![("CI", "1")], System::OtherCi),
        (
            vec![("CI", "true"), ("GITHUB_ACTIONS", "")],
            System::OtherCi,
        ),
        (
            vec![("JENKINS_URL", "https://j"), ("CI", "1")],
            System::Jenkins,
        ),
        (
            vec![("TF_BUILD", "True"), ("BUILD_SOURCEVERSION", A)],
            System::Azure,
        ),
        (
            vec![("GITLAB_CI", "true"), ("CI", "true"), ("CI_COMMIT_SHA", A)],
            System::GitLab,
        ),
    ] {
        assert_eq!(read(&pairs, &NONE).unwrap().system, system, "{pairs:?}");
    }
    let local = read(&[], &NONE).unwrap();
    assert_eq!(local, CiContext::default());
    assert!(!local.is_ci() && local.is_writable());
}

#[test]
fn github_g052_a_pull_request_is_a_change_of_its_head() {
    let context = read(&actions(C), &bytes(&payload(&id(A), &id(B), 5, 5))).unwrap();
    let kind = Some(Event::Change);
    assert_eq!(told(&context), (kind, Some(A), Some(B), Some("main")));
    assert_eq!(context.system, System::GitHubActions);
    assert_eq!(context.checkout, Some(id(C)));
    assert_eq!(context.pull_request, Some(7));
    assert_eq!(context.repository.as_ref().unwrap().raw(), "acme/shop");
    assert_eq!(context.read_only, None);
    assert_eq!(
        context.run,
        Some(CiRun {
            id: 123_456_789,
            attempt: 2
        })
    );
    let url = |url: &Option<UntrustedText>| url.as_ref().unwrap().raw().to_owned();
    assert_eq!(url(&context.api_url), "https://github.example/api/v3");
    assert_eq!(url(&context.server_url), "https://github.example");
}

/// The variables of a run of another event.
fn of_event<'a>(name: &'a str, sha: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut pairs = actions(sha);
    for (variable, value) in &mut pairs {
        match *variable {
            "GITHUB_EVENT_NAME" => *value = name,
            "GITHUB_REF_NAME" => *value = "release/2",
            _ => {}
        }
    }
    pairs
}

#[test]
fn github_g052_a_merge_group_is_a_change_without_a_number() {
    let group = format!(
        r#"{{"merge_group": {{"head_sha": "{A}", "base_sha": "{B}", "base_ref": "refs/heads/main"}}}}"#
    );
    let context = read(&of_event("merge_group", A), &bytes(&group)).unwrap();
    let kind = Some(Event::Change);
    assert_eq!(told(&context), (kind, Some(A), Some(B), Some("main")));
    assert_eq!(context.pull_request, None);
}

#[test]
fn github_g052_every_other_event_is_a_state() {
    for event in [
        "push",
        "schedule",
        "workflow_dispatch",
        "release",
        "repository_dispatch",
        "issue_comment",
    ] {
        // A state needs nothing of the payload.
        let context = read(&of_event(event, C), &NONE).unwrap();
        let kind = Some(Event::State);
        assert_eq!(
            told(&context),
            (kind, Some(C), None, Some("release/2")),
            "{event}"
        );
    }
}

#[test]
fn github_g053_pull_request_target_is_refused() {
    let pull = bytes(&payload(&id(A), &id(B), 5, 5));
    let (code, words) = refusal(&of_event("pull_request_target", C), &pull);
    assert_eq!(code, Code::EventRefused);
    assert!(words.contains("pull_request_target"), "{words}");
}

#[test]
fn github_g054_a_payload_that_lacks_what_its_row_needs_names_the_field() {
    let whole = payload(&id(A), &id(B), 5, 5);
    for (text, field) in [
        (whole.replace("\"pull_request\"", "\"x\""), "pull_request"),
        (whole.replace("\"head\"", "\"x\""), "pull_request.head.sha"),
        (whole.replace("\"base\"", "\"x\""), "pull_request.base.sha"),
        (
            whole.replace("\"ref\": \"main\"", "\"x\": 1"),
            "pull_request.base.ref",
        ),
        (
            whole.replace(
                "\"pull_request\": {\"number\": 7",
                "\"pull_request\": {\"x\": 7",
            ),
            "pull_request.number",
        ),
        (whole.replace(A, "abc"), "pull_request.head.sha"),
        (whole.replace(B, "--upload-pack=x"), "pull_request.base.sha"),
        (whole.replace('{', "["), "is not the JSON of an event"),
        (
            whole.replace(&format!("\"{A}\""), "7"),
            "is not the JSON of an event",
        ),
        ("{}".to_owned(), "pull_request"),
    ] {
        let (code, words) = refusal(&actions(C), &bytes(&text));
        assert_eq!(code, Code::CiContextIncomplete, "{text}");
        assert!(words.contains(field), "{field}: {words}");
    }
    let (code, words) = refusal(&actions(C), &NONE);
    assert_eq!(code, Code::CiContextIncomplete);
    assert_eq!(words, "there is none");
    let unknown = whole.replacen('{', r#"{"new": [{"x": 1}], "#, 1);
    assert!(read(&actions(C), &bytes(&unknown)).is_ok());
}

#[test]
fn github_g054_a_payload_is_read_up_to_its_limit() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("event.json");
    let absent = |path: Option<&str>| match Payload::read(path) {
        Payload::Absent(why) => why,
        Payload::Bytes(_) => "it was read",
    };
    assert_eq!(absent(None), "GITHUB_EVENT_PATH is not set");
    assert!(absent(path.to_str()).ends_with("is not there"));
    assert!(absent(folder.path().to_str()).ends_with("is not there"));
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(32 << 20).unwrap();
    assert_eq!(absent(path.to_str()), "it was read");
    file.set_len((32 << 20) + 1).unwrap();
    assert!(absent(path.to_str()).ends_with("larger than 32 MiB"));
}

#[test]
fn github_g055_commits_are_full_names() {
    for sha in ["", "main", "aaaaaaa", "HEAD"] {
        let (code, words) = refusal(&of_event("push", sha), &NONE);
        assert_eq!(code, Code::CiContextIncomplete);
        assert!(words.contains("GITHUB_SHA"), "{words}");
    }
    let long = "d".repeat(64);
    let context = read(&of_event("push", &long), &NONE).unwrap();
    assert_eq!(context.head, Some(id(&long)));
}

#[test]
fn github_g058_a_fork_cannot_write_and_ids_decide() {
    let of = |text: &str, pairs: &[(&str, &str)]| read(pairs, &bytes(text)).unwrap().read_only;
    let same = payload(&id(A), &id(B), 5, 5);
    assert_eq!(of(&same, &actions(C)), None);
    let fork = payload(&id(A), &id(B), 6, 5);
    assert_eq!(of(&fork, &actions(C)), Some(ReadOnly::Fork));
    let gone = fork.replace("{\"id\": 6}", "null");
    assert_eq!(of(&gone, &actions(C)), Some(ReadOnly::ForkGone));
    let unsaid = same.replace("\"id\"", "\"name\"");
    assert_eq!(of(&unsaid, &actions(C)), Some(ReadOnly::Fork));
    let mut pairs = actions(C);
    pairs.retain(|(name, _)| *name != "GITHUB_ACTOR");
    pairs.push(("GITHUB_ACTOR", "dependabot[bot]"));
    assert_eq!(of(&same, &pairs), Some(ReadOnly::Dependabot));
}

#[test]
fn github_g061_a_run_repeated_is_the_same_run() {
    let mut pairs = of_event("push", C);
    pairs.retain(|(name, _)| *name != "GITHUB_RUN_ATTEMPT");
    let run = read(&pairs, &NONE).unwrap().run.unwrap();
    assert_eq!((run.id, run.attempt), (123_456_789, 1));
}

#[test]
fn github_g064_gitlab_azure_and_jenkins_say_it_in_their_own_words() {
    let change = Some(Event::Change);
    let state = Some(Event::State);
    let merge = [
        ("GITLAB_CI", "true"),
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_COMMIT_SHA", C),
        ("CI_MERGE_REQUEST_IID", "9"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", B),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", ""),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", A),
    ];
    let context = read(&merge, &NONE).unwrap();
    assert_eq!(told(&context), (change, Some(A), Some(B), Some("main")));
    assert_eq!(context.pull_request, Some(9));
    let branch = [
        ("GITLAB_CI", "true"),
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_COMMIT_SHA", C),
        ("CI_COMMIT_REF_NAME", "release/2"),
    ];
    let context = read(&branch, &NONE).unwrap();
    assert_eq!(told(&context), (state, Some(C), None, Some("release/2")));
    let pull = [
        ("TF_BUILD", "True"),
        ("BUILD_REASON", "PullRequest"),
        ("BUILD_SOURCEVERSION", C),
        ("SYSTEM_PULLREQUEST_SOURCECOMMITID", A),
        ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
        ("SYSTEM_PULLREQUEST_PULLREQUESTID", "9"),
    ];
    let context = read(&pull, &NONE).unwrap();
    assert_eq!(told(&context), (change, Some(A), None, Some("main")));
    let build = [
        ("TF_BUILD", "True"),
        ("BUILD_SOURCEVERSION", C),
        ("BUILD_SOURCEBRANCH", "refs/heads/release/2"),
    ];
    let context = read(&build, &NONE).unwrap();
    assert_eq!(told(&context), (state, Some(C), None, Some("release/2")));
    let multibranch = [
        ("JENKINS_URL", "https://j"),
        ("CHANGE_ID", "9"),
        ("CHANGE_TARGET", "main"),
        ("GIT_COMMIT", A),
    ];
    let context = read(&multibranch, &NONE).unwrap();
    assert_eq!(told(&context), (change, Some(A), None, Some("main")));
    let (code, words) = refusal(&[("TF_BUILD", "True")], &NONE);
    assert_eq!(code, Code::CiContextIncomplete);
    assert!(words.contains("BUILD_SOURCEVERSION"), "{words}");
}
