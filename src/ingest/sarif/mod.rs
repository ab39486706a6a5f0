//! SARIF 2.1.0, leniently and in one pass.
//!
//! [`read`] walks the document: each run is read part by part ([`run`]), whatever the order
//! of its members, with results folded small ([`pending`]); at its end the run is settled
//! ([`settle`]), when tool, rules and bases are known. A member that the gate does not use
//! may have any shape; one that it uses and that is wrong gets the strict reading of its
//! rule. Rule numbers are those of the SARIF rules.

mod component;
mod field;
mod findings;
mod identity;
mod invocation;
mod level;
mod lookup;
mod notes;
mod pending;
mod prints;
mod result;
mod run;
mod score;
mod settle;
mod spot;
mod status;
mod tables;

use std::io::Read;

use crate::diagnostic::{Code, Diagnostic, Message, Place};
use crate::model::{ClassSet, Gap, ReportId, RunReason, Untrusted, UntrustedText};

use super::builder::Builder;
use super::detect::{self, Members};
use super::report::Report;
use super::window::{Kind, Refusal, Window};
use super::{Context, Expected};
use field::Field;
use identity::keeps_snippets;
use notes::Notes;
use result::Part;
use run::{Elsewhere, RunPart};
use tables::Tables;

/// The one version that is read (rule 1).
const VERSION: &str = "2.1.0";
/// GitHub's limit on runs (rule 14), which is none of the gate's.
const GITHUB_RUNS: usize = 20;
/// Where an inline part is referred to (rule 46).
const INLINE: &str = "sarif:/inlineExternalProperties/";

/// Reads a report that was recognised as SARIF.
///
/// # Errors
/// If it cannot be trusted as a whole: grammar, version, a skeleton member of the wrong type.
pub(super) fn read(report: &mut Report<'_, '_>) -> Result<(), Refusal> {
    let mut reader = Reader {
        builder: &mut *report.builder,
        expected: report.expected,
        shown: report.shown,
        id: report.id,
        tables: Tables::default(),
        inline: Vec::new(),
        deferred: Vec::new(),
        runs: 0,
    };
    reader.log(&mut report.window)
}

/// What reading a document needs at hand.
struct Reader<'b, 'c, 'r> {
    builder: &'b mut Builder<'c>,
    expected: &'r Expected,
    shown: &'r UntrustedText,
    id: ReportId,
    /// Texts and the like of the run that is read, and of all runs that wait.
    tables: Tables,
    /// Parts of `inlineExternalProperties`, until a run takes them.
    inline: Vec<Inline>,
    /// Runs that refer to such parts, and the runs after them, until the document ends.
    deferred: Vec<RunPart<'r>>,
    runs: usize,
}

/// Results that stand outside their run.
struct Inline {
    guid: Option<String>,
    part: Option<Part>,
}

impl<'r> Reader<'_, '_, 'r> {
    fn context(&self) -> &Context {
        self.builder.context
    }

    fn results<'a>(&'a mut self, notes: &'a mut Notes<'r>) -> result::Reading<'a, 'r> {
        result::Reading {
            now: self.builder.context.now,
            tables: &mut self.tables,
            vault: &mut self.builder.vault,
            notes,
        }
    }

    fn log<R: Read>(&mut self, w: &mut Window<R>) -> Result<(), Refusal> {
        let first_run = self.builder.intake.runs.len();
        let mut version = Version::Missing;
        let mut others = Members::default();
        field::needed_object(w)?;
        while let Some(name) = w.member()? {
            match name {
                "version" => version = take_version(w)?,
                // Another language; its document must be whole all the same (rule 9).
                "runs" | "inlineExternalProperties" if matches!(version, Version::Other(_)) => {
                    w.skip()?;
                }
                "runs" => self.all_runs(w)?,
                "inlineExternalProperties" => self.all_inline(w)?,
                other => {
                    others.note(other, Kind::Null);
                    others.set_kind(w.kind()?);
                    w.skip()?;
                }
            }
        }
        w.finish()?;
        // Rule S16: the members of another format may come late.
        detect::only_one("sarif", &others)?;
        match version {
            Version::Read => {}
            Version::Other(refusal) => return Err(refusal),
            Version::Missing => {
                return Err(Refusal::new(
                    Code::SarifVersionMissing,
                    "the SARIF file does not say its version",
                )
                .expected("`\"version\": \"2.1.0\"` at the top level"));
            }
        }
        for run in std::mem::take(&mut self.deferred) {
            self.settle(run)?;
        }
        self.results_of_no_run(first_run);
        if self.runs == 0 {
            self.no_runs();
        }
        Ok(())
    }

    fn all_runs<R: Read>(&mut self, w: &mut Window<R>) -> Result<(), Refusal> {
        if !field::needed_array(w).map_err(|refusal| refusal.inside("runs", None))? {
            return Ok(());
        }
        while w.element()? {
            let index = self.runs;
            let notes = Notes::new(self.shown, format!("runs[{index}]"));
            self.runs += 1;
            let mut run =
                run::run(w, self, notes).map_err(|refusal| refusal.inside("runs", Some(index)))?;
            if index == GITHUB_RUNS {
                component::github_limit(&mut run.notes, "");
            }
            if run.elsewhere.is_empty() && self.deferred.is_empty() {
                self.settle(run)?;
                if self.inline.is_empty() {
                    self.tables = Tables::default();
                }
            } else {
                self.deferred.push(run);
            }
        }
        Ok(())
    }

    fn settle(&mut self, mut run: RunPart<'r>) -> Result<(), Refusal> {
        let mut parts = Vec::new();
        for reference in std::mem::take(&mut run.elsewhere) {
            match self.part(&reference) {
                Some(part) => parts.push(part),
                None => run::not_read(&mut run),
            }
        }
        settle::settle(run, parts, self)
    }

    /// The inline part that a reference means; a part belongs to one run.
    fn part(&mut self, reference: &Elsewhere) -> Option<Part> {
        let by_uri = || {
            let index: usize = reference
                .uri
                .as_deref()?
                .strip_prefix(INLINE)?
                .parse()
                .ok()?;
            Some(index)
        };
        let by_guid = || {
            let guid = reference.guid.as_deref()?;
            self.inline
                .iter()
                .position(|inline| inline.guid.as_deref() == Some(guid))
        };
        let index = by_uri().or_else(by_guid)?;
        self.inline.get_mut(index)?.part.take()
    }

    fn all_inline<R: Read>(&mut self, w: &mut Window<R>) -> Result<(), Refusal> {
        if field::array(w)? != Field::Is(()) {
            return Ok(());
        }
        while w.element()? {
            let index = self.inline.len();
            let inline = self
                .one_inline(w, index)
                .map_err(|refusal| refusal.inside("inlineExternalProperties", Some(index)))?;
            self.inline.push(inline);
        }
        Ok(())
    }

    fn one_inline<R: Read>(&mut self, w: &mut Window<R>, index: usize) -> Result<Inline, Refusal> {
        let mut guid = None;
        let mut part = None;
        if field::object(w)? != Field::Is(()) {
            return Ok(Inline { guid, part });
        }
        let mut notes = Notes::new(self.shown, format!("inlineExternalProperties[{index}]"));
        while let Some(name) = w.member()? {
            match name {
                "guid" => guid = field::text(w)?.right().map(str::to_ascii_lowercase),
                "results" => {
                    if field::needed_array(w).map_err(|refusal| refusal.inside("results", None))? {
                        let mut own = Part::default();
                        result::results(w, &mut own, &mut self.results(&mut notes))?;
                        part = Some(own);
                    }
                }
                _ => w.skip()?,
            }
        }
        notes.flush(&mut self.builder.diagnostics);
        Ok(Inline { guid, part })
    }

    /// Inline results that no run refers to may be of any run of the document, so that none
    /// of them was read as a whole (rules 46, 47).
    fn results_of_no_run(&mut self, first_run: usize) {
        let is_lost = |inline: &Inline| {
            let part = inline.part.as_ref();
            part.is_some_and(|part| part.results.len() > 0 || part.malformed)
        };
        let Some(first) = self.inline.iter().position(is_lost) else {
            return;
        };
        let lost = self.inline.iter().filter(|inline| is_lost(inline)).count();
        self.builder.diagnostics.push(
            Diagnostic::new(
                Code::SarifExternalNotRead,
                "results stand outside the runs, and no run refers to them",
            )
            .at(Place::field(
                self.shown,
                format!("inlineExternalProperties[{first}].results"),
            ))
            .times(u64::try_from(lost).unwrap_or(u64::MAX))
            .hint("the report is not whole; let the tool write results into their run"),
        );
        for run in self.builder.intake.runs.iter_mut().skip(first_run) {
            run.fail(RunReason::ExternalNotRead);
        }
    }

    /// A document without a run: what was asked for is not there (rule 18).
    fn no_runs(&mut self) {
        self.builder.diagnostics.push(
            Diagnostic::new(Code::SarifNoRuns, "the SARIF file has no run")
                .at(Place::field(self.shown, "runs"))
                .hint("no scan took place, or its report was cut; run the scanner again"),
        );
        self.builder.intake.gaps.push(Gap {
            entry: self.expected.entry,
            path: self.shown.clone(),
            classes: self.expected.class.map_or(ClassSet::ALL, ClassSet::of),
            why: "it has no run",
        });
    }
}

/// The version of a document (rules 1, 2).
enum Version {
    Missing,
    /// The one that is read.
    Read,
    Other(Refusal),
}

fn take_version<R: Read>(w: &mut Window<R>) -> Result<Version, Refusal> {
    let place = w.refuse(Code::SarifVersionUnsupported, "");
    let message = match field::text(w)? {
        Field::Absent => return Ok(Version::Missing),
        Field::Is(VERSION) => return Ok(Version::Read),
        Field::Is(version) => Message::from("version ")
            .foreign(Untrusted::new(level::shown(version)))
            .own(" of SARIF is not read"),
        Field::Wrong => "the version of the SARIF file is no text".into(),
    };
    Ok(Version::Other(
        place
            .saying(message)
            .expected("`2.1.0`")
            .hint("let the tool write SARIF 2.1.0, or convert the file")
            .inside("version", None),
    ))
}
