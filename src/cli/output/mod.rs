//! Standard output, standard error, and files.
//!
//! The only place that has the two streams: everything that is printed passes a
//! [`LogWriter`], on which no line is a workflow command but those that were meant (rule G13).

mod file;

use std::io::{self, BufWriter, IsTerminal as _, Write};

pub(super) use self::file::{add_to, reason, to_file};
use crate::decide::ExitCode;
use crate::render::encode::log::LogWriter;
use crate::render::encode::workflow::WorkflowCommand;

/// Bytes that are gathered for one write.
const PIECE: usize = 64 << 10;

/// Writes to standard output as it is made. A closed pipe ends quietly (G147); anything else
/// is exit 4.
pub(super) fn stream(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> ExitCode {
    let inner = BufWriter::with_capacity(PIECE, io::stdout().lock());
    let mut out = BufWriter::with_capacity(PIECE, LogWriter::new(inner));
    let written = write(&mut out)
        .and_then(|()| out.flush())
        .and_then(|()| out.get_mut().finish());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::Environment,
        _ => ExitCode::Passed,
    }
}

/// Writes bytes to standard output, as [`stream`].
pub(super) fn to_stdout(bytes: &[u8]) -> ExitCode {
    stream(|out| out.write_all(bytes))
}

/// True if standard output is a terminal.
pub(super) fn is_a_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Where people read what krgate says: standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Log {
    /// As it is.
    #[default]
    Plain,
    /// In a job of GitHub Actions: between the lines that keep its runner from reading it
    /// (rules E14, G16).
    Apart,
}

impl Log {
    /// Writes text; nobody is left to tell if that fails.
    pub(super) fn say(self, text: &str) {
        let mut log = standard_error();
        let _ = match self {
            Self::Plain => log.write_all(text.as_bytes()).and_then(|()| log.finish()),
            Self::Apart => log.apart(text.as_bytes()),
        };
    }
}

/// Writes workflow commands to standard error, each as one line in one write (rule G17).
pub(super) fn commands(list: impl IntoIterator<Item = WorkflowCommand>) {
    let mut log = standard_error();
    for command in list {
        let _ = log.command(&command);
    }
}

fn standard_error() -> LogWriter<BufWriter<io::StderrLock<'static>>> {
    LogWriter::new(BufWriter::with_capacity(PIECE, io::stderr().lock()))
}
