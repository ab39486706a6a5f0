//! Figures for other tools for objectives and key results (rule K36).
//!
//! Each figure is a request of its own. It is sent once: again only if no connection came
//! about, or the server says that it did not take it (429). Where the answer was lost nobody
//! can tell, and that is said and not tried again.

#[cfg(feature = "github")]
mod session;
#[cfg(feature = "github")]
mod wire;

use std::fmt;

use zeroize::Zeroizing;

use super::Clock;
#[cfg(not(feature = "github"))]
use crate::diagnostic::Code;
use crate::diagnostic::Diagnostic;

/// A text that is sent and never shown.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(‹secret›)")
    }
}

impl Secret {
    /// Keeps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for the request that carries it.
    #[cfg_attr(
        not(feature = "github"),
        expect(dead_code, reason = "only what is sent needs it")
    )]
    fn expose(&self) -> &str {
        &self.0
    }
}

/// A request that tells another tool of one figure.
#[derive(Debug, Clone)]
pub struct Post {
    /// The key result, as records name it.
    pub key_result: String,
    /// `POST`, `PUT` or `PATCH`.
    pub method: &'static str,
    /// The address, encoded and without secrets.
    pub address: String,
    /// A secret at the end of the address: name and value.
    pub query: Option<(&'static str, Secret)>,
    /// The header that carries the token.
    pub header: Option<(String, Secret)>,
    /// The same for the same figure, for servers that know `Idempotency-Key`.
    pub key: String,
    /// JSON.
    pub body: Secret,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The server took it.
    Sent,
    /// The server did not take it; the diagnostic says why.
    Refused(Diagnostic),
    /// It was sent, and nobody can tell what became of it.
    Unsure(Diagnostic),
    /// It was not tried, since one before it failed as this one would.
    NotTried,
}

/// Sends requests one after another, and says what became of each, in the same order.
///
/// Where krgate was built without the feature `github`, nothing is sent, and a sentence says
/// so (exit 2).
pub fn post(posts: &[Post], clock: &mut dyn Clock) -> Vec<Delivery> {
    #[cfg(feature = "github")]
    {
        session::post(posts, clock)
    }
    #[cfg(not(feature = "github"))]
    {
        let _ = clock;
        let refused = Diagnostic::new(
            Code::Usage,
            "this krgate was built without network code, so it cannot send figures",
        )
        .hint("take a build with the cargo feature `github`, or `--to csv`");
        let mut deliveries = vec![Delivery::NotTried; posts.len()];
        if let Some(first) = deliveries.first_mut() {
            *first = Delivery::Refused(refused);
        }
        deliveries
    }
}
