//! Addresses of the web, and names of variables with the secrets for them.

use std::net::IpAddr;

/// The names that variables with secrets have. Others are not read: a policy could name any
/// variable of whoever runs krgate, and send it anywhere.
pub(super) const VARIABLE: &str = "^KRGATE_SYNC_[A-Z0-9_]{1,60}$";

/// An address that something may be sent to: by TLS, unless it is on this machine, and without
/// a user or a token in it, which is refused elsewhere.
pub(super) fn web(text: &str) -> Result<(), &'static str> {
    const EXPECTED: &str = "expected an address such as `https://okr.example.org/api`";
    let (rest, is_plain) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return Err(EXPECTED),
    };
    let is_visible = |c: char| !c.is_whitespace() && !c.is_control();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !text.chars().all(is_visible) || rest.contains('#') {
        return Err(EXPECTED);
    }
    if authority.contains('@') {
        // `credential` says so, and shows nothing of it; a message here would.
        return Ok(());
    }
    // A part of the event must not say which server is told of it.
    if authority.is_empty() || authority.contains(['{', '}', '\\']) {
        return Err(EXPECTED);
    }
    if is_plain && !is_here(authority) {
        return Err("expected `https://…`: `http` is for this machine alone");
    }
    Ok(())
}

/// The name of a variable that may hold a secret.
pub(super) fn variable(text: &str) -> Result<(), &'static str> {
    let rest = text.strip_prefix("KRGATE_SYNC_").unwrap_or_default();
    let is_of_name = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_';
    if (1..=60).contains(&rest.len()) && rest.bytes().all(is_of_name) {
        Ok(())
    } else {
        Err("expected the name of a variable that begins with `KRGATE_SYNC_`, in capitals")
    }
}

/// True for this machine.
fn is_here(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_result_k36_figures_go_out_by_tls_or_stay_on_this_machine() {
        for good in [
            "https://okr.example.org/api/{external_id}?a=b",
            "https://okr.example.org:8443",
            "http://localhost/x",
            "http://127.0.0.1:80/x",
            "http://[::1]:80/x",
        ] {
            assert_eq!(web(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "https://",
            "https:///x",
            "ftp://okr.example.org",
            "http://okr.example.org",
            "http://localhost.example.org",
            "https://{url}/x",
            "https://okr.example.org\\example.net/",
            "https://okr.example.org/a b",
            "https://okr.example.org/#x",
            "https://okr.example.org/\n",
        ] {
            assert!(web(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn key_result_k36_only_variables_of_sync_are_read() {
        assert_eq!(variable("KRGATE_SYNC_TOKEN_2"), Ok(()));
        for bad in [
            "",
            "TOKEN",
            "KRGATE_SYNC_",
            "KRGATE_SYNC_a",
            "KRGATE_SECRET_KEY",
            "krgate_sync_x",
        ] {
            assert!(variable(bad).is_err(), "{bad}");
        }
    }
}
