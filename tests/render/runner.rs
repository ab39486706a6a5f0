//! How the runner of GitHub Actions reads what a step writes (rule G148): lines of the log,
//! the commands in them, their properties, and the files that it names.
//!
//! A port of its parsers, its tables of escapes in their order, its corrections of positions
//! and its reader of outputs; written without krgate's encoders at hand.

#![allow(
    dead_code,
    reason = "the targets that share this file use a part of it each"
)]

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

/// `%25` is last in each.
const DATA: &[(&str, &str)] = &[("%0D", "\r"), ("%0A", "\n"), ("%25", "%")];
const PROPERTY: &[(&str, &str)] = &[
    ("%0D", "\r"),
    ("%0A", "\n"),
    ("%3A", ":"),
    ("%2C", ","),
    ("%25", "%"),
];
const OLD_FORM: &[(&str, &str)] = &[
    ("%3B", ";"),
    ("%0D", "\r"),
    ("%0A", "\n"),
    ("%5D", "]"),
    ("%25", "%"),
];

/// UTF-16 units of a message that are kept.
const MOST_UNITS: usize = 4_096;
/// Annotations of a level that are kept of a step.
const MOST_A_LEVEL: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) name: String,
    /// By their keys in lower case.
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) data: String,
}

/// The command in a line, if it is one.
pub(crate) fn decode(line: &str) -> Option<Command> {
    decode_with(line, None)
}

fn decode_with(line: &str, resume: Option<&str>) -> Option<Command> {
    decode_colons(line, resume).or_else(|| decode_brackets(line, resume))
}

/// Characters that the runner's comparison by culture takes for nothing. It is given more
/// than there are, so that what passes here passes there.
fn is_ignored(c: char) -> bool {
    krgate::model::is_hidden(c)
}

fn decode_colons(line: &str, resume: Option<&str>) -> Option<Command> {
    let start = line.trim_start_matches(|c: char| c.is_whitespace() || is_ignored(c));
    let kept: String = start.chars().filter(|c| !is_ignored(*c)).collect();
    let rest = start
        .strip_prefix("::")
        .or_else(|| kept.strip_prefix("::"))?;
    let (info, data) = rest.split_once("::")?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    is_known(name, resume).then(|| Command {
        name: name.to_lowercase(),
        properties: pairs(properties.trim(), ',', PROPERTY),
        data: unescape(data, DATA),
    })
}

fn decode_brackets(line: &str, resume: Option<&str>) -> Option<Command> {
    let kept: String = line.chars().filter(|c| !is_ignored(*c)).collect();
    let rest = &kept[kept.find("##[")? + 3..];
    let (info, data) = rest.split_once(']')?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    is_known(name, resume).then(|| Command {
        name: name.to_lowercase(),
        properties: pairs(properties, ';', OLD_FORM),
        data: unescape(data, OLD_FORM),
    })
}

fn is_known(name: &str, resume: Option<&str>) -> bool {
    NAMES.contains(&name.to_lowercase().as_str()) || resume == Some(name)
}

/// Runs of `=` count once, and a pair without a value is dropped.
fn pairs(text: &str, between: char, table: &[(&str, &str)]) -> BTreeMap<String, String> {
    text.split(between)
        .filter_map(|part| part.trim_start_matches('=').split_once('='))
        .map(|(key, value)| (key, value.trim_start_matches('=')))
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key.to_lowercase(), unescape(value, table)))
        .collect()
}

fn unescape(text: &str, table: &[(&str, &str)]) -> String {
    table
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The runner's corrections of line, endLine, col and endColumn, in its order.
pub(crate) fn corrected(mut properties: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let number = |properties: &BTreeMap<String, String>, key| {
        let text: Option<&String> = properties.get(key);
        text.and_then(|text| text.trim().parse::<i64>().ok())
    };
    for (start, end) in [("line", "endline"), ("col", "endcolumn")] {
        if let (Some(last), None) = (number(&properties, end), number(&properties, start)) {
            properties.insert(start.to_owned(), last.to_string());
        }
    }
    let (line, end) = (number(&properties, "line"), number(&properties, "endline"));
    let (col, end_col) = (number(&properties, "col"), number(&properties, "endcolumn"));
    let mut drop = |keys: [&str; 2]| keys.map(|key| properties.remove(key));
    if (col.is_some() || end_col.is_some()) && (line.is_none() || (end.is_some() && line != end)) {
        drop(["col", "endcolumn"]);
    }
    if line.zip(end).is_some_and(|(line, end)| end < line) {
        drop(["line", "endline"]);
    }
    if col.zip(end_col).is_some_and(|(col, end)| end < col) {
        drop(["col", "endcolumn"]);
    }
    properties
}

/// An annotation as the runner keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) level: String,
    pub(crate) properties: BTreeMap<String, String>,
    pub(crate) message: String,
}

/// What became of a step's output.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) kept: Vec<Kept>,
    /// Annotations over the ten of their level.
    pub(crate) dropped: usize,
    /// Commands other than annotations, and those to stop and resume.
    pub(crate) others: Vec<Command>,
    /// Lines that are shown as they are.
    pub(crate) lines: Vec<String>,
    /// True if commands were stopped and never resumed.
    pub(crate) is_deaf: bool,
}

/// Lines end at LF, CR or both.
pub(crate) fn lines(output: &str) -> Vec<String> {
    let output = output.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<String> = output.split('\n').map(str::to_owned).collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Reads the output of a step.
pub(crate) fn read(output: &str) -> Log {
    let mut log = Log::default();
    let mut stopped: Option<String> = None;
    for line in lines(output) {
        let command = decode_with(&line, stopped.as_deref());
        match (&stopped, command) {
            (Some(token), Some(command)) if command.name == token.to_lowercase() => stopped = None,
            (Some(_), _) | (None, None) => log.lines.push(line),
            (None, Some(command)) if command.name == "stop-commands" => {
                let token = command.data;
                assert!(
                    !token.is_empty() && !NAMES.contains(&token.as_str()),
                    "{token}"
                );
                stopped = Some(token);
            }
            (None, Some(command)) => log.keep(command),
        }
    }
    log.is_deaf = stopped.is_some();
    log
}

impl Log {
    fn keep(&mut self, command: Command) {
        if !["error", "warning", "notice"].contains(&command.name.as_str()) {
            self.others.push(command);
            return;
        }
        let of_level = self.kept.iter().filter(|kept| kept.level == command.name);
        if of_level.count() >= MOST_A_LEVEL {
            self.dropped += 1;
            return;
        }
        let units: Vec<u16> = command.data.encode_utf16().take(MOST_UNITS).collect();
        self.kept.push(Kept {
            level: command.name,
            properties: corrected(command.properties),
            message: String::from_utf16_lossy(&units),
        });
    }

    pub(crate) fn of(&self, level: &str) -> Vec<&Kept> {
        self.kept
            .iter()
            .filter(|kept| kept.level == level)
            .collect()
    }
}

/// Reads `GITHUB_OUTPUT`: `K=V`, or `K<<DELIMITER` and lines up to it; the last of equal keys
/// counts.
pub(crate) fn outputs(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).split('\n');
    while let Some(line) = lines.next() {
        if line.is_empty() {
            continue;
        }
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        let (key, value) = match (equals, heredoc) {
            (Some(equals), None) => (&line[..equals], line[equals + 1..].to_owned()),
            (Some(equals), Some(heredoc)) if equals < heredoc => {
                (&line[..equals], line[equals + 1..].to_owned())
            }
            (_, Some(heredoc)) => {
                let (key, delimiter) = (&line[..heredoc], &line[heredoc + 2..]);
                if key.is_empty() || delimiter.is_empty() {
                    return Err(format!("neither may be empty: {line:?}"));
                }
                let mut value = Vec::new();
                loop {
                    match lines.next() {
                        Some(line) if line == delimiter => break,
                        Some(line) => value.push(line),
                        None => return Err(format!("no delimiter: {delimiter:?}")),
                    }
                }
                (key, value.join("\n"))
            }
            (None, None) => return Err(format!("invalid line {line:?}")),
        };
        found.insert(key.to_owned(), value);
    }
    Ok(found)
}

/// Fails on the first line that the runner would act on.
pub(crate) fn assert_no_command(output: &str) {
    for line in lines(output) {
        assert_eq!(decode(&line), None, "{line:?}");
        assert!(!line.to_lowercase().contains("##vso["), "{line:?}");
    }
}

#[test]
fn github_g148_the_port_reads_what_the_runner_reads() {
    let command = decode("  ::error file=a%2Cb,line=3::x%250A%0Ay").unwrap();
    assert_eq!(command.name, "error");
    assert_eq!(command.properties["file"], "a,b");
    assert_eq!(command.data, "x%0A\ny");
    assert!(decode("text ##[group]x").is_some());
    assert!(decode("- ::error::x").is_none());
    assert!(decode("::unknown::x").is_none());
    assert!(decode(":\u{200b}:error::x").is_some());
    assert!(decode("\u{a0}\u{3000}::Error::x").is_some());
    let odd = decode("::error file==a==b=c,line=,col=5 ::x::y").unwrap();
    assert_eq!(
        odd.properties["file"], "a==b=c",
        "only the run after the key"
    );
    assert_eq!(odd.properties.get("line"), None);
    assert_eq!(odd.data, "x::y");
}

#[test]
fn github_g148_the_port_corrects_positions_as_the_runner_does() {
    let of = |line: &str| corrected(decode(line).unwrap().properties);
    assert_eq!(of("::error endLine=4::x")["line"], "4");
    let over_lines = of("::error line=1,endLine=2,col=3,endColumn=4::x");
    assert_eq!(over_lines.keys().collect::<Vec<_>>(), ["endline", "line"]);
    assert!(of("::error line=5,endLine=4::x").is_empty());
    assert_eq!(of("::error line=5,col=4,endColumn=3::x").len(), 1);
}

#[test]
fn github_g148_the_port_stops_and_resumes_at_the_token() {
    let log = read("::stop-commands::t\r::error::a\r\n::t::\n::error::b\nx");
    assert_eq!(log.kept.len(), 1);
    assert_eq!(log.kept[0].message, "b");
    assert_eq!(log.lines, ["::error::a", "x"]);
    assert!(!log.is_deaf);
    assert!(read("::stop-commands::t\n::error::a").is_deaf);
}

#[test]
fn github_g148_the_port_reads_outputs() {
    let found = outputs("\u{feff}a=1\nb<<E\nx\ny\nE\na=2<<3\n").unwrap();
    assert_eq!(found["a"], "2<<3");
    assert_eq!(found["b"], "x\ny");
    assert!(outputs("b<<E\nx\n").is_err());
    assert!(outputs("alone\n").is_err());
}
