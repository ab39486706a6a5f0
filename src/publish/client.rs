//! The client that every service is reached with: no redirects, no retries of its own, the
//! certificates that the machine trusts; and the runtime that turns while a request is under
//! way.

use std::sync::Once;
use std::time::Duration;

use tokio::runtime::Runtime;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// No connection came about (name, route, proxy, TLS): nothing was sent.
    NotConnected,
    /// The connection broke after sending, so the request may have been carried out.
    Broken,
    /// The same, by a limit of time.
    TooSlow,
    /// An answer came and is larger than the limit (rule G88).
    TooLarge,
}

/// A client; no socket is opened yet. `None` if the machine has no certificates to trust.
pub(super) fn client(connect: Duration, is_loopback: bool) -> Option<reqwest::Client> {
    install_provider();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(connect);
    if is_loopback {
        builder = builder.no_proxy();
    }
    builder.build().ok()
}

/// A runtime of the current thread; `None` if none can be had.
pub(super) fn runtime() -> Option<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()
}

/// What kind of failure an error is. Its text is never shown (rule G93).
pub(super) fn silence(error: &reqwest::Error) -> Silence {
    if error.is_connect() || error.is_builder() {
        Silence::NotConnected
    } else if error.is_timeout() {
        Silence::TooSlow
    } else {
        Silence::Broken
    }
}

fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that there is one already, which does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
