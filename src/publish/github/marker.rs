//! The first line of our comment, by which it is found again (rules G74, G75, G78).

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::publish::{CommentKey, RunAttempt};

const OPENING: &str = "<!-- krgate:v1 key=";

/// `<!-- krgate:v1 key=KEY run=RUN.ATTEMPT digest=HEX -->`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    /// Whose comment it is.
    pub(super) key: String,
    /// Which run wrote it last.
    pub(super) run: RunAttempt,
    /// SHA-256 of the body below it.
    pub(super) digest: String,
}

impl Marker {
    /// The marker of a body.
    pub(super) fn of(key: &CommentKey, run: RunAttempt, body: &str) -> Self {
        Self {
            key: key.as_str().to_owned(),
            run,
            digest: digest(body),
        }
    }

    /// The marker's line and the body below it.
    pub(super) fn above(&self, body: &str) -> String {
        let Self { key, run, digest } = self;
        let RunAttempt { run, attempt } = run;
        format!("{OPENING}{key} run={run}.{attempt} digest={digest} -->\n{body}")
    }

    /// The marker at byte 0 of a comment and the body below it; `None` unless the whole line
    /// is one.
    pub(super) fn split(comment: &str) -> Option<(Self, &str)> {
        let (line, body) = comment.split_once('\n').unwrap_or((comment, ""));
        let line = line.strip_suffix('\r').unwrap_or(line);
        let rest = line.strip_prefix(OPENING)?.strip_suffix(" -->")?;
        let (key, rest) = rest.split_once(" run=")?;
        let (run, digest) = rest.split_once(" digest=")?;
        let (run, attempt) = run.split_once('.')?;
        let marker = Self {
            key: key.to_owned(),
            run: RunAttempt {
                run: number(run)?,
                attempt: u32::try_from(number(attempt)?).ok()?,
            },
            digest: digest.to_owned(),
        };
        let is_hex = |text: &str, length: usize| {
            text.len() == length
                && text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        };
        (is_hex(&marker.key, 12) && is_hex(&marker.digest, 64)).then_some((marker, body))
    }
}

fn number(digits: &str) -> Option<u64> {
    let is_plain = digits.bytes().all(|b| b.is_ascii_digit());
    is_plain.then(|| digits.parse().ok()).flatten()
}

/// The digest of a body as a server gives it back, which may write line ends in its own way
/// and drop blanks at the end.
pub(super) fn digest(body: &str) -> String {
    let body = body.replace("\r\n", "\n");
    let digest = Sha256::digest(body.trim_end().as_bytes());
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(body: &str) -> String {
        let run = RunAttempt {
            run: 17,
            attempt: 2,
        };
        Marker::of(&CommentKey::of_policy("krgate.yaml"), run, body).above(body)
    }

    #[test]
    fn github_g074_the_line_is_as_the_page_has_it() {
        let comment = sample("# Gate\n");
        let line = comment.lines().next().unwrap();
        // printf '# Gate' | sha256sum
        let digest = "0b41b0f7df2621a4d3523f61b70fe2302f0d4f479848f570e3ac0780e077a59b";
        let key = CommentKey::of_policy("krgate.yaml");
        let wanted = format!(
            "<!-- krgate:v1 key={} run=17.2 digest={digest} -->",
            key.as_str()
        );
        assert_eq!(line, wanted);
        assert!(comment.ends_with("-->\n# Gate\n"));
    }

    #[test]
    fn github_g075_a_marker_must_be_whole_and_first() {
        let good = sample("x");
        assert!(Marker::split(&good).is_some());
        for bad in [
            format!(" {good}"),
            format!("\n{good}"),
            format!("> {good}"),
            good.replacen("v1", "v2", 1),
            good.replacen("key=", "key=A", 1),
            good.replacen("run=17.2", "run=17", 1),
            good.replacen("run=17.2", "run=+17.2", 1),
            good.replacen("run=17.2", "run=17.99999999999", 1),
            good.replacen("digest=", "digest=0", 1),
            good.replacen(" -->", "", 1),
            good.replacen(" -->", " --> x", 1),
            good.replacen(" run=", "  run=", 1),
            String::new(),
        ] {
            assert_eq!(Marker::split(&bad), None, "{bad:?}");
        }
    }

    #[test]
    fn github_g078_the_digest_survives_what_a_server_does_to_line_ends() {
        assert_eq!(digest("a\nb\n"), digest("a\r\nb"));
        assert_ne!(digest("a\nb"), digest("a b"));
        let stored = sample("a\nb\n").replace('\n', "\r\n");
        let (marker, body) = Marker::split(&stored).unwrap();
        assert_eq!(marker.digest, digest(body));
    }

    proptest! {
        #[test]
        fn github_g074_what_is_written_is_read_again(
            run in any::<u64>(), attempt in any::<u32>(), body in "\\PC{0,40}", path in "\\PC{0,20}",
        ) {
            let run = RunAttempt { run, attempt };
            let marker = Marker::of(&CommentKey::of_policy(&path), run, &body);
            let comment = marker.above(&body);
            prop_assert_eq!(Marker::split(&comment), Some((marker, body.as_str())));
        }
    }
}
