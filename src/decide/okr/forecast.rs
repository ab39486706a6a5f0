//! How likely a target is reached: a bootstrap over weekly differences (rule K21).

use super::series::Step;
use crate::model::Quantity;
use crate::policy::Target;

/// How many paths are drawn.
pub const PATHS: u32 = 2_000;
/// Fewer points than this are too little.
pub const LEAST_POINTS: usize = 5;
/// Fewer differences between neighbours than this are too little.
pub const LEAST_DELTAS: usize = 4;

/// Where figures may go: a count never falls below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Domain {
    /// The least figure there can be.
    pub least: Option<Quantity>,
    /// The greatest.
    pub most: Option<Quantity>,
}

/// Where a key result is likely to end. It changes no verdict, no score and no exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// How many of [`PATHS`] paths reach the target at the end.
    pub hits: u32,
    /// One path of ten ends at this figure or below.
    pub p10: Quantity,
    /// Half of them do.
    pub p50: Quantity,
    /// Nine of ten do.
    pub p90: Quantity,
    /// How many steps there were to go.
    pub steps_left: usize,
}

/// Too little to say anything, in words: never a number (rule K23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insufficient {
    /// So many weeks (or steps) have a figure, and so many are needed.
    Points {
        /// What there is.
        there: usize,
        /// What is needed.
        needed: usize,
    },
    /// So many differences between neighbours are known, and so many are needed.
    Deltas {
        /// What there is.
        there: usize,
        /// What is needed.
        needed: usize,
    },
    /// There is no period, or its target is not known, so that there is nothing to reach.
    NoTarget,
}

/// What is said beside the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likelihood {
    /// Below 0.1.
    Unlikely,
    /// At least 0.1 and below 0.9.
    Open,
    /// 0.9 and above.
    Likely,
}

impl Forecast {
    /// The share of paths that reach the target, exact.
    pub fn probability(self) -> Quantity {
        Quantity::ratio(i64::from(self.hits), i64::from(PATHS)).unwrap_or(Quantity::ZERO)
    }

    /// The whole percent that is printed, capped to 5 and 95: the forecast is over-confident
    /// at both ends.
    pub fn shown_percent(self) -> u8 {
        let percent = self.probability().times(Quantity::whole(100)).to_decimal(0);
        percent.parse().unwrap_or(0_u8).clamp(5, 95)
    }

    /// The word beside the number; it goes by the exact share and not by what is printed.
    pub fn likelihood(self) -> Likelihood {
        let below = |tenths| Quantity::ratio(tenths, 10).is_some_and(|b| self.probability() < b);
        if below(1) {
            Likelihood::Unlikely
        } else if below(9) {
            Likelihood::Open
        } else {
            Likelihood::Likely
        }
    }
}

impl Likelihood {
    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unlikely => "unlikely",
            Self::Open => "open",
            Self::Likely => "likely",
        }
    }
}

impl Insufficient {
    /// What there is and what is needed: `3 of 5 weeks`. `step` is the noun of one step in
    /// the plural.
    pub fn words(self, step: &str) -> String {
        match self {
            Self::Points { there, needed } => format!("{there} of {needed} {step}"),
            Self::Deltas { there, needed } => {
                format!("{there} of {needed} changes between neighbouring {step}")
            }
            Self::NoTarget => "no period or no target to reach".to_owned(),
        }
    }
}

/// `SplitMix64` from a fixed state, fresh for every key result.
#[derive(Debug, Clone)]
struct Draws(u64);

impl Draws {
    const fn new() -> Self {
        Self(0x6b72_6761_7465_0001)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A place below `n`: the high 64 bits of `draw × n`.
    fn below(&mut self, n: usize) -> usize {
        let n = u128::try_from(n).unwrap_or(0);
        usize::try_from((u128::from(self.next()) * n) >> 64).unwrap_or(0)
    }
}

/// The differences between neighbouring steps; a gap gives none.
fn deltas(steps: &[Step]) -> Vec<Quantity> {
    steps
        .windows(2)
        .filter_map(|pair| match pair {
            [one, two] if two.number == one.number + 1 => Some(two.value.minus(one.value)),
            _ => None,
        })
        .collect()
}

/// Forecasts the end of the period from the figures of its steps.
///
/// # Errors
/// If there are fewer than [`LEAST_POINTS`] figures or [`LEAST_DELTAS`] differences, or
/// nothing to compare the end with.
pub fn forecast(
    steps: &[Step],
    steps_left: usize,
    target: &Target,
    domain: Domain,
) -> Result<Forecast, Insufficient> {
    if steps.len() < LEAST_POINTS {
        return Err(Insufficient::Points {
            there: steps.len(),
            needed: LEAST_POINTS,
        });
    }
    let deltas = deltas(steps);
    if deltas.len() < LEAST_DELTAS {
        return Err(Insufficient::Deltas {
            there: deltas.len(),
            needed: LEAST_DELTAS,
        });
    }
    let last = steps.last().ok_or(Insufficient::NoTarget)?.value;
    let mut draws = Draws::new();
    let mut ends: Vec<Quantity> = Vec::new();
    for _ in 0..PATHS {
        let path = path(last, &deltas, steps_left, domain, &mut draws);
        ends.push(path.last().copied().unwrap_or(last));
    }
    let mut hits = 0;
    for end in &ends {
        if target.is_met_by(*end).ok_or(Insufficient::NoTarget)? {
            hits += 1;
        }
    }
    ends.sort_unstable();
    let rank = |percent: usize| super::nearest_rank(&ends, percent, 100).unwrap_or(last);
    Ok(Forecast {
        hits,
        p10: rank(10),
        p50: rank(50),
        p90: rank(90),
        steps_left,
    })
}

/// One path: the figure after each step that is left.
fn path(
    from: Quantity,
    deltas: &[Quantity],
    steps: usize,
    domain: Domain,
    draws: &mut Draws,
) -> Vec<Quantity> {
    let mut value = from;
    (0..steps)
        .map(|_| {
            let delta = deltas.get(draws.below(deltas.len()));
            value = value.plus(delta.copied().unwrap_or(Quantity::ZERO));
            value = domain.least.map_or(value, |least| value.max(least));
            value = domain.most.map_or(value, |most| value.min(most));
            value
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Op;

    fn weekly(values: &[i64]) -> Vec<Step> {
        (0..)
            .zip(values)
            .map(|(number, value)| Step {
                number,
                value: Quantity::whole(*value),
            })
            .collect()
    }

    const COUNT: Domain = Domain {
        least: Some(Quantity::ZERO),
        most: None,
    };

    #[test]
    fn key_result_k21_the_generator_is_splitmix64_from_a_fixed_state() {
        let mut draws = Draws::new();
        assert_eq!(
            [draws.next(), draws.next(), draws.next()],
            [
                0x38b4_b997_d228_44f6,
                0x2042_d90a_78d8_3aeb,
                0xa135_554c_4bc0_a5ff
            ]
        );
        let mut draws = Draws::new();
        let indices: Vec<usize> = (0..10).map(|_| draws.below(5)).collect();
        assert_eq!(indices, [1, 0, 3, 0, 3, 2, 3, 4, 2, 1]);
    }

    #[test]
    fn key_result_k21_the_worked_forecast() {
        let steps = weekly(&[40, 37, 36, 30, 31, 26]);
        assert_eq!(deltas(&steps), [-3, -1, -6, 1, -5].map(Quantity::whole));
        let mut draws = Draws::new();
        let mut next = || path(Quantity::whole(26), &deltas(&steps), 7, COUNT, &mut draws);
        assert_eq!(next(), [25, 22, 23, 20, 21, 15, 16].map(Quantity::whole));
        assert_eq!(next(), [21, 15, 14, 8, 9, 6, 1].map(Quantity::whole));
        assert_eq!(next(), [27, 28, 22, 16, 17, 14, 8].map(Quantity::whole));
        let target = Target::Compare(Op::AtMost, Quantity::whole(10));
        let forecast = forecast(&steps, 7, &target, COUNT).unwrap();
        assert_eq!(forecast.hits, 1_475);
        assert_eq!(forecast.probability().to_decimal(4), "0.7375");
        assert_eq!(
            [forecast.p10, forecast.p50, forecast.p90],
            [0, 6, 15].map(Quantity::whole)
        );
        assert_eq!(forecast.likelihood(), Likelihood::Open);
        assert_eq!(forecast.shown_percent(), 74);
    }

    #[test]
    fn key_result_k21_the_number_is_capped_and_the_word_goes_by_the_share() {
        let of = |hits| Forecast {
            hits,
            p10: Quantity::ZERO,
            p50: Quantity::ZERO,
            p90: Quantity::ZERO,
            steps_left: 1,
        };
        let said = [0, 199, 200, 1_799, 1_800, 2_000]
            .map(|hits| (of(hits).shown_percent(), of(hits).likelihood().as_str()));
        assert_eq!(
            said,
            [
                (5, "unlikely"),
                (10, "unlikely"),
                (10, "open"),
                (90, "open"),
                (90, "likely"),
                (95, "likely")
            ]
        );
    }

    #[test]
    fn key_result_k23_too_little_is_said_in_words() {
        let target = Target::Compare(Op::AtMost, Quantity::ZERO);
        let of = |steps: &[Step]| forecast(steps, 3, &target, COUNT).unwrap_err();
        assert_eq!(of(&weekly(&[3, 2, 1])).words("weeks"), "3 of 5 weeks");
        let mut gaps = weekly(&[5, 4, 3, 2, 1]);
        gaps[4].number = 7;
        assert_eq!(
            of(&gaps).words("weeks"),
            "3 of 4 changes between neighbouring weeks",
            "a gap gives no difference"
        );
        let none = forecast(&weekly(&[5, 4, 3, 2, 1]), 3, &Target::Measured, COUNT);
        assert_eq!(none, Err(Insufficient::NoTarget));
    }

    #[test]
    fn key_result_k21_a_share_stays_between_none_and_all() {
        let share = |percent| Quantity::ratio(percent, 100).unwrap();
        let steps: Vec<Step> = (0..)
            .zip([50, 60, 70, 80, 90])
            .map(|(number, percent)| Step {
                number,
                value: share(percent),
            })
            .collect();
        let domain = Domain {
            least: Some(Quantity::ZERO),
            most: Some(Quantity::ONE),
        };
        let target = Target::Compare(Op::AtLeast, Quantity::ONE);
        let forecast = forecast(&steps, 4, &target, domain).unwrap();
        assert_eq!((forecast.hits, forecast.p90), (2_000, Quantity::ONE));
    }
}
