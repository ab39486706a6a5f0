//! `krgate init`: looks at the repository and proposes a policy, commented.

mod files;
mod look;
mod propose;

use jiff::Timestamp;

use super::args::InitArguments;
use super::{Voice, output, refuse};
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::policy::{self, Pack};

/// Runs the subcommand. A policy that is there is never overwritten.
pub(super) fn run(
    arguments: &InitArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let packs = if arguments.pack.is_empty() {
        vec!["baseline".to_owned()]
    } else {
        arguments.pack.clone()
    };
    let known: Vec<&Pack> = packs.iter().filter_map(|name| policy::pack(name)).collect();
    if let Some(unknown) = packs.iter().find(|name| policy::pack(name).is_none()) {
        let known = policy::pack_names().join(", ");
        let diagnostic = Diagnostic::new(
            Code::UnknownPack,
            Message::from("no pack is called ").foreign(Untrusted::new(unknown)),
        )
        .hint(format!("the packs are {known}"));
        return refuse(&[diagnostic], &[], voice);
    }
    let now = arguments
        .now
        .as_ref()
        .and_then(|given| given.0)
        .unwrap_or(now);
    let text = propose::policy(&look::at(surroundings), &known, now);
    if arguments.print {
        return output::to_stdout(text.as_bytes());
    }
    let path = surroundings.directory.join(&arguments.output);
    if path.symlink_metadata().is_ok() {
        let diagnostic = Diagnostic::new(
            Code::Usage,
            Message::from("a file is there already: ")
                .foreign(Untrusted::new(&arguments.output.to_string_lossy())),
        )
        .hint("look at a proposal with `krgate init --print`, or write it to another file with `--output PATH`");
        return refuse(&[diagnostic], &[], voice);
    }
    if let Err(diagnostic) = output::to_file(&arguments.output, &surroundings.directory, |out| {
        out.write_all(text.as_bytes())
    }) {
        return refuse(&[*diagnostic], &[], voice);
    }
    let shown = arguments.output.to_string_lossy();
    let shown = crate::model::visible(&shown);
    let next = if arguments.output.as_os_str() == "krgate.yaml" {
        String::new()
    } else {
        format!(" --policy {shown}")
    };
    let text = format!(
        "wrote {shown}: read it, name the owner, then run\n  krgate policy check{next}\n  krgate check{next}\n"
    );
    output::to_stdout(text.as_bytes())
}

#[cfg(test)]
mod tests;
