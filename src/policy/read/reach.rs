//! Whether a target says anything: what the values of a measure can be at all.

use crate::model::Quantity;
use crate::policy::{Measure, Op, Target, Unit};

/// What the values of a measure can be: from zero up, to `most` where there is a most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Domain {
    most: Option<Quantity>,
    whole: bool,
    wanted: Wanted,
}

/// Which end of a domain people want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Low,
    High,
}

/// Which values of a domain reach a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of them.
    Every,
    /// Some.
    Some,
    /// Not one.
    None,
}

impl Domain {
    const COUNT: Self = Self::new(None, true, Wanted::Low);
    const SHARE: Self = Self::new(Some(Quantity::ONE), false, Wanted::High);
    const LOW_SHARE: Self = Self::new(Some(Quantity::ONE), false, Wanted::Low);
    const DURATION: Self = Self::new(None, false, Wanted::Low);

    fn cvss() -> Self {
        Self::new(Some(Quantity::whole(10)), false, Wanted::Low)
    }

    const fn new(most: Option<Quantity>, whole: bool, wanted: Wanted) -> Self {
        Self {
            most,
            whole,
            wanted,
        }
    }

    /// The domain of a measure; `None` where values may be negative or a share above one,
    /// as with a net flow, a fix rate or a figure of the user's.
    pub(super) fn of(measure: &Measure, unit: Unit) -> Option<Self> {
        match measure {
            Measure::MaxCvss(_) => Some(Self::cvss()),
            Measure::Tools(_)
            | Measure::Events(_)
            | Measure::Milestones(_)
            | Measure::Routed(_)
            | Measure::Inventory => Some(Self::SHARE),
            Measure::Suppressed { .. } if unit == Unit::Percent => Some(Self::LOW_SHARE),
            Measure::Count(..) | Measure::Introduced(..) | Measure::Suppressed { .. } => {
                Some(Self::COUNT)
            }
            Measure::Past(_) => match measure.name() {
                "introduced" => Some(Self::COUNT),
                "sla" => Some(Self::SHARE),
                "recurrence" | "escape_rate" => Some(Self::LOW_SHARE),
                "time_to_fix" | "time_to_detect" | "age" => Some(Self::DURATION),
                _ => None,
            },
            Measure::CheckIn(_) | Measure::Density { .. } | Measure::Figure(..) => None,
        }
    }

    /// Which values reach the target.
    pub(super) fn reach(self, target: Target) -> Reach {
        let at_most = |end: Quantity| self.most.is_some_and(|most| most <= end);
        let (every, none) = match target {
            Target::Compare(op @ (Op::More | Op::AtLeast), than) => (
                op.holds(&Quantity::ZERO, &than),
                self.most.is_some_and(|most| !op.holds(&most, &than)),
            ),
            Target::Compare(op @ (Op::Less | Op::AtMost), than) => (
                self.most.is_some_and(|most| op.holds(&most, &than)),
                !op.holds(&Quantity::ZERO, &than),
            ),
            Target::Compare(Op::Equal, than) => (false, !self.holds(than)),
            Target::Within(low, high) => (
                low <= Quantity::ZERO && at_most(high),
                high < Quantity::ZERO || self.most.is_some_and(|most| most < low),
            ),
            Target::OfStart(..) | Target::Measured => (false, false),
        };
        match (every, none) {
            (true, _) => Reach::Every,
            (_, true) => Reach::None,
            _ => Reach::Some,
        }
    }

    fn holds(self, value: Quantity) -> bool {
        value >= Quantity::ZERO
            && self.most.is_none_or(|most| value <= most)
            && (!self.whole || value.denominator() == 1)
    }

    /// The target that was probably meant: the figure, towards the end that people want.
    pub(super) fn meant(self, target: Target) -> Option<Target> {
        let Target::Compare(_, than) = target else {
            return None;
        };
        let than = self.most.map_or(than, |most| than.min(most));
        let than = than.max(Quantity::ZERO);
        let meant = match (self.wanted, self.most) {
            (Wanted::Low, _) => Target::Compare(Op::AtMost, than),
            (Wanted::High, Some(most)) if than == Quantity::ZERO => {
                Target::Compare(Op::AtLeast, most)
            }
            (Wanted::High, _) => Target::Compare(Op::AtLeast, than),
        };
        (self.holds(than) && self.reach(meant) == Reach::Some).then_some(meant)
    }
}

/// What the values of a domain are, in words.
pub(super) fn in_words(unit: Unit) -> &'static str {
    match unit {
        Unit::Percent => "the measure is a share, which lies between 0% and 100%",
        Unit::Cvss => "the measure is a CVSS score, which lies between 0.0 and 10.0",
        Unit::Duration(_) => "the measure is a length of time, which is never below 0",
        Unit::None | Unit::Findings | Unit::Secrets | Unit::Paths => {
            "the measure counts, and a count is a whole number that is never below 0"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::scalar::{self, WrittenTarget};

    fn read(text: &str) -> Target {
        match scalar::target(text) {
            Ok(WrittenTarget::Compare(op, than)) => Target::Compare(op, than.value),
            Ok(WrittenTarget::Within(low, high)) => Target::Within(low.value, high.value),
            _ => Target::Measured,
        }
    }

    #[test]
    fn a_target_that_every_value_reaches_is_told_from_one_that_none_does() {
        for (domain, text, reach) in [
            (Domain::COUNT, ">= 0", Reach::Every),
            (Domain::COUNT, "> -1", Reach::Every),
            (Domain::COUNT, "< 0", Reach::None),
            (Domain::COUNT, "<= -1", Reach::None),
            (Domain::COUNT, "== -1", Reach::None),
            (Domain::COUNT, "== 0.5", Reach::None),
            (Domain::COUNT, "-5..-1", Reach::None),
            (Domain::COUNT, "> 0", Reach::Some),
            (Domain::COUNT, "<= 0", Reach::Some),
            (Domain::COUNT, "== 0", Reach::Some),
            (Domain::COUNT, "== 2.0", Reach::Some),
            (Domain::COUNT, "< 1", Reach::Some),
            (Domain::COUNT, ">= 1", Reach::Some),
            (Domain::COUNT, "0..5", Reach::Some),
            (Domain::SHARE, ">= 0%", Reach::Every),
            (Domain::SHARE, "<= 100%", Reach::Every),
            (Domain::SHARE, "< 101%", Reach::Every),
            (Domain::SHARE, "0%..100%", Reach::Every),
            (Domain::SHARE, "> 100%", Reach::None),
            (Domain::SHARE, ">= 101%", Reach::None),
            (Domain::SHARE, "== 101%", Reach::None),
            (Domain::SHARE, "101%..102%", Reach::None),
            (Domain::SHARE, ">= 100%", Reach::Some),
            (Domain::SHARE, "< 100%", Reach::Some),
            (Domain::SHARE, "<= 0%", Reach::Some),
            (Domain::cvss(), "> 10", Reach::None),
            (Domain::cvss(), "<= 10", Reach::Every),
            (Domain::cvss(), ">= 10", Reach::Some),
            (Domain::DURATION, "< 0d", Reach::None),
            (Domain::DURATION, "<= 4h", Reach::Some),
        ] {
            assert_eq!(domain.reach(read(text)), reach, "{text}");
        }
    }

    #[test]
    fn what_is_proposed_decides_something() {
        let meant = |domain: Domain, unit: Unit, text| {
            domain
                .meant(read(text))
                .map(|target| unit.show_target(&target))
                .unwrap_or_default()
        };
        let count = |text| meant(Domain::COUNT, Unit::Findings, text);
        let share = |text| meant(Domain::SHARE, Unit::Percent, text);
        assert_eq!(
            [">= 0", "> -1", "< 0", "<= -1"].map(count),
            ["<= 0", "<= 0", "<= 0", "<= 0"]
        );
        assert_eq!(
            [">= 0%", "<= 100%", "> 100%", "< 0%"].map(share),
            [">= 100%"; 4]
        );
        assert_eq!(
            (share("0%..100%"), count("== 0.5")),
            (String::new(), String::new())
        );
        let cvss = |text| meant(Domain::cvss(), Unit::Cvss, text);
        assert_eq!([">= 0", "<= 10", "> 10"].map(cvss), ["<= 0.0", "", ""]);
    }
}
