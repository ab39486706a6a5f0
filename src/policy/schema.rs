//! The JSON Schema of the language, for editors.
//!
//! It is made from the same description as the checker, and it is never stricter: what it
//! underlines, krgate refuses.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::language::{FILTER_MAP, POLICY, WAIVER_FILE};
use super::shape::{Key, MapShape, Need, Shape};

/// The JSON Schema (draft 2020-12) of a policy file.
///
/// Keys are sorted, so that the same version gives the same bytes.
pub fn schema() -> Json {
    let mut defs = Defs::default();
    // Its keys stand inline in many measures, which then refer to it.
    defs.reference(&FILTER_MAP, false);
    let mut root = defs.map(&POLICY, false);
    // A file that extends others may leave out what they say.
    if let (Json::Object(root), Some(then)) = (&mut root, whole(&POLICY, &mut Vec::new())) {
        root.insert(
            "if".to_owned(),
            json!({ "not": { "required": ["extends"] } }),
        );
        root.insert("then".to_owned(), then);
    }
    head(
        &mut root,
        "krgate policy",
        "What a team promised, and what its pipelines must hold.",
        defs,
    );
    root.sort_all_objects();
    root
}

/// The text of [`schema`], as it is committed and as `krgate policy schema` prints it.
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

/// The JSON Schema (draft 2020-12) of a waiver file.
pub fn waiver_schema() -> Json {
    let mut defs = Defs::default();
    let mut root = defs.map(&WAIVER_FILE, false);
    head(
        &mut root,
        "krgate waivers",
        "Findings that are set aside, by whom, why and until when.",
        defs,
    );
    root.sort_all_objects();
    root
}

/// The text of [`waiver_schema`], as it is committed and as
/// `krgate policy schema --waivers` prints it.
pub fn waiver_schema_text() -> String {
    format!("{:#}\n", waiver_schema())
}

/// Says what the schema is, and adds the maps that it refers to.
fn head(root: &mut Json, title: &str, description: &str, defs: Defs) {
    let Json::Object(root) = root else {
        return;
    };
    root.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    root.insert("title".to_owned(), json!(title));
    root.insert("description".to_owned(), json!(description));
    let defs = defs.done.into_iter().collect::<Map<_, _>>();
    root.insert("$defs".to_owned(), Json::Object(defs));
}

/// Named maps, each described once; filters hold filters.
#[derive(Default)]
struct Defs {
    done: BTreeMap<String, Json>,
    /// Where keys that several maps share are described, by their address.
    shared: BTreeMap<usize, String>,
}

impl Defs {
    fn shape(&mut self, shape: &'static Shape) -> Json {
        match shape {
            Shape::Scalar(lexeme) => lexeme.schema(),
            Shape::Words(list) => json!({ "enum": list.names() }),
            Shape::Map(map) => self.reference(map, false),
            Shape::Choice(map) => self.reference(map, true),
            Shape::Table(table) => json!({
                "type": "object",
                "propertyNames": self.shape(table.key),
                "additionalProperties": self.shape(table.value),
                "minProperties": table.least,
            }),
            Shape::List { of, least } => json!({
                "type": "array",
                "items": self.shape(of),
                "minItems": least,
            }),
            Shape::OneOrList(of) => {
                let one = self.shape(of);
                json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
            }
            Shape::Either { scalar, map } => {
                json!({ "anyOf": [self.shape(scalar), self.shape(map)] })
            }
            Shape::Free => json!({}),
        }
    }

    fn reference(&mut self, map: &'static MapShape, choice: bool) -> Json {
        if !self.done.contains_key(map.name) {
            // The name is taken first, so that a map may hold itself.
            self.done.insert(map.name.to_owned(), Json::Null);
            let described = self.map(map, choice);
            self.done.insert(map.name.to_owned(), described);
        }
        json!({ "$ref": format!("#/$defs/{}", map.name) })
    }

    fn map(&mut self, map: &'static MapShape, choice: bool) -> Json {
        let properties: Map<String, Json> = map
            .all()
            .map(|key| {
                let address = std::ptr::from_ref(key).addr();
                if let Some(place) = self.shared.get(&address) {
                    return (key.name.to_owned(), json!({ "$ref": place }));
                }
                let place = format!("#/$defs/{}/properties/{}", map.name, key.name);
                self.shared.insert(address, place);
                let mut property = self.shape(key.shape);
                if let Json::Object(property) = &mut property {
                    property.insert("description".to_owned(), json!(about(key)));
                }
                (key.name.to_owned(), property)
            })
            .collect();
        let required: Vec<&str> = map
            .all()
            .filter(|key| key.need == Need::Always)
            .map(|key| key.name)
            .collect();
        let mut schema = json!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        });
        if let Json::Object(schema) = &mut schema {
            if !required.is_empty() {
                schema.insert("required".to_owned(), json!(required));
            }
            if map.least > 0 {
                schema.insert("minProperties".to_owned(), json!(map.least));
            }
            if choice {
                schema.insert("maxProperties".to_owned(), json!(1));
            }
        }
        schema
    }
}

/// What an editor shows beside a key.
fn about(key: &Key) -> String {
    let mut about = key.about.to_owned();
    let words = match key.shape {
        Shape::Words(list) | Shape::OneOrList(Shape::Words(list)) => list.words,
        _ => &[],
    };
    for word in words {
        let _ = write!(about, "\n- `{}`: {}", word.text, word.about);
    }
    about
}

/// What a policy that extends nothing must have besides; `None` where nothing is added.
fn whole(map: &'static MapShape, above: &mut Vec<&'static str>) -> Option<Json> {
    if above.contains(&map.name) {
        return None;
    }
    above.push(map.name);
    let required: Vec<&str> = map
        .all()
        .filter(|key| matches!(key.need, Need::Merged(_)))
        .map(|key| key.name)
        .collect();
    let properties: Map<String, Json> = map
        .all()
        .filter_map(|key| Some((key.name.to_owned(), whole_of(key.shape, above)?)))
        .collect();
    above.pop();
    if required.is_empty() && properties.is_empty() {
        return None;
    }
    let mut schema = Map::new();
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    if !properties.is_empty() {
        schema.insert("properties".to_owned(), Json::Object(properties));
    }
    Some(Json::Object(schema))
}

fn whole_of(shape: &'static Shape, above: &mut Vec<&'static str>) -> Option<Json> {
    match shape {
        Shape::Map(map) | Shape::Choice(map) => whole(map, above),
        Shape::List { of, .. } => {
            let items = whole_of(of, above)?;
            Some(json!({ "items": items }))
        }
        _ => None,
    }
}
