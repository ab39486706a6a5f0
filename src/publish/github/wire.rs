//! One request, one answer: the only file that knows octocrab.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, Uri};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use serde_json::value::RawValue;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use super::Limits;
use super::place::Place;
pub(super) use crate::publish::client::Silence;
use crate::publish::{Token, client};

/// A request that is to be sent.
#[derive(Debug)]
pub(super) struct Call {
    /// What it is for.
    pub(super) operation: Operation,
    /// The full address.
    pub(super) address: String,
    /// JSON, for all but GET.
    pub(super) body: Option<Box<RawValue>>,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    /// Comments of the pull request.
    ListComments,
    /// Our comment.
    CreateComment,
    /// Our comment.
    UpdateComment,
    /// Our check run.
    CreateCheckRun,
    /// More annotations for it.
    AddAnnotations,
    /// Check runs of the commit.
    ListCheckRuns,
    /// Our check run.
    ReadCheckRun,
}

impl Operation {
    fn method(self) -> Method {
        match self {
            Self::ListComments | Self::ListCheckRuns | Self::ReadCheckRun => Method::GET,
            Self::CreateComment | Self::CreateCheckRun => Method::POST,
            Self::UpdateComment | Self::AddAnnotations => Method::PATCH,
        }
    }

    /// True if it changes something on the server.
    pub(super) fn writes(self) -> bool {
        self.method() != Method::GET
    }
}

/// An answer, with what is used of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    /// The HTTP status.
    pub(super) status: u16,
    /// `retry-after` as it was sent.
    pub(super) retry_after: Option<String>,
    /// `x-ratelimit-remaining`.
    pub(super) remaining: Option<String>,
    /// `x-ratelimit-reset`, in seconds since 1970.
    pub(super) reset: Option<String>,
    /// `link`.
    pub(super) link: Option<String>,
    /// `x-github-request-id`.
    pub(super) request_id: Option<String>,
    /// The body, whole.
    pub(super) body: Vec<u8>,
}

/// The client. Its runtime is of the current thread and runs during [`Wire::send`] alone.
pub(super) struct Wire {
    client: Octocrab,
    limits: Limits,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        // A look-up of a name cannot be stopped; nobody waits for it.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Wire {
    /// Makes the client; no socket is opened yet. `None` if the machine has no certificates
    /// to trust, or no runtime can be had.
    pub(super) fn new(place: &Place, token: &Token, limits: Limits) -> Option<Self> {
        let http = client::client(limits.connect, place.is_loopback)?;
        let connector = ReqwestConnector::new(http);
        let origin: Uri = place.origin.parse().ok()?;
        let bearer = Zeroizing::new(format!("Bearer {}", token.expose()));
        let mut bearer = HeaderValue::from_str(&bearer).ok()?;
        bearer.set_sensitive(true);
        let runtime = client::runtime()?;
        let client = {
            // octocrab starts a task here that passes requests on.
            let _inside = runtime.enter();
            // Not `Octocrab::builder()`: it sends a User-Agent of its own beside ours, and
            // its base address would swallow a route that begins like the server's path.
            OctocrabBuilder::new_empty()
                .with_service(connector)
                .with_layer(&ExtraHeadersLayer::new(Arc::new(headers())))
                .with_layer(&AuthHeaderLayer::new(Some(bearer), origin.clone(), origin))
                .with_auth(AuthState::None)
                .build()
                .ok()?
        };
        Some(Self {
            client,
            limits,
            runtime: Some(runtime),
        })
    }

    /// Sends a request once and reads the answer to its end, for as long as `time` at most.
    ///
    /// # Errors
    /// If no whole answer came.
    pub(super) fn send(&self, call: &Call, time: Duration) -> Result<Reply, Silence> {
        let Some(runtime) = &self.runtime else {
            return Err(Silence::NotConnected);
        };
        let limit = self.limits.body;
        let exchange = async {
            let body = call.body.as_deref();
            let method = call.operation.method();
            let sent = if method == Method::GET {
                self.client._get(call.address.as_str()).await
            } else if method == Method::POST {
                self.client._post(call.address.as_str(), body).await
            } else {
                self.client._patch(call.address.as_str(), body).await
            };
            let response = sent.map_err(|error| silence(&error))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, limit).collect().await;
            let body = body.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    Silence::TooLarge
                } else {
                    Silence::Broken
                }
            })?;
            Ok(reply(
                parts.status.as_u16(),
                &parts.headers,
                body.to_bytes().into(),
            ))
        };
        let bounded = async { tokio::time::timeout(time, exchange).await };
        runtime.block_on(bounded).unwrap_or(Err(Silence::TooSlow))
    }
}

/// The headers of every request (rule G90). `X-GitHub-Api-Version: 2022-11-28` is octocrab's
/// own doing: set here too it would stand twice. A test counts it.
fn headers() -> Vec<(HeaderName, HeaderValue)> {
    let agent = HeaderValue::from_static(concat!("krgate/", env!("CARGO_PKG_VERSION")));
    let accept = HeaderValue::from_static("application/vnd.github+json");
    vec![(USER_AGENT, agent), (ACCEPT, accept)]
}

/// What kind of failure stands at the end of octocrab's chain of causes. Its text is never
/// shown (rule G93).
fn silence(error: &octocrab::Error) -> Silence {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            return client::silence(error);
        }
        cause = error.source();
    }
    Silence::Broken
}

fn reply(status: u16, headers: &HeaderMap, body: Vec<u8>) -> Reply {
    let header = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Reply {
        status,
        retry_after: header("retry-after"),
        remaining: header("x-ratelimit-remaining"),
        reset: header("x-ratelimit-reset"),
        link: header("link"),
        request_id: header("x-github-request-id"),
        body,
    }
}
