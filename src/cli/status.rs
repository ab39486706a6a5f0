//! `krgate status`: how far everything has come, by what the ledger holds.

use std::io;

use jiff::Timestamp;

use super::args::{StatusArguments, StatusFormat};
use super::check::CheckRequest;
use super::ledger::{Ledger, repository};
use super::trust::{self, Refusal};
use super::{Voice, drawn, output, refuse};
use crate::ci::git::Git;
use crate::ci::{self, Surroundings};
use crate::decide::okr::Progress;
use crate::decide::{ExitCode, okr};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::policy::nearest_name;
use crate::record::store::Wanted;
use crate::record::{Union, history};
use crate::render::status::{
    About, Status, write_dot, write_json, write_markdown, write_mermaid, write_text,
};
use crate::render::text::Verbosity;

/// Runs the subcommand. It decides nothing: exit 0 whatever the figures are, exit 4 where the
/// ledger cannot be read, or is not whole, after what is known was written.
pub(super) fn run(
    arguments: &StatusArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let request = CheckRequest::of_policy(arguments.policy.as_ref(), arguments.now.as_ref(), now);
    let now = request.now;
    if let Some(fault) = not_built(arguments.format) {
        return refuse(&[fault], &[], voice);
    }
    let ground = match trust::ground(&request, surroundings) {
        Ok(ground) => ground,
        Err(Refusal {
            diagnostics,
            sources,
        }) => return refuse(&diagnostics, &sources, voice),
    };
    let Some(policy) = ground.loaded.policy else {
        return refuse(&ground.loaded.diagnostics, &ground.loaded.sources, voice);
    };
    let place = arguments.place.ledger.as_deref();
    let ledger = match Ledger::open(place, Some(&policy), surroundings, now) {
        Ok(ledger) => ledger,
        Err(diagnostic) => return refuse(&[*diagnostic], &[], voice),
    };
    let union = match ledger.records().scan(&Wanted::all(now)) {
        Ok(scan) => Union::of([scan]),
        Err(error) => return refuse(&[error.diagnostic()], &[], voice),
    };
    let (here, environment) = (&surroundings.directory, &surroundings.environment);
    let git = Git::open(here, environment).ok();
    let origin = ci::origin(environment, &ground.context, git.as_ref(), here);
    let repository = repository(&origin, Some(&union)).key();
    let history = history::history(&union, Some(&repository), now);
    let progress = okr::progress(&policy, &history, &[], now);
    let progress = match rooted(progress, arguments.root.as_deref()) {
        Ok(progress) => progress,
        Err(diagnostic) => return refuse(&[*diagnostic], &[], voice),
    };
    let zone = policy.time_zone();
    let status = Status {
        progress: &progress,
        about: About {
            version: env!("CARGO_PKG_VERSION"),
            policy_path: &policy.path,
            policy_sha256: &policy.sha256,
            mission: policy.mission.as_deref(),
            ledger: &ledger.shown,
            ledger_exists: union.exists,
            zone: &zone,
        },
    };
    let verbosity = match voice {
        Voice { quiet: true, .. } => Verbosity::Quiet,
        Voice { verbose: true, .. } => Verbosity::Verbose,
        Voice { .. } => Verbosity::Normal,
    };
    let written = output::stream(|out| match arguments.format {
        StatusFormat::Text => write_text(&status, (verbosity, voice.styled), out),
        StatusFormat::Json => write_json(&status, out),
        StatusFormat::Markdown => write_markdown(&status, out),
        StatusFormat::Mermaid => write_mermaid(&status, out),
        StatusFormat::Dot => write_dot(&status, out),
        // Refused before anything is read.
        StatusFormat::Html | StatusFormat::Badge | StatusFormat::Shields => {
            Err(io::ErrorKind::Unsupported.into())
        }
    });
    let faults = union.diagnostics();
    if !faults.is_empty() {
        voice.log.say(&drawn(&faults, &[], voice.styled));
    }
    let damaged = if progress.doubts.is_empty() {
        ExitCode::Passed
    } else {
        ExitCode::Environment
    };
    written.max(damaged).max(ExitCode::of_faults(&faults))
}

/// The part of the tree that was asked for (rule P21).
fn rooted(progress: Progress, root: Option<&str>) -> Result<Progress, Box<Diagnostic>> {
    let Some(root) = root else {
        return Ok(progress);
    };
    progress.rooted_at(root).ok_or_else(|| {
        let message = Message::from("no objective or key result of the policy is called ")
            .foreign(Untrusted::new(root));
        let near = nearest_name(root, progress.nodes());
        let hint = match near {
            Some(near) => Message::from("did you mean ")
                .foreign(Untrusted::new(near))
                .own("?"),
            None => "`krgate status` without a name shows all of them".into(),
        };
        Box::new(Diagnostic::new(Code::Usage, message).hint(hint))
    })
}

/// What this version does not write yet.
fn not_built(format: StatusFormat) -> Option<Diagnostic> {
    let what = match format {
        StatusFormat::Html => "the HTML status is not built yet",
        StatusFormat::Badge | StatusFormat::Shields => "the badge is not built yet",
        StatusFormat::Text
        | StatusFormat::Json
        | StatusFormat::Markdown
        | StatusFormat::Mermaid
        | StatusFormat::Dot => return None,
    };
    let fault = Diagnostic::new(Code::NotBuilt, what);
    Some(fault.hint("take `--format markdown` or json"))
}
