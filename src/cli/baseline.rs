//! `krgate baseline`: writes what is there today, and compares two such files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;

use super::args::BaselineCommand;
use super::since::{read_file, refusal, unreadable};
use super::trust::Refusal;
use super::{Voice, drawn, output, policy, refuse, reports};
use crate::ci::Surroundings;
use crate::ci::git::Git;
use crate::decide::ExitCode;
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::ingest::{self, Context, Expected, ExtraTool, Limits, Request};
use crate::model::{Baseline, FindingId, Row, Untrusted, UntrustedText, visible};
use crate::render;

/// Runs the subcommand.
pub(super) fn run(
    command: &BaselineCommand,
    surroundings: &Surroundings,
    now: Timestamp,
    voice: Voice,
) -> ExitCode {
    let done = match command {
        BaselineCommand::Write {
            reports,
            policy,
            output,
            now: given,
        } => {
            let now = given.as_ref().and_then(|given| given.0).unwrap_or(now);
            gathered(reports, policy.as_deref(), surroundings, now)
                .and_then(|gathered| write(&gathered, output, surroundings, voice))
        }
        BaselineCommand::Diff { old, new } => compared(old, new, surroundings),
    };
    match done {
        Ok(code) => code,
        Err(refusal) => refuse(&refusal.diagnostics, &refusal.sources, voice),
    }
}

/// A baseline, and what is to be said of it.
struct Gathered {
    baseline: Baseline,
    warnings: Vec<Diagnostic>,
}

/// Reads the reports as `check` does: class and tool are part of what tells a finding, and
/// the policy has a say in both.
fn gathered(
    given: &[String],
    path: Option<&Path>,
    surroundings: &Surroundings,
    now: Timestamp,
) -> Result<Gathered, Refusal> {
    let loaded = policy::load(path, surroundings);
    let not_there = loaded
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.code == Code::PolicyNotFound);
    let mut tools = Vec::new();
    let mut said = Vec::new();
    let requests = match &loaded.policy {
        Some(policy) => {
            tools.extend(policy.tools.iter().map(|row| ExtraTool {
                alias: row.alias.clone(),
                names: row.names.clone(),
                classes: row.classes.clone(),
            }));
            let wanted = if given.is_empty() {
                reports::by_policy(policy, &surroundings.directory, &BTreeSet::new(), false)
            } else {
                reports::by_hand(policy, given, &surroundings.directory)?
            };
            said.extend(wanted.diagnostics);
            wanted.requests
        }
        None if not_there && !given.is_empty() => given.iter().map(|path| by_hand(path)).collect(),
        None => {
            return Err(Refusal {
                diagnostics: loaded.diagnostics,
                sources: loaded.sources,
            });
        }
    };
    let context = Context {
        now,
        roots: surroundings.roots(),
        secret_key: surroundings.secret_key.clone(),
        tools,
        head: None,
        limits: Limits::default(),
    };
    let (intake, read) = ingest::read(&requests, &context);
    said.extend(read);
    if said
        .iter()
        .any(|diagnostic| diagnostic.level == Level::Error)
    {
        // A baseline that lacks what a report would have shown makes old findings new.
        said.retain(|diagnostic| diagnostic.level == Level::Error);
        return Err(Refusal {
            diagnostics: said,
            sources: Vec::new(),
        });
    }
    said.retain(|diagnostic| diagnostic.level == Level::Warning);
    let commit = match Git::open(&surroundings.directory, &surroundings.environment) {
        Ok(git) => git.head()?,
        Err(_) => None,
    };
    let key = surroundings.secret_key.as_deref().map(ingest::key_check);
    Ok(Gathered {
        baseline: Baseline::of(intake, commit, key),
        warnings: said,
    })
}

fn by_hand(path: &str) -> Request {
    Request {
        path: path.into(),
        shown: UntrustedText::new(path),
        by_hand: true,
        expected: Expected::default(),
    }
}

fn write(
    gathered: &Gathered,
    path: &Path,
    surroundings: &Surroundings,
    voice: Voice,
) -> Result<ExitCode, Refusal> {
    let baseline = &gathered.baseline;
    if !voice.quiet {
        voice.log.say(&drawn(&gathered.warnings, &[], voice.styled));
    }
    if path.as_os_str() == "-" {
        return Ok(output::stream(|out| render::baseline::write(baseline, out)));
    }
    output::to_file(path, &surroundings.directory, |out| {
        render::baseline::write(baseline, out)
    })?;
    let of = match &baseline.commit {
        Some(commit) => format!(" of commit {}", commit.short()),
        None => String::new(),
    };
    let line = format!(
        "wrote {}: {}{of}. Commit it on the branch that changes are merged into.\n",
        visible(&path.to_string_lossy()),
        number(baseline.rows.rows.len()),
    );
    Ok(output::to_stdout(line.as_bytes()))
}

/// Prints what is gone, what is new, and what moved, sorted by place.
fn compared(old: &Path, new: &Path, surroundings: &Surroundings) -> Result<ExitCode, Refusal> {
    let read = |path: &Path| -> Result<Baseline, Refusal> {
        let shown = path.to_string_lossy();
        let bytes = read_file(&surroundings.directory.join(path))
            .map_err(|kind| unreadable(&shown, kind))?;
        match ingest::read_baseline(&bytes, &shown) {
            Some(read) => Ok(read?),
            None => Err(refusal(
                Code::BaselineBroken,
                Message::from("no baseline of krgate's: ").foreign(Untrusted::new(&shown)),
                "make one with `krgate baseline write REPORT --output FILE`".into(),
            )),
        }
    };
    let (old, new) = (read(old)?, read(new)?);
    let (before, after) = (by_id(&old), by_id(&new));
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut counts = [0_usize; 3];
    for (id, row) in &before {
        match after.get(id) {
            None => {
                counts[0] += 1;
                lines.push(line('-', &old, row));
            }
            Some(now) if now.line != row.line => {
                counts[2] += 1;
                lines.push(line('~', &new, now));
            }
            Some(_) => {}
        }
    }
    for (id, row) in &after {
        if !before.contains_key(id) {
            counts[1] += 1;
            lines.push(line('+', &new, row));
        }
    }
    lines.sort_unstable();
    let mut text = String::new();
    for (_, line) in lines {
        text.push_str(&line);
    }
    let [gone, added, moved] = counts;
    // Writing to memory does not fail.
    let _ = writeln!(text, "{added} more, {gone} fewer, {moved} on another line");
    Ok(output::to_stdout(text.as_bytes()))
}

fn by_id(baseline: &Baseline) -> BTreeMap<FindingId, &Row> {
    baseline.rows.rows.iter().map(|row| (row.id, row)).collect()
}

/// A line of the difference, and by what it is sorted.
fn line(sign: char, baseline: &Baseline, row: &Row) -> (String, String) {
    let text = |id| visible(baseline.texts.get(id).raw());
    let path = row.path.map_or("(no path)".into(), text);
    let number = row.line.map_or(0, std::num::NonZeroU32::get);
    let tool = baseline.rows.stream_of(row).map_or("", |s| s.tool.as_str());
    let place = if number == 0 {
        path.to_string()
    } else {
        format!("{path}:{number}")
    };
    let said = format!(
        "{sign} {place}  {}  {}  {}\n",
        text(row.rule),
        visible(tool),
        row.id.short(8)
    );
    (format!("{path}\0{number:010}\0{said}"), said)
}

fn number(count: usize) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} finding{s}")
}
