//! The address of a database, as the policy and the command line write it (rule R30).

use std::fmt;

use zeroize::Zeroizing;

use crate::ci::Environment;

/// `postgres://[user@]HOST[:PORT]/DATABASE[?host=/socket/folder]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    user: Option<String>,
    host: Host,
    port: u16,
    database: String,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    /// A name, or an address of a network.
    Name(String),
    /// The folder of a Unix socket.
    Socket(String),
}

/// Why a text is no address of a database. None says what the text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// A password stands in it.
    #[error("a password comes from the environment alone (PGPASSWORD)")]
    Password,
    /// It has no such form.
    #[error("it is not of the form postgres://[user@]HOST[:PORT]/DATABASE[?host=/socket/folder]")]
    Form,
    /// It holds a percent sign.
    #[error("nothing in it is written with percent signs; a user comes from PGUSER too")]
    Percent,
    /// It has a parameter that is not `host`.
    #[error("`host` is its only parameter")]
    Parameter,
    /// It has a host and the folder of a socket.
    #[error("it has a host beside the folder of a socket")]
    TwoHosts,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// If it is none, or holds a password.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let rest = text.strip_prefix("postgres://").ok_or(BadAddress::Form)?;
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let socket = query.map(socket).transpose()?;
        // Whatever stands before the last `@` may be a password, slashes and all.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, _)) if user.contains(':') => return Err(BadAddress::Password),
            Some((user, rest)) => (Some(plain(user)?), rest),
            None => (None, rest),
        };
        let (host, database) = rest.split_once('/').ok_or(BadAddress::Form)?;
        let (host, port) = split_port(host)?;
        let host = match (socket, host) {
            (Some(folder), "" | "localhost") => Host::Socket(folder),
            (Some(_), _) => return Err(BadAddress::TwoHosts),
            (None, host) => Host::Name(name_of_host(host)?),
        };
        Ok(Self {
            user,
            host,
            port,
            database: plain(database)?,
        })
    }

    pub(super) const fn host(&self) -> &Host {
        &self.host
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// True if what is sent does not leave the machine: elsewhere TLS is required.
    pub(super) fn is_local(&self) -> bool {
        match &self.host {
            Host::Socket(_) => true,
            Host::Name(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        }
    }
}

/// The address without its user.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (port, database) = (self.port, &self.database);
        match &self.host {
            Host::Socket(folder) => write!(f, "{database} at {folder}, port {port}"),
            Host::Name(name) => write!(f, "{database} at {name}, port {port}"),
        }
    }
}

/// The folder that the only parameter names.
fn socket(query: &str) -> Result<String, BadAddress> {
    let is_password = |part: &str| part.starts_with("password=") || part.starts_with("passfile=");
    if query.split('&').any(is_password) {
        return Err(BadAddress::Password);
    }
    let folder = query.strip_prefix("host=").ok_or(BadAddress::Parameter)?;
    if folder.contains('&') {
        return Err(BadAddress::Parameter);
    }
    if folder.contains('%') {
        return Err(BadAddress::Percent);
    }
    if !folder.starts_with('/') || folder.chars().any(char::is_control) {
        return Err(BadAddress::Form);
    }
    Ok(folder.to_owned())
}

/// A host and its port. An address of IPv6 stands in brackets.
fn split_port(text: &str) -> Result<(&str, u16), BadAddress> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(BadAddress::Form)?;
            let port = rest.strip_prefix(':');
            if port.is_none() && !rest.is_empty() || !host.contains(':') {
                return Err(BadAddress::Form);
            }
            (host, port)
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        None => 5432,
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            port.parse().map_err(|_| BadAddress::Form)?
        }
        Some(_) => return Err(BadAddress::Form),
    };
    Ok((host, port))
}

fn name_of_host(host: &str) -> Result<String, BadAddress> {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    match host {
        "" => Err(BadAddress::Form),
        host if host.contains('%') => Err(BadAddress::Percent),
        host if host.bytes().all(is_known) => Ok(host.to_ascii_lowercase()),
        _ => Err(BadAddress::Form),
    }
}

/// The name of a user or a database.
fn plain(name: &str) -> Result<String, BadAddress> {
    if name.contains('%') {
        return Err(BadAddress::Percent);
    }
    let is_bad = |c: char| c.is_control() || c.is_whitespace() || "/?#@:".contains(c);
    if name.is_empty() || name.contains(is_bad) {
        return Err(BadAddress::Form);
    }
    Ok(name.to_owned())
}

/// Who asks. It is never shown.
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<Zeroizing<String>>,
}

impl Login {
    /// The address's user, else `PGUSER`; `PGPASSWORD` (rule R30).
    pub(super) fn of(address: &Address, environment: &Environment) -> Self {
        let from = |name| environment.text(name).map(str::to_owned);
        Self {
            user: address.user.clone().or_else(|| from("PGUSER")),
            password: from("PGPASSWORD").map(Zeroizing::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> bool {
        Address::parse(text).unwrap().is_local()
    }

    #[test]
    fn record_r30_an_address_is_read_part_by_part() {
        let full = Address::parse("postgres://gate@DB.example:6432/ledger").unwrap();
        let expected = Address {
            user: Some("gate".into()),
            host: Host::Name("db.example".into()),
            port: 6432,
            database: "ledger".into(),
        };
        assert_eq!(full, expected);
        let bare = Address::parse("postgres://db.example/ledger").unwrap();
        assert_eq!((bare.user, bare.port), (None, 5432));
        let v6 = Address::parse("postgres://[::1]:6432/ledger").unwrap();
        assert_eq!((v6.host, v6.port), (Host::Name("::1".into()), 6432));
        let socket = Host::Socket("/run/postgresql".into());
        for text in [
            "postgres://localhost/ledger?host=/run/postgresql",
            "postgres:///ledger?host=/run/postgresql",
        ] {
            assert_eq!(Address::parse(text).unwrap().host, socket, "{text}");
        }
    }

    #[test]
    fn record_r30_what_is_no_address_is_refused_and_not_repeated() {
        for (text, why) in [
            ("postgres://", BadAddress::Form),
            ("postgres:///ledger", BadAddress::Form),
            ("postgres://db", BadAddress::Form),
            ("postgres://db/", BadAddress::Form),
            ("postgres://db/a/b", BadAddress::Form),
            ("postgres://db:x/ledger", BadAddress::Form),
            ("postgres://db:+1/ledger", BadAddress::Form),
            ("postgres://db:65536/ledger", BadAddress::Form),
            ("postgres://::1/ledger", BadAddress::Form),
            ("postgres://[db]/ledger", BadAddress::Form),
            ("postgres://@db/ledger", BadAddress::Form),
            ("postgres://d b/ledger", BadAddress::Form),
            ("postgres://a,b/ledger", BadAddress::Form),
            ("postgres://db/ledger?host=run", BadAddress::Form),
            (
                "postgres://db/ledger?sslmode=disable",
                BadAddress::Parameter,
            ),
            ("postgres://db/ledger?", BadAddress::Parameter),
            ("postgres:///l?host=/a&port=1", BadAddress::Parameter),
            ("postgres://db/ledger?host=/run", BadAddress::TwoHosts),
            ("postgres://%2frun/ledger", BadAddress::Percent),
            ("postgres://u%40x@db/ledger", BadAddress::Percent),
        ] {
            assert_eq!(Address::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn record_r30_a_password_is_refused_wherever_it_stands() {
        let word = ["moss", "anvil"].join("-");
        for text in [
            format!("postgres://gate:{word}@db/ledger"),
            format!("postgres://gate:{word}/@:@db/ledger"),
            format!("postgres://:{word}@db/ledger"),
            format!("postgres://db/ledger?password={word}"),
            format!("postgres://db/ledger?host=/run&password={word}"),
        ] {
            let why = Address::parse(&text).unwrap_err();
            assert_eq!(why, BadAddress::Password);
            assert!(!why.to_string().contains(&word));
        }
    }

    #[test]
    fn record_r30_only_this_machine_is_local() {
        for text in [
            "postgres://localhost/l",
            "postgres://LOCALHOST/l",
            "postgres://127.0.0.1/l",
            "postgres://[::1]/l",
            "postgres:///l?host=/run",
        ] {
            assert!(local(text), "{text}");
        }
        for text in [
            "postgres://127.0.0.2/l",
            "postgres://localhost.example/l",
            "postgres://0.0.0.0/l",
            "postgres://db/l",
        ] {
            assert!(!local(text), "{text}");
        }
    }
}
