//! Quantiles by nearest rank (rule M10).

/// The ⌈p·n⌉-th smallest of values that are in order, p in hundredths; `None` of no value.
pub(super) fn nearest<T>(ordered: &[T], hundredths: u32) -> Option<&T> {
    let number = ordered.len();
    let place = number
        .checked_mul(usize::try_from(hundredths).ok()?)?
        .div_ceil(100);
    ordered.get(place.max(1) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_m10_nearest_rank() {
        let ages = [1, 3, 3, 10, 40, 41, 90, 200, 200, 365];
        assert_eq!(nearest(&ages, 50), Some(&40));
        assert_eq!(nearest(&ages, 90), Some(&200));
        assert_eq!(nearest(&ages, 100), Some(&365));
        assert_eq!(nearest(&[7], 1), Some(&7));
        assert_eq!(nearest::<u8>(&[], 50), None);
    }

    #[test]
    fn metric_m22_quantiles_are_values_that_are_there() {
        let values = [3, 5, 8, 12, 20, 30, 31, 40, 47, 90];
        assert_eq!(values.iter().sum::<i32>(), 286);
        assert_eq!(nearest(&values, 50), Some(&20));
        assert_eq!(nearest(&values, 90), Some(&47));
    }

    #[test]
    fn metric_m26_nine_tenths_of_twenty_runs() {
        let seconds: Vec<u64> = (1..=20).collect();
        assert_eq!(nearest(&seconds, 90), Some(&18));
    }
}
