//! Waivers that need somebody (section 5 of the report).

use jiff::civil::Date;

use crate::model::UntrustedText;
use crate::policy::{Policy, Waiver};
use crate::scope::days_between;

/// Days before its end from which a waiver is named.
const SOON: u32 = 14;

/// A waiver that needs somebody. Its texts are of the policy, foreign to every output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverNotice {
    /// What people call it: its id, else what it sets aside.
    pub label: UntrustedText,
    /// Who answers for it.
    pub owner: Option<UntrustedText>,
    /// Why it is named.
    pub why: WaiverWhy,
    /// Its last day.
    pub expires: Option<Date>,
    /// The file that it stands in.
    pub source: UntrustedText,
    /// Its line there, 1-based.
    pub line: usize,
}

/// Why a waiver is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaiverWhy {
    /// Its last day was so many days ago.
    Ended(u32),
    /// Its last day comes in so many days; 0 is today.
    EndsIn(u32),
    /// It set nothing aside in the last recorded run of a state.
    MatchedNothing,
}

/// The waivers to name: ended, ending soon, then those that matched nothing, each in the order
/// of the policy. `used` says how much each set aside in the last run; `None` where no run
/// under this policy was recorded.
pub(super) fn waivers(policy: &Policy, used: Option<&[u64]>, today: Date) -> Vec<WaiverNotice> {
    let all = policy.waivers.list.iter().enumerate();
    let mut notices: Vec<WaiverNotice> = all
        .filter_map(|(place, waiver)| {
            let used = used.and_then(|used| used.get(place)).copied();
            Some(notice(waiver, why(waiver, used, today)?))
        })
        .collect();
    notices.sort_by_key(|notice| match notice.why {
        WaiverWhy::Ended(_) => 0,
        WaiverWhy::EndsIn(_) => 1,
        WaiverWhy::MatchedNothing => 2,
    });
    notices
}

fn why(waiver: &Waiver, used: Option<u64>, today: Date) -> Option<WaiverWhy> {
    if let Some(last) = waiver.expires {
        if last < today {
            return Some(WaiverWhy::Ended(days_between(last, today)?));
        }
        let left = days_between(today, last)?;
        if left <= SOON {
            return Some(WaiverWhy::EndsIn(left));
        }
    }
    (used == Some(0)).then_some(WaiverWhy::MatchedNothing)
}

fn notice(waiver: &Waiver, why: WaiverWhy) -> WaiverNotice {
    WaiverNotice {
        label: UntrustedText::new(waiver.label()),
        owner: waiver.owner.as_deref().map(UntrustedText::new),
        why,
        expires: waiver.expires,
        source: UntrustedText::new(waiver.source.as_str()),
        line: waiver.line,
    }
}
