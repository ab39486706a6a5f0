//! Fetching a base commit in Actions, and how a token reaches git (rules G7, G105, G126).

use std::ffi::OsString;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::{Git, SHORT, words};
use crate::ci::Environment;
use crate::model::{CiContext, ObjectId, System, UntrustedText};

/// Where a URL of a remote leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// To a folder of this machine; no socket is opened.
    Folder,
    /// To a host by this protocol of git's.
    Host(&'static str, String),
}

impl Git {
    /// Fetches one commit without its history, in GitHub Actions alone and only from the host
    /// that the runner names; true if that was tried and git says that it worked.
    ///
    /// The token reaches git through its environment, never through arguments or a file.
    pub fn fetch(&self, id: &ObjectId, context: &CiContext, environment: &Environment) -> bool {
        if context.system != System::GitHubActions {
            return false;
        }
        let Some(server) = context.server_url.as_ref().map(UntrustedText::raw) else {
            return false;
        };
        let Ok(Some(url)) = self.ask(&["remote", "get-url", "origin"], SHORT) else {
            return false;
        };
        let url = String::from_utf8_lossy(&url);
        let protocol = match (way(url.trim_end()), way(server)) {
            (Some(Way::Folder), _) => "file",
            (Some(Way::Host(protocol, host)), Some(Way::Host(_, of_server)))
                if host == of_server =>
            {
                protocol
            }
            _ => return false,
        };
        let mut more: Vec<(OsString, OsString)> =
            vec![("GIT_ALLOW_PROTOCOL".into(), protocol.into())];
        if protocol == "https" {
            more.extend(credentials(server, environment));
        }
        let arguments = [
            "fetch",
            "--depth=1",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--quiet",
            "origin",
            id.as_str(),
        ];
        let fetched = self.runner.with(more).output(&words(&arguments), SHORT);
        fetched.is_ok()
    }
}

/// Where a URL leads; `None` for what krgate does not follow.
pub(super) fn way(url: &str) -> Option<Way> {
    if url.starts_with('/') {
        return Some(Way::Folder);
    }
    match url.split_once("://") {
        Some(("file", _)) => Some(Way::Folder),
        Some(("https", rest)) => Some(Way::Host("https", host(rest))),
        Some(("ssh", rest)) => {
            let host = host(rest);
            // The port of one protocol is not that of another.
            let name = host.split(':').next().unwrap_or(&host);
            Some(Way::Host("ssh", name.to_owned()))
        }
        Some(_) => None,
        None => {
            let (before, _) = url.split_once(':')?;
            (!before.contains('/')).then(|| Way::Host("ssh", host(before)))
        }
    }
}

/// `user@Host:443/path` to `host:443`.
fn host(rest: &str) -> String {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.to_ascii_lowercase()
}

/// The token as two settings of git's: the first drops what the checkout may have left, for
/// two headers of this name are refused.
pub(super) fn credentials(server: &str, environment: &Environment) -> Vec<(OsString, OsString)> {
    let token = environment
        .text("KRGATE_TOKEN")
        .or_else(|| environment.text("GITHUB_TOKEN"))
        .map(str::trim_end);
    let Some(token) = token.filter(|token| token.bytes().all(|b| b.is_ascii_graphic())) else {
        return Vec::new();
    };
    let first: usize = environment
        .text("GIT_CONFIG_COUNT")
        .and_then(|count| count.parse().ok())
        .unwrap_or(0);
    let plain = Zeroizing::new(["x-access-token:", token].concat());
    let header =
        Zeroizing::new(["AUTHORIZATION: basic ", &STANDARD.encode(plain.as_bytes())].concat());
    let key = ["http.", server.trim_end_matches('/'), "/.extraheader"].concat();
    let mut settings = vec![(
        "GIT_CONFIG_COUNT".into(),
        first.saturating_add(2).to_string().into(),
    )];
    for (index, value) in [(first, ""), (first.saturating_add(1), header.as_str())] {
        settings.push((format!("GIT_CONFIG_KEY_{index}").into(), key.clone().into()));
        settings.push((format!("GIT_CONFIG_VALUE_{index}").into(), value.into()));
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_g126_only_the_named_host_is_asked() {
        let host = |protocol, host: &str| Some(Way::Host(protocol, host.to_owned()));
        for (url, expected) in [
            ("https://github.com/o/r", host("https", "github.com")),
            (
                "https://u:p@GitHub.com:8443/o/r",
                host("https", "github.com:8443"),
            ),
            (
                "https://github.com@evil.example/o",
                host("https", "evil.example"),
            ),
            ("git@github.com:o/r.git", host("ssh", "github.com")),
            ("ssh://git@github.com:22/o/r", host("ssh", "github.com")),
            ("file:///srv/r", Some(Way::Folder)),
            ("/srv/r", Some(Way::Folder)),
            ("http://github.com/o/r", None),
            ("ext::sh -c x", host("ssh", "ext")),
            ("git://github.com/o/r", None),
            ("", None),
        ] {
            assert_eq!(way(url), expected, "{url}");
        }
    }

    #[test]
    fn github_g105_the_token_is_a_setting_of_the_environment() {
        let environment =
            Environment::from_pairs([("GITHUB_TOKEN", "not-a-token\n"), ("GIT_CONFIG_COUNT", "1")]);
        let settings = credentials("https://github.com", &environment);
        let shown: Vec<_> = settings
            .iter()
            .map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap()))
            .collect();
        let key = "http.https://github.com/.extraheader";
        assert_eq!(
            shown,
            [
                ("GIT_CONFIG_COUNT", "3"),
                ("GIT_CONFIG_KEY_1", key),
                ("GIT_CONFIG_VALUE_1", ""),
                ("GIT_CONFIG_KEY_2", key),
                (
                    "GIT_CONFIG_VALUE_2",
                    "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46bm90LWEtdG9rZW4="
                ),
            ]
        );
        let broken = Environment::from_pairs([("GITHUB_TOKEN", "a\nX-Header: b")]);
        assert!(credentials("https://github.com", &broken).is_empty());
    }
}
