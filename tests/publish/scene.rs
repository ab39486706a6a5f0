//! A target, views, a clock that never waits, and a publication.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use krgate::diagnostic::{Diagnostic, Message, Part};
use krgate::model::RepoPath;
use krgate::publish::github::{GitHub, Limits};
use krgate::publish::{
    Annotation, AnnotationLevel, CheckRun, Clock, Columns, Comment, CommentKey, Conclusion,
    Outcome, Outcomes, Publisher as _, RunAttempt, Target, Token, Views,
};

use crate::description::descriptions;
use crate::fake::{Fake, TOKEN};

pub(crate) const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

/// A clock that jumps where others wait.
pub(crate) struct Jumping {
    pub(crate) now: Timestamp,
    pub(crate) pauses: Vec<Duration>,
}

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn sleep(&mut self, pause: Duration) {
        self.pauses.push(pause);
        self.now += SignedDuration::try_from(pause).unwrap();
    }
}

/// What came of a publication.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) outcomes: Outcomes,
    pub(crate) pauses: Vec<Duration>,
    pub(crate) tokens_read: u32,
}

/// A fake and what is to be published to it.
pub(crate) struct Scene {
    pub(crate) fake: Fake,
    pub(crate) target: Target,
    pub(crate) limits: Limits,
    pub(crate) token: String,
}

impl Scene {
    /// Publishes, and checks that no request broke GitHub's rules.
    pub(crate) fn play(&self, views: &Views) -> Played {
        let mut clock = Jumping {
            now: now(),
            pauses: Vec::new(),
        };
        let tokens_read = Cell::new(0);
        let token = || {
            tokens_read.set(tokens_read.get() + 1);
            Token::choose(Some(self.token.clone()), None)
        };
        let outcomes = GitHub::new(&self.target, &token, &mut clock)
            .with_limits(self.limits)
            .publish(views);
        Played {
            outcomes,
            pauses: clock.pauses,
            tokens_read: tokens_read.get(),
        }
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

/// Plays a scene on every server.
pub(crate) fn on_every_server(scene: impl Fn(&mut Scene)) {
    for description in descriptions() {
        let fake = Fake::start(description);
        let target = Target {
            api_url: fake.api_url(),
            repository: "acme/pay".to_owned(),
            head_sha: HEAD.to_owned(),
            pull_request: Some(7),
            run: RunAttempt {
                run: 17,
                attempt: 2,
            },
            read_only: None,
        };
        let mut all = Scene {
            fake,
            target,
            limits: Limits::default(),
            token: TOKEN.to_owned(),
        };
        scene(&mut all);
        let _ = all.fake.take_requests();
    }
}

pub(crate) fn comment(body: &str) -> Comment {
    Comment {
        key: CommentKey::of_policy("krgate.yaml"),
        body: body.to_owned(),
        nothing_to_say: false,
        author: Comment::USUAL_AUTHOR.to_owned(),
    }
}

pub(crate) fn with_comment(body: &str) -> Views {
    Views {
        check_run: None,
        comment: Some(comment(body)),
    }
}

pub(crate) fn with_check_run(annotations: u32) -> Views {
    Views {
        check_run: Some(check_run(annotations)),
        comment: None,
    }
}

pub(crate) fn check_run(annotations: u32) -> CheckRun {
    CheckRun {
        name: CheckRun::USUAL_NAME.to_owned(),
        conclusion: Conclusion::Failure,
        title: "1 key result missed".to_owned(),
        summary: "summary".to_owned(),
        text: None,
        annotations: (1..=annotations).map(annotation).collect(),
    }
}

pub(crate) fn annotation(line: u32) -> Annotation {
    let line = NonZeroU32::new(line).unwrap();
    Annotation {
        path: RepoPath::from_normal("src/pay.py").unwrap(),
        start_line: line,
        end_line: line,
        columns: Some(Columns {
            start: line,
            end: line,
        }),
        level: AnnotationLevel::Failure,
        message: format!("message {line}"),
        title: Some("title".to_owned()),
    }
}

/// The marker line of the usual gate; the digest is of nothing that stands anywhere.
pub(crate) fn marker(run: &str) -> String {
    let key = CommentKey::of_policy("krgate.yaml");
    let digest = "0".repeat(64);
    format!(
        "<!-- krgate:v1 key={} run={run} digest={digest} -->",
        key.as_str()
    )
}

/// The sentence of a diagnostic, foreign text in `‹›`.
pub(crate) fn sentence(message: &Message) -> String {
    message
        .parts()
        .iter()
        .map(|part| match part {
            Part::Own(words) => words.clone().into_owned(),
            Part::Foreign(text) => format!("‹{}›", text.raw()),
        })
        .collect()
}

pub(crate) fn failure(outcome: Option<&Outcome>) -> &Diagnostic {
    match outcome {
        Some(Outcome::Failed(diagnostic)) => diagnostic,
        other => panic!("not a failure: {other:?}"),
    }
}

pub(crate) fn skipped(outcome: Option<&Outcome>) -> &Diagnostic {
    match outcome {
        Some(Outcome::Skipped(diagnostic)) => diagnostic,
        other => panic!("not skipped: {other:?}"),
    }
}
