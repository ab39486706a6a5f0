//! Pages that are made from the code stay as the code has it.
#![cfg(test)]

use std::fmt::Write as _;
use std::path::Path;

use krgate::diagnostic::{Code, Fault, Level};

/// Compares a page with what the code says; `KRGATE_UPDATE=1` writes it anew.
fn page(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of the test run, not of the program"
    )]
    let update = std::env::var_os("KRGATE_UPDATE").is_some();
    if update {
        std::fs::write(&path, text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == text,
        "{name} is not as the code has it; run KRGATE_UPDATE=1 cargo test --test docs"
    );
}

/// The page of the measures is written by hand; each measure of the language has a section
/// there, in the order of the language, and every key of its own is named in it.
#[test]
fn every_measure_has_its_section() {
    let page = include_str!("../docs/measures.md");
    let schema = krgate::policy::schema();
    let of = |path: &str| schema.pointer(path).unwrap_or(&serde_json::Value::Null);
    let measures = of("/$defs/measure/properties").as_object().unwrap();
    let filter: Vec<&String> = of("/$defs/filter/properties")
        .as_object()
        .unwrap()
        .keys()
        .collect();
    for (measure, shape) in measures {
        let section = page
            .split("\n## ")
            .find(|section| section.starts_with(&format!("`{measure}`")))
            .unwrap_or_else(|| panic!("docs/measures.md has no section `{measure}`"));
        let shape = shape["$ref"]
            .as_str()
            .and_then(|name| schema.pointer(name.trim_start_matches('#')))
            .unwrap_or(shape);
        let keys = shape["properties"].as_object();
        for key in keys.into_iter().flat_map(|keys| keys.keys()) {
            let of_filter = filter.contains(&key) && !is_its_own(measure, key);
            assert!(
                of_filter || section.contains(&format!("`{key}")),
                "docs/measures.md does not name `{key}` of `{measure}`"
            );
        }
        assert!(section.contains("Unit: "), "`{measure}` has no unit");
        assert!(
            section.contains("Unknown: "),
            "`{measure}` is never unknown?"
        );
    }
}

/// Keys that a measure without a filter has, and a filter too.
fn is_its_own(measure: &str, key: &str) -> bool {
    matches!((measure, key), ("freshness" | "coverage", "class"))
}

fn table(fault: Fault, exit: u8, title: &str) -> String {
    let mut text = format!("## {title}\n\n| code | level | meaning |\n|---|---|---|\n");
    for code in Code::ALL.iter().filter(|code| code.fault() == fault) {
        let level = match code.level() {
            Level::Error => format!("error, exit {exit}"),
            Level::Warning => "warning".to_owned(),
            Level::Note => "note".to_owned(),
        };
        let _ = writeln!(text, "| `{}` | {level} | {} |", code.as_str(), code.about());
    }
    text.push('\n');
    text
}

#[test]
fn every_diagnostic_has_its_line() {
    let mut text = String::from(
        "# Diagnostics\n\nEverything that can be wrong or odd has a stable name. An error ends the \
         run with the exit code of its section; warnings and notes change no verdict by \
         themselves, though what they speak of may (a scan that failed leaves key results \
         unknown). `krgate explain CODE` prints what one means. Made from the code by `KRGATE_UPDATE=1 cargo test --test docs`.\n\n",
    );
    text += &table(Fault::Request, 2, "The request and the policy");
    text += &table(Fault::Evidence, 3, "The reports");
    text += &table(Fault::Environment, 4, "The surroundings");
    text += &table(
        Fault::Gate,
        1,
        "The pipeline around the gate (`krgate doctor`)",
    );
    page("docs/diagnostics.md", &format!("{}\n", text.trim_end()));
}

/// A key result of a pack, as its file has it.
#[derive(Default)]
struct Template {
    about: Vec<String>,
    keys: Vec<(String, String)>,
}

impl Template {
    fn key(&self, name: &str) -> Option<&str> {
        let (_, value) = self.keys.iter().find(|(key, _)| key == name)?;
        Some(value.trim_matches('"'))
    }

    /// What a miss does, as the rest of "a miss …".
    fn miss(&self) -> String {
        let on_miss = match (self.key("on_miss"), self.key("ambition")) {
            (Some("block"), _) => "blocks",
            (_, Some(_)) => "warns (aspirational)",
            _ => "warns",
        };
        let regress = self
            .key("on_regress")
            .map_or("", |_| ", a step back blocks");
        format!("{on_miss}{regress}")
    }
}

/// The comment at the head of a pack, its objective, and its key results.
fn pack_of(text: &str) -> (Vec<String>, String, Vec<Template>) {
    let (mut head, mut title) = (Vec::new(), String::new());
    let mut templates: Vec<Template> = Vec::new();
    let mut about = Vec::new();
    for line in text.lines() {
        let key = line.trim_start().trim_start_matches("- ");
        if let Some(comment) = line.strip_prefix("# ") {
            head.push(comment.to_owned());
        } else if let Some(comment) = line.trim_start().strip_prefix("# ") {
            about.push(comment.to_owned());
        } else if line.starts_with("    title: ") {
            title = line.trim_start_matches("    title: ").to_owned();
        } else if let Some(key) = line.strip_prefix("      - ") {
            templates.push(Template {
                about: std::mem::take(&mut about),
                keys: vec![pair(key)],
            });
        } else if line.starts_with("        ") {
            templates.last_mut().unwrap().keys.push(pair(key));
        }
    }
    (head, title, templates)
}

fn pair(line: &str) -> (String, String) {
    let (key, value) = line.split_once(": ").unwrap();
    (key.to_owned(), value.to_owned())
}

/// The page of the packs is their files in words.
#[test]
fn every_template_of_every_pack_has_its_line() {
    let mut text = String::from(PACKS_INTRODUCTION);
    for pack in &krgate::policy::PACKS {
        let (head, title, templates) = pack_of(pack.text);
        let head = head.join(" ");
        let head = head
            .split_once(": ")
            .map_or(head.as_str(), |(_, head)| head);
        let _ = write!(text, "## `pack:{}`\n\n{title}: {head}\n\n", pack.name);
        for template in &templates {
            let key = |name| template.key(name).unwrap_or_default();
            let start = template
                .key("start")
                .map_or(String::new(), |start| format!(", start `{start}`"));
            let _ = write!(
                text,
                "- **`{}`** {}: `{}`{start}; a miss {}.\n  `{}`\n",
                key("id"),
                key("title"),
                key("target"),
                template.miss(),
                key("measure"),
            );
            if !template.about.is_empty() {
                let _ = writeln!(text, "  {}", template.about.join(" "));
            }
        }
        text.push('\n');
    }
    page("docs/packs.md", &format!("{}\n", text.trim_end()));
}

const PACKS_INTRODUCTION: &str = "\
# Packs

A pack is a set of key results to start from, six each. `extends: [pack:baseline]` refers to one, \
so that it comes with krgate; `krgate init --pack baseline` (which may be repeated) writes a \
policy with all that it needs: scopes, a ledger, the period, and the data files with their columns. It can be judged by at once: \
what no report and no file shows yet is unknown, and its entries of reports say `required: false` \
until a pipeline writes them. \
What a pack needs and a policy lacks is exit 2, with the lines to add.

```yaml
extends: [pack:baseline, pack:secrets]
objectives:
  - id: baseline                    # the objective of the pack: say who answers for it
    owner: \"@acme/appsec\"
    key_results:
      - { id: owners-set, on_miss: observe }   # one of its key results, changed key by key
```

- Two packs may hold the same key result (`no-live-secret`): it is measured once. One that they \
define differently is exit 2.
- Only what is measured over this run's own reports, and how fresh they are, blocks. What needs a \
history, people or files of figures warns, and so does what is aspirational.
- A later krgate brings no new block on its own: a key result that blocks and was not in the first \
version of a pack says from which day on (`enforce_from`).
- Files of figures are read from the base commit on a change. One that is missing, or whose newest \
date is older than a week, leaves its key result unknown, with the reason; see \
[measures](measures.md).
- Starts that the ledger holds are explained in [key results](key-results.md), the ledger in \
[ledger](ledger.md), KEV and EPSS in [exploit data](exploit-data.md).

Below is what each promises and how it is measured, made from the files in `policies/` by \
`KRGATE_UPDATE=1 cargo test --test docs`. `fixtures/packs` has of each a story in which it is met, \
missed and unknown.

";

#[test]
fn the_schema_of_records_is_that_of_the_code() {
    let schema = serde_json::to_string_pretty(&krgate::record::schema()).unwrap();
    page("schemas/record.schema.json", &format!("{schema}\n"));
}
