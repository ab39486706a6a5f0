//! `krgate waivers`: which waivers there are, and what became of each.

use jiff::Timestamp;

use super::args::{InspectFormat, WaiversArguments};
use super::check::{self, CheckRequest, Outcome};
use super::{Voice, output, refuse};
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::render::waivers;

/// Runs the subcommand: judges as `check` does, and lists. Exit 0 whatever became of them.
pub(super) fn run(
    arguments: &WaiversArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let request = CheckRequest::new(&arguments.reports, &arguments.circumstances, now);
    let judged = match check::evaluate(&request, surroundings) {
        Outcome::Refused {
            diagnostics,
            sources,
        } => return refuse(&diagnostics, &sources, voice),
        Outcome::Judged(judged) => judged,
    };
    let evaluation = &judged.evaluation;
    output::stream(|out| match arguments.format {
        InspectFormat::Text => waivers::write_text(evaluation, voice.styled, out),
        InspectFormat::Json => waivers::write_json(evaluation, out),
    })
}
