//! `krgate explain`: why a finding was counted, or not, and how a key result was judged.

use jiff::Timestamp;

use super::args::{ExplainArguments, InspectFormat};
use super::check::{self, CheckRequest, Judged, Outcome};
use super::{Voice, output, refuse};
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::measure::Sight;
use crate::model::Untrusted;
use crate::policy::WaiverPart;
use crate::render::explain::{self, Answer, Exception, FindingFacts, Subject};
use crate::scope::Standing;

/// Runs the subcommand: judges as `check` does and says why. Exit 0 where there was
/// something to explain, 2 where nothing fits.
pub(super) fn run(
    arguments: &ExplainArguments,
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
    let answer = match answer(&judged, &arguments.what) {
        Ok(answer) => answer,
        Err(diagnostic) => return refuse(&[*diagnostic], &[], voice),
    };
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = match arguments.format {
        InspectFormat::Text => {
            explain::write_text(&judged.evaluation, &answer, voice.styled, &mut bytes)
        }
        InspectFormat::Json => explain::write_json(&judged.evaluation, &answer, &mut bytes),
    };
    output::to_stdout(&bytes)
}

fn answer<'a>(judged: &'a Judged, what: &str) -> Result<Answer<'a>, Box<Diagnostic>> {
    let evaluation = &judged.evaluation;
    match explain::find(evaluation, what) {
        Subject::KeyResult(id) => evaluation
            .key_results()
            .find(|(_, key_result)| key_result.id == id)
            .map(|(_, key_result)| Answer::KeyResult(key_result))
            .ok_or_else(|| Box::new(nothing(what))),
        Subject::Findings(places) => {
            let sight = judged.sight();
            let facts = places.into_iter().map(|place| facts(judged, &sight, place));
            Ok(Answer::Findings(facts.collect()))
        }
        Subject::Ambiguous(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            Err(Box::new(
                Diagnostic::new(
                    Code::Usage,
                    Message::from("several findings begin with ").foreign(Untrusted::new(what)),
                )
                .hint(format!("give more digits: {}", ids.join(", "))),
            ))
        }
        Subject::Nothing => Err(Box::new(nothing(what))),
    }
}

fn nothing(what: &str) -> Diagnostic {
    Diagnostic::new(
        Code::Usage,
        Message::from("nothing is called ").foreign(Untrusted::new(what)),
    )
    .hint(
        "name a finding by the digits that `krgate check` shows or by PATH:LINE, or a key result \
         by its id; give the same reports as to `krgate check`",
    )
}

/// What each key result makes of a finding.
fn facts<'a>(judged: &'a Judged, sight: &Sight<'_>, finding: usize) -> FindingFacts<'a> {
    let view = judged.evaluation.scoped.intake.view(finding);
    FindingFacts {
        finding,
        key_results: judged
            .policy
            .key_results()
            .filter_map(|(_, key_result)| {
                let explanation = sight.explain(key_result, view.as_ref()?)?;
                Some((key_result.id.as_str(), explanation))
            })
            .collect(),
        exception: exception(judged, finding),
    }
}

/// Days that a waiver is proposed for, where the policy allows as many.
const PROPOSED_DAYS: u32 = 30;

/// How the finding can be excepted under the policy.
fn exception(judged: &Judged, finding: usize) -> Option<Exception> {
    let scoped = &judged.evaluation.scoped;
    let waivers = &judged.policy.waivers;
    if scoped.standing(finding) != Standing::Counted || scoped.is_forbidden(finding) {
        return None;
    }
    let days = waivers.max_days.unwrap_or(PROPOSED_DAYS).min(PROPOSED_DAYS);
    let span = jiff::Span::new().try_days(days).ok()?;
    Some(Exception {
        expires: scoped.today?.checked_add(span).ok()?,
        needs_approval: waivers.require.contains(&WaiverPart::ApprovedBy),
    })
}
