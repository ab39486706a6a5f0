//! Requests one after another, within one limit of time: tries, pauses, and a look before
//! anything is sent again that could then stand twice (rules G86, G94 to G97).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::place::Place;
use super::refusal::{Failure, Trouble};
use super::retry::{MOST_TRIES, Step, asked_for, pause, step_after, step_without};
use super::wire::{Call, Operation, Reply, Silence, Wire};
use super::{Limits, pages};
use crate::publish::{Clock, RunAttempt, Token};

/// Least time between two writes (rule G97).
const BETWEEN_WRITES: SignedDuration = SignedDuration::from_secs(1);

/// All requests of one publication.
pub(super) struct Session<'a> {
    pub(super) place: Place,
    pub(super) token: Token,
    pub(super) run: RunAttempt,
    wire: Wire,
    clock: &'a mut dyn Clock,
    limits: Limits,
    deadline: Timestamp,
    last_write: Option<Timestamp>,
}

impl<'a> Session<'a> {
    /// Makes the client and starts the time; `None` if there can be no client.
    pub(super) fn open(
        place: Place,
        token: Token,
        run: RunAttempt,
        clock: &'a mut dyn Clock,
        limits: Limits,
    ) -> Option<Self> {
        let wire = Wire::new(&place, &token, limits)?;
        let together = SignedDuration::try_from(limits.together).unwrap_or(SignedDuration::MAX);
        let deadline = clock.now().saturating_add(together);
        Some(Self {
            place,
            token,
            run,
            wire,
            clock,
            limits,
            deadline: deadline.unwrap_or(Timestamp::MAX),
            last_write: None,
        })
    }

    /// Sends a request that does no harm twice, until an answer can be read.
    ///
    /// # Errors
    /// If there is none in the tries and the time there are.
    pub(super) fn ask<T>(
        &mut self,
        call: &Call,
        read: impl Fn(&Reply) -> Option<T>,
    ) -> Result<T, Failure> {
        self.exchange(
            call,
            read,
            None::<fn(&mut Self) -> Result<Option<T>, Failure>>,
        )
    }

    /// Sends a request that must not be carried out twice: where it may have been, `look`
    /// finds out before it is sent again.
    ///
    /// # Errors
    /// As [`Session::ask`], or if the look fails.
    pub(super) fn ask_once<T>(
        &mut self,
        call: &Call,
        read: impl Fn(&Reply) -> Option<T>,
        look: impl FnMut(&mut Self) -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        self.exchange(call, read, Some(look))
    }

    /// All pages from an address on, until `pick` takes something; see [`pages`].
    ///
    /// # Errors
    /// As [`Session::ask`], or if a page leads elsewhere.
    pub(super) fn search<P, T>(
        &mut self,
        operation: Operation,
        address: String,
        read: impl Fn(&Reply) -> Option<P>,
        pick: impl FnMut(P) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        pages::search(self, operation, address, read, pick)
    }

    fn exchange<T>(
        &mut self,
        call: &Call,
        read: impl Fn(&Reply) -> Option<T>,
        mut look: Option<impl FnMut(&mut Self) -> Result<Option<T>, Failure>>,
    ) -> Result<T, Failure> {
        let mut tried = 0;
        loop {
            tried += 1;
            let trouble = match self.once(call)? {
                Ok(reply) if step_after(&reply) != Step::Take => Trouble::Refused(Box::new(reply)),
                Ok(reply) => match read(&reply) {
                    Some(value) => return Ok(value),
                    None => Trouble::Unreadable(Box::new(reply)),
                },
                Err(silence) => Trouble::Silent(silence),
            };
            let step = match &trouble {
                Trouble::Refused(reply) => step_after(reply),
                // Looking and listing again would only bring the same flood.
                Trouble::Silent(Silence::TooLarge) if look.is_none() => Step::Stop,
                Trouble::Silent(silence) => step_without(*silence),
                _ => Step::Unsure,
            };
            let must_look = step == Step::Unsure && look.is_some();
            if step == Step::Stop || (tried == MOST_TRIES && !must_look) {
                return Err(Failure::new(call.operation, trouble));
            }
            self.wait(step, call.operation, &trouble, tried)?;
            if let Some(look) = look.as_mut().filter(|_| must_look) {
                if let Some(found) = look(self)? {
                    return Ok(found);
                }
                if tried == MOST_TRIES {
                    return Err(Failure::new(call.operation, trouble));
                }
            }
        }
    }

    /// One try.
    fn once(&mut self, call: &Call) -> Result<Result<Reply, Silence>, Failure> {
        let writes = call.operation.writes();
        if let Some(last) = self.last_write.filter(|_| writes) {
            let left = BETWEEN_WRITES.saturating_sub(self.clock.now().duration_since(last));
            let left = Duration::try_from(left).unwrap_or_default();
            if !left.is_zero() && !self.sleep(left) {
                return Err(Failure::new(call.operation, Trouble::OutOfTime));
            }
        }
        let left = self.deadline.duration_since(self.clock.now());
        let left = Duration::try_from(left).unwrap_or_default();
        if left.is_zero() {
            return Err(Failure::new(call.operation, Trouble::OutOfTime));
        }
        let answer = self.wire.send(call, self.limits.request.min(left));
        if writes {
            self.last_write = Some(self.clock.now());
        }
        Ok(answer)
    }

    /// Waits before the next try, if that ends in time (rule G96).
    fn wait(
        &mut self,
        step: Step,
        operation: Operation,
        trouble: &Trouble,
        tried: u32,
    ) -> Result<(), Failure> {
        let reply = match trouble {
            Trouble::Refused(reply) | Trouble::Unreadable(reply) => Some(&**reply),
            _ => None,
        };
        let now = self.clock.now();
        let long = pause(step, reply, now, self.run, tried);
        if self.sleep(long) {
            return Ok(());
        }
        let mut failure = Failure::new(operation, trouble.clone());
        failure.is_late = true;
        let asked = reply.and_then(|reply| asked_for(reply, now));
        failure.asked_until = asked.and_then(|asked| {
            let asked = SignedDuration::try_from(asked).ok()?;
            now.checked_add(asked).ok()
        });
        Err(failure)
    }

    /// Sleeps, or not at all where that would end after the deadline.
    fn sleep(&mut self, long: Duration) -> bool {
        let left = self.deadline.duration_since(self.clock.now());
        let is_in_time = SignedDuration::try_from(long).is_ok_and(|long| long < left);
        if is_in_time && !long.is_zero() {
            self.clock.sleep(long);
        }
        is_in_time
    }
}
