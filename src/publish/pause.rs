//! How long a server asks to wait (rule G98). Pure.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

/// Seconds or an HTTP date; anything else is as if it were not there (rule G98).
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let until = DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(until_then(until, now))
}

/// The time until then; none if that is past.
pub(super) fn until_then(until: Timestamp, now: Timestamp) -> Duration {
    let left: SignedDuration = until.duration_since(now);
    Duration::try_from(left).unwrap_or_default()
}
