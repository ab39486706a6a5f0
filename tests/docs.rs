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
         unknown). Made from the code by `KRGATE_UPDATE=1 cargo test --test docs`.\n\n",
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

#[test]
fn the_schema_of_records_is_that_of_the_code() {
    let schema = serde_json::to_string_pretty(&krgate::record::schema()).unwrap();
    page("schemas/record.schema.json", &format!("{schema}\n"));
}
