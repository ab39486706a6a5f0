//! Figures of several repositories as one (rule K18).

use crate::model::Quantity;

/// A ratio over repositories: the sum of the numerators over that of the denominators, and
/// never the mean of the ratios. `None` if the denominators come to nothing.
pub fn pooled(parts: impl IntoIterator<Item = (u64, u64)>) -> Option<Quantity> {
    let (num, den) = parts.into_iter().fold(
        (Quantity::ZERO, Quantity::ZERO),
        |(num, den), (one, other)| {
            (
                num.plus(Quantity::count(one)),
                den.plus(Quantity::count(other)),
            )
        },
    );
    num.over(den)
}

/// The smallest figure that `part` of `whole` figures do not exceed (nearest rank, rule M10);
/// the figures are in ascending order. `None` without a figure. A median over repositories is
/// the rank in all of their figures, and never the mean of their medians.
pub fn nearest_rank<T: Copy>(ascending: &[T], part: usize, whole: usize) -> Option<T> {
    let rank = ascending.len().saturating_mul(part).div_ceil(whole.max(1));
    ascending.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_result_k18_ratios_are_pooled_and_medians_taken_of_all() {
        let pooled = pooled([(1, 2), (90, 100)]).unwrap();
        assert_eq!(pooled, Quantity::ratio(91, 102).unwrap());
        assert_eq!(pooled.to_decimal(4), "0.8922");
        assert_eq!(super::pooled([(0, 0)]), None);
        let mut times = [2, 3, 4, 10, 30, 50, 70, 90];
        times.sort_unstable();
        assert_eq!(nearest_rank(&times, 50, 100), Some(10));
        let ages = [1, 3, 3, 10, 40, 41, 90, 200, 200, 365];
        assert_eq!(nearest_rank(&ages, 50, 100), Some(40));
        assert_eq!(nearest_rank(&ages, 90, 100), Some(200));
        assert_eq!(nearest_rank(&ages, 1, 1), Some(365));
        assert_eq!(nearest_rank::<i32>(&[], 50, 100), None);
    }
}
