//! Facts of a status in words, each made once.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Counts, Status};
use crate::decide::Verdict;
use crate::decide::okr::{Forecast, Insufficient, KeyResultProgress, PaceState, Segment};
use crate::diagnostic::Message;
use crate::model::{Bound, Quantity, Untrusted};
use crate::policy::{Ambition, Unit};

impl Status<'_> {
    /// The day of a moment, in the zone of the policy.
    pub(in crate::render) fn day(&self, at: Timestamp) -> Date {
        self.about.zone.to_datetime(at).date()
    }

    /// How long ago a moment is, in days with one place (rule P2).
    pub(in crate::render) fn age(&self, at: Timestamp) -> Quantity {
        let seconds = self.progress.now.as_second().saturating_sub(at.as_second());
        Quantity::ratio(seconds.max(0), 86_400).unwrap_or(Quantity::ZERO)
    }

    pub(in crate::render) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for key_result in self.key_results() {
            match key_result.figure.verdict {
                Verdict::Met => counts.met += 1,
                Verdict::Missed => counts.missed += 1,
                Verdict::Unknown => counts.unknown += 1,
            }
        }
        counts
    }

    pub(in crate::render) fn key_results(&self) -> impl Iterator<Item = &KeyResultProgress> {
        let objectives = self.progress.objectives.iter();
        objectives.flat_map(|objective| &objective.key_results)
    }

    /// True if the period of the policy is over.
    pub(in crate::render) fn is_over(&self) -> bool {
        let period = self.progress.period.as_ref();
        period.is_some_and(|period| period.window.end <= self.progress.now)
    }
}

/// `26 findings`, `at least 3 secrets`, `62%`, `unknown`.
pub(in crate::render) fn figure(unit: Unit, value: Option<Quantity>, bound: Bound) -> String {
    let Some(value) = value else {
        return "unknown".to_owned();
    };
    let bound = match bound {
        Bound::Exact => "",
        Bound::AtLeast => "at least ",
    };
    let noun = match unit {
        Unit::Findings => " finding",
        Unit::Secrets => " secret",
        Unit::Paths => " path",
        Unit::None | Unit::Cvss | Unit::Percent | Unit::Duration(_) => "",
    };
    let plural = if noun.is_empty() || value == Quantity::ONE {
        ""
    } else {
        "s"
    };
    format!("{bound}{}{noun}{plural}", unit.show(value))
}

/// `on track`, `behind by 20.0 points`.
pub(in crate::render) fn pace(key_result: &KeyResultProgress) -> Option<String> {
    let pace = key_result.pace?;
    Some(match pace.state {
        PaceState::OnTrack => pace.state.as_str().to_owned(),
        PaceState::Behind | PaceState::AtRisk => {
            let state = pace.state.as_str();
            format!("{state}, {} points behind", pace.gap.to_decimal(1))
        }
    })
}

/// `P(hit) 74% (open)`, or what is missing to say one (rules K21, K23).
pub(in crate::render) fn forecast(
    forecast: Result<Forecast, Insufficient>,
    steps: &str,
) -> Option<String> {
    match forecast {
        Ok(forecast) => Some(format!(
            "P(hit) {}% ({})",
            forecast.shown_percent(),
            forecast.likelihood().as_str()
        )),
        Err(Insufficient::NoTarget) => None,
        Err(lack) => Some(format!("P(hit) insufficient data: {}", lack.words(steps))),
    }
}

/// `0.70 green`, `unknown`.
pub(in crate::render) fn score(score: Option<Quantity>, band: Option<&'static str>) -> String {
    score.map_or("unknown".to_owned(), |score| {
        format!("{} {}", score.to_decimal(2), band.unwrap_or_default())
    })
}

/// A share in whole percent (rule P2).
pub(in crate::render) fn percent(share: Quantity) -> String {
    format!("{}%", share.times(Quantity::whole(100)).to_decimal(0))
}

/// Where the definition changed: each begin of a segment but the first (rule K29).
pub(in crate::render) fn changes(
    segments: &[Segment],
) -> impl Iterator<Item = (&Segment, &Segment)> {
    segments.iter().zip(segments.iter().skip(1))
}

/// What is not as usual about a key result.
pub(in crate::render) fn traits(
    key_result: &KeyResultProgress,
) -> impl Iterator<Item = &'static str> {
    let aspirational = key_result.ambition == Ambition::Aspirational;
    [
        key_result.health.then_some("health, not in the score"),
        aspirational.then_some("aspirational"),
    ]
    .into_iter()
    .flatten()
}

/// The word of the policy.
pub(in crate::render) const fn ambition(ambition: Ambition) -> &'static str {
    match ambition {
        Ambition::Committed => "committed",
        Ambition::Aspirational => "aspirational",
    }
}

/// What is to be said before any figure: of a ledger that is not there, is empty or is not
/// whole (rules R32, R34).
pub(in crate::render) fn on_top(status: &Status<'_>) -> Vec<Message> {
    let progress = status.progress;
    let mut said = Vec::new();
    if !status.about.ledger_exists {
        said.push(
            Message::from("there is no ledger yet at ")
                .foreign(Untrusted::new(status.about.ledger))
                .own(": nothing is known of the past. `krgate check --record` makes it"),
        );
    }
    if !progress.doubts.is_empty() {
        said.push(
            "the ledger is not whole, so the figures below are not to be relied on; `krgate \
             records verify` names every fault"
                .into(),
        );
    }
    said.extend(progress.doubts.iter().map(|doubt| {
        let since = doubt
            .since
            .map(|since| format!(", since {}", status.day(since)));
        format!(
            "{}: {}{}",
            doubt.code,
            doubt.what,
            since.unwrap_or_default()
        )
        .into()
    }));
    let recorded = |key_result: &KeyResultProgress| key_result.figure.last_known.is_some();
    if status.about.ledger_exists
        && progress.doubts.is_empty()
        && !status.key_results().any(recorded)
    {
        said.push("the ledger holds no figure of these key results yet".into());
    }
    if progress.period.is_none() {
        said.push(
            "the policy has no `period`, so there is no pace, no forecast and nothing to close"
                .into(),
        );
    }
    said
}
