//! What is told when a view could not be published: our words, GitHub's number, and GitHub's
//! own message as foreign text (rules G59, G85, G93, G96, G101).

use jiff::{Timestamp, Unit};
use serde_json::Value;

use super::wire::{Operation, Reply, Silence};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::publish::Token;

/// Most characters of a text of GitHub's that are shown (rule G93).
const MOST_SHOWN: usize = 200;

/// Most bytes of an answer that is looked through for a message.
const MOST_READ: usize = 64 * 1024;

/// Most faults of a 422 that are listed.
const MOST_LISTED: usize = 5;

/// A request that brought nothing.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    operation: Operation,
    trouble: Trouble,
    /// The next try would have come too late.
    pub(super) is_late: bool,
    /// Until when GitHub asked to wait.
    pub(super) asked_until: Option<Timestamp>,
}

/// Why.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// No answer.
    Silent(Silence),
    /// An answer with a status that refuses.
    Refused(Box<Reply>),
    /// A good status, with a body that is not what the API says.
    Unreadable(Box<Reply>),
    /// A list goes on at another server.
    LinkElsewhere,
    /// A list has no end.
    TooManyPages,
    /// The time for all views was over before it was sent.
    OutOfTime,
}

impl Failure {
    /// A failure without a wait that GitHub asked for.
    pub(super) fn new(operation: Operation, trouble: Trouble) -> Self {
        Self {
            operation,
            trouble,
            is_late: false,
            asked_until: None,
        }
    }

    /// What is told of it. The token is taken out of what GitHub sent.
    pub(super) fn diagnostic(&self, token: &Token) -> Diagnostic {
        let (what, permission) = told(self.operation);
        let start = Message::from("could not ").own(what).own(": ");
        let (message, hint) = match &self.trouble {
            Trouble::Silent(silence) => silent(start, *silence),
            Trouble::Refused(reply) => refused(start, reply, permission, token),
            Trouble::Unreadable(reply) => (
                with_request(
                    start.own("GitHub's answer is not what its API describes"),
                    reply,
                    token,
                ),
                "check that the address of the API leads to GitHub itself, then run the job again"
                    .to_owned(),
            ),
            Trouble::LinkElsewhere => (
                start.own("GitHub's list goes on at another server, which krgate does not ask"),
                "give the address of the API under which GitHub itself writes its links".to_owned(),
            ),
            Trouble::TooManyPages => (
                start.own("GitHub's list does not end"),
                "check that the address of the API leads to GitHub itself".to_owned(),
            ),
            Trouble::OutOfTime => (
                start.own("the time for GitHub was over"),
                "run the job again".to_owned(),
            ),
        };
        let message = match (self.asked_until, self.is_late) {
            (Some(until), _) => {
                message.own(format!("; it asks to wait until {}", to_the_second(until)))
            }
            (None, true) => message.own("; no time was left to try again"),
            (None, false) => message,
        };
        let hint = match self.asked_until {
            Some(until) => format!("run the job again after {}", to_the_second(until)),
            None => hint,
        };
        Diagnostic::new(Code::PublishFailed, message).hint(hint)
    }
}

/// What an operation is for, and the permission that it needs.
fn told(operation: Operation) -> (&'static str, &'static str) {
    const CHECKS: &str = "checks: write";
    const COMMENTS: &str = "pull-requests: write";
    match operation {
        Operation::ListComments => ("list the comments of the pull request", COMMENTS),
        Operation::CreateComment => ("write the comment", COMMENTS),
        Operation::UpdateComment => ("update the comment", COMMENTS),
        Operation::CreateCheckRun => ("create the check run", CHECKS),
        Operation::AddAnnotations => ("add the rest of the annotations to the check run", CHECKS),
        Operation::ListCheckRuns => ("list the check runs of the commit", CHECKS),
        Operation::ReadCheckRun => ("read the check run", CHECKS),
    }
}

fn silent(start: Message, silence: Silence) -> (Message, String) {
    let (why, hint) = match silence {
        Silence::NotConnected => (
            "no connection to GitHub",
            "check the address of the API, the proxy variables and the certificates that this machine trusts",
        ),
        Silence::Broken => ("the connection to GitHub broke", "run the job again"),
        Silence::TooSlow => ("GitHub took too long to answer", "run the job again"),
        Silence::TooLarge => (
            "GitHub's answer is larger than krgate reads",
            "check that the address of the API leads to GitHub itself",
        ),
    };
    (start.own(why), hint.to_owned())
}

fn refused(
    start: Message,
    reply: &Reply,
    permission: &'static str,
    token: &Token,
) -> (Message, String) {
    let status = reply.status;
    let mut message = start.own(match status {
        401 => "GitHub refused the token (401)".to_owned(),
        300..=399 => format!("the repository has moved (GitHub answered {status})"),
        _ => format!("GitHub answered {status}"),
    });
    let said = Said::of(reply);
    if let Some(text) = said.message {
        message = message
            .own(", ")
            .foreign(Untrusted::new(&shown(&text, token)));
    }
    for (field, code) in &said.faults {
        message = message
            .own("; ")
            .foreign(Untrusted::new(&shown(field, token)))
            .own(" is ")
            .foreign(Untrusted::new(&shown(code, token)));
    }
    message = with_request(message, reply, token);
    let hint = match status {
        401 => "check that the token is of this server and has not expired".to_owned(),
        403 | 404 => format!("give the job `permissions: {{ {permission} }}`"),
        410 => "check that issues and pull requests are switched on for the repository".to_owned(),
        422 => "this is a fault of krgate: please report it with this message".to_owned(),
        300..=399 => "give the new name of the repository or the new address of the API".to_owned(),
        429 | 500..=599 => "run the job again".to_owned(),
        _ => "check the address of the API and the name of the repository".to_owned(),
    };
    (message, hint)
}

fn with_request(message: Message, reply: &Reply, token: &Token) -> Message {
    match &reply.request_id {
        Some(id) => message
            .own(" (request ")
            .foreign(Untrusted::new(&shown(id, token)))
            .own(")"),
        None => message,
    }
}

/// What the body of a refusal says.
#[derive(Default)]
struct Said {
    message: Option<String>,
    /// Field and code of each fault.
    faults: Vec<(String, String)>,
}

impl Said {
    fn of(reply: &Reply) -> Self {
        if reply.body.len() > MOST_READ {
            return Self::default();
        }
        let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else {
            return Self::default();
        };
        let text = |value: &Value, name: &str| {
            let text = value.get(name)?.as_str()?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        let faults = body.get("errors").and_then(Value::as_array);
        Self {
            message: text(&body, "message"),
            faults: faults
                .into_iter()
                .flatten()
                .filter_map(|fault| Some((text(fault, "field")?, text(fault, "code")?)))
                .take(MOST_LISTED)
                .collect(),
        }
    }
}

fn shown(text: &str, token: &Token) -> String {
    let text = token.hide_in(text);
    match text.char_indices().nth(MOST_SHOWN) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// A time to the second.
fn to_the_second(time: Timestamp) -> Timestamp {
    time.round(Unit::Second).unwrap_or(time)
}
