//! The comment: one for each pull request and gate, kept up to date (rules G73 to G81).

use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use super::marker::{Marker, digest};
use super::refusal::Failure;
use super::session::Session;
use super::wire::{Call, Operation, Reply};
use crate::diagnostic::{Code, Diagnostic};
use crate::publish::{Comment, MOST_TEXT_BYTES, Outcome};

/// What is read of a comment.
#[derive(Deserialize)]
struct Listed {
    id: u64,
    body: Option<String>,
    user: Option<Account>,
}

#[derive(Deserialize)]
struct Account {
    login: String,
}

#[derive(Serialize)]
struct Body<'a> {
    body: &'a str,
}

/// Our comment as it stands.
struct Standing {
    id: u64,
    marker: Marker,
    /// The digest of what stands below the marker now.
    digest: String,
    /// More comments of ours on the same page.
    others: Vec<u64>,
}

/// Why a comment cannot be sent whatever GitHub says.
pub(super) fn refuse(comment: &Comment) -> Option<Diagnostic> {
    (comment.body.len() > Comment::ROOM).then(|| {
        Diagnostic::new(
            Code::PublishFailed,
            format!(
                "the comment has {} bytes, and at most {} fit in {MOST_TEXT_BYTES} with its first line",
                comment.body.len(),
                Comment::ROOM
            ),
        )
        .hint("this is a fault of krgate: please report it with this message")
    })
}

/// Writes or updates the comment. Notes are added where something else is worth telling.
///
/// # Errors
/// If GitHub did not do what was asked.
pub(super) fn publish(
    session: &mut Session<'_>,
    pull_request: u64,
    comment: &Comment,
    notes: &mut Vec<Diagnostic>,
) -> Result<Outcome, Failure> {
    let ours = Marker::of(&comment.key, session.run, &comment.body);
    let text = ours.above(&comment.body);
    let Some(standing) = find(session, pull_request, comment)? else {
        if comment.nothing_to_say {
            return Ok(Outcome::Unchanged);
        }
        let call = Call {
            operation: Operation::CreateComment,
            address: comments(session, pull_request),
            body: to_raw_value(&Body { body: &text }).ok(),
        };
        // A lost answer leaves a comment that is found by its marker, or none (rule G81).
        let look = |session: &mut Session<'_>| Ok(find(session, pull_request, comment)?.map(Some));
        return match session.ask_once(&call, |_| Some(None), look)? {
            None => Ok(Outcome::Published),
            Some(standing) if standing.marker == ours => Ok(Outcome::Published),
            // Another job wrote it in between.
            Some(standing) => update(session, &standing, &ours, &text, notes),
        };
    };
    update(session, &standing, &ours, &text, notes)
}

/// Brings a comment that stands up to date.
fn update(
    session: &mut Session<'_>,
    standing: &Standing,
    ours: &Marker,
    text: &str,
    notes: &mut Vec<Diagnostic>,
) -> Result<Outcome, Failure> {
    notes.extend(repeated(standing));
    if standing.marker.digest == ours.digest && standing.digest == ours.digest {
        return Ok(Outcome::Unchanged);
    }
    let theirs = standing.marker.run;
    if theirs > ours.run {
        let note = Diagnostic::new(
            Code::PublishSkipped,
            format!(
                "the comment is by a newer run ({}, attempt {}) and was left as it is",
                theirs.run, theirs.attempt
            ),
        );
        return Ok(Outcome::Skipped(note));
    }
    let call = Call {
        operation: Operation::UpdateComment,
        address: session
            .place
            .route(&format!("/issues/comments/{}", standing.id)),
        body: to_raw_value(&Body { body: text }).ok(),
    };
    session.ask(&call, |_| Some(()))?;
    Ok(Outcome::Published)
}

/// Our comment with the lowest number. A comment with our marker by another account is not
/// ours (rule G75).
fn find(
    session: &mut Session<'_>,
    pull_request: u64,
    comment: &Comment,
) -> Result<Option<Standing>, Failure> {
    let first = format!("{}?per_page=100", comments(session, pull_request));
    let read = |reply: &Reply| serde_json::from_slice::<Vec<Listed>>(&reply.body).ok();
    session.search(Operation::ListComments, first, read, |page| {
        let mut ours: Vec<Standing> = page
            .into_iter()
            .filter_map(|listed| standing(&listed, comment))
            .collect();
        ours.sort_by_key(|standing| standing.id);
        let mut ours = ours.into_iter();
        let mut lowest = ours.next()?;
        lowest.others = ours.map(|other| other.id).collect();
        Some(lowest)
    })
}

fn standing(listed: &Listed, comment: &Comment) -> Option<Standing> {
    let author = &listed.user.as_ref()?.login;
    if !author.eq_ignore_ascii_case(&comment.author) {
        return None;
    }
    let (marker, body) = Marker::split(listed.body.as_deref()?)?;
    (marker.key == comment.key.as_str()).then(|| Standing {
        id: listed.id,
        marker,
        digest: digest(body),
        others: Vec::new(),
    })
}

fn comments(session: &Session<'_>, pull_request: u64) -> String {
    session
        .place
        .route(&format!("/issues/{pull_request}/comments"))
}

fn repeated(standing: &Standing) -> Option<Diagnostic> {
    if standing.others.is_empty() {
        return None;
    }
    let numbers: Vec<String> = standing.others.iter().map(u64::to_string).collect();
    let note = Diagnostic::new(
        Code::CommentRepeated,
        format!(
            "comment {} is kept up to date, and there are more of the same gate: {}",
            standing.id,
            numbers.join(", ")
        ),
    );
    Some(note.hint("delete the others by hand"))
}
