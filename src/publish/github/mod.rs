//! GitHub's check run and comment (rules G65 to G102).
//!
//! [`GitHub`] decides which views are to be sent; a session sends requests one after another
//! and knows when one may be sent again; the wire sends one and is the only file that knows
//! an async runtime, which turns only while a request is under way.

mod check_run;
mod comment;
mod marker;
mod pages;
mod place;
mod refusal;
mod retry;
mod session;
mod wire;

use std::time::Duration;

use crate::diagnostic::{Code, Diagnostic, Message};
use crate::publish::{Clock, Outcome, Outcomes, Publisher, ReadOnly, Target, TokenSource, Views};
use place::Place;
use refusal::Failure;
use session::Session;

/// How long and how much (rules G86, G88).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For a request with its answer.
    pub request: Duration,
    /// For all views together.
    pub together: Duration,
    /// Most bytes of an answer.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(30),
            together: Duration::from_secs(90),
            body: 32 * 1024 * 1024,
        }
    }
}

/// The publisher of GitHub.
pub struct GitHub<'a> {
    target: &'a Target,
    token: TokenSource<'a>,
    clock: &'a mut dyn Clock,
    limits: Limits,
}

impl<'a> GitHub<'a> {
    /// A publisher with the limits of the rules.
    pub fn new(target: &'a Target, token: TokenSource<'a>, clock: &'a mut dyn Clock) -> Self {
        Self {
            target,
            token,
            clock,
            limits: Limits::default(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl Publisher for GitHub<'_> {
    fn publish(&mut self, views: &Views) -> Outcomes {
        let read_only = self.target.read_only.map(read_only);
        let before = |refused: Option<Diagnostic>| match (&read_only, refused) {
            (Some(note), _) => Some(Outcome::Skipped(note.clone())),
            (None, Some(fault)) => Some(Outcome::Failed(fault)),
            (None, None) => None,
        };
        let mut outcomes = Outcomes {
            check_run: views
                .check_run
                .as_ref()
                .and_then(|view| before(check_run::refuse(view))),
            comment: views.comment.as_ref().and_then(|view| {
                let no_place = || {
                    self.target
                        .pull_request
                        .is_none()
                        .then(without_pull_request)
                };
                before(comment::refuse(view)).or_else(no_place)
            }),
            notes: Vec::new(),
        };
        let check_run = views
            .check_run
            .as_ref()
            .filter(|_| outcomes.check_run.is_none());
        let comment = views
            .comment
            .as_ref()
            .filter(|_| outcomes.comment.is_none());
        let comment = comment.zip(self.target.pull_request);
        if check_run.is_none() && comment.is_none() {
            return outcomes;
        }
        let mut session = match self.open(&mut outcomes.notes) {
            Ok(session) => session,
            Err(fault) => {
                let failed = || Outcome::Failed((*fault).clone());
                outcomes.check_run = outcomes.check_run.or_else(|| check_run.map(|_| failed()));
                outcomes.comment = outcomes.comment.or_else(|| comment.map(|_| failed()));
                return outcomes;
            }
        };
        if let Some(view) = check_run {
            let result = check_run::publish(&mut session, view);
            outcomes.check_run = Some(outcome(result, &session));
        }
        if let Some((view, pull_request)) = comment {
            let result = comment::publish(&mut session, pull_request, view, &mut outcomes.notes);
            outcomes.comment = Some(outcome(result, &session));
        }
        outcomes
    }
}

impl GitHub<'_> {
    fn open(&mut self, notes: &mut Vec<Diagnostic>) -> Result<Session<'_>, Box<Diagnostic>> {
        let place = Place::of(self.target)?;
        let token = (self.token)()?;
        notes.extend(token.note());
        let run = self.target.run;
        Session::open(place, token, run, &mut *self.clock, self.limits).ok_or_else(|| {
            let fault = Diagnostic::new(
                Code::PublishFailed,
                "no client for GitHub can be made on this machine",
            );
            Box::new(fault.hint("check that the certificates that the system trusts are installed"))
        })
    }
}

fn outcome(result: Result<Outcome, Failure>, session: &Session<'_>) -> Outcome {
    result.unwrap_or_else(|failure| Outcome::Failed(failure.diagnostic(&session.token)))
}

fn read_only(why: ReadOnly) -> Diagnostic {
    let whose = match why {
        ReadOnly::Fork => "from a fork",
        ReadOnly::Dependabot => "by Dependabot",
    };
    let message = Message::from("nothing is published for a change ")
        .own(whose)
        .own(": its token may only read");
    Diagnostic::new(Code::PublishReadOnly, message)
        .hint("see the summary of the job, which has the same content")
}

fn without_pull_request() -> Outcome {
    Outcome::Skipped(Diagnostic::new(
        Code::PublishSkipped,
        "the event has no pull request to comment on",
    ))
}
