//! The target, checked: a base address and paths that are safe to put together
//! (rules G55, G89, G91).

use std::net::IpAddr;

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::publish::Target;

/// All but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where requests go.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// `https://host` and the port where one is named.
    pub(super) origin: String,
    /// The path that stands before every route, without a slash at its end.
    base: String,
    /// `/repos/owner/name`, encoded.
    repository: String,
    /// The commit that check runs stand on.
    pub(super) head_sha: String,
    /// The server is this machine, where no proxy leads to.
    pub(super) is_loopback: bool,
    scheme: String,
    host: String,
    port: u16,
}

impl Place {
    /// Checks a target.
    ///
    /// # Errors
    /// With what is wrong: the address and the repository are exit 2, the commit is exit 4.
    pub(super) fn of(target: &Target) -> Result<Self, Box<Diagnostic>> {
        let uri = address(&target.api_url)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(bad_address(&target.api_url));
        };
        let host = authority.host().to_ascii_lowercase();
        let is_sha = matches!(target.head_sha.len(), 40 | 64)
            && target.head_sha.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_sha {
            let fault = Diagnostic::new(
                Code::PublishFailed,
                Message::from("the head commit ")
                    .foreign(Untrusted::new(&target.head_sha))
                    .own(" is no commit id"),
            );
            return Err(Box::new(fault.hint("give 40 or 64 hexadecimal digits")));
        }
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            base: uri.path().trim_end_matches('/').to_owned(),
            repository: repository(&target.repository)?,
            head_sha: target.head_sha.to_ascii_lowercase(),
            is_loopback: is_loopback(&host),
            scheme: scheme.to_owned(),
            port: authority.port_u16().unwrap_or(usual_port(scheme)),
            host,
        })
    }

    /// The full address of a route below the repository; `route` begins with `/` and is
    /// encoded.
    pub(super) fn route(&self, route: &str) -> String {
        format!("{}{}{}{route}", self.origin, self.base, self.repository)
    }

    /// The address of a `next` link, if it leads to this very server (rule G91).
    pub(super) fn follow(&self, link: &str) -> Option<String> {
        let uri: Uri = link.parse().ok()?;
        let scheme = uri.scheme_str()?;
        let authority = uri.authority()?;
        let is_same = scheme == self.scheme
            && !authority.as_str().contains('@')
            && authority.host().eq_ignore_ascii_case(&self.host)
            && authority.port_u16().unwrap_or(usual_port(scheme)) == self.port;
        // Put on our own origin, so that the token goes with it however the port is written.
        is_same.then(|| {
            format!(
                "{}{}",
                self.origin,
                uri.path_and_query().map_or("/", |p| p.as_str())
            )
        })
    }
}

/// A text as one segment of a path or value of a query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn usual_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

fn address(text: &str) -> Result<Uri, Box<Diagnostic>> {
    let bad = || bad_address(text);
    // `Uri` drops a fragment without a word.
    if text.contains('#') {
        return Err(bad());
    }
    let uri: Uri = text.parse().map_err(|_| bad())?;
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let is_safe = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => is_loopback(&host),
        _ => false,
    };
    let has_user = uri.authority().is_some_and(|a| a.as_str().contains('@'));
    if !is_safe || host.is_empty() || has_user || uri.query().is_some() {
        return Err(bad());
    }
    Ok(uri)
}

fn bad_address(text: &str) -> Box<Diagnostic> {
    // A user part may hold a password, so an address with one is not shown.
    let message = if text.contains('@') {
        Message::from("the address of GitHub's API has a user or password in it")
    } else {
        Message::from("the address of GitHub's API, ")
            .foreign(Untrusted::new(text))
            .own(", cannot be used")
    };
    Box::new(Diagnostic::new(Code::Usage, message).hint(
        "give `https://` and a host, with a path where the server has one, such as `https://api.github.com`",
    ))
}

fn repository(text: &str) -> Result<String, Box<Diagnostic>> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [owner, name]
            if [owner, name]
                .iter()
                .all(|part| !matches!(**part, "" | "." | "..")) =>
        {
            Ok(format!("/repos/{}/{}", encoded(owner), encoded(name)))
        }
        _ => {
            let fault = Diagnostic::new(
                Code::Usage,
                Message::from("the repository ")
                    .foreign(Untrusted::new(text))
                    .own(" cannot be used"),
            );
            Err(Box::new(fault.hint("give it as `owner/name`")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::RunAttempt;

    fn target(api_url: &str, repository: &str) -> Target {
        Target {
            api_url: api_url.to_owned(),
            repository: repository.to_owned(),
            head_sha: "AB".repeat(20),
            pull_request: None,
            run: RunAttempt { run: 1, attempt: 1 },
            read_only: None,
        }
    }

    #[test]
    fn github_g091_https_or_this_machine() {
        for good in [
            "https://api.github.com",
            "https://api.github.com/",
            "https://ghe.example:8443/api/v3",
            "http://127.0.0.1:4010",
            "http://[::1]:4010/api/v3/",
            "http://localhost",
        ] {
            assert!(Place::of(&target(good, "a/b")).is_ok(), "{good}");
        }
        for bad in [
            "http://api.github.com",
            "http://127.0.0.1.evil.example",
            "https://user:word@api.github.com",
            "https://user@api.github.com",
            "https://api.github.com?x=1",
            "https://api.github.com#x",
            "https://",
            "api.github.com",
            "/api/v3",
            "ftp://api.github.com",
            "https://api.github.com/a b",
            "",
        ] {
            let fault = Place::of(&target(bad, "a/b")).unwrap_err();
            assert_eq!(fault.code, Code::Usage, "{bad}");
            assert!(!format!("{fault:?}").contains("word@"), "{bad}");
        }
    }

    #[test]
    fn github_g062_a_path_of_the_server_is_kept() {
        let route = |api, repository| {
            let place = Place::of(&target(api, repository)).unwrap();
            place.route("/check-runs")
        };
        assert_eq!(
            route("https://ghe.example/api/v3/", "acme/pay"),
            "https://ghe.example/api/v3/repos/acme/pay/check-runs"
        );
        assert_eq!(
            route("https://api.github.com", "acme/pay"),
            "https://api.github.com/repos/acme/pay/check-runs"
        );
    }

    #[test]
    fn github_g089_segments_are_encoded_and_dots_refused() {
        let route = |repository| Place::of(&target("https://h", repository)).map(|p| p.route(""));
        assert_eq!(
            route("a-c.m_e~/p y?#%é").unwrap(),
            "https://h/repos/a-c.m_e~/p%20y%3F%23%25%C3%A9"
        );
        for bad in ["a", "a/b/c", "../b", "a/..", "./b", "/b", "a/", ""] {
            assert_eq!(route(bad).unwrap_err().code, Code::Usage, "{bad}");
        }
    }

    #[test]
    fn github_g055_a_commit_is_40_or_64_digits() {
        let with = |sha: &str| {
            let mut target = target("https://h", "a/b");
            target.head_sha = sha.to_owned();
            Place::of(&target).map(|place| place.head_sha)
        };
        assert_eq!(with(&"AB".repeat(20)).unwrap(), "ab".repeat(20));
        assert!(with(&"0".repeat(64)).is_ok());
        for bad in ["", "main", &"0".repeat(39), &"g".repeat(40), "../../x"] {
            assert_eq!(with(bad).unwrap_err().code, Code::PublishFailed, "{bad}");
        }
    }

    #[test]
    fn github_g091_a_link_leads_to_the_same_origin_or_nowhere() {
        let place = Place::of(&target("https://ghe.example/api/v3", "a/b")).unwrap();
        let rest = "/api/v3/repositories/1/issues/2/comments?page=2";
        for same in [
            "https://ghe.example",
            "https://GHE.example",
            "https://ghe.example:443",
        ] {
            assert_eq!(
                place.follow(&format!("{same}{rest}")),
                Some(format!("https://ghe.example{rest}")),
                "{same}"
            );
        }
        for other in [
            "http://ghe.example",
            "https://ghe.example:8443",
            "https://ghe.example.evil.example",
            "https://x@ghe.example",
            "//ghe.example",
            "",
        ] {
            assert_eq!(place.follow(&format!("{other}{rest}")), None, "{other}");
        }
    }
}
