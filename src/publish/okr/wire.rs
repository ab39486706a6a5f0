//! One request, one answer.

use std::net::IpAddr;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use super::Post;
use crate::publish::client::{self, Silence};

/// An answer, with what is used of it. Its body is not read: it could hold what was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    /// The HTTP status.
    pub(super) status: u16,
    /// `retry-after` as it was sent.
    pub(super) retry_after: Option<String>,
    /// True for a page for people, which no API answers with.
    pub(super) is_page: bool,
}

/// The client. Its runtime runs during [`Wire::send`] alone.
pub(super) struct Wire {
    client: reqwest::Client,
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
    /// Makes the client; no socket is opened yet.
    pub(super) fn new(connect: Duration, is_loopback: bool) -> Option<Self> {
        Some(Self {
            client: client::client(connect, is_loopback)?,
            runtime: Some(client::runtime()?),
        })
    }

    /// Sends a request once and waits for the head of the answer, for as long as `time` at
    /// most.
    ///
    /// # Errors
    /// If none came.
    pub(super) fn send(&self, post: &Post, time: Duration) -> Result<Reply, Silence> {
        let Some(runtime) = &self.runtime else {
            return Err(Silence::NotConnected);
        };
        let headers = headers(post).ok_or(Silence::NotConnected)?;
        let mut address = Zeroizing::new(post.address.clone());
        if let Some((name, secret)) = &post.query {
            let sign = if address.contains('?') { '&' } else { '?' };
            let value = utf8_percent_encode(secret.expose(), NON_ALPHANUMERIC).to_string();
            let value = Zeroizing::new(value);
            for part in [&*sign.to_string(), name, "=", value.as_str()] {
                address.push_str(part);
            }
        }
        let method = match post.method {
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            _ => Method::POST,
        };
        let exchange = async {
            let request = self.client.request(method, address.as_str());
            let request = request.headers(headers).body(post.body.expose().to_owned());
            let response = request.send().await;
            let response = response.map_err(|error| client::silence(&error))?;
            let text = |name| {
                let value = response.headers().get(name)?.to_str().ok()?;
                Some(value.to_ascii_lowercase())
            };
            let kind = text(CONTENT_TYPE).unwrap_or_default();
            Ok(Reply {
                status: response.status().as_u16(),
                retry_after: response
                    .headers()
                    .get(RETRY_AFTER)
                    .and_then(|value| value.to_str().ok())
                    .map(str::to_owned),
                is_page: kind.trim_start().starts_with("text/html"),
            })
        };
        let bounded = async { tokio::time::timeout(time, exchange).await };
        runtime.block_on(bounded).unwrap_or(Err(Silence::TooSlow))
    }
}

/// The headers of a request; `None` if the token cannot stand in one.
fn headers(post: &Post) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    let agent = HeaderValue::from_static(concat!("krgate/", env!("CARGO_PKG_VERSION")));
    headers.insert(USER_AGENT, agent);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let key = HeaderValue::from_str(&post.key).ok()?;
    headers.insert(HeaderName::from_static("idempotency-key"), key);
    if let Some((name, secret)) = &post.header {
        let mut value = HeaderValue::from_str(secret.expose()).ok()?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
    }
    Some(headers)
}

/// Who an address leads to, and whether that is this machine.
pub(super) fn host(address: &str) -> (String, bool) {
    let uri: Option<Uri> = address.parse().ok();
    let authority = uri.as_ref().and_then(Uri::authority);
    let host = authority.map_or("", |authority| authority.host());
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = host.eq_ignore_ascii_case("localhost")
        || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    (host.to_owned(), is_here)
}
