//! Waivers of the policy and of the waiver file.

use std::collections::BTreeMap;

use super::{About, Reader, texts};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::policy::node::{Mark, Node};
use crate::policy::syntax::line_of;
use crate::policy::{
    NamedGlob, PathGlobs, Waiver, WaiverKind, WaiverPart, WaiverSubject, Waivers, scalar,
};

impl Reader<'_> {
    /// The waivers of the merged tree, then those of the file that it names.
    pub(super) fn waivers(&mut self, root: &Node, about: &About<'_>) -> Waivers {
        let node = root.get("waivers");
        let in_place = node.and_then(|node| node.get("list"));
        let in_file = about.waivers.and_then(|file| file.get("list"));
        let entries = [in_place, in_file].into_iter().flatten();
        let entries: Vec<&Node> = entries.flat_map(Node::items).collect();
        self.waiver_ids(&entries);
        Waivers {
            root: about.root.to_owned(),
            file: node
                .and_then(|node| node.text_of("file"))
                .map(str::to_owned),
            list: entries
                .into_iter()
                .map(|entry| self.waiver(entry))
                .collect(),
            require: texts(node.and_then(|node| node.get("require")))
                .iter()
                .filter_map(|word| WaiverPart::from_word(word))
                .collect(),
            max_days: node
                .and_then(|node| node.text_of("max_days"))
                .and_then(|text| scalar::whole(text).ok()),
            forbid: node
                .and_then(|node| node.get("forbid"))
                .map(|forbid| self.filter(forbid)),
        }
    }

    fn waiver_ids(&mut self, entries: &[&Node]) {
        let mut seen: BTreeMap<&str, Mark> = BTreeMap::new();
        for id in entries.iter().filter_map(|entry| entry.get("id")) {
            let Some(text) = id.text() else {
                continue;
            };
            let Some(first) = seen.insert(text, id.mark) else {
                continue;
            };
            let source = self.sources.get(first.file);
            let line = source.map_or(1, |source| line_of(&source.text, first.span.start));
            let name = source.map_or("", |source| &source.name);
            self.fault(
                Diagnostic::new(Code::DuplicateId, "two waivers have this id")
                    .at(id.mark.place())
                    .label(
                        Message::from("the first is in ")
                            .foreign(Untrusted::new(name))
                            .own(format!(", line {line}")),
                    ),
            );
        }
    }

    fn waiver(&mut self, node: &Node) -> Waiver {
        let text = |key| node.text_of(key).map(str::to_owned);
        let day = |key| node.text_of(key).and_then(|text| scalar::day(text).ok());
        let (created, expires) = (day("created"), day("expires"));
        if let (Some(created), Some(expires), Some(at)) = (created, expires, node.get("expires"))
            && expires < created
        {
            self.fault(
                Diagnostic::new(Code::BadDate, "the waiver ends before it was given")
                    .at(at.mark.place())
                    .label("expected the day of `created`, or a later one"),
            );
        }
        self.is_narrow(node);
        let source = self.sources.get(node.mark.file);
        Waiver {
            id: text("id"),
            subject: subject(node),
            kind: node.text_of("kind").and_then(WaiverKind::from_word),
            reason: text("reason"),
            owner: text("owner"),
            approved_by: text("approved_by"),
            created,
            expires,
            source: source.map_or_else(String::new, |source| source.name.clone()),
            line: self.line(node.head()),
        }
    }

    fn only_takes_away(&mut self, path: &Node) {
        let items = path.one_or_items();
        for item in items {
            self.says_the_folder(item);
        }
        let takes_away = |item: &Node| item.text().is_some_and(|text| text.starts_with('!'));
        if !items.is_empty() && items.iter().all(takes_away) {
            self.fault(
                Diagnostic::new(Code::WaiverTooBroad, "this `path` only takes away")
                    .at(path.head().place())
                    .label("name what was looked at before it"),
            );
        }
    }

    /// Refuses what would set aside more than anybody looked at: a waiver that names neither
    /// a finding nor a rule with a path or a package, and a glob that holds for everything.
    fn is_narrow(&mut self, node: &Node) {
        let has = |key| node.get(key).is_some();
        let label = match (has("rule"), has("path") || has("package")) {
            _ if has("finding") => None,
            (true, true) => None,
            (true, false) => Some("add `path: …` or `package: …`: the rule alone is too much"),
            (false, true) => Some("add `rule: …`: a path or a package alone is too much"),
            (false, false) => Some("add `finding: …`, or `rule: …` with `path: …` or `package: …`"),
        };
        if let Some(label) = label {
            self.fault(
                Diagnostic::new(
                    Code::WaiverTooBroad,
                    "a waiver names a finding, or a rule with a path or a package",
                )
                .at(node.head().place())
                .label(label),
            );
        }
        if let Some(path) = node.get("path") {
            self.only_takes_away(path);
        }
        for key in ["rule", "path", "package"] {
            for item in node.get(key).map(Node::one_or_items).unwrap_or_default() {
                let text = item.text().unwrap_or_default();
                let glob = match key {
                    "path" => scalar::path_glob(text)
                        .ok()
                        .and_then(|(takes_away, glob)| (!takes_away).then_some(glob)),
                    _ => scalar::name_glob(text).ok(),
                };
                if glob.is_some_and(|glob| scalar::matches_everything(&glob)) {
                    self.fault(
                        Diagnostic::new(
                            Code::WaiverTooBroad,
                            Message::from(format!("this `{key}` holds for everything: "))
                                .foreign(Untrusted::new(text)),
                        )
                        .at(item.mark.place())
                        .label("name what was looked at"),
                    );
                }
            }
        }
    }
}

fn subject(node: &Node) -> WaiverSubject {
    let glob = |key| {
        let text = node.text_of(key)?;
        Some(NamedGlob {
            text: text.to_owned(),
            glob: scalar::name_glob(text).ok()?,
        })
    };
    WaiverSubject {
        finding: node
            .text_of("finding")
            .and_then(|text| scalar::finding_id(text).ok()),
        rule: glob("rule"),
        path: node.get("path").map(path_globs),
        package: glob("package"),
        statement: None,
    }
}

pub(super) fn path_globs(node: &Node) -> PathGlobs {
    let mut globs = PathGlobs {
        texts: texts(Some(node)),
        within: Vec::new(),
        without: Vec::new(),
    };
    for text in &globs.texts {
        match scalar::path_glob(text) {
            Ok((true, glob)) => globs.without.push(glob),
            Ok((false, glob)) => globs.within.push(glob),
            Err(_) => {}
        }
    }
    globs
}
