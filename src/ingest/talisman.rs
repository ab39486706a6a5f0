//! Talisman reports (S11, S50).

use crate::model::{PathId, TextId, Triage};

use super::Ingest;
use super::detect::{self, Members, Shape};
use super::report::Report;
use super::run::{Found, RunFacts, SecretRun, Spot};
use super::window::{Refusal, Scalar};

/// The format `talisman`.
pub(super) struct Talisman;

const WORD: &str = "talisman";

impl Ingest for Talisman {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape.object().is_some_and(|o| {
            o.has("results") && o.object("summary").is_some_and(|s| s.has("types"))
        })
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let mut members = Members::default();
        report.window.enter_object()?;
        while let Some(name) = report.known_member(&mut members, &["results"])? {
            if name != "results" {
                report.window.skip()?;
                continue;
            }
            report.each_item(&mut run, "results", read_file)?;
        }
        detect::only_one(WORD, &members)?;
        report.last_document(&mut run.lines)?;
        run.finish(report, RunFacts::of(WORD));
        Ok(())
    }
}

/// What was found in one file, whose name may come last.
fn read_file(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let mut path: Option<PathId> = None;
    let mut items: Vec<Item> = Vec::new();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "filename" => path = report.path(run, "filename", true)?,
            "failure_list" => read_list(report, run, "failure_list", Triage::Open, &mut items)?,
            // Below the threshold of the tool's own configuration, or ignored by it.
            "warning_list" => {
                read_list(report, run, "warning_list", Triage::Dismissed, &mut items)?;
            }
            "ignore_list" => {
                read_list(report, run, "ignore_list", Triage::Dismissed, &mut items)?;
            }
            _ => report.window.skip()?,
        }
    }
    for item in items {
        let rule = report.rule(item.rule, None);
        let spot = Spot {
            path,
            commit: item.commit,
            ..Spot::default()
        };
        run.push(
            report.builder,
            &Found {
                triage: item.triage,
                ..Found::at(rule, spot)
            },
        )?;
    }
    Ok(())
}

/// One thing that was found; its message holds it.
#[derive(Debug)]
struct Item {
    rule: Option<TextId>,
    commit: Option<TextId>,
    triage: Triage,
}

fn read_list(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
    field: &'static str,
    triage: Triage,
    items: &mut Vec<Item>,
) -> Result<(), Refusal> {
    report.each_item_or_null(run, field, |report, run| {
        let (mut rule, mut commit) = (None, None);
        report.window.enter_object()?;
        while let Some(name) = report.window.member()? {
            match name {
                "type" => rule = report.text(run, "type")?,
                "commits" => commit = first_commit(report, run)?,
                _ => report.window.skip()?,
            }
        }
        items.push(Item {
            rule,
            commit,
            triage,
        });
        Ok(())
    })?;
    Ok(())
}

fn first_commit(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
) -> Result<Option<TextId>, Refusal> {
    let mut first = None;
    report.each_part(run, "commits", |report, _| {
        match report.window.scalar()? {
            Scalar::Text(commit) if first.is_none() => {
                first = Some(report.builder.intake.texts.intern(commit));
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(first)
}
