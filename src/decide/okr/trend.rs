//! The line through the figures of a period (rule K22).

use super::forecast::{Insufficient, LEAST_POINTS};
use super::series::Step;
use crate::model::Quantity;

/// A line by Theil and Sen, which one outlier does not turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trend {
    /// Change of the figure a step.
    pub slope: Quantity,
    /// The figure at the first step of the period.
    pub intercept: Quantity,
}

impl Trend {
    /// The figure on the line at a step of the period, from 0. It may lie where no figure of
    /// the measure can.
    pub fn at(self, step: i64) -> Quantity {
        self.intercept.plus(self.slope.times(Quantity::whole(step)))
    }
}

/// The trend of figures: the median of all slopes between two of them, and the median of
/// what is left. It is drawn; what is said of the end is the forecast.
///
/// # Errors
/// If there are fewer than [`LEAST_POINTS`], as with the forecast that stands beside it.
pub fn trend(steps: &[Step]) -> Result<Trend, Insufficient> {
    if steps.len() < LEAST_POINTS {
        return Err(Insufficient::Points {
            there: steps.len(),
            needed: LEAST_POINTS,
        });
    }
    let mut slopes = Vec::new();
    for (place, one) in steps.iter().enumerate() {
        for two in steps.iter().skip(place + 1) {
            let run = Quantity::whole(two.number.saturating_sub(one.number));
            slopes.extend(two.value.minus(one.value).over(run));
        }
    }
    let slope = median(slopes).ok_or(Insufficient::NoTarget)?;
    let rest = steps
        .iter()
        .map(|step| step.value.minus(slope.times(Quantity::whole(step.number))))
        .collect();
    let intercept = median(rest).ok_or(Insufficient::NoTarget)?;
    Ok(Trend { slope, intercept })
}

/// The middle figure, or the mean of the two middle ones.
fn median(mut figures: Vec<Quantity>) -> Option<Quantity> {
    figures.sort_unstable();
    let half = figures.len() / 2;
    let upper = *figures.get(half)?;
    if figures.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *figures.get(half.checked_sub(1)?)?;
    lower.plus(upper).over(Quantity::whole(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_result_k22_theil_sen_is_not_turned_by_one_outlier() {
        let steps: Vec<Step> = (0..)
            .zip([40, 37, 36, 30, 60, 26])
            .map(|(number, value)| Step {
                number,
                value: Quantity::whole(value),
            })
            .collect();
        let trend = trend(&steps).unwrap();
        assert_eq!(trend.slope, Quantity::ratio(-11, 4).unwrap());
        assert_eq!(trend.intercept, Quantity::ratio(319, 8).unwrap());
        assert_eq!(trend.at(12), Quantity::ratio(55, 8).unwrap());
        assert_eq!(trend.at(12).to_string(), "6.875");
    }
}
