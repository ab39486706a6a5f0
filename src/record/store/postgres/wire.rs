//! The connection: the only file of the ledger that knows the client library and TLS.
//!
//! Every statement is sent with its values beside it, and without a name, so that a pooler
//! between may give each to another connection.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::error::Error;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::{FromSql, ToSql, Type};
use postgres::{Client, Config, NoTls};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, Host, Login};
use crate::model::UntrustedText;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// How long the other side may not confirm what was sent to it.
const SILENCE: Duration = Duration::from_secs(30);

/// How long the server may work on a statement of one row, whatever it waits for there.
const ANSWER: Duration = Duration::from_secs(20);

/// How long it may read and send what is kept.
const READING: Duration = Duration::from_mins(10);

/// Adds a record. A conflict has no target, for with one it fails on a partitioned table
/// (rule R29).
const INSERT: &str = "INSERT INTO krgate_records (repo, id, kind, at, digest, body) \
     VALUES ($1, $2, $3, CAST(CAST($4 AS text) AS timestamptz), $5, $6) ON CONFLICT DO NOTHING";

/// Rows, with no body that is larger than a record may be (rule R11).
const SELECT: &str = "SELECT repo, id, kind, at, digest, \
     CASE WHEN octet_length(body) <= 67108864 THEN body END FROM krgate_records";

/// A connection.
pub(super) struct Wire {
    client: Client,
    /// How long a statement may take now; none is zero.
    limit: Duration,
}

/// A row, as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) repo: String,
    pub(super) id: String,
    pub(super) kind: String,
    /// Microseconds since 1970.
    pub(super) at: i64,
    pub(super) digest: String,
    /// `None` if it is larger than a record may be.
    pub(super) body: Option<String>,
}

/// Which rows are wanted.
#[derive(Debug, Default)]
pub(super) struct Filter<'a> {
    pub(super) repo: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    /// Empty for all.
    pub(super) kinds: Vec<&'static str>,
    /// RFC 3339, inclusive.
    pub(super) from: Option<String>,
    /// RFC 3339, exclusive.
    pub(super) until: Option<String>,
}

/// Why there is no answer, or which one it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The `SQLSTATE` of the server's answer; `None` if it gave none.
    pub(super) code: Option<String>,
    /// The server's words, else those of the system.
    pub(super) words: UntrustedText,
}

impl Fault {
    fn own(words: &str) -> Self {
        Self {
            code: None,
            words: UntrustedText::new(words),
        }
    }

    /// True if the answer is this one.
    pub(super) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        if let Some(answer) = error.as_db_error() {
            return Self {
                code: Some(answer.code().code().to_owned()),
                words: UntrustedText::new(answer.message()),
            };
        }
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let more = inner.to_string();
            if !words.ends_with(&more) {
                words = [&words, ": ", &more].concat();
            }
            cause = inner.source();
        }
        Self::own(&words)
    }
}

impl Wire {
    /// Opens a connection; over a network it is one of TLS, with the system's roots.
    pub(super) fn connect(address: &Address, login: &Login) -> Result<Self, Fault> {
        let mut config = Config::new();
        config
            .port(address.port())
            .dbname(address.database())
            .application_name("krgate")
            .connect_timeout(CONNECT)
            .keepalives_idle(SILENCE)
            .tcp_user_timeout(SILENCE);
        match address.host() {
            Host::Name(name) => config.host(name),
            Host::Socket(folder) => config.host(folder),
        };
        if let Some(user) = &login.user {
            config.user(user);
        }
        if let Some(password) = &login.password {
            config.password(password.as_bytes());
        }
        let client = if address.is_local() {
            config.ssl_mode(SslMode::Disable).connect(NoTls)?
        } else {
            let tls = MakeRustlsConnect::new(tls()?);
            config.ssl_mode(SslMode::Require).connect(tls)?
        };
        Ok(Self {
            client,
            limit: Duration::ZERO,
        })
    }

    /// Limits the statements that follow.
    fn within(&mut self, limit: Duration) -> Result<&mut Client, Fault> {
        if self.limit != limit {
            let statement = format!("SET statement_timeout = {}", limit.as_millis());
            self.client.batch_execute(&statement)?;
            self.limit = limit;
        }
        Ok(&mut self.client)
    }

    /// True if nothing can be sent any more.
    pub(super) fn is_gone(&self) -> bool {
        self.client.is_closed()
    }

    /// Adds a row; false if one of its key is there. `at` is RFC 3339.
    pub(super) fn insert(&mut self, row: &[&str; 6]) -> Result<bool, Fault> {
        let values = row.each_ref().map(typed);
        let client = self.within(ANSWER)?;
        Ok(client.execute_typed(INSERT, &values)? > 0)
    }

    /// Reads rows by (`at`, `id`): one query, hence one moment (rule R29).
    pub(super) fn rows(
        &mut self,
        filter: &Filter<'_>,
        each: &mut dyn FnMut(Row),
    ) -> Result<(), Fault> {
        let mut values: Vec<&str> = Vec::new();
        let mut wanted: Vec<String> = Vec::new();
        let mut compare = |column: &str, value| {
            values.push(value);
            let moment = column.starts_with("at ");
            let (before, after) = if moment {
                ("CAST(CAST(", " AS text) AS timestamptz)")
            } else {
                ("", "")
            };
            wanted.push(format!("{column} {before}${}{after}", values.len()));
        };
        for (column, value) in [
            ("repo =", filter.repo),
            ("id =", filter.id),
            ("at >=", filter.from.as_deref()),
            ("at <", filter.until.as_deref()),
        ] {
            if let Some(value) = value {
                compare(column, value);
            }
        }
        if !filter.kinds.is_empty() {
            let first = values.len() + 1;
            values.extend(&filter.kinds);
            let places: Vec<String> = (first..=values.len()).map(|n| format!("${n}")).collect();
            wanted.push(format!("kind IN ({})", places.join(", ")));
        }
        let condition = if wanted.is_empty() {
            String::new()
        } else {
            [" WHERE ", &wanted.join(" AND ")].concat()
        };
        let query = [SELECT, &condition, " ORDER BY at, id"].concat();
        let values = values.iter().map(typed);
        let is_of_one = filter.id.is_some();
        let client = self.within(if is_of_one { ANSWER } else { READING })?;
        let mut rows = client.query_typed_raw(&query, values)?;
        while let Some(row) = rows.next()? {
            each(Row {
                repo: row.try_get(0)?,
                id: row.try_get(1)?,
                kind: row.try_get(2)?,
                at: row.try_get::<_, Moment>(3)?.0,
                digest: row.try_get(4)?,
                body: row.try_get(5)?,
            });
        }
        Ok(())
    }

    /// True if there is any row.
    pub(super) fn has_rows(&mut self) -> Result<bool, Fault> {
        let query = "SELECT 1 FROM krgate_records LIMIT 1";
        let client = self.within(ANSWER)?;
        Ok(!client.query_typed(query, &[])?.is_empty())
    }

    /// The version of the tables; `None` if they have none.
    pub(super) fn version(&mut self) -> Result<Option<i64>, Fault> {
        let query = "SELECT CAST(max(version) AS bigint) FROM krgate_schema";
        let client = self.within(ANSWER)?;
        Ok(client.query_typed_one(query, &[])?.try_get(0)?)
    }

    /// True if the role may do more than add and read what is stored (rule R30), be it to one
    /// column alone.
    pub(super) fn may_change(&mut self) -> Result<bool, Fault> {
        let query = "SELECT has_table_privilege(current_user, 'krgate_records', \
             'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') \
             OR has_any_column_privilege(current_user, 'krgate_records', 'UPDATE, REFERENCES')";
        let client = self.within(ANSWER)?;
        Ok(client.query_typed_one(query, &[])?.try_get(0)?)
    }

    /// Runs statements of our own, which may take their time over a large table.
    pub(super) fn run(&mut self, statements: &str) -> Result<(), Fault> {
        let client = self.within(Duration::ZERO)?;
        Ok(client.batch_execute(statements)?)
    }
}

fn typed<'a>(value: &'a &str) -> (&'a (dyn ToSql + Sync), Type) {
    (value, Type::TEXT)
}

/// TLS with the roots that the system trusts.
fn tls() -> Result<ClientConfig, Fault> {
    let none = |_| Fault::own("this machine has no certificates to trust");
    let provider = Arc::new(ring::default_provider());
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let roots = versions.map_err(none)?.with_platform_verifier();
    Ok(roots.map_err(none)?.with_no_client_auth())
}

/// A moment as the server sends it. The library's types have no room for infinite ones.
struct Moment(i64);

impl<'a> FromSql<'a> for Moment {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        /// Microseconds from 1970 to 2000, where the server's count begins.
        const UNIX: i64 = 946_684_800_000_000;
        Ok(Self(
            i64::from_be_bytes(raw.try_into()?).saturating_add(UNIX),
        ))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }
}
