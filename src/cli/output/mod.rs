//! Standard output, standard error, and files.
//!
//! The only place that has the two streams: everything that is printed passes a
//! [`LogWriter`], on which no line is a workflow command but those that were meant (rule G13).

mod file;

use std::io::{self, BufWriter, IsTerminal as _, Read as _, Write};

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

/// All of standard input, if it is no terminal and not more than `most` bytes; `None` if it
/// is one.
///
/// # Errors
/// `FileTooLarge`, or what the system says.
pub(super) fn from_stdin(most: u64) -> io::Result<Option<Vec<u8>>> {
    let input = io::stdin();
    if input.is_terminal() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    input.lock().take(most + 1).read_to_end(&mut bytes)?;
    // What comes after is read too: git waits for whoever reads it.
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        io::copy(&mut io::stdin().lock(), &mut io::sink())?;
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(Some(bytes))
}

/// True if standard output is a terminal.
pub(super) fn is_a_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Tells somebody who waits at a terminal what goes on; elsewhere nothing is written.
pub(super) fn to_terminal(text: &str) {
    if io::stderr().is_terminal() {
        Log::Plain.say(text);
    }
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
