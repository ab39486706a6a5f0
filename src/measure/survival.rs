//! Survival with delayed entry: how long findings stay open (rules M1, M3, M6).
//!
//! The Kaplan–Meier estimate over intervals of age. A finding that was there before the
//! window enters at the age that it had then, so that neither an old backlog nor its clearing
//! distorts the figure. Everything is exact: the estimate is a fraction of two big integers,
//! compared by cross-multiplication (rule M0c); in binary floating point the product of the
//! table in the tests misses 1/2.

use num_bigint::BigUint;

use crate::model::Quantity;

/// What a finding adds: the ages at which it came into view and left it, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    /// Its age when it came into view.
    pub(super) entry: u64,
    /// Its age when it was fixed, or left without a fix, or now.
    pub(super) exit: u64,
    /// True if it was fixed at `exit`.
    pub(super) fixed: bool,
}

/// An age at which something was fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    age: u64,
    at_risk: u64,
    fixed: u64,
}

/// The estimate.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    steps: Vec<Step>,
    entries: Vec<u64>,
    exits: Vec<u64>,
}

impl Curve {
    /// The estimate from intervals; one that never was in view is left out.
    pub(super) fn of(intervals: &[Interval]) -> Self {
        let seen: Vec<&Interval> = intervals.iter().filter(|i| i.entry < i.exit).collect();
        let sorted = |mut ages: Vec<u64>| {
            ages.sort_unstable();
            ages
        };
        let mut curve = Self {
            steps: Vec::new(),
            entries: sorted(seen.iter().map(|i| i.entry).collect()),
            exits: sorted(seen.iter().map(|i| i.exit).collect()),
        };
        let fixed = seen.iter().filter(|i| i.fixed).map(|i| i.exit);
        for age in sorted(fixed.collect()) {
            match curve.steps.last_mut() {
                Some(step) if step.age == age => step.fixed += 1,
                _ => {
                    let at_risk = curve.at_risk(age);
                    curve.steps.push(Step {
                        age,
                        at_risk,
                        fixed: 1,
                    });
                }
            }
        }
        curve
    }

    /// How many were in view at an age: entry < age ≤ exit.
    fn at_risk(&self, age: u64) -> u64 {
        at_risk(&self.entries, &self.exits, age)
    }

    /// The estimate after each step, as numerator and denominator that are not reduced.
    fn fractions(&self) -> impl Iterator<Item = (&Step, BigUint, BigUint)> {
        let one = || BigUint::from(1_u8);
        self.steps.iter().scan((one(), one()), |(num, den), step| {
            *num *= step.at_risk - step.fixed;
            *den *= step.at_risk;
            Some((step, num.clone(), den.clone()))
        })
    }

    /// The smallest age by which so many hundredths are fixed: S(t) ≤ 1 − p.
    pub(super) fn quantile(&self, hundredths: u32) -> Option<u64> {
        let left = 100_u32.saturating_sub(hundredths);
        self.fractions()
            .find(|(_, num, den)| num * 100_u32 <= den * left)
            .map(|(step, ..)| step.age)
    }

    /// The age up to which there was always somebody in view: a quantile that is not reached
    /// lies beyond it (rule M6).
    pub(super) fn in_view_until(&self) -> u64 {
        let mut until = 0;
        for exit in &self.exits {
            // The next age at which nobody is in view ends the stretch.
            if self.at_risk(until.max(1)) == 0 && until > 0 {
                break;
            }
            if *exit > until && self.at_risk(until + 1) > 0 {
                until = *exit;
            }
        }
        until
    }

    /// The area under the estimate from 0 to the horizon, in seconds (rule M3); `None` where
    /// nobody is in view at the horizon and not everything is fixed by then.
    pub(super) fn restricted_mean(&self, horizon: u64) -> Option<Quantity> {
        let (mut num, mut den) = (BigUint::from(1_u8), BigUint::from(1_u8));
        let (mut area, mut from) = (BigUint::ZERO, 0);
        for step in self.steps.iter().take_while(|step| step.age < horizon) {
            area += &num * (step.age - from);
            from = step.age;
            // Everything over the new denominator.
            num *= step.at_risk - step.fixed;
            area *= step.at_risk;
            den *= step.at_risk;
        }
        if self.at_risk(horizon) == 0 && num != BigUint::ZERO {
            return None;
        }
        area += num * (horizon - from);
        quantity(area, den)
    }
}

/// How many are not fixed at an age, over age: what a survival curve draws (rule M1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survival {
    /// The share that is left after each age at which something was fixed, by age. Exact where
    /// it is a decimal of six places, else cut off after them.
    pub steps: Vec<SurvivalStep>,
    /// The ages at which findings came into view, in seconds, ascending.
    pub entries: Vec<u64>,
    /// The ages at which they left it, fixed or not, in seconds, ascending.
    pub exits: Vec<u64>,
    /// The ages of those that are open, in seconds, ascending.
    pub open: Vec<u64>,
    /// How many were there at the first scan: their age is not known, and they are left out.
    pub left_truncated: usize,
}

/// One step of a survival curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurvivalStep {
    /// The age, in seconds.
    pub age: u64,
    /// How many were in view just before.
    pub at_risk: u64,
    /// How many of them were fixed at it.
    pub fixed: u64,
    /// The share that is not fixed from here on, 0 to 1.
    pub share: Quantity,
}

impl Survival {
    /// The estimate from intervals.
    pub(super) fn of(intervals: &[Interval], open: Vec<u64>, left_truncated: usize) -> Self {
        let curve = Curve::of(intervals);
        let steps = curve.fractions().map(|(step, num, den)| SurvivalStep {
            age: step.age,
            at_risk: step.at_risk,
            fixed: step.fixed,
            share: quantity(num, den).unwrap_or(Quantity::ZERO),
        });
        Self {
            steps: steps.collect(),
            entries: curve.entries,
            exits: curve.exits,
            open,
            left_truncated,
        }
    }

    /// How many findings are in the estimate.
    pub fn n(&self) -> usize {
        self.exits.len()
    }

    /// How many were in view at an age: what stands under the axis.
    pub fn at_risk(&self, age: u64) -> u64 {
        at_risk(&self.entries, &self.exits, age)
    }
}

/// At equal ages fixes come before exits without one.
fn at_risk(entries: &[u64], exits: &[u64], age: u64) -> u64 {
    let entered = entries.partition_point(|entry| *entry < age);
    let left = exits.partition_point(|exit| *exit < age);
    u64::try_from(entered.saturating_sub(left)).unwrap_or(u64::MAX)
}

/// A fraction as a quantity: exact where it is a decimal of at most six places, else cut off
/// after them.
fn quantity(num: BigUint, den: BigUint) -> Option<Quantity> {
    let millionths: BigUint = num * 1_000_000_u32 / den;
    let whole = i64::try_from(millionths).ok()?;
    Quantity::ratio(whole, 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(entry: u64, exit: u64, fixed: bool) -> Interval {
        Interval { entry, exit, fixed }
    }

    /// Ages of the table of M1 in days: A B C, D G H, E F, I, J, K.
    fn table() -> Curve {
        Curve::of(&[
            interval(0, 2, true),
            interval(0, 5, true),
            interval(0, 5, true),
            interval(0, 60, false),
            interval(0, 30, false),
            interval(0, 10, false),
            interval(0, 9, true),
            interval(0, 14, true),
            interval(20, 24, true),
            interval(60, 150, false),
            interval(10, 40, false),
        ])
    }

    #[test]
    fn metric_m01_delayed_entry_worked_table() {
        let curve = table();
        let steps: Vec<(u64, u64, u64)> = curve
            .steps
            .iter()
            .map(|step| (step.age, step.at_risk, step.fixed))
            .collect();
        assert_eq!(
            steps,
            [(2, 8, 1), (5, 7, 2), (9, 5, 1), (14, 4, 1), (24, 4, 1)]
        );
        let reduced: [(u32, u32); 5] = [(7, 8), (5, 8), (1, 2), (3, 8), (9, 32)];
        for ((_, num, den), (wanted, of)) in curve.fractions().zip(reduced) {
            assert_eq!(num * of, den * wanted);
        }
        assert_eq!(curve.quantile(50), Some(9));
        assert_eq!(curve.quantile(75), None);
    }

    #[test]
    fn metric_m01_full_age_from_zero_would_say_24() {
        let mut intervals = vec![interval(0, 24, true), interval(0, 150, false)];
        intervals.extend([2, 5, 5, 9, 14].map(|age| interval(0, age, true)));
        intervals.extend([60, 30, 10, 40].map(|age| interval(0, age, false)));
        assert_eq!(Curve::of(&intervals).quantile(50), Some(24));
    }

    #[test]
    fn metric_m03_restricted_mean_is_the_area() {
        let mean = |horizon| table().restricted_mean(horizon).map(|q| q.to_string());
        assert_eq!(mean(30).as_deref(), Some("15.0625"));
        assert!(mean(150).is_some());
        assert_eq!(mean(151), None, "nobody is in view there");
        let all_fixed = Curve::of(&[interval(0, 3, true), interval(0, 5, true)]);
        assert_eq!(all_fixed.restricted_mean(90), Some(Quantity::whole(4)));
    }

    #[test]
    fn metric_m06_not_reached_is_a_bound() {
        let curve = Curve::of(&[
            interval(0, 3, true),
            interval(0, 10, true),
            interval(0, 20, false),
            interval(0, 25, false),
            interval(0, 30, false),
            interval(0, 40, false),
        ]);
        let last = curve.fractions().last().unwrap();
        assert_eq!(last.1 * 3_u32, last.2 * 2_u32, "S is 2/3 at the end");
        assert_eq!(curve.quantile(50), None);
        assert_eq!(curve.in_view_until(), 40);
        assert_eq!(table().in_view_until(), 150);
        // Nobody is in view between 5 and 8, so nothing is known beyond 5.
        let gap = Curve::of(&[interval(0, 5, false), interval(8, 20, false)]);
        assert_eq!(gap.in_view_until(), 5);
        assert_eq!(Curve::of(&[]).in_view_until(), 0);
    }

    #[test]
    fn metric_m19_time_to_revoke_counts_the_living() {
        let mut hours: Vec<Interval> = [1, 2, 3, 7, 30].map(|age| interval(0, age, true)).into();
        hours.extend([6, 100].map(|age| interval(0, age, false)));
        let curve = Curve::of(&hours);
        let wanted: [(u32, u32); 4] = [(6, 7), (5, 7), (4, 7), (8, 21)];
        for ((_, num, den), (part, of)) in curve.fractions().zip(wanted) {
            assert_eq!(num * of, den * part);
        }
        assert_eq!(curve.quantile(50), Some(7));
    }

    #[test]
    fn metric_m00c_many_steps_stay_exact_and_fast() {
        let intervals: Vec<Interval> = (1..=4_000)
            .map(|age| interval(0, age, age % 2 == 0))
            .collect();
        assert!(Curve::of(&intervals).quantile(50).is_some());
    }
}
