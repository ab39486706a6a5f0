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

/// Prints the manual in roff: the page of krgate, then that of each subcommand.
pub(super) fn man() -> ExitCode {
    let mut command = Arguments::command();
    command.build();
    let mut pages = vec![command.clone()];
    for subcommand in command.get_subcommands() {
        pages.push(subcommand.clone());
        pages.extend(subcommand.get_subcommands().cloned());
    }
    pages.retain(|page| !page.get_name().ends_with("help"));
    output::stream(|out| {
        pages.into_iter().try_for_each(|page| {
            let name = page.get_bin_name().unwrap_or("krgate").replace(' ', "-");
            clap_mangen::Man::new(page).title(name).render(out)
        })
    })
}
