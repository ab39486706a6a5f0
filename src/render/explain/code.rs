//! What a diagnostic means: `krgate explain CODE`.

use std::io::{self, Write};

use serde::Serialize;

use crate::diagnostic::{Code, Fault, Level};
use crate::render::encode::json::write_pretty;

/// The code that a word names, as it stands in a message: `unknown-key` or `[unknown-key]`.
pub fn find_code(word: &str) -> Option<Code> {
    let word = word.trim_start_matches('[').trim_end_matches(']');
    Code::ALL.iter().copied().find(|code| code.as_str() == word)
}

/// Writes what a diagnostic means, for people.
///
/// # Errors
/// If the output cannot be written.
pub fn write_code_text(code: Code, out: &mut dyn Write) -> io::Result<()> {
    let (level, about) = (code.level().as_str(), code.about());
    writeln!(out, "{level}[{}]: {about}", code.as_str())?;
    writeln!(out, "  of        {}", of(code.fault()))?;
    match exit(code) {
        Some(exit) => writeln!(out, "  effect    the run ends with exit {exit}")?,
        None => writeln!(
            out,
            "  effect    none by itself: it changes no verdict and no exit code"
        )?,
    }
    writeln!(
        out,
        "The message beside it names the place, what was expected and the next step; all of \
         them: docs/diagnostics.md"
    )
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    code: &'static str,
    level: &'static str,
    of: &'static str,
    exit: Option<u8>,
    about: &'static str,
}

/// Writes the same as `krgate.diagnostic/1`.
///
/// # Errors
/// If the output cannot be written.
pub fn write_code_json(code: Code, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: "krgate.diagnostic/1",
        code: code.as_str(),
        level: code.level().as_str(),
        of: of(code.fault()),
        exit: exit(code),
        about: code.about(),
    };
    write_pretty(&document, out)
}

/// What is at fault, as the sections of the page call it.
const fn of(fault: Fault) -> &'static str {
    match fault {
        Fault::Request => "the request or the policy",
        Fault::Evidence => "the reports",
        Fault::Environment => "the surroundings",
        Fault::Gate => "the pipeline around the gate (`krgate doctor`)",
    }
}

/// The exit code that it leads to by itself.
fn exit(code: Code) -> Option<u8> {
    (code.level() == Level::Error).then_some(match code.fault() {
        Fault::Request => 2,
        Fault::Evidence => 3,
        Fault::Environment => 4,
        Fault::Gate => 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_can_be_explained_as_its_page_has_it() {
        let page = include_str!("../../../docs/diagnostics.md");
        for code in Code::ALL {
            assert_eq!(find_code(code.as_str()), Some(*code));
            let mut text = Vec::new();
            write_code_text(*code, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            let first = format!(
                "{}[{}]: {}\n",
                code.level().as_str(),
                code.as_str(),
                code.about()
            );
            assert!(text.starts_with(&first), "{text}");
            let row = |level: &str| format!("| `{}` | {level} | {} |", code.as_str(), code.about());
            let level = match exit(*code) {
                Some(exit) => format!("error, exit {exit}"),
                None => code.level().as_str().to_owned(),
            };
            assert!(page.contains(&row(&level)), "{}", row(&level));
            if let Some(exit) = exit(*code) {
                assert!(text.contains(&format!("exit {exit}\n")), "{text}");
            }
            let mut json = Vec::new();
            write_code_json(*code, &mut json).unwrap();
            let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
            assert_eq!(json["code"], code.as_str());
        }
        assert_eq!(find_code("[unknown-key]"), Some(Code::UnknownKey));
        assert_eq!(find_code("unknown-kye"), None);
    }
}
