//! Requests one after another, within one limit of time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::wire::{Reply, Wire, host};
use super::{Delivery, Post};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::publish::Clock;
use crate::publish::client::Silence;
use crate::publish::github::Limits;
use crate::publish::pause::retry_after;

/// Most tries of a request that was surely not carried out.
const MOST_TRIES: u32 = 3;

/// Pause after a connection that did not come about.
const PAUSE: Duration = Duration::from_millis(500);

/// What an answer, or none, means.
enum Meaning {
    /// It was taken.
    Taken,
    /// It was surely not carried out, and may be tried again after so long.
    Again(Duration, &'static str),
    /// It was surely not carried out; `all` if no other request would be either.
    Refused {
        why: String,
        hint: &'static str,
        all: bool,
    },
    /// It may have been carried out.
    Unsure(String),
}

/// As [`super::post`].
pub(super) fn post(posts: &[Post], clock: &mut dyn Clock) -> Vec<Delivery> {
    let limits = Limits::default();
    let (_, is_here) = host(posts.first().map_or("", |post| &post.address));
    let together = SignedDuration::try_from(limits.together).unwrap_or(SignedDuration::MAX);
    let deadline = clock
        .now()
        .saturating_add(together)
        .unwrap_or(Timestamp::MAX);
    let mut session = Session {
        wire: Wire::new(limits.connect, is_here),
        clock,
        limits,
        deadline,
    };
    let mut deliveries = Vec::new();
    let mut is_over = false;
    for post in posts {
        if is_over {
            deliveries.push(Delivery::NotTried);
            continue;
        }
        let (delivery, all) = session.deliver(post);
        is_over = all;
        deliveries.push(delivery);
    }
    deliveries
}

struct Session<'a> {
    wire: Option<Wire>,
    clock: &'a mut dyn Clock,
    limits: Limits,
    deadline: Timestamp,
}

impl Session<'_> {
    /// Sends one; says whether the others would fare alike.
    fn deliver(&mut self, post: &Post) -> (Delivery, bool) {
        let mut tried = 0;
        loop {
            tried += 1;
            let left = self.left();
            let meaning = match &self.wire {
                _ if left.is_zero() => Meaning::Refused {
                    why: "the time for it was over".to_owned(),
                    hint: "run it again: what was sent is not sent twice",
                    all: true,
                },
                None => Meaning::Refused {
                    why: "no client can be made on this machine".to_owned(),
                    hint: "check that the certificates that the system trusts are installed",
                    all: true,
                },
                Some(wire) => meaning(
                    wire.send(post, self.limits.request.min(left)),
                    self.clock.now(),
                ),
            };
            match meaning {
                Meaning::Taken => return (Delivery::Sent, false),
                Meaning::Unsure(why) => {
                    let hint = "look there whether it arrived; `--again` sends it once more";
                    return (
                        Delivery::Unsure(told(post, Code::SyncUnsure, why, hint)),
                        true,
                    );
                }
                Meaning::Again(pause, _) if tried < MOST_TRIES && pause < self.left() => {
                    self.clock.sleep(pause);
                }
                Meaning::Again(_, why) => {
                    let hint = "check the address, and run it again";
                    let why = why.to_owned();
                    return (
                        Delivery::Refused(told(post, Code::SyncFailed, why, hint)),
                        true,
                    );
                }
                Meaning::Refused { why, hint, all } => {
                    return (
                        Delivery::Refused(told(post, Code::SyncFailed, why, hint)),
                        all,
                    );
                }
            }
        }
    }

    fn left(&self) -> Duration {
        let left = self.deadline.duration_since(self.clock.now());
        Duration::try_from(left).unwrap_or_default()
    }
}

fn meaning(answer: Result<Reply, Silence>, now: Timestamp) -> Meaning {
    let reply = match answer {
        Ok(reply) => reply,
        Err(Silence::NotConnected) => return Meaning::Again(PAUSE, "no connection came about"),
        Err(Silence::TooSlow) => return Meaning::Unsure("it took too long to answer".to_owned()),
        Err(Silence::Broken | Silence::TooLarge) => {
            return Meaning::Unsure("its answer cannot be read, or none came".to_owned());
        }
    };
    let status = reply.status;
    let answered = || format!("it answered {status}");
    match status {
        200..=299 if reply.is_page => {
            Meaning::Unsure("it answered with a page for people".to_owned())
        }
        200..=299 => Meaning::Taken,
        408 | 500..=599 => Meaning::Unsure(answered()),
        429 => match reply.retry_after.and_then(|value| retry_after(&value, now)) {
            Some(pause) => Meaning::Again(pause, "it answered 429 until the tries were used up"),
            None => Meaning::Refused {
                why: answered(),
                hint: "it takes no more for now: run it again later",
                all: true,
            },
        },
        401 | 403 => Meaning::Refused {
            why: answered(),
            hint: "check the token and what it may do",
            all: true,
        },
        300..=399 => Meaning::Refused {
            why: format!("it answered {status}: the address has moved"),
            hint: "write the new one into the policy; krgate follows none",
            all: true,
        },
        _ => Meaning::Refused {
            why: answered(),
            hint: "check the address, the body and the id that the key result has there",
            all: false,
        },
    }
}

/// The answer's own words are not shown: they may repeat what was sent.
fn told(post: &Post, code: Code, why: String, hint: &'static str) -> Diagnostic {
    let (host, _) = host(&post.address);
    let (before, after) = match code {
        Code::SyncUnsure => ("nobody can tell whether ", " has the figure of "),
        _ => ("", " did not take the figure of "),
    };
    let message = Message::from(before)
        .foreign(Untrusted::new(&host))
        .own(after)
        .foreign(Untrusted::new(&post.key_result))
        .own(": ")
        .own(why);
    Diagnostic::new(code, message).hint(hint)
}
