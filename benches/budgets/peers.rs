//! Other readers of the same reports, where they are installed: one run each, at most a
//! minute, on a tenth of the input where that is not enough.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use crate::inputs::Input;
use crate::measure::{Figure, Run, once};

/// Seconds that a peer gets.
pub(crate) const LIMIT: u64 = 60;

const JQ: &str = "[.runs[].results[] | {ruleId, level, \
    uri: .locations[0].physicalLocation.artifactLocation.uri, \
    line: .locations[0].physicalLocation.region.startLine}] | length";

const NODE: &str = "const log = JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8')); \
    let seen = 0; \
    for (const run of log.runs) for (const result of run.results) \
        if (result.ruleId && result.locations[0].physicalLocation.region.startLine) seen++; \
    console.log(seen);";

/// A peer and how it is asked for a summary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// What people call it.
    pub(crate) name: &'static str,
    /// True if B4 holds against it; the others are there to compare with.
    pub(crate) in_budget: bool,
    program: &'static str,
    /// What its answer to `--version` must hold, where another program has the same name.
    mark: &'static str,
    before: &'static [&'static str],
    after: &'static [&'static str],
}

/// All of them.
pub(crate) const PEERS: [Peer; 4] = [
    Peer {
        name: "sarif-tools summary",
        in_budget: true,
        program: "sarif",
        mark: "SARIF tools",
        before: &["summary"],
        after: &[],
    },
    Peer {
        name: "sarif-multitool query",
        in_budget: true,
        program: "sarif-multitool",
        mark: "",
        before: &["query"],
        // The npm package hands its arguments to a shell, hence quotes within the quotes.
        after: &["--expression", "'Level == Error'"],
    },
    Peer {
        name: "jq",
        in_budget: false,
        program: "jq",
        mark: "",
        before: &[JQ],
        after: &[],
    },
    Peer {
        name: "node JSON.parse",
        in_budget: false,
        program: "node",
        mark: "",
        before: &["-e", NODE],
        after: &[],
    },
];

impl Peer {
    /// True if it can be run.
    pub(crate) fn is_installed(&self) -> io::Result<bool> {
        match Command::new(self.program).arg("--version").output() {
            Ok(output) => Ok(String::from_utf8_lossy(&output.stdout).contains(self.mark)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads one input once; `None` if a minute was not enough.
    pub(crate) fn read(&self, input: &Input) -> Result<Option<Figure>, Box<dyn Error>> {
        let mut command = vec![self.program.to_owned()];
        command.extend(self.before.iter().map(|&argument| argument.to_owned()));
        command.extend(input.names());
        command.extend(self.after.iter().map(|&argument| argument.to_owned()));
        let figure = once(&Run {
            command,
            folder: PathBuf::from(&input.folder),
            answer: None,
            limit: Some(LIMIT),
            environment: true,
        })?;
        Ok(Some(figure).filter(|figure| figure.code.is_some()))
    }
}
