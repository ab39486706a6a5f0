//! Lists that come in pages (rules G76, G91).

use super::refusal::{Failure, Trouble};
use super::session::Session;
use super::wire::{Call, Operation, Reply};

/// Most pages that are read: many times what GitHub keeps under one pull request.
const MOST_PAGES: usize = 200;

/// Reads page after page until `pick` takes something or there are no more.
///
/// # Errors
/// If a page cannot be had, or its `next` leads to another server or on for ever.
pub(super) fn search<P, T>(
    session: &mut Session<'_>,
    operation: Operation,
    mut address: String,
    read: impl Fn(&Reply) -> Option<P>,
    mut pick: impl FnMut(P) -> Option<T>,
) -> Result<Option<T>, Failure> {
    for _ in 0..MOST_PAGES {
        let call = Call {
            operation,
            address,
            body: None,
        };
        let with_link = |reply: &Reply| Some((read(reply)?, reply.link.clone()));
        let (page, link) = session.ask(&call, with_link)?;
        if let Some(found) = pick(page) {
            return Ok(Some(found));
        }
        let Some(next) = link.as_deref().and_then(next_of) else {
            return Ok(None);
        };
        let Some(next) = session.place.follow(next) else {
            return Err(Failure::new(operation, Trouble::LinkElsewhere));
        };
        address = next;
    }
    Err(Failure::new(operation, Trouble::TooManyPages))
}

/// The address of `rel="next"` in a `link` header.
fn next_of(header: &str) -> Option<&str> {
    // Each part begins after a `<`: the address, `>`, and its parameters.
    header.split('<').skip(1).find_map(|part| {
        let (address, parameters) = part.split_once('>')?;
        parameters
            .split([';', ','])
            .any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"))
            .then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn github_g091_the_next_page_is_found_in_the_header() {
        let header = "<https://h/a?page=1>; rel=\"prev\", <https://h/a?page=3&q=1,2>; rel=\"next\", <https://h/a?page=9>; rel=\"last\"";
        assert_eq!(next_of(header), Some("https://h/a?page=3&q=1,2"));
        assert_eq!(next_of("<https://h/a>; rel=\"first\""), None);
        assert_eq!(
            next_of("<https://h/a>; title=x; rel=next"),
            Some("https://h/a")
        );
        for none in ["", "<", "<https://h/a", "rel=\"next\"", "<>"] {
            assert_eq!(next_of(none), None, "{none}");
        }
    }
}
