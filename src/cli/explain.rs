//! `krgate explain`: why a finding was counted, or not, how a key result was judged, and what a
//! diagnostic means.

use jiff::Timestamp;

use super::args::{ExplainArguments, InspectFormat};
use super::check::{self, CheckRequest, Judged, Outcome};
use super::{Voice, output, refuse};
use crate::ci::Surroundings;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::measure::{Sight, formula};
use crate::model::{FindingView, RepoPathRef, Untrusted};
use crate::policy::{WaiverPart, nearest_name};
use crate::render::explain::{self, Answer, ClassBy, Exception, FindingFacts, Subject};
use crate::scope::{Standing, deciding_glob};

/// Runs the subcommand: judges as `check` does and says why. Exit 0 where there was
/// something to explain, 2 where nothing fits.
pub(super) fn run(
    arguments: &ExplainArguments,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    // A code means the same everywhere: no policy and no report is needed.
    if let (Some(code), []) = (explain::find_code(&arguments.what), &*arguments.reports) {
        return output::stream(|out| match arguments.format {
            InspectFormat::Text => explain::write_code_text(code, out),
            InspectFormat::Json => explain::write_code_json(code, out),
        });
    }
    let request = CheckRequest::new(&arguments.reports, &arguments.circumstances, now);
    let judged = match check::evaluate(&request, surroundings) {
        Outcome::Refused {
            mut diagnostics,
            sources,
        } => {
            let near = near_code(&arguments.what).is_some();
            diagnostics.extend(near.then(|| nothing(&arguments.what)));
            return refuse(&diagnostics, &sources, voice);
        }
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
            .map(|(_, key_result)| Answer::KeyResult(key_result, formula_of(judged, &id)))
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

fn formula_of(judged: &Judged, id: &str) -> String {
    let mut all = judged.policy.key_results();
    let found = all.find(|(_, key_result)| key_result.id == id);
    found.map_or(String::new(), |(_, key_result)| {
        formula(&key_result.measure, &judged.policy)
    })
}

fn nothing(what: &str) -> Diagnostic {
    let nothing = Diagnostic::new(
        Code::Usage,
        Message::from("nothing is called ").foreign(Untrusted::new(what)),
    );
    match near_code(what) {
        Some(code) => nothing.hint(format!(
            "did you mean the diagnostic `{code}`? Else name a finding or a key result"
        )),
        None => nothing.hint(
            "name a finding by the digits that `krgate check` shows or by PATH:LINE, a key result \
             by its id, or a diagnostic by its code; give the same reports as to `krgate check`",
        ),
    }
}

/// The code of a diagnostic that was probably meant.
fn near_code(what: &str) -> Option<&'static str> {
    let codes = Code::ALL.iter().map(|code| code.as_str());
    nearest_name(what, codes)
}

/// What each key result makes of a finding.
fn facts<'a>(judged: &'a Judged, sight: &Sight<'_>, finding: usize) -> FindingFacts<'a> {
    let view = judged.evaluation.scoped.intake.view(finding);
    FindingFacts {
        finding,
        class_by: view
            .as_ref()
            .map_or(ClassBy::Table, |view| class_by(judged, view)),
        globs: globs(judged, view.as_ref().and_then(FindingView::repo_path)),
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

/// What a finding has its class from.
fn class_by(judged: &Judged, view: &FindingView<'_>) -> ClassBy {
    let class = view.finding.class;
    let report = view.report();
    let entry = report.and_then(|report| judged.policy.reports.get(report.entry?));
    let alias = view.run().map(|run| run.alias.raw());
    let mut tools = judged.policy.tools.iter();
    let says_itself = report
        .and_then(|report| report.format)
        .is_some_and(|format| {
            // Formats that say of each finding, or of what was scanned, which class it is of.
            matches!(
                format,
                "trivy" | "gitlab" | "grype" | "osv-scanner" | "snyk"
            )
        });
    if says_itself || view.run().is_some_and(|run| run.class != Some(class)) {
        ClassBy::Report
    } else if entry.is_some_and(|entry| entry.class == Some(class)) {
        ClassBy::Entry
    } else if tools.any(|row| Some(row.alias.as_str()) == alias) {
        ClassBy::Tools
    } else {
        ClassBy::Table
    }
}

/// By scope, the glob that puts a path in or out.
fn globs<'a>(judged: &'a Judged, path: Option<RepoPathRef<'_>>) -> Vec<Option<&'a str>> {
    let scopes = judged.policy.scopes.iter();
    scopes.map(|scope| deciding_glob(scope, path?)).collect()
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
        needs_kind: waivers.require.contains(&WaiverPart::Kind),
    })
}
