//! secretlint JSON: an entry for each file that was read, with its content (S12, S51).

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use zeroize::Zeroizing;

use crate::model::{Evidence, PathId, Region, TextId};

use super::Ingest;
use super::detect::{Poor, Shape};
use super::item::Value;
use super::report::Report;
use super::run::{Found, RunFacts, SecretRun, Spot};
use super::window::{Refusal, Scalar};

/// The format `secretlint`.
pub(super) struct Secretlint;

const WORD: &str = "secretlint";

impl Ingest for Secretlint {
    fn word(&self) -> &'static str {
        WORD
    }

    fn fits(&self, shape: &Shape, _complete: bool) -> bool {
        shape
            .first_item()
            .is_some_and(|item| item.has_all(&["filePath", "messages", "sourceContentType"]))
    }

    fn accepts(&self, poor: Poor) -> bool {
        poor == Poor::EmptyList
    }

    fn read(&self, report: &mut Report<'_, '_>) -> Result<(), Refusal> {
        let mut run = SecretRun::default();
        let files = report.each_item(&mut run, "files", read_file)?;
        report.last_document(&mut run.lines)?;
        let mut facts = RunFacts::of(WORD);
        if files > 0 {
            // It lists every file that it read.
            facts.evidence = Evidence::Strong;
        }
        run.finish(report, facts);
        Ok(())
    }
}

/// One secret in a file; where its value stands is counted in UTF-16 units.
#[derive(Debug, Default)]
struct Item {
    rule: Option<TextId>,
    region: Region,
    range: Option<(u64, u64)>,
}

fn read_file(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<(), Refusal> {
    let mut path: Option<PathId> = None;
    let mut content: Option<Zeroizing<String>> = None;
    let mut items: Vec<Item> = Vec::new();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "filePath" => path = report.path(run, "filePath", true)?,
            "sourceContent" => {
                if let Scalar::Text(text) = report.window.scalar()? {
                    content = Some(Zeroizing::new(text.to_owned()));
                }
            }
            "messages" => {
                report.each_item(run, "messages", |report, run| {
                    items.push(read_message(report, run)?);
                    Ok(())
                })?;
            }
            _ => report.window.skip()?,
        }
    }
    let content = content.as_ref().map_or("", |content| content.as_str());
    let offsets = byte_offsets(content, &items);
    for item in items {
        let rule = report.rule(item.rule, None);
        let value = item.range.and_then(|(start, end)| {
            let (start, end) = (*offsets.get(&start)?, *offsets.get(&end)?);
            content.get(start..end)
        });
        let value = value.map_or(Value::Absent, |value| {
            Value::of(&mut report.builder.vault, value)
        });
        let spot = Spot {
            path,
            region: item.region,
            commit: None,
        };
        run.push(
            report.builder,
            &Found {
                secret: value.name(),
                ..Found::at(rule, spot)
            },
        )?;
    }
    Ok(())
}

/// For every bound of a range its place in bytes; a bound inside a character has none.
fn byte_offsets(content: &str, items: &[Item]) -> BTreeMap<u64, usize> {
    let mut wanted: Vec<u64> = items
        .iter()
        .filter_map(|item| item.range)
        .flat_map(|(start, end)| [start, end])
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut wanted = wanted.into_iter().peekable();
    let mut offsets = BTreeMap::new();
    let mut units = 0_u64;
    let ends = content.char_indices().map(|(at, c)| (at, c.len_utf16()));
    for (at, width) in ends.chain([(content.len(), 0)]) {
        while wanted.next_if(|bound| *bound < units).is_some() {}
        if wanted.next_if_eq(&units).is_some() {
            offsets.insert(units, at);
        }
        if wanted.peek().is_none() {
            break;
        }
        units += if width == 2 { 2 } else { 1 };
    }
    offsets
}

/// The message and its data show the value where it is not masked.
fn read_message(report: &mut Report<'_, '_>, run: &mut SecretRun) -> Result<Item, Refusal> {
    let mut item = Item::default();
    report.window.enter_object()?;
    while let Some(name) = report.window.member()? {
        match name {
            "ruleId" => item.rule = report.text(run, "ruleId")?,
            "range" => item.range = read_range(report, run)?,
            "loc" => {
                item.region = report.span(run, "loc", ["line", "column"])?;
                item.region.column = one_based(item.region.line, item.region.column);
                item.region.end_column = one_based(item.region.end_line, item.region.end_column);
            }
            _ => report.window.skip()?,
        }
    }
    Ok(item)
}

/// secretlint counts columns from 0, where its own SARIF counts them from 1.
fn one_based(line: Option<NonZeroU32>, column: Option<NonZeroU32>) -> Option<NonZeroU32> {
    line?;
    Some(column.map_or(NonZeroU32::MIN, |column| column.saturating_add(1)))
}

fn read_range(
    report: &mut Report<'_, '_>,
    run: &mut SecretRun,
) -> Result<Option<(u64, u64)>, Refusal> {
    let (mut start, mut end, mut more) = (None, None, false);
    report.each_part(run, "range", |report, _| {
        let bound = match report.window.scalar()? {
            Scalar::Number(digits) => digits.parse::<u64>().ok(),
            _ => None,
        };
        match (start, end) {
            (None, _) => start = bound,
            (_, None) => end = bound,
            _ => more = true,
        }
        Ok(())
    })?;
    let range = start.zip(end).filter(|_| !more);
    if range.is_none() {
        run.wrong_type(report.shown, "range", "a list of two numbers");
    }
    Ok(range)
}
