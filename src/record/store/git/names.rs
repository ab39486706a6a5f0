//! The names that a ledger has in git, there and here.

use jiff::Timestamp;

use crate::record::Digest;

/// The branch that records are folded onto.
pub(super) const BRANCH: &str = "refs/heads/krgate-records";
/// The one file of a record's own commit.
pub(super) const RECORD: &str = "record.json";
/// What is fetched stands below this, as long as it is read.
pub(super) const FETCHED: &str = "refs/krgate/fetched/";
/// After so many seconds nobody reads any more what is there.
const LEFT_BEHIND: i64 = 86_400;

/// The names of refs in the repository that krgate runs in.
#[derive(Debug, Clone)]
pub(super) struct Names {
    /// The tip of the branch that was last seen (rules R16, R33).
    pub(super) seen: String,
    /// What this run fetches; ends in `/`. No other process reads or writes there.
    pub(super) fetched: String,
    /// The moment of `fetched`.
    since: i64,
}

impl Names {
    /// Names for a remote; `None` if the system gives no randomness.
    pub(super) fn new(remote: &str, now: Timestamp) -> Option<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).ok()?;
        let since = now.as_second();
        Some(Self {
            seen: format!("refs/krgate/seen/{}", key(remote)),
            fetched: format!("{FETCHED}{since}-{:016x}/", u64::from_le_bytes(random)),
            since,
        })
    }

    /// True for a ref that a run which was killed left behind.
    pub(super) fn is_left_behind(&self, name: &str) -> bool {
        let since = name
            .strip_prefix(FETCHED)
            .and_then(|rest| rest.split_once('-')?.0.parse::<i64>().ok());
        since.is_some_and(|since| since < self.since.saturating_sub(LEFT_BEHIND))
    }
}

/// The name of a remote as part of a ref's name: itself where that may stand there, else a
/// digest.
fn key(remote: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if remote.bytes().all(plain) {
        return remote.to_owned();
    }
    let digest = Digest::of(remote.as_bytes()).to_string();
    let digits = digest.strip_prefix("sha256:").unwrap_or(&digest);
    digits.get(..16).unwrap_or(digits).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_r16_a_seen_tip_stands_under_the_remote() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let names = Names::new("origin", now).unwrap();
        assert_eq!(names.seen, "refs/krgate/seen/origin");
        let names = Names::new("../x y", now).unwrap();
        assert_eq!(names.seen.len(), "refs/krgate/seen/".len() + 16);
        let other = Names::new("../x y", now).unwrap();
        assert_eq!(names.seen, other.seen);
        assert_ne!(names.fetched, other.fetched);
    }

    #[test]
    fn record_r37_what_a_killed_run_left_is_known_by_its_age() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let names = Names::new("origin", now).unwrap();
        for (name, left) in [
            ("refs/krgate/fetched/1799913599-0a/inbox/x", true),
            ("refs/krgate/fetched/1799913600-0a/inbox/x", false),
            ("refs/krgate/fetched/x/inbox/x", false),
            ("refs/krgate/seen/1-x", false),
        ] {
            assert_eq!(names.is_left_behind(name), left, "{name}");
        }
    }
}
