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
