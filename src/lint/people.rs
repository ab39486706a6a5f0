//! Whether the people that the policy names are there (rules F40, F46).

use std::collections::BTreeSet;

use super::texts::quoted;
use super::{Advice, about, id_mark, items};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{FigureFile, Table, Untrusted};
use crate::policy::Node;

impl<'a> Advice<'a> {
    pub(super) fn people(&mut self, roster: Option<&FigureFile>) {
        for (objective, node) in self.objectives() {
            let keys = ["sponsor", "deputy"];
            let without = keys.map(|key| node.text_of(key).is_none().then_some(key));
            let without: Vec<_> = without.into_iter().flatten().collect();
            if !without.is_empty() {
                self.say(
                    Code::MissingSponsor,
                    about(
                        "nobody but its owner stands for objective ",
                        &objective.id,
                        "",
                    ),
                    id_mark(node),
                    format!("it lacks {}", quoted(&without)),
                );
            }
        }
        let Some(roster) = roster else { return };
        let table = match &roster.content {
            Ok(content) => content.table.as_ref().ok_or("is no list of rows"),
            Err(why) => Err(*why),
        };
        match table {
            Ok(table) => self.look_up(&People::of(table)),
            Err(why) => {
                let message = Message::from("the roster ")
                    .foreign(Untrusted::new(&roster.path))
                    .own(" ")
                    .own(why);
                let mark = self.tree.get("data").and_then(|data| data.get("roster"));
                let said = Diagnostic::new(Code::RosterUnreadable, message);
                self.said.push(match mark {
                    Some(node) => said
                        .at(node.head().place())
                        .label("owners cannot be looked up without it"),
                    None => said,
                });
            }
        }
    }

    /// Whoever answers for something must be there; the others ought to be.
    fn look_up(&mut self, people: &People) {
        let mut named: Vec<(Code, &'a Node)> = Vec::new();
        let mut take = |code: Code, node: Option<&'a Node>, keys: &[&str]| {
            let all = keys.iter().filter_map(|key| node?.get(key));
            let each = all.flat_map(Node::one_or_items);
            named.extend(each.map(|name| (code, name)));
        };
        for objective in items(self.tree, "objectives") {
            take(Code::OwnerNotInRoster, Some(objective), &["owner"]);
            take(
                Code::NameNotInRoster,
                Some(objective),
                &["sponsor", "deputy"],
            );
            for key_result in items(objective, "key_results") {
                take(Code::OwnerNotInRoster, Some(key_result), &["owner"]);
                let roles = key_result.get("roles");
                take(Code::NameNotInRoster, roles, &["check_in", "review"]);
            }
        }
        for risk in items(self.tree, "risks") {
            take(Code::NameNotInRoster, Some(risk), &["owner"]);
        }
        for (code, node) in named {
            let Some(name) = node.text().filter(|name| !people.has(name)) else {
                continue;
            };
            self.say(
                code,
                about("", name, " is not in the roster"),
                node.mark,
                "no cell of it is this name, with or without `@`",
            );
        }
    }
}

/// Every name that stands in a roster, in whatever column: a login, an address, a team.
struct People(BTreeSet<String>);

impl People {
    fn of(table: &Table) -> Self {
        let columns = 0..table.columns.len();
        let cells = table.rows.iter().flat_map(|row| {
            let columns = columns.clone();
            columns.filter_map(|column| row.cell(column))
        });
        Self(cells.map(plain).collect())
    }

    /// A team of GitHub's (`@org/team`) may stand there without its organisation.
    fn has(&self, name: &str) -> bool {
        let name = plain(name);
        let team = name.split_once('/').map(|(_, team)| team);
        self.0.contains(&name) || team.is_some_and(|team| self.0.contains(team))
    }
}

/// A name without `@` before it, in small letters: logins know no others.
fn plain(name: &str) -> String {
    let name = name.trim();
    name.strip_prefix('@').unwrap_or(name).to_lowercase()
}
