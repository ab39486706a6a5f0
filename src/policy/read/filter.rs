//! Filters.

use super::{Reader, texts};
use crate::model::{Class, Level, Severity, Validity};
use crate::policy::node::{Entry, Node};
use crate::policy::{Filter, KevWord, Term, scalar};

impl Reader<'_> {
    /// The terms among the keys of a map; keys that are a measure's own are passed over.
    pub(super) fn filter(&mut self, node: &Node) -> Filter {
        Filter {
            terms: node
                .entries()
                .iter()
                .filter_map(|entry| self.term(entry))
                .collect(),
        }
    }

    fn term(&mut self, entry: &Entry) -> Option<Term> {
        let node = &entry.node;
        let term = match entry.key.as_str() {
            "scope" => {
                let scopes = node.one_or_items().iter();
                Term::Scope(scopes.filter_map(|item| self.scope(item)).collect())
            }
            "class" => Term::Class(words(node, Class::from_word).into_iter().collect()),
            "severity" => Term::Severity(words(node, Severity::from_word)),
            "cvss" => Term::Cvss(scalar::cvss_comparison(node.text()?).ok()?),
            "level" => Term::Level(words(node, Level::from_word)),
            "cwe" => Term::Cwe(words(node, |text| scalar::cwe(text).ok())),
            "tool" => Term::Tool(texts(Some(node))),
            "rule" => Term::Rule(words(node, |text| scalar::name_glob(text).ok())),
            "tag" => Term::Tag(texts(Some(node))),
            "path" => self.path(node),
            "state" => Term::Introduced(node.text()? == "introduced"),
            "validity" => Term::Validity(words(node, Validity::from_word)),
            "epss" => Term::Epss(scalar::number_comparison(node.text()?).ok()?),
            "kev" => Term::Kev(KevWord::from_word(node.text()?)?),
            "fix_available" => Term::FixAvailable(node.text()? == "true"),
            "age" => Term::Age(scalar::duration_comparison(node.text()?).ok()?),
            "package" => Term::Package(words(node, |text| scalar::name_glob(text).ok())),
            "owner" => Term::Owner(texts(Some(node))),
            "not" => Term::Not(self.filter(node)),
            "any" => Term::Any(node.items().iter().map(|item| self.filter(item)).collect()),
            _ => return None,
        };
        Some(term)
    }

    fn path(&mut self, node: &Node) -> Term {
        self.takes_something_in(Some(node));
        let (mut within, mut without) = (Vec::new(), Vec::new());
        for item in node.one_or_items() {
            match item.text().map(scalar::path_glob) {
                Some(Ok((true, glob))) => without.push(glob),
                Some(Ok((false, glob))) => within.push(glob),
                _ => {}
            }
        }
        Term::Path { within, without }
    }
}

fn words<T>(node: &Node, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
    node.one_or_items()
        .iter()
        .filter_map(|item| read(item.text()?))
        .collect()
}
