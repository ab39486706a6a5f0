//! A page of blocks that is cut between them alone (rules G36, G45, P17).

use std::collections::BTreeSet;

/// One way of showing a block, whole in itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Form<'a> {
    pub(super) markdown: String,
    /// How many findings it shows.
    pub(super) findings: u64,
    /// Ids of the key results that it shows.
    pub(super) key_results: Vec<&'a str>,
}

/// A part of a page that is there in one of its forms, the longest first, or not at all.
#[derive(Debug, Clone, Default)]
pub(super) struct Block<'a>(pub(super) Vec<Form<'a>>);

impl Block<'_> {
    /// A block of one form, without findings.
    pub(super) fn plain(markdown: String) -> Self {
        Self(vec![Form {
            markdown,
            ..Form::default()
        }])
    }
}

/// What a page holds.
#[derive(Debug, Default)]
pub(super) struct Shown<'a> {
    pub(super) key_results: BTreeSet<&'a str>,
    pub(super) findings: u64,
}

/// Puts blocks below a head, the least important last, within a number of bytes. What does
/// not fit is left out, and `last` says so in the last line; it is given what is shown.
///
/// `None` if there is no room for the head and that line.
pub(super) fn cut<'a>(
    head: &str,
    blocks: &[Block<'a>],
    bytes: usize,
    last: impl Fn(&Shown<'a>) -> String,
) -> Option<String> {
    let reserve = last(&Shown::default()).len() + 1;
    let whole: usize = blocks
        .iter()
        .filter_map(|block| block.0.first())
        .map(|form| form.markdown.len() + 1)
        .sum();
    let fits = head.len() + whole <= bytes;
    if !fits && head.len() + reserve > bytes {
        return None;
    }
    let budget = if fits {
        bytes
    } else {
        bytes.saturating_sub(reserve)
    };
    let mut page = head.to_owned();
    let mut shown = Shown::default();
    for block in blocks {
        let room = budget.saturating_sub(page.len() + 1);
        let form = block.0.iter().find(|form| form.markdown.len() <= room);
        if let Some(form) = form {
            page.push('\n');
            page.push_str(&form.markdown);
            shown.findings += form.findings;
            shown.key_results.extend(&form.key_results);
        }
    }
    if !fits {
        page.push('\n');
        page.push_str(&last(&shown));
    }
    Some(page)
}
