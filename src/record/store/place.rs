//! Where a ledger is, as the policy and the command line write it.

/// A place for records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// A folder.
    Dir(&'a str),
    /// A repository of git: the name of a remote, or its address.
    Git(&'a str),
    /// A database, by its address.
    Postgres(&'a str),
}

impl<'a> Place<'a> {
    /// The place where nobody names one.
    pub const DEFAULT: &'static str = "dir:.krgate/ledger";

    /// Reads `dir:PATH`, `git:REMOTE` or `postgres://HOST/DATABASE`; `None` for anything else.
    pub fn parse(text: &'a str) -> Option<Self> {
        let rest = |prefix| {
            text.strip_prefix(prefix)
                .filter(|rest: &&str| !rest.is_empty())
        };
        if let Some(path) = rest("dir:") {
            Some(Self::Dir(path))
        } else if let Some(remote) = rest("git:") {
            Some(Self::Git(remote))
        } else if rest("postgres://").is_some() {
            Some(Self::Postgres(text))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_r20_a_place_is_written_in_one_of_three_ways() {
        assert_eq!(Place::parse("dir:a b"), Some(Place::Dir("a b")));
        assert_eq!(Place::parse("git:origin"), Some(Place::Git("origin")));
        let address = "postgres://db.example/ledger";
        assert_eq!(Place::parse(address), Some(Place::Postgres(address)));
        for bad in [
            "",
            "dir:",
            "git:",
            "postgres://",
            "s3://x",
            ".krgate",
            "DIR:x",
        ] {
            assert_eq!(Place::parse(bad), None, "{bad}");
        }
        assert_eq!(
            Place::parse(Place::DEFAULT),
            Some(Place::Dir(".krgate/ledger"))
        );
    }
}
