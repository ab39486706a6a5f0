//! How long a writer waits before it tries again.

use std::time::Duration;

/// A pause before the next attempt: any length up to one that doubles each time, so that
/// those who met once do not meet again. It decides nothing but when.
pub(super) fn pause(first: Duration, attempt: u32) -> Duration {
    let mut random = [0; 4];
    // Without randomness the pause is the longest.
    let part = match getrandom::fill(&mut random) {
        Ok(()) => u32::from_le_bytes(random),
        Err(_) => u32::MAX,
    };
    let most = first.saturating_mul(2_u32.saturating_pow(attempt.min(6)));
    let thousandths = u64::from(part) * 1000 / u64::from(u32::MAX);
    let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(most.saturating_mul(thousandths) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_r24_pauses_differ_and_are_bounded() {
        let pauses: Vec<_> = (0..40)
            .map(|n| pause(Duration::from_millis(100), n))
            .collect();
        assert!(pauses.iter().all(|p| *p <= Duration::from_millis(6400)));
        assert!(pauses.iter().any(|p| *p != pauses[39]));
    }
}
