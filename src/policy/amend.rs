//! Adds a waiver to the text of a waiver file and leaves every other byte as it is.
//!
//! The file is people's own: its comments, its order, its line ends. What is added is read
//! back before anything is written, so that an unusual file is refused and never damaged.

use std::fmt::Write as _;

use super::check;
use super::language::WAIVER_FILE;
use super::node::{self, MOST_VALUES, Node, Value};

/// A waiver to add. Every text is quoted as it needs to be.
#[derive(Debug, Clone, Default)]
pub struct NewWaiver {
    /// What it is called.
    pub id: Option<String>,
    /// The finding id, all digits.
    pub finding: String,
    /// What people will see beside it: the rule and the place, visible text of one line.
    pub remark: String,
    /// What the finding is, as a word of the language.
    pub kind: Option<&'static str>,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Who agreed.
    pub approved_by: Option<String>,
    /// The day on which it is given, `2026-11-28`.
    pub created: String,
    /// The last day on which it holds.
    pub expires: Option<String>,
}

/// The first lines of a new waiver file.
const HEAD: &str = "\
# yaml-language-server: $schema=./krgate.waivers.schema.json
# Editors complete and check this file once the schema lies beside it:
#   krgate policy schema --waivers > krgate.waivers.schema.json
# Findings that are set aside, by whom, why and until when.
version: 1
list:
";

impl NewWaiver {
    /// Its keys with their values, in the order of a file.
    fn keys(&self) -> Vec<(&'static str, String)> {
        let quoted = |text: &String| serde_json::Value::from(text.as_str()).to_string();
        let plain = |text: &String| text.clone();
        let mut keys = Vec::new();
        keys.extend(self.id.as_ref().map(|id| ("id", quoted(id))));
        keys.push(("finding", quoted(&self.finding)));
        keys.extend(self.kind.map(|kind| ("kind", kind.to_owned())));
        keys.push(("reason", quoted(&self.reason)));
        keys.extend(self.owner.as_ref().map(|owner| ("owner", quoted(owner))));
        keys.extend(
            self.approved_by
                .as_ref()
                .map(|by| ("approved_by", quoted(by))),
        );
        keys.push(("created", plain(&self.created)));
        keys.extend(self.expires.as_ref().map(|day| ("expires", plain(day))));
        keys
    }

    /// The lines of the entry, each but the last ended by `end`.
    pub fn lines(&self, indent: usize, end: &str) -> String {
        let mut lines = Vec::new();
        for (index, (key, value)) in self.keys().into_iter().enumerate() {
            let start = if index == 0 { "- " } else { "  " };
            let mut line = format!("{:indent$}{start}{key}: {value}", "");
            if key == "finding" && !self.remark.is_empty() {
                let _ = write!(line, " # {}", self.remark);
            }
            lines.push(line);
        }
        lines.join(end)
    }

    /// The entry in one line, for a list in brackets.
    fn in_one_line(&self) -> String {
        let keys = self.keys();
        let keys: Vec<String> = keys
            .into_iter()
            .map(|(key, value)| format!("{key}: {value}"))
            .collect();
        format!("{{ {} }}", keys.join(", "))
    }
}

/// The text of a waiver file with one waiver more; of a new one without `text`.
///
/// `None` if the file is written in a way that nothing can be added to safely.
pub fn add_waiver(text: Option<&str>, waiver: &NewWaiver) -> Option<String> {
    let Some(text) = text else {
        return Some(format!("{HEAD}{}\n", waiver.lines(2, "\n")));
    };
    let before = read(text)?;
    let end = match text.find('\n') {
        Some(at) if text.get(..at).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    };
    let (at, added) = place(text, &before, waiver, end)?;
    let mut after = text.to_owned();
    after.replace_range(at, &added);
    is_the_same_and_one_more(&before, &read(&after)?, waiver).then_some(after)
}

/// Where the entry goes, and what is put there.
fn place(
    text: &str,
    tree: &Node,
    waiver: &NewWaiver,
    end: &str,
) -> Option<(std::ops::Range<usize>, String)> {
    let list = tree.get("list")?;
    let at = list.mark.span.start;
    let in_brackets = text.get(at..)?.starts_with('[');
    if in_brackets && list.items().is_empty() {
        let close = at + text.get(at..)?.find(']')?;
        // The space before the bracket goes with it.
        let start = text.get(..at)?.trim_end_matches(' ').len();
        let entry = format!("{end}{}", waiver.lines(2, end));
        return Some((start..close + 1, entry));
    }
    if in_brackets {
        return Some((at + 1..at + 1, format!("{}, ", waiver.in_one_line())));
    }
    let indent = indent(text, list)?;
    let lines = waiver.lines(indent, end);
    let content = last_byte(list.items().last()?);
    // Back over what a block of text may hold at its end, then to the end of that line.
    let content = text.get(..content)?.trim_end().len();
    match text.get(content..)?.find('\n') {
        Some(newline) => {
            let at = content + newline + 1;
            Some((at..at, format!("{lines}{end}")))
        }
        None => Some((text.len()..text.len(), format!("{end}{lines}"))),
    }
}

/// The column of the dashes: that of the first one, or of the list where an entry begins in
/// the line after its dash.
fn indent(text: &str, list: &Node) -> Option<usize> {
    let column = |at: usize| {
        let before = text.get(..at)?;
        Some(at - before.rfind('\n').map_or(0, |newline| newline + 1))
    };
    let first = list.items().first()?.mark.span.start;
    let start = first - column(first)?;
    let line = text.get(start..first)?;
    let bare = line.trim_start_matches(' ');
    if bare.starts_with('-') {
        Some(line.len() - bare.len())
    } else {
        column(list.mark.span.start)
    }
}

/// The byte after the last scalar of a value.
fn last_byte(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => node.mark.span.end,
        Value::List(items) => items.last().map_or(node.mark.span.end, last_byte),
        Value::Map(entries) => entries
            .last()
            .map_or(node.mark.span.end, |entry| last_byte(&entry.node)),
    }
}

fn read(text: &str) -> Option<Node> {
    let mut faults = Vec::new();
    let mut budget = MOST_VALUES;
    let tree = node::parse(0, text, &mut budget, &mut faults)?;
    check::given(&tree, &WAIVER_FILE, &mut faults);
    faults.is_empty().then_some(tree)
}

/// True if nothing else changed: the same waivers in the same order, and the new one among
/// them.
fn is_the_same_and_one_more(before: &Node, after: &Node, waiver: &NewWaiver) -> bool {
    let list = |tree: &Node| -> Vec<Node> {
        let items = tree.get("list").map(Node::items).unwrap_or_default();
        items.to_vec()
    };
    let (old, mut new) = (list(before), list(after));
    let is_new = |node: &Node| {
        node.text_of("finding") == Some(&waiver.finding)
            && node.text_of("reason") == Some(&waiver.reason)
            && node.text_of("created") == Some(&waiver.created)
    };
    let Some(place) = new.iter().rposition(is_new) else {
        return false;
    };
    new.remove(place);
    old.len() == new.len()
        && old.iter().zip(&new).all(|(a, b)| a.says_the_same(b))
        && before.entries().len() == after.entries().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewWaiver {
        NewWaiver {
            finding: "7f3a91c2000000000000000000000000".to_owned(),
            remark: "generic-api-key at config.py:12".to_owned(),
            reason: "a \"test\" key: it opens nothing".to_owned(),
            owner: Some("@acme/pay".to_owned()),
            created: "2026-11-28".to_owned(),
            expires: Some("2026-12-28".to_owned()),
            ..NewWaiver::default()
        }
    }

    const ENTRY: &str =
        "  - finding: \"7f3a91c2000000000000000000000000\" # generic-api-key at config.py:12
    reason: \"a \\\"test\\\" key: it opens nothing\"
    owner: \"@acme/pay\"
    created: 2026-11-28
    expires: 2026-12-28
";

    const COMMENTED: &str = "\
# What we live with.
list:

  # Asked for by Kim in the review of October.
  - finding: 0123456789abcdef   # the old gateway
    reason: >
      The host is fixed
      by configuration.

  - { rule: python.ssrf,
      path: 'services/pay/**', expires: 2026-12-02 } # see TICKET-7

# The version comes last here.
version: 1
";

    #[test]
    fn a_file_keeps_every_byte_but_the_added_entry() {
        let after = add_waiver(Some(COMMENTED), &new()).unwrap();
        let (before, rest) = COMMENTED.split_at(COMMENTED.find("\n# The version").unwrap());
        assert_eq!(after, format!("{before}{ENTRY}{rest}"));
        // The same with the line ends of Windows.
        let windows = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(
            add_waiver(Some(&windows(COMMENTED)), &new()),
            Some(windows(&after))
        );
        // And once more on top.
        let twice = add_waiver(Some(&after), &new()).unwrap();
        assert_eq!(twice, format!("{before}{ENTRY}{ENTRY}{rest}"));
    }

    #[test]
    fn a_file_is_begun_and_continued_in_its_own_way() {
        let head = "version: 1\nlist:";
        let unindented = ENTRY.replace("\n  ", "\n").replacen("  - ", "- ", 1);
        for (text, expected) in [
            (format!("{head} []\n"), format!("{head}\n{ENTRY}")),
            (format!("{head} [] # none\n"), {
                format!("{head}\n{} # none\n", ENTRY.trim_end())
            }),
            (
                format!("{head}\n- finding: 0123456789abcdef\n"),
                format!("{head}\n- finding: 0123456789abcdef\n{unindented}"),
            ),
            (
                format!("{head}\n  - finding: 0123456789abcdef"),
                format!(
                    "{head}\n  - finding: 0123456789abcdef\n{}",
                    ENTRY.trim_end()
                ),
            ),
            (
                format!("{head}\n  - finding: 0123456789abcdef\n    reason: |+\n      x\n\n\n"),
                format!(
                    "{head}\n  - finding: 0123456789abcdef\n    reason: |+\n      x\n{ENTRY}\n\n"
                ),
            ),
        ] {
            let after = add_waiver(Some(&text), &new());
            if text.contains("|+") {
                // Its reason would lose two lines: better by hand.
                assert_eq!(after, None);
            } else {
                assert_eq!(after.as_deref(), Some(expected.as_str()), "{text}");
            }
        }
        let flow = format!("{head} [{{ finding: 0123456789abcdef }}] # all\n");
        let after = add_waiver(Some(&flow), &new()).unwrap();
        assert!(
            after.starts_with(&format!("{head} [{{ finding: \"7f3a"))
                && after.ends_with(", { finding: 0123456789abcdef }] # all\n"),
            "{after}"
        );
        assert_eq!(add_waiver(None, &new()).unwrap(), format!("{HEAD}{ENTRY}"));
    }

    #[test]
    fn a_file_that_is_no_waiver_file_is_left_alone() {
        for text in ["", "version: 1\n", "- a\n", "version: 1\nlist: [\n", "{"] {
            assert_eq!(add_waiver(Some(text), &new()), None, "{text}");
        }
    }
}
