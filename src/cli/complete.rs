//! `krgate completions` and `krgate man`.

use clap::CommandFactory as _;

use super::args::Arguments;
use super::output;
use crate::decide::ExitCode;

/// Prints the completion script of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "krgate", &mut text);
    output::to_stdout(&text)
}

/// Prints the manual page in roff.
pub(super) fn man() -> ExitCode {
    let mut text = Vec::new();
    match clap_mangen::Man::new(Arguments::command()).render(&mut text) {
        Ok(()) => output::to_stdout(&text),
        Err(_) => ExitCode::Environment,
    }
}
