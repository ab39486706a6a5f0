//! What an answer, or none, asks for next, and after how long (rules G94 to G98). Pure.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::wire::{Reply, Silence};
use crate::publish::RunAttempt;
use crate::publish::pause::{retry_after, until_then};

/// Most tries of one request (rule G94).
pub(super) const MOST_TRIES: u32 = 3;

/// Pause after a rate limit that names none (rule G95).
const RATE_LIMIT_PAUSE: Duration = Duration::from_mins(1);

/// What came of one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The answer is good.
    Take,
    /// Nothing was carried out: the same again.
    Again,
    /// It may have been carried out: again if that does no harm, else only after looking.
    Unsure,
    /// GitHub refuses for now; nothing was carried out.
    Wait,
    /// Asking again would not help.
    Stop,
}

/// What an answer asks for.
pub(super) fn step_after(reply: &Reply) -> Step {
    match reply.status {
        200..=299 => Step::Take,
        408 | 500 | 502 | 503 | 504 => Step::Unsure,
        429 => Step::Wait,
        403 if is_rate_limit(reply) => Step::Wait,
        _ => Step::Stop,
    }
}

/// A 403 that speaks of too many requests, not of a missing right.
fn is_rate_limit(reply: &Reply) -> bool {
    let is_date_or_seconds = |value: &str| retry_after(value, Timestamp::UNIX_EPOCH).is_some();
    reply.remaining.as_deref() == Some("0")
        || reply.retry_after.as_deref().is_some_and(is_date_or_seconds)
}

/// What the lack of an answer asks for.
pub(super) fn step_without(silence: Silence) -> Step {
    match silence {
        Silence::NotConnected => Step::Again,
        Silence::Broken | Silence::TooSlow | Silence::TooLarge => Step::Unsure,
    }
}

/// How long to wait after try number `tried`, from 1.
pub(super) fn pause(
    step: Step,
    reply: Option<&Reply>,
    now: Timestamp,
    run: RunAttempt,
    tried: u32,
) -> Duration {
    let asked = reply.and_then(|reply| asked_for(reply, now));
    asked.unwrap_or_else(|| {
        if step == Step::Wait {
            RATE_LIMIT_PAUSE
        } else {
            backoff(run, tried)
        }
    })
}

/// What the answer itself asks for, if it does.
pub(super) fn asked_for(reply: &Reply, now: Timestamp) -> Option<Duration> {
    let named = reply
        .retry_after
        .as_deref()
        .and_then(|v| retry_after(v, now));
    let reset = || {
        let is_used_up = reply.remaining.as_deref() == Some("0");
        let seconds = reply.reset.as_deref().filter(|_| is_used_up)?.trim();
        let until = Timestamp::from_second(seconds.parse().ok()?).ok()?;
        Some(until_then(until, now))
    };
    named.or_else(reset)
}

/// 1, 2, 4 s and up to half as much more, drawn from the run so that jobs that run side by
/// side do not come back at once.
fn backoff(run: RunAttempt, tried: u32) -> Duration {
    let base = 1000_u64 << tried.saturating_sub(1).min(2);
    let digest = Sha256::digest(format!("{}/{}/{tried}", run.run, run.attempt));
    let draw = digest.first().copied().map_or(0, u64::from);
    Duration::from_millis(base + base * draw / 512)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: RunAttempt = RunAttempt {
        run: 17,
        attempt: 1,
    };

    fn now() -> Timestamp {
        "2026-11-28T12:00:00Z".parse().unwrap()
    }

    fn reply(status: u16) -> Reply {
        Reply {
            status,
            ..Reply::default()
        }
    }

    #[test]
    fn github_g094_the_table() {
        for (status, step) in [
            (200, Step::Take),
            (201, Step::Take),
            (408, Step::Unsure),
            (500, Step::Unsure),
            (502, Step::Unsure),
            (503, Step::Unsure),
            (504, Step::Unsure),
            (501, Step::Stop),
            (429, Step::Wait),
            (403, Step::Stop),
            (401, Step::Stop),
            (404, Step::Stop),
            (410, Step::Stop),
            (422, Step::Stop),
            (301, Step::Stop),
            (302, Step::Stop),
            (400, Step::Stop),
            (418, Step::Stop),
        ] {
            assert_eq!(step_after(&reply(status)), step, "{status}");
        }
        let mut limited = reply(403);
        limited.retry_after = Some("5".to_owned());
        assert_eq!(step_after(&limited), Step::Wait);
        limited.retry_after = Some("soon".to_owned());
        assert_eq!(step_after(&limited), Step::Stop);
        let mut limited = reply(403);
        limited.remaining = Some("0".to_owned());
        assert_eq!(step_after(&limited), Step::Wait);
        limited.remaining = Some("17".to_owned());
        assert_eq!(step_after(&limited), Step::Stop);
        assert_eq!(step_without(Silence::NotConnected), Step::Again);
        assert_eq!(step_without(Silence::Broken), Step::Unsure);
        assert_eq!(step_without(Silence::TooSlow), Step::Unsure);
    }

    #[test]
    fn github_g095_pauses() {
        let wait = |after: Option<&str>, remaining: Option<&str>, reset: Option<&str>| {
            let reply = Reply {
                status: 429,
                retry_after: after.map(str::to_owned),
                remaining: remaining.map(str::to_owned),
                reset: reset.map(str::to_owned),
                ..Reply::default()
            };
            pause(Step::Wait, Some(&reply), now(), RUN, 1).as_secs()
        };
        let in_40_s = (now().as_second() + 40).to_string();
        let past = (now().as_second() - 40).to_string();
        assert_eq!(wait(Some("7"), Some("0"), Some(&in_40_s)), 7);
        assert_eq!(wait(None, Some("0"), Some(&in_40_s)), 40);
        assert_eq!(wait(None, Some("3"), Some(&in_40_s)), 60);
        assert_eq!(wait(None, None, None), 60);
        assert_eq!(wait(None, Some("0"), Some(&past)), 0);
        assert_eq!(wait(None, Some("0"), Some("soon")), 60);
    }

    #[test]
    fn github_g095_backoff_grows_and_differs_between_runs() {
        for (tried, base) in [(1, 1000), (2, 2000), (3, 4000), (4, 4000)] {
            let pause = pause(Step::Unsure, None, now(), RUN, tried).as_millis();
            assert!(
                (base..=base + base / 2).contains(&pause),
                "{tried}: {pause}"
            );
        }
        let of = |run| backoff(RunAttempt { run, attempt: 1 }, 1);
        assert_eq!(of(1), of(1));
        let distinct: std::collections::BTreeSet<_> = (0..20).map(of).collect();
        assert!(distinct.len() > 10, "{distinct:?}");
    }

    #[test]
    fn github_g098_seconds_or_a_date_and_garbage_is_absent() {
        let read = |value| retry_after(value, now()).map(|pause| pause.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read(" 0 "), Some(0));
        assert_eq!(read("Sat, 28 Nov 2026 12:00:30 GMT"), Some(30));
        assert_eq!(read("Sat, 28 Nov 2026 11:00:00 GMT"), Some(0));
        for garbage in ["", "soon", "-5", "1.5", "+3", "99999999999999999999999"] {
            assert_eq!(read(garbage), None, "{garbage}");
        }
    }
}
