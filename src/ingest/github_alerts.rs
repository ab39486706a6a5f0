//! The list of secret scanning alerts of GitHub's REST API (S7, S44, S45).

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::model::{Intake, RunReason, RunStatus, Triage, Validity};

use super::Ingest;
use super::detect::{Poor, Shape};
use super::fields::ValidityWords;
use super::item::Item;
use super::report::{Report, keep_path};
use super::run::{Found, RunFacts, SecretRun, Spot};
use super::window::{Refusal, Scalar};

/// The format `github-alerts`.
pub(super) struct GithubAlerts;

const WORD: &str = "github-alerts";

/// How many alerts a page has: by default, and at the most.
const PAGES: [u64; 2] = [30, 100];

const VALIDITY_WORDS: &ValidityWords = &[
    ("active", Validity::Active, true),
    ("inactive", Validity::Inactive, true),
    ("unknown", Validity::Unknown, true),
];

impl Ingest for GithubAlerts {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .first_item()
            .is_some_and(|item| item.has_all(&["secret_type", "state", "number"]))
    }

    fn accepts(&self, poor: Poor) -> bool {
        poor == Poor::EmptyList
    }

    /// Several lists are pages of one, as clients write them one after the other.
    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut last_page = 0;
        while let Some(bracket) = report.next_document(&mut run.lines)? {
            if bracket != b'[' {
                return Err(report.window.wrong_type("a list of alerts"));
            }
            last_page = report.each_item(&mut run, "alerts", read_alert)?;
        }
        let mut facts = RunFacts::of(WORD);
        if PAGES.contains(&last_page) {
            facts.reasons.push(RunReason::MayBePage);
        }
        run.finish(report, facts);
        Ok(())
    }
}

fn read_alert(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let mut item = Item::default();
    let mut triage = Triage::Open;
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "secret_type" => item.rule = report.text(run, "secret_type")?,
            "secret_type_display_name" => {
                item.title = report.text(run, "secret_type_display_name")?;
            }
            "secret" => item.value = report.value(run, "secret")?,
            "validity" => item.validity = report.validity(run, "validity", VALIDITY_WORDS)?,
            "state" => triage = read_state(report, run)?,
            "first_location_detected" => item.spot = read_location(report, run)?,
            _ => report.window.skip()?,
        }
    }
    let found = Found {
        triage,
        ..item.found(report)
    };
    run.push(report.builder, &found)
}

/// A word that nobody knows sets nothing aside (rules S44, S57).
fn read_state(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Triage, Refusal> {
    let known = report.deciding_word("state", |word| match word {
        "open" => Some(Triage::Open),
        "resolved" => Some(Triage::Dismissed),
        _ => None,
    })?;
    match known {
        None => Ok(Triage::Open),
        Some(Some(triage)) => Ok(triage),
        Some(None) => {
            let message = "a word for the state of an alert is not known; the alert counts";
            report.note_unknown_word(run, "state", message);
            Ok(Triage::Open)
        }
    }
}

/// Absent where the secret was found elsewhere than in a file. A leading `/` is the root of
/// the repository.
fn read_location(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Spot, Refusal> {
    let mut spot = Spot::default();
    if !report.enter_part(run, "first_location_detected")? {
        return Ok(spot);
    }
    while let Some(name) = report.window.member()? {
        match name {
            "path" => {
                spot.path = match report.window.scalar()? {
                    Scalar::Text(path) if !path.is_empty() => {
                        let path = path.strip_prefix('/').unwrap_or(path);
                        Some(keep_path(report.builder, report.shown, run, path, true))
                    }
                    Scalar::Text(_) | Scalar::Null => None,
                    _ => {
                        run.wrong_type(report.shown, "first_location_detected.path", "a string");
                        None
                    }
                };
            }
            "start_line" => spot.region.line = report.position(run, "start_line")?,
            "end_line" => spot.region.end_line = report.position(run, "end_line")?,
            "start_column" => spot.region.column = report.position(run, "start_column")?,
            "end_column" => spot.region.end_column = report.position(run, "end_column")?,
            "commit_sha" => spot.commit = report.text(run, "commit_sha")?,
            _ => report.window.skip()?,
        }
    }
    Ok(spot)
}

/// Lets go of what may have been one page of a longer list and was not the last of its
/// report entry: a later file of the entry has fewer alerts. Says which may still be.
pub(super) fn settle_pages(intake: &mut Intake, diagnostics: &mut Vec<Diagnostic>) {
    let pages: Vec<(usize, Option<usize>, u64)> = intake
        .runs
        .iter()
        .enumerate()
        .filter_map(|(index, run)| {
            let report = intake.reports.get(run.report.index())?;
            let count = run.counts.results.filter(|_| report.format == Some(WORD))?;
            Some((index, report.entry, count))
        })
        .collect();
    for (index, entry, count) in &pages {
        let goes_on = pages
            .iter()
            .any(|(later, other, fewer)| later > index && other == entry && fewer < count);
        let Some(run) = intake.runs.get_mut(*index) else {
            continue;
        };
        if !run.reasons.contains(&RunReason::MayBePage) {
            continue;
        }
        if goes_on {
            run.reasons.retain(|reason| *reason != RunReason::MayBePage);
            if run.reasons.is_empty() {
                run.status = RunStatus::Ok;
            }
            continue;
        }
        let Some(report) = intake.reports.get(run.report.index()) else {
            continue;
        };
        diagnostics.push(
            Diagnostic::new(
                Code::ListMayBeAPage,
                format!(
                    "the list has exactly {count} alerts, which may be one page of a longer one"
                ),
            )
            .at(Place::report(&report.path))
            .hint(
                "give the next page too, in a file after this one: `gh api --paginate` writes all",
            ),
        );
    }
}
