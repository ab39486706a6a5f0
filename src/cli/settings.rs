//! What a run goes by, as the first line of its log in GitHub Actions: the runner only warns of
//! an input that is misspelt, and krgate never sees it (rule G112).

use super::check::{CheckRequest, Judged};
use super::publish::Publication;
use super::views::Views;
use crate::diagnostic::Message;
use crate::model::{CiContext, Untrusted};
use crate::render::encode::terminal;

/// The line of a run that judged.
pub(super) fn of_judged(judged: &Judged, views: &Views, publication: &Publication) -> String {
    let about = &judged.evaluation.about;
    let mut line = Message::from("settings: policy ").foreign(Untrusted::new(&about.policy_path));
    line = match &about.policy_commit {
        Some(commit) if commit.is_base => line.own(format!(" of the base {}", commit.id)),
        Some(commit) => line.own(format!(" of commit {}", commit.id)),
        None => line.own(" of the working directory"),
    };
    line = line.own(format!(
        " (sha256 {}); {}",
        about.policy_sha256,
        about.event.as_str()
    ));
    line = event(line, &judged.context);
    if let Some(change) = &judged.change {
        line = line.own(format!(", base {}", change.base.commit));
    }
    if let Some(environment) = &about.environment {
        line = line
            .own(", environment ")
            .foreign(Untrusted::new(environment));
    }
    finish(line, views, publication)
}

/// The line of a run that could not judge: what was asked for, and what the system says.
pub(super) fn of_refused(
    request: &CheckRequest,
    context: Option<&CiContext>,
    views: &Views,
    publication: &Publication,
) -> String {
    let mut line = Message::from("settings: policy ");
    line = match &request.policy {
        Some(path) => line.foreign(Untrusted::new(&path.to_string_lossy())),
        None => line.own("not named"),
    };
    line = match context {
        Some(context) => {
            let kind = context.kind.map_or("event not known", |kind| kind.as_str());
            event(line.own("; ").own(kind), context)
        }
        None => line.own("; event not known"),
    };
    finish(line, views, publication)
}

/// Adds the name of the event and the head: "(`pull_request`), head 4f1c…".
fn event(mut line: Message, context: &CiContext) -> Message {
    if let Some(name) = &context.event_name {
        line = line.own(" (").foreign(name.as_untrusted()).own(")");
    }
    match &context.head {
        Some(head) => line.own(format!(", head {head}")),
        None => line,
    }
}

fn finish(line: Message, views: &Views, publication: &Publication) -> String {
    let mut names = views.names();
    names.extend(publication.names());
    let names = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    let line = line.own("; views: ").own(names);
    format!("{}\n", terminal::message(&line))
}
