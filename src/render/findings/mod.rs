//! What is open by the ledger: `krgate findings`.
//!
//! `measure::backlog` found it; nothing is decided here. What the ledger does not know stands
//! on top, and the counts are of all, however few are shown (rule V4).

mod document;
mod text;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::diagnostic::Message;
use crate::measure::{Backlog, OpenState, StreamSight};
use crate::model::history::Doubt;
use crate::model::{FindingId, Quantity, Untrusted};

pub use self::document::write as write_json;
pub use self::text::write as write_text;

/// What a list of open findings is written from.
#[derive(Debug, Clone, Copy)]
pub struct Findings<'a> {
    /// What is open.
    pub backlog: &'a Backlog<'a>,
    /// Why the ledger is not whole.
    pub doubts: &'a [Doubt],
    /// The ids of all findings of the ledger, so that a short one can be told from all others.
    pub ids: &'a [FindingId],
    /// Most findings that the text lists.
    pub most: usize,
    /// The moment that it is of.
    pub now: Timestamp,
    /// The version of krgate.
    pub version: &'a str,
    /// The path of the policy as it was given.
    pub policy_path: &'a str,
    /// SHA-256 of the policy's bytes.
    pub policy_sha256: &'a str,
    /// The ledger as it was written.
    pub ledger: &'a str,
    /// True if the ledger is there; an absent one is an empty one (rule R32).
    pub ledger_exists: bool,
    /// What days are told in.
    pub zone: &'a TimeZone,
}

/// How many there are of what was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    listed: u64,
    reopened: u64,
    unknown: u64,
    overdue: u64,
    undecided: u64,
}

impl Findings<'_> {
    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for finding in &self.backlog.findings {
            counts.listed += 1;
            counts.reopened += u64::from(finding.state == OpenState::Reopened);
            counts.unknown += u64::from(matches!(finding.state, OpenState::Unknown(_)));
            counts.overdue += u64::from(finding.limit.is_overdue());
            counts.undecided += u64::from(finding.undecided);
        }
        counts
    }

    /// True if what is listed is all that there is: every scan stands, and every record.
    fn is_whole(&self) -> bool {
        self.doubts.is_empty()
            && self.is_known()
            && self.backlog.never_scanned.is_empty()
            && self.backlog.streams.iter().all(|sight| sight.stands)
    }

    /// True if there was a scan at all.
    fn is_known(&self) -> bool {
        self.ledger_exists
            && self
                .backlog
                .streams
                .iter()
                .any(|sight| sight.last.is_some())
    }

    /// True if the ledger has streams of more than one ref.
    fn has_several_refs(&self) -> bool {
        let mut refs = self
            .backlog
            .streams
            .iter()
            .map(|sight| &sight.stream.reference);
        let first = refs.next();
        refs.any(|other| Some(other) != first)
    }

    /// The day of a moment, in the zone of the policy.
    fn day(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// What the list does not know, before anything that it does (rules L16, R32, R34).
    fn on_top(&self) -> Vec<Message> {
        let mut said = Vec::new();
        if !self.ledger_exists {
            said.push(
                Message::from("there is no ledger yet at ")
                    .foreign(Untrusted::new(self.ledger))
                    .own(": nothing is known of the past. `krgate check --record` makes it"),
            );
        } else if !self.is_known() {
            said.push(
                "no scan is recorded in the ledger: what is open is not known. Record states \
                 that have reports"
                    .into(),
            );
        }
        if !self.doubts.is_empty() {
            said.push(
                "the ledger is not whole, so this list is not to be relied on; `krgate records \
                 verify` names every fault"
                    .into(),
            );
        }
        said.extend(self.doubts.iter().map(|doubt| {
            let since = doubt
                .since
                .map(|since| format!(", since {}", self.day(since)));
            format!(
                "{}: {}{}",
                doubt.code,
                doubt.what,
                since.unwrap_or_default()
            )
            .into()
        }));
        let stale = self.backlog.streams.iter().filter(|sight| !sight.stands);
        said.extend(stale.map(|sight| self.stale(sight)));
        if self.is_known() {
            let never = self.backlog.never_scanned;
            said.extend(never.iter().map(|class| {
                format!(
                    "no scan of {class} is recorded, and the policy has a report of it: what it \
                     would find is not here"
                )
                .into()
            }));
        }
        let assumed = self.backlog.assumed.iter();
        said.extend(assumed.map(|assumed| format!("{assumed}, so it counts as inside").into()));
        said
    }

    /// Of a stream whose last scan does not stand any more, or never was.
    fn stale(&self, sight: &StreamSight<'_>) -> Message {
        let stream = sight.stream;
        let named = Message::default()
            .foreign(stream.tool.as_untrusted())
            .own(format!(" ({}) on ", stream.class))
            .foreign(Untrusted::new(&stream.reference));
        let Some(last) = sight.last else {
            return named.own(": no scan of it counted yet, so what is open there is not known");
        };
        named.own(format!(
            ": its last scan, of {}, stood for {}: what became of its {} open findings since \
             is not known",
            self.day(last),
            days(stream.fresh),
            sight.open
        ))
    }
}

/// Seconds as days, with one place where they are not whole.
fn days(seconds: u64) -> String {
    let of_a_day = i64::try_from(seconds).unwrap_or(i64::MAX);
    let days = Quantity::ratio(of_a_day, 86_400).unwrap_or(Quantity::ZERO);
    if seconds.is_multiple_of(86_400) {
        format!("{} d", days.to_decimal(0))
    } else {
        format!("{} d", days.to_decimal(1))
    }
}
