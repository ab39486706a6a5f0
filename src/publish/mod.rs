//! The views of an evaluation that stand on a server: GitHub's check run and comment; and in
//! [`okr`] the figures that other tools are told of.
//!
//! Plain values in, an [`Outcome`] for each view out; nothing is rendered here, and nothing
//! that happens here changes a verdict (rules G1 to G3). Everything that knows a socket is
//! behind the cargo feature `github`; start reading at [`Views`].
//!
//! How a command line uses it, once verdict, record and files are written (rule G2):
//!
//! ```no_run
//! use krgate::publish::{self, Publisher as _, RunAttempt, RunClock, Target, Token, Views};
//! # fn texts() -> Views { Views::default() }
//! # let now = jiff::Timestamp::UNIX_EPOCH;
//! # let (krgate_token, github_token) = (None, None);
//! let target = Target {
//!     api_url: "https://api.github.com".to_owned(),
//!     repository: "acme/pay".to_owned(),
//!     head_sha: "4f1c2d9".repeat(6)[..40].to_owned(),
//!     pull_request: Some(7),
//!     run: RunAttempt { run: 1, attempt: 1 },
//!     read_only: None,
//! };
//! // Called only if something is to be sent, so that the token is read only then.
//! let token = || Token::choose(krgate_token.clone(), github_token.clone());
//! let mut clock = RunClock::starting_at(now);
//! let outcomes = publish::github(&target, &token, &mut clock).publish(&texts());
//! for diagnostic in outcomes.diagnostics() {
//!     // Drawn like any other; `publish-failed` ends in exit 4 (rule G5).
//! #   let _ = diagnostic;
//! }
//! ```

#[cfg(not(feature = "github"))]
mod absent;
#[cfg(feature = "github")]
mod client;
mod clock;
#[cfg(feature = "github")]
pub mod github;
pub mod okr;
mod outcome;
#[cfg(feature = "github")]
mod pause;
mod target;
mod token;
mod view;

pub use clock::{Clock, RunClock};
pub use outcome::{Outcome, Outcomes};
pub use target::{ReadOnly, RunAttempt, Target};
pub use token::Token;
pub use view::{
    Annotation, AnnotationLevel, CheckRun, Columns, Comment, CommentKey, Conclusion,
    MOST_ANNOTATIONS, MOST_TEXT_BYTES, Views,
};

use crate::diagnostic::Diagnostic;

/// A server that shows views.
pub trait Publisher {
    /// Sends the views that are there, once each, and says what became of each.
    fn publish(&mut self, views: &Views) -> Outcomes;
}

/// Reads the token when it is needed.
pub type TokenSource<'a> = &'a dyn Fn() -> Result<Token, Box<Diagnostic>>;

/// The publisher of GitHub. No socket is opened and no token read before a view is to be
/// sent (rules G7, G92).
///
/// Where krgate was built without the feature `github`, every view fails with a sentence
/// that says so (exit 2).
pub fn github<'a>(
    target: &'a Target,
    token: TokenSource<'a>,
    clock: &'a mut dyn Clock,
) -> Box<dyn Publisher + 'a> {
    #[cfg(feature = "github")]
    let publisher = github::GitHub::new(target, token, clock);
    #[cfg(not(feature = "github"))]
    let publisher = {
        let _ = (target, token, clock);
        absent::Absent
    };
    Box::new(publisher)
}
