//! Time as an argument (rule G99).

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// What a publisher knows of time. Tests give one that never waits.
pub trait Clock {
    /// The time of day, never earlier than before.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&mut self, pause: Duration);
}

/// The clock of a run: it begins at the time that the run was given and goes on evenly,
/// whatever is done to the clock of the machine.
#[derive(Debug, Clone, Copy)]
pub struct RunClock {
    began: Timestamp,
    since: Instant,
}

impl RunClock {
    /// A clock that shows `now` at this moment.
    pub fn starting_at(now: Timestamp) -> Self {
        Self {
            began: now,
            since: Instant::now(),
        }
    }
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.since.elapsed()).unwrap_or(SignedDuration::MAX);
        self.began.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn sleep(&mut self, pause: Duration) {
        std::thread::sleep(pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_g099_the_clock_of_a_run_begins_where_it_is_told() {
        let began: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let clock = RunClock::starting_at(began);
        let passed = clock.now().duration_since(began);
        assert!(passed >= SignedDuration::ZERO && passed < SignedDuration::from_secs(60));
        assert!(clock.now() >= began);
    }
}
