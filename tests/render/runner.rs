//! How the runner of GitHub Actions reads a line of output: a command, or text.
//!
//! Written from the grammar in the documentation of the encoders (rules E7, E8, E11, E12):
//! after leading white space `::name key=value,…::data`, or the old `##[name …]data` anywhere.

use std::collections::BTreeMap;

/// Commands that the runner knows.
const NAMES: &[&str] = &[
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "add-mask",
    "stop-commands",
    "set-output",
    "save-state",
    "set-env",
    "add-path",
    "echo",
    "add-matcher",
    "remove-matcher",
    "internal-set-repo-path",
];

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) data: String,
}

/// The command in a line, if it is one.
pub(crate) fn decode(line: &str) -> Option<Command> {
    decode_colons(line).or_else(|| decode_brackets(line))
}

fn decode_colons(line: &str) -> Option<Command> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (info, data) = rest.split_once("::")?;
    command(info, ',', &|text| {
        unescape(
            text,
            &[
                ("%0D", "\r"),
                ("%0A", "\n"),
                ("%3A", ":"),
                ("%2C", ","),
                ("%25", "%"),
            ],
        )
    })
    .map(|command| Command {
        data: unescape(data, &[("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]),
        ..command
    })
}

fn decode_brackets(line: &str) -> Option<Command> {
    let rest = &line[line.find("##[")? + 3..];
    let (info, data) = rest.split_once(']')?;
    let old = |text: &str| {
        unescape(
            text,
            &[
                ("%3B", ";"),
                ("%0D", "\r"),
                ("%0A", "\n"),
                ("%5D", "]"),
                ("%25", "%"),
            ],
        )
    };
    command(info, ';', &old).map(|command| Command {
        data: old(data),
        ..command
    })
}

fn command(info: &str, between: char, value: &dyn Fn(&str) -> String) -> Option<Command> {
    let (name, rest) = info.split_once(' ').unwrap_or((info, ""));
    if !NAMES.contains(&name.to_ascii_lowercase().as_str()) {
        return None;
    }
    let properties = rest
        .trim()
        .split(between)
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, text)| !key.is_empty() && !text.is_empty())
        .map(|(key, text)| (key.to_owned(), value(text)))
        .collect();
    Some(Command {
        name: name.to_owned(),
        properties,
        data: String::new(),
    })
}

fn unescape(text: &str, table: &[(&str, &str)]) -> String {
    table
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[test]
fn the_port_reads_what_the_runner_reads() {
    let command = decode("  ::error file=a%2Cb,line=3::x%250A%0Ay").unwrap();
    assert_eq!(command.name, "error");
    assert_eq!(command.properties["file"], "a,b");
    assert_eq!(command.data, "x%0A\ny");
    assert!(decode("text ##[group]x").is_some());
    assert!(decode("- ::error::x").is_none());
    assert!(decode("::unknown::x").is_none());
}

/// Fails on the first line that the runner would act on.
pub(crate) fn assert_no_command(output: &str) {
    for line in output.split(['\n', '\r']) {
        assert_eq!(decode(line), None, "{line:?}");
        assert!(!line.to_lowercase().contains("##vso["), "{line:?}");
    }
}
