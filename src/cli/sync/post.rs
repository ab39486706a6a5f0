//! The requests that are sent: addresses, bodies and secrets.

use sha2::{Digest as _, Sha256};

use super::{Known, not_set_up};
use crate::ci::Surroundings;
use crate::cli::args::SyncTo;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Untrusted, visible};
use crate::policy::{HttpSync, Policy, TabilitySync};
use crate::publish::okr::{Post, Secret};
use crate::record::Digest;
use crate::record::sync::Destination;
use crate::render::sync::{address, body, tability};

/// The name of the secret at the end of Tability's addresses.
const OUTCOME: &str = "remote_checkins_token";

/// A tool with its part of the policy.
pub(super) enum Tool<'a> {
    Http(&'a HttpSync),
    Tability(&'a TabilitySync),
}

/// Requests with their secrets in them, and the figures that they tell of.
pub(super) struct Prepared<'a> {
    pub(super) posts: Vec<Post>,
    pub(super) known: Vec<&'a Known>,
}

impl<'a> Tool<'a> {
    /// The tool that is asked for.
    ///
    /// # Errors
    /// If the policy says nothing of it.
    pub(super) fn of(to: SyncTo, policy: &'a Policy) -> Result<Self, Box<Diagnostic>> {
        let sync = policy.sync.as_ref();
        match to {
            SyncTo::Tability => sync
                .and_then(|sync| sync.tability.as_ref())
                .map(Self::Tability)
                .ok_or_else(|| {
                    not_set_up(
                        "tability",
                        "add `sync: { tability: { token: KRGATE_SYNC_…, key_results: { … } } }`",
                    )
                }),
            SyncTo::Http | SyncTo::Csv => sync
                .and_then(|sync| sync.http.as_ref())
                .map(Self::Http)
                .ok_or_else(|| {
                    not_set_up(
                        "http",
                        "add `sync: { http: { to: \"https://…\", token: KRGATE_SYNC_… } }`",
                    )
                }),
        }
    }

    /// Where it is.
    pub(super) fn destination(&self) -> Destination {
        let (name, at) = match self {
            Self::Http(http) => ("http", [http.method, " ", &http.to].concat()),
            Self::Tability(tability) => ("tability", tability.to.clone()),
        };
        Destination {
            name,
            place: Digest::of(at.as_bytes()),
        }
    }

    /// What a key result is called there, or where its secret is; `None` if the tool is not
    /// told of it.
    pub(super) fn told_of(&self, key_result: &'a str) -> Option<&'a str> {
        let list = match self {
            Self::Http(http) if http.key_results.is_empty() => return Some(key_result),
            Self::Http(http) => &http.key_results,
            Self::Tability(tability) => &tability.key_results,
        };
        let (_, there) = list.iter().find(|(name, _)| name == key_result)?;
        Some(there)
    }

    /// The request without its secrets, for a reader.
    pub(super) fn shown(&self, known: &Known, there: &str) -> String {
        let (method, to, body) = match self {
            Self::Http(http) => {
                let mut event = known.event.clone();
                there.clone_into(&mut event.external_id);
                let to = address(&event, &http.to);
                (http.method, to, body(&event, http.body.as_ref()))
            }
            Self::Tability(it) => ("POST", it.to.clone(), tability(&known.event, "***")),
        };
        format!(
            "would send  {method} {}  {}\n",
            visible(&to),
            visible(&body)
        )
    }

    /// The requests, with the secrets that the environment holds.
    ///
    /// # Errors
    /// If one of them is not there or cannot be sent.
    pub(super) fn prepare<'k>(
        &self,
        due: &[(&'k Known, &str)],
        surroundings: &Surroundings,
    ) -> Result<Prepared<'k>, Box<Diagnostic>> {
        let mut prepared = Prepared {
            posts: Vec::new(),
            known: Vec::new(),
        };
        for (known, there) in due {
            let post = match self {
                Self::Http(http) => of_http(http, known, there, surroundings)?,
                Self::Tability(it) => of_tability(it, known, there, surroundings)?,
            };
            prepared.posts.push(post);
            prepared.known.push(known);
        }
        Ok(prepared)
    }
}

fn of_http(
    http: &HttpSync,
    known: &Known,
    there: &str,
    surroundings: &Surroundings,
) -> Result<Post, Box<Diagnostic>> {
    let mut event = known.event.clone();
    there.clone_into(&mut event.external_id);
    let header = match &http.token {
        None => None,
        Some(variable) => {
            let token = secret(variable, surroundings)?;
            Some(match &http.header {
                Some(name) => (name.clone(), Secret::new(token)),
                None => (
                    "authorization".to_owned(),
                    Secret::new(["Bearer ", token].concat()),
                ),
            })
        }
    };
    Ok(Post {
        key_result: known.key_result.clone(),
        method: http.method,
        address: address(&event, &http.to),
        query: None,
        header,
        key: idempotency(known),
        body: Secret::new(body(&event, http.body.as_ref())),
    })
}

fn of_tability(
    it: &TabilitySync,
    known: &Known,
    variable: &str,
    surroundings: &Surroundings,
) -> Result<Post, Box<Diagnostic>> {
    let personal = secret(&it.token, surroundings)?;
    let outcome = secret(variable, surroundings)?;
    Ok(Post {
        key_result: known.key_result.clone(),
        method: "POST",
        address: it.to.clone(),
        query: Some((OUTCOME, Secret::new(outcome))),
        header: None,
        key: idempotency(known),
        body: Secret::new(tability(&known.event, personal)),
    })
}

/// The same for the same figure of the same record.
fn idempotency(known: &Known) -> String {
    let record = known.record.map(|record| record.to_string());
    let value = known.event.value.to_string();
    let parts = [&known.key_result, record.as_deref().unwrap_or("-"), &value];
    let digest = Sha256::digest(parts.join("\n").as_bytes());
    let hex: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.concat()
}

/// The secret of a variable. It is read when it is sent, and not before.
fn secret<'s>(variable: &str, surroundings: &'s Surroundings) -> Result<&'s str, Box<Diagnostic>> {
    let text = surroundings.environment.text(variable).unwrap_or_default();
    let text = text.trim_end_matches(['\r', '\n']);
    let why = if text.is_empty() {
        " is not set, and the policy names it for a token"
    } else if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text);
    } else {
        " holds something other than printable ASCII, which no token does"
    };
    let message = Message::from("the variable ").foreign(Untrusted::new(variable));
    let fault = Diagnostic::new(Code::SyncFailed, message.own(why));
    Err(Box::new(fault.hint(
        "set it from the secrets of the CI system; nothing was sent",
    )))
}
