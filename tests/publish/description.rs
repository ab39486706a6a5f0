//! GitHub's description of its API: which requests there are, and what may stand in them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// A description and where its server has it.
pub(crate) struct Description {
    pub(crate) name: &'static str,
    /// The path of the server before every route.
    pub(crate) base: &'static str,
    operations: Vec<Operation>,
}

struct Operation {
    method: String,
    path: Vec<String>,
    body: Option<(Validator, Value)>,
}

static GITHUB: LazyLock<Description> = LazyLock::new(|| {
    let text = include_str!("../../fixtures/github/slim.json");
    Description::read("github.com", "", text)
});
static SERVER: LazyLock<Description> = LazyLock::new(|| {
    let text = include_str!("../../fixtures/github/slim.ghes-3.17.json");
    Description::read("GHES 3.17", "/api/v3", text)
});

/// Both descriptions; every scene is played on each.
pub(crate) fn descriptions() -> [&'static Description; 2] {
    [&GITHUB, &SERVER]
}

impl Description {
    fn read(name: &'static str, base: &'static str, text: &str) -> Self {
        let mut whole: Value = serde_json::from_str(text).unwrap();
        nullable(&mut whole);
        let components = whole["components"].clone();
        let mut operations = Vec::new();
        for (path, methods) in whole["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                let body = schema.is_object().then(|| {
                    let mut schema = schema.clone();
                    schema["components"] = components.clone();
                    let validator = jsonschema::options()
                        .with_draft(Draft::Draft4)
                        .build(&schema)
                        .unwrap();
                    (validator, schema)
                });
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.split('/').map(str::to_owned).collect(),
                    body,
                });
            }
        }
        Self {
            name,
            base,
            operations,
        }
    }

    /// What is wrong with a request; `path` is without the base and without the query.
    pub(crate) fn faults(&self, method: &str, path: &str, body: Option<&Value>) -> Vec<String> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |operation: &&Operation| {
            operation.method == method
                && operation.path.len() == parts.len()
                && operation.path.iter().zip(&parts).all(|(wanted, part)| {
                    wanted == part || (wanted.starts_with('{') && !part.is_empty())
                })
        };
        let Some(operation) = self.operations.iter().find(fits) else {
            return vec![format!("{}: no operation {method} {path}", self.name)];
        };
        match (&operation.body, body) {
            (None, None) => Vec::new(),
            (None, Some(_)) => vec![format!("{method} {path} takes no body")],
            (Some(_), None) => vec![format!("{method} {path} needs a body")],
            (Some((validator, schema)), Some(body)) => {
                let mut faults: Vec<String> = validator
                    .iter_errors(body)
                    .map(|error| format!("{}: {error}", self.name))
                    .collect();
                unknown_fields(schema, body, "", &mut faults);
                faults
            }
        }
    }
}

/// `{type: T, nullable: true}` as JSON Schema says it.
fn nullable(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("nullable") == Some(&Value::Bool(true))
                && let Some(Value::String(word)) = object.get("type").cloned()
            {
                object.insert("type".to_owned(), json!([word, "null"]));
            }
            object.values_mut().for_each(nullable);
        }
        Value::Array(items) => items.iter_mut().for_each(nullable),
        _ => {}
    }
}

/// Fields that a schema lets through because it does not name them.
fn unknown_fields(schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    if let Some(items) = value.as_array() {
        for item in items {
            unknown_fields(&schema["items"], item, at, faults);
        }
    }
    let (Some(object), Some(known)) = (value.as_object(), schema["properties"].as_object()) else {
        return;
    };
    let names: BTreeSet<&String> = known.keys().collect();
    for (name, member) in object {
        if !names.contains(name) {
            faults.push(format!("{at}.{name} is no field of the API"));
        }
        unknown_fields(
            &known.get(name).cloned().unwrap_or_default(),
            member,
            &format!("{at}.{name}"),
            faults,
        );
    }
}

#[test]
fn github_g149_the_descriptions_can_refuse() {
    let run = "/repos/a/b/check-runs";
    let good = json!({
        "name": "n", "head_sha": "0", "status": "completed", "conclusion": "success",
        "output": {"title": "t", "summary": "s", "annotations": [
            {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
        ]},
    });
    for description in descriptions() {
        let faults = |body: &Value| description.faults("POST", run, Some(body)).len();
        assert_eq!(faults(&good), 0);
        let after = |change: fn(&mut Value)| {
            let mut body = good.clone();
            change(&mut body);
            faults(&body)
        };
        let changes: [fn(&mut Value); 7] = [
            |body| {
                body.as_object_mut().unwrap().remove("conclusion");
            },
            |body| {
                body.as_object_mut().unwrap().remove("name");
            },
            |body| body["extra"] = json!(1),
            |body| body["output"]["annotations"][0]["extra"] = json!(1),
            |body| body["output"]["annotations"][0]["annotation_level"] = json!("error"),
            |body| body["output"]["summary"] = json!("x".repeat(65_536)),
            |body| {
                let one = body["output"]["annotations"][0].clone();
                body["output"]["annotations"] = json!(vec![one; 51]);
            },
        ];
        for (number, change) in changes.into_iter().enumerate() {
            assert!(after(change) > 0, "{}: change {number}", description.name);
        }
        assert_eq!(
            description
                .faults("POST", "/repos/a/b/nothing", Some(&good))
                .len(),
            1
        );
        assert_eq!(
            description
                .faults("GET", "/repos/a/b/issues/1/comments", None)
                .len(),
            0
        );
    }
}
