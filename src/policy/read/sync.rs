//! `sync`: addresses, templates, and the key results that are sent (rule K36).

use serde_json::{Map, Number, Value as Json};

use super::Reader;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::policy::Objective;
use crate::policy::near::nearest;
use crate::policy::node::{Mark, Node, Value};
use crate::policy::sync::{HttpSync, PARTS, Piece, Sync, TabilitySync, pieces};

/// Tability's own address.
const TABILITY: &str = "https://api.tability.app/webhooks/checkins";

impl Reader<'_> {
    pub(super) fn sync(&mut self, root: &Node, objectives: &[Objective]) -> Option<Sync> {
        let sync = root.get("sync")?;
        let page = sync.get("page");
        self.template(page);
        Some(Sync {
            page: page.and_then(Node::text).map(str::to_owned),
            http: sync
                .get("http")
                .and_then(|node| self.http(node, objectives)),
            tability: sync
                .get("tability")
                .and_then(|node| self.tability(node, objectives)),
        })
    }

    fn http(&mut self, node: &Node, objectives: &[Objective]) -> Option<HttpSync> {
        self.template(node.get("to"));
        let body = node.get("body");
        if let Some(body) = body {
            self.templates(body);
        }
        if let (Some(header), None) = (node.entry("header"), node.get("token")) {
            self.fault(
                Diagnostic::new(
                    Code::MissingKey,
                    "`header` carries a token, and none is named",
                )
                .at(header.key_mark.place())
                .label("add `token: KRGATE_SYNC_…`, or remove it"),
            );
        }
        let text = |key| node.text_of(key).map(str::to_owned);
        Some(HttpSync {
            to: text("to")?,
            method: match node.text_of("method") {
                Some("PUT") => "PUT",
                Some("PATCH") => "PATCH",
                _ => "POST",
            },
            body: body.map(json),
            token: text("token"),
            header: text("header"),
            key_results: self.sent(node, objectives),
        })
    }

    fn tability(&mut self, node: &Node, objectives: &[Objective]) -> Option<TabilitySync> {
        Some(TabilitySync {
            to: node.text_of("to").unwrap_or(TABILITY).to_owned(),
            token: node.text_of("token")?.to_owned(),
            key_results: self.sent(node, objectives),
        })
    }

    /// The key results that a tool is told of, by their names in records.
    fn sent(&mut self, node: &Node, objectives: &[Objective]) -> Vec<(String, String)> {
        let entries = node.get("key_results").map(Node::entries);
        let mut sent: Vec<(String, String)> = Vec::new();
        for entry in entries.unwrap_or_default() {
            let name = named(&entry.key, objectives);
            let Some(name) = name.filter(|name| sent.iter().all(|(other, _)| other != name)) else {
                self.not_sent(&entry.key, entry.key_mark, objectives);
                continue;
            };
            let there = entry.node.text().unwrap_or_default();
            sent.push((name, there.to_owned()));
        }
        sent
    }

    fn not_sent(&mut self, key: &str, mark: Mark, objectives: &[Objective]) {
        let is_twice = named(key, objectives).is_some();
        let all = objectives.iter().flat_map(|o| &o.key_results);
        let id = key.rsplit('/').next().unwrap_or(key);
        let near = nearest(id, all.map(|kr| kr.id.as_str()));
        let (code, message, label) = match near {
            _ if is_twice => (
                Code::DuplicateId,
                Message::from("a key result is named twice"),
                "remove one of the two".to_owned(),
            ),
            near => (
                Code::UndefinedReference,
                Message::from("key result ")
                    .foreign(Untrusted::new(key))
                    .own(" is not in this policy"),
                near.map_or_else(
                    || "`krgate policy show` lists them with their ids".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                ),
            ),
        };
        self.fault(Diagnostic::new(code, message).at(mark.place()).label(label));
    }

    /// Every text of a body.
    fn templates(&mut self, node: &Node) {
        match &node.value {
            Value::Scalar(_) => self.template(Some(node)),
            Value::List(items) => items.iter().for_each(|item| self.templates(item)),
            Value::Map(entries) => entries.iter().for_each(|entry| self.templates(&entry.node)),
        }
    }

    /// A word in braces that is no part of the event would be sent as it stands.
    fn template(&mut self, node: Option<&Node>) {
        let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else {
            return;
        };
        let unknown = pieces(text).into_iter().find_map(|piece| match piece {
            Piece::Part(word) if !PARTS.contains(&word) => Some(word),
            _ => None,
        });
        let Some(word) = unknown else { return };
        let label = match nearest(word, PARTS.iter().copied()) {
            Some(near) => format!("did you mean `{{{near}}}`?"),
            None => format!("its parts are {}", PARTS.join(", ")),
        };
        self.fault(
            Diagnostic::new(
                Code::UnknownWord,
                Message::from("the event has no part ").foreign(Untrusted::new(word)),
            )
            .at(node.mark.place())
            .label(label),
        );
    }
}

/// The name in records of a key result that is written as `id` or `objective/id`.
fn named(written: &str, objectives: &[Objective]) -> Option<String> {
    let (of, id) = match written.split_once('/') {
        Some((of, id)) => (Some(of), id),
        None => (None, written),
    };
    objectives
        .iter()
        .filter(|objective| of.is_none_or(|of| of == objective.id))
        .find(|objective| objective.key_results.iter().any(|kr| kr.id == id))
        .map(|objective| [&objective.id, "/", id].concat())
}

/// A body as JSON: what stands without quotes and is a number, a truth value or nothing, is one.
fn json(node: &Node) -> Json {
    match &node.value {
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(entries) => {
            let members = entries.iter();
            let members = members.map(|entry| (entry.key.clone(), json(&entry.node)));
            Json::Object(members.collect::<Map<_, _>>())
        }
        Value::Scalar(scalar) if scalar.is_null() => Json::Null,
        Value::Scalar(scalar) if scalar.plain => match scalar.text.as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            text => match serde_json::from_str::<Number>(text) {
                Ok(number) => Json::Number(number),
                Err(_) => Json::String(text.to_owned()),
            },
        },
        Value::Scalar(scalar) => Json::String(scalar.text.clone()),
    }
}
