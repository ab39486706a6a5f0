//! `git:REMOTE` and `git:REMOTE?inbox=heads` (rule R26).

use crate::record::RecordId;

/// Where new records are pushed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inbox {
    /// `refs/krgate/inbox/`, which no list of branches shows.
    Refs,
    /// `refs/heads/krgate-inbox/`, for hosts that take branches and tags alone.
    Heads,
}

impl Inbox {
    /// What the names of its refs begin with.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::Refs => "refs/krgate/inbox/",
            Self::Heads => "refs/heads/krgate-inbox/",
        }
    }

    pub(super) fn name(self, id: RecordId) -> String {
        format!("{}{id}", self.prefix())
    }
}

/// The address of a ledger in a git repository, after `git:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    remote: String,
    inbox: Option<Inbox>,
}

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// There is no remote.
    #[error("after `git:` comes the name of a remote, a path or a URL")]
    NoRemote,
    /// An option that there is not.
    #[error("after the remote's `?` only `inbox=heads` may stand")]
    Option,
}

impl Address {
    /// Reads what comes after `git:`.
    ///
    /// # Errors
    /// If it names no remote, or has another option than `inbox=heads`.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let (remote, option) = match text.rsplit_once('?') {
            Some((remote, option)) => (remote, Some(option)),
            None => (text, None),
        };
        let inbox = match option {
            None => None,
            Some("inbox=heads") => Some(Inbox::Heads),
            Some(_) => return Err(BadAddress::Option),
        };
        if remote.is_empty() || remote.starts_with('-') || remote.contains(['\n', '\0']) {
            return Err(BadAddress::NoRemote);
        }
        Ok(Self {
            remote: remote.to_owned(),
            inbox,
        })
    }

    /// The name of a remote, a path or a URL.
    pub fn remote(&self) -> &str {
        &self.remote
    }

    /// Where new records must go; `None` if the host's answer tells.
    pub const fn inbox(&self) -> Option<Inbox> {
        self.inbox
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_r26_an_address_is_a_remote_and_perhaps_the_namespace() {
        for (text, remote, inbox) in [
            ("origin", "origin", None),
            ("origin?inbox=heads", "origin", Some(Inbox::Heads)),
            ("../ledger.git", "../ledger.git", None),
            (
                "https://git.example/x.git?inbox=heads",
                "https://git.example/x.git",
                Some(Inbox::Heads),
            ),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!((address.remote(), address.inbox()), (remote, inbox));
        }
        for (text, error) in [
            ("", BadAddress::NoRemote),
            ("?inbox=heads", BadAddress::NoRemote),
            ("--upload-pack=x", BadAddress::NoRemote),
            ("origin?inbox=tags", BadAddress::Option),
            ("origin?", BadAddress::Option),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }
}
