//! From the environment and the event's payload to a [`CiContext`]: the table of events
//! (rules G52 to G58, G61, G62, G64).
//!
//! A pure function of the two. What a row needs and does not find is an error of the
//! environment that names the variable or field; nothing is guessed.

use super::Environment;
use super::payload::{Fields, Payload, PullRequest};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{CiContext, CiRun, Event, ObjectId, ReadOnly, System, Untrusted, UntrustedText};

/// Reads the context of this run: the environment, and the payload that it points to.
///
/// # Errors
/// See [`context_of`].
pub fn context(environment: &Environment) -> Result<CiContext, Box<Diagnostic>> {
    context_of(
        environment,
        &Payload::read(environment.text("GITHUB_EVENT_PATH")),
    )
}

/// The context that an environment and a payload give.
///
/// # Errors
/// `event-refused` for `pull_request_target` (rule G53), `ci-context-incomplete` where a
/// variable or field that the event's row needs is missing or is no commit (rules G54, G55).
pub fn context_of(
    environment: &Environment,
    payload: &Payload,
) -> Result<CiContext, Box<Diagnostic>> {
    let system = system(environment);
    let mut context = match system {
        System::GitHubActions => github(environment, payload)?,
        System::GitLab => gitlab(environment)?,
        System::Azure => azure(environment)?,
        System::Jenkins => jenkins(environment)?,
        System::OtherCi | System::Local => CiContext::default(),
    };
    context.system = system;
    Ok(context)
}

/// Who runs krgate (rule G52).
fn system(environment: &Environment) -> System {
    if environment.text("GITHUB_ACTIONS") == Some("true") {
        System::GitHubActions
    } else if environment.has("GITLAB_CI") {
        System::GitLab
    } else if environment.has("TF_BUILD") {
        System::Azure
    } else if environment.has("JENKINS_URL") {
        System::Jenkins
    } else if environment.text("CI").is_some_and(|ci| ci != "false") {
        System::OtherCi
    } else {
        System::Local
    }
}

fn github(environment: &Environment, payload: &Payload) -> Result<CiContext, Box<Diagnostic>> {
    let event = environment
        .text("GITHUB_EVENT_NAME")
        .ok_or_else(|| lacks("GITHUB_EVENT_NAME"))?;
    let checkout = variable(environment, "GITHUB_SHA")?;
    let common = CiContext {
        event_name: foreign(Some(event)),
        checkout: Some(checkout.clone()),
        reference: foreign(environment.text("GITHUB_REF_NAME")),
        repository: foreign(environment.text("GITHUB_REPOSITORY")),
        read_only: is_dependabot(environment).then_some(ReadOnly::Dependabot),
        run: run(environment),
        api_url: foreign(environment.text("GITHUB_API_URL")),
        server_url: foreign(environment.text("GITHUB_SERVER_URL")),
        ..CiContext::default()
    };
    match event {
        "pull_request_target" => Err(Box::new(
            Diagnostic::new(
                Code::EventRefused,
                "krgate does not judge `pull_request_target`: its checkout is the base, so the \
                 wrong tree would be measured",
            )
            .hint("let the workflow run on `pull_request`, which needs no write permission"),
        )),
        // The other events of a pull request check out its merge commit too.
        "pull_request" | "pull_request_review" | "pull_request_review_comment" => {
            of_pull_request(&fields(payload)?, common)
        }
        "merge_group" => of_merge_group(&fields(payload)?, common),
        _ => Ok(CiContext {
            kind: Some(Event::State),
            head: Some(checkout),
            ..common
        }),
    }
}

fn fields(payload: &Payload) -> Result<Fields, Box<Diagnostic>> {
    payload.fields().map_err(|why| incomplete(why.into()))
}

fn of_pull_request(fields: &Fields, common: CiContext) -> Result<CiContext, Box<Diagnostic>> {
    let pull = fields
        .pull_request
        .as_ref()
        .ok_or_else(|| lacks("pull_request"))?;
    let head = pull.head.as_ref().and_then(|head| head.sha.as_deref());
    let base = pull.base.as_ref().and_then(|base| base.sha.as_deref());
    let onto = pull.base.as_ref().and_then(|base| base.r#ref.as_deref());
    Ok(CiContext {
        kind: Some(Event::Change),
        head: Some(commit(head, "pull_request.head.sha")?),
        base: Some(commit(base, "pull_request.base.sha")?),
        pull_request: Some(pull.number.ok_or_else(|| lacks("pull_request.number"))?),
        reference: foreign(Some(onto.ok_or_else(|| lacks("pull_request.base.ref"))?)),
        read_only: common.read_only.or_else(|| from_a_fork(pull)),
        ..common
    })
}

/// Whether the change comes from another repository; ids are compared, for names can be
/// taken over (rule G58). What is not known counts as a fork.
fn from_a_fork(pull: &PullRequest) -> Option<ReadOnly> {
    let head = pull.head.as_ref().and_then(|head| head.repo.as_ref());
    let base = pull.base.as_ref().and_then(|base| base.repo.as_ref());
    match (head, base) {
        (None, _) => Some(ReadOnly::ForkGone),
        (Some(head), Some(base)) if head.id.is_some() && head.id == base.id => None,
        _ => Some(ReadOnly::Fork),
    }
}

fn of_merge_group(fields: &Fields, common: CiContext) -> Result<CiContext, Box<Diagnostic>> {
    let group = fields
        .merge_group
        .as_ref()
        .ok_or_else(|| lacks("merge_group"))?;
    let onto = group
        .base_ref
        .as_deref()
        .ok_or_else(|| lacks("merge_group.base_ref"))?;
    Ok(CiContext {
        kind: Some(Event::Change),
        head: Some(commit(group.head_sha.as_deref(), "merge_group.head_sha")?),
        base: Some(commit(group.base_sha.as_deref(), "merge_group.base_sha")?),
        reference: foreign(Some(short_ref(onto))),
        ..common
    })
}

/// Merge requests of the project and of its forks; everything else is a state.
fn gitlab(environment: &Environment) -> Result<CiContext, Box<Diagnostic>> {
    let text = |name: &str| environment.text(name);
    let checkout = variable(environment, "CI_COMMIT_SHA")?;
    let source = text("CI_PIPELINE_SOURCE");
    let common = CiContext {
        event_name: foreign(source),
        head: Some(checkout.clone()),
        checkout: Some(checkout),
        repository: foreign(text("CI_PROJECT_PATH")),
        api_url: foreign(text("CI_API_V4_URL")),
        server_url: foreign(text("CI_SERVER_URL")),
        ..CiContext::default()
    };
    let prefix = match source {
        Some("merge_request_event") => "CI_MERGE_REQUEST",
        Some("external_pull_request_event") => "CI_EXTERNAL_PULL_REQUEST",
        _ => {
            return Ok(CiContext {
                kind: Some(Event::State),
                reference: foreign(text("CI_COMMIT_REF_NAME")),
                ..common
            });
        }
    };
    let of = |name: &str| text(&format!("{prefix}_{name}"));
    // The target's commit is only there where the result of the merge is tested; the merge
    // base always is.
    let base = of("TARGET_BRANCH_SHA").or_else(|| of("DIFF_BASE_SHA"));
    Ok(CiContext {
        kind: Some(Event::Change),
        head: match of("SOURCE_BRANCH_SHA") {
            Some(head) => Some(commit(Some(head), "the commit of the source branch")?),
            None => common.head.clone(),
        },
        base: match base {
            Some(base) => Some(commit(Some(base), "the commit of the target branch")?),
            None => None,
        },
        pull_request: of("IID").and_then(|number| number.parse().ok()),
        reference: foreign(of("TARGET_BRANCH_NAME")),
        ..common
    })
}

/// A build of a pull request checks out its merge commit; its first parent is the base.
fn azure(environment: &Environment) -> Result<CiContext, Box<Diagnostic>> {
    let text = |name: &str| environment.text(name);
    let checkout = variable(environment, "BUILD_SOURCEVERSION")?;
    let reason = text("BUILD_REASON");
    let common = CiContext {
        event_name: foreign(reason),
        head: Some(checkout.clone()),
        checkout: Some(checkout),
        repository: foreign(text("BUILD_REPOSITORY_NAME")),
        ..CiContext::default()
    };
    if reason != Some("PullRequest") {
        return Ok(CiContext {
            kind: Some(Event::State),
            reference: foreign(text("BUILD_SOURCEBRANCH").map(short_ref)),
            ..common
        });
    }
    let number = text("SYSTEM_PULLREQUEST_PULLREQUESTNUMBER")
        .or_else(|| text("SYSTEM_PULLREQUEST_PULLREQUESTID"));
    Ok(CiContext {
        kind: Some(Event::Change),
        head: match text("SYSTEM_PULLREQUEST_SOURCECOMMITID") {
            Some(head) => Some(commit(Some(head), "SYSTEM_PULLREQUEST_SOURCECOMMITID")?),
            None => common.head.clone(),
        },
        pull_request: number.and_then(|number| number.parse().ok()),
        reference: foreign(text("SYSTEM_PULLREQUEST_TARGETBRANCH").map(short_ref)),
        ..common
    })
}

/// A build of a multibranch project names the target of a change, and no commit of it.
fn jenkins(environment: &Environment) -> Result<CiContext, Box<Diagnostic>> {
    let text = |name: &str| environment.text(name);
    let checkout = match text("GIT_COMMIT") {
        Some(sha) => Some(commit(Some(sha), "GIT_COMMIT")?),
        None => None,
    };
    let change = text("CHANGE_ID");
    Ok(CiContext {
        kind: Some(if change.is_some() {
            Event::Change
        } else {
            Event::State
        }),
        head: checkout.clone(),
        checkout,
        pull_request: change.and_then(|number| number.parse().ok()),
        reference: foreign(match change {
            Some(_) => text("CHANGE_TARGET"),
            None => text("BRANCH_NAME").or_else(|| text("TAG_NAME")),
        }),
        ..CiContext::default()
    })
}

fn is_dependabot(environment: &Environment) -> bool {
    environment.text("GITHUB_ACTOR") == Some("dependabot[bot]")
}

fn run(environment: &Environment) -> Option<CiRun> {
    let number = |name| environment.text(name)?.parse().ok();
    Some(CiRun {
        id: number("GITHUB_RUN_ID")?,
        attempt: number("GITHUB_RUN_ATTEMPT").unwrap_or(1),
    })
}

/// The name without `refs/heads/` or `refs/tags/`.
fn short_ref(name: &str) -> &str {
    name.strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"))
        .unwrap_or(name)
}

fn foreign(text: Option<&str>) -> Option<UntrustedText> {
    text.map(UntrustedText::new)
}

fn variable(environment: &Environment, name: &'static str) -> Result<ObjectId, Box<Diagnostic>> {
    commit(environment.text(name), name)
}

/// A commit that a variable or field must name.
fn commit(text: Option<&str>, name: &'static str) -> Result<ObjectId, Box<Diagnostic>> {
    let text = text.ok_or_else(|| lacks(name))?;
    ObjectId::new(text).ok_or_else(|| {
        incomplete(
            Message::from(name)
                .own(" is no commit of 40 or 64 hexadecimal digits: ")
                .foreign(Untrusted::new(text)),
        )
    })
}

fn lacks(name: &'static str) -> Box<Diagnostic> {
    incomplete(Message::from("the event does not say ").own(name))
}

fn incomplete(message: Message) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::CiContextIncomplete, message).hint(
        "the CI system sets this for every job; a container or a step that runs krgate must \
             pass it on, or leave the CI's variables out altogether and give `--base` and `--ref`",
    ))
}
