//! What a check leaves for the runner of GitHub Actions: the JSON report, the job summary,
//! annotations, outputs (`docs/github.md`).
//!
//! All of it is a view (G1): it comes after the verdict and changes none. A view that is named
//! and cannot be written is exit 4, one that is not named does not exist (G6).

use std::path::{Path, PathBuf};

use super::args::ViewArguments;
use super::{Voice, output};
use crate::ci::Surroundings;
use crate::decide::{Evaluation, ExitCode};
use crate::diagnostic::{Code, Diagnostic, Message, Place, SourceFile};
use crate::model::{ChangedLines, RepoPath, Untrusted};
use crate::render::annotations::{self, Asked, Budget, Show};
use crate::render::encode::output_file::OutputLine;
use crate::render::encode::workflow::{Kind, Lines, WorkflowCommand};
use crate::render::json;
use crate::render::markdown::{self, MarkdownOptions, SUMMARY_BYTES};

/// Reports of one job that are kept beside one another.
const MOST_REPORTS: u32 = 1_000;

/// The views that there are.
#[derive(Debug)]
pub(super) struct Views {
    annotations: Option<Show>,
    summary: Option<PathBuf>,
    outputs: Option<PathBuf>,
    report: Report,
    directory: PathBuf,
    workspace: Option<PathBuf>,
    voice: Voice,
}

/// Where the JSON report goes.
#[derive(Debug)]
enum Report {
    Nowhere,
    /// Where the user wants it.
    At(PathBuf),
    /// To a new file in the runner's temporary folder (rule G33).
    In(PathBuf),
}

/// What is told of an evaluation beside itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) evaluation: &'a Evaluation,
    /// The lines that the change touches, where they are known.
    pub(super) changed: Option<&'a ChangedLines>,
    /// What went wrong since it was made.
    pub(super) faults: &'a [Diagnostic],
    /// Where the JSON report lies.
    pub(super) report: Option<&'a str>,
    /// The working directory from the repository's root: empty, or ending in `/`.
    pub(super) folder: &'a str,
}

/// The values of the step's outputs (rule G33).
#[derive(Debug, Clone, Copy)]
pub(super) struct Outputs<'a> {
    pub(super) code: ExitCode,
    /// Ids of the key results that block.
    pub(super) blocking: &'a [&'a str],
    pub(super) report: Option<&'a str>,
    /// The id of the record that is in the ledger.
    pub(super) record: Option<&'a str>,
}

impl Views {
    pub(super) fn new(typed: &ViewArguments, surroundings: &Surroundings, voice: Voice) -> Self {
        let runner = &surroundings.runner;
        let in_actions = surroundings.github_actions;
        let wanted = typed.annotations.as_ref().and_then(|given| given.0);
        let summary = typed.summary.as_ref().and_then(|given| given.0);
        let path = typed.report.clone();
        let report = match path.filter(|path| !path.as_os_str().is_empty()) {
            Some(path) => Report::At(path),
            None if in_actions => runner.temporary.clone().map_or(Report::Nowhere, Report::In),
            None => Report::Nowhere,
        };
        Self {
            annotations: wanted.or(in_actions.then_some(Show::Diff)),
            summary: runner.summary.clone().filter(|_| summary.unwrap_or(true)),
            outputs: runner.output.clone(),
            report,
            directory: surroundings.directory.clone(),
            workspace: surroundings.workspace.clone(),
            voice,
        }
    }

    /// The names of the views, for the log.
    pub(super) fn names(&self) -> Vec<String> {
        let annotations = self.annotations.map(|show| match show {
            Show::Diff => "annotations diff".to_owned(),
            Show::All => "annotations all".to_owned(),
            Show::None => "annotations none".to_owned(),
        });
        let summary = self.summary.as_ref().map(|_| "summary".to_owned());
        annotations.into_iter().chain(summary).collect()
    }

    /// Which findings are announced, where any view announces them.
    pub(super) const fn show(&self) -> Option<Show> {
        self.annotations
    }

    /// True if a view shows what lies on the lines of a change.
    pub(super) fn want_lines(&self) -> bool {
        self.annotations == Some(Show::Diff) || self.summary.is_some()
    }

    /// The path of the report that the user named.
    pub(super) fn named_report(&self) -> Option<&Path> {
        match &self.report {
            Report::At(path) => Some(path),
            Report::Nowhere | Report::In(_) => None,
        }
    }

    /// Writes the JSON report; gives back its path, absolute, if there is to be one.
    ///
    /// # Errors
    /// With what to show, if it cannot be written.
    pub(super) fn report(
        &self,
        evaluation: &Evaluation,
    ) -> Result<Option<String>, Box<Diagnostic>> {
        let path = match &self.report {
            Report::Nowhere => return Ok(None),
            Report::At(path) => path.clone(),
            Report::In(folder) => new_file(folder),
        };
        let full = self.directory.join(&path);
        let shown = full.to_string_lossy().into_owned();
        if shown.contains(['\n', '\r', '\0']) {
            return Err(Box::new(
                Diagnostic::new(
                    Code::OutputNotWritten,
                    Message::from("the path of the report is more than one line: ")
                        .foreign(Untrusted::new(&shown)),
                )
                .hint("give `--report` a path without line ends"),
            ));
        }
        output::to_file(&path, &self.directory, |out| json::write(evaluation, out))?;
        Ok(Some(shown))
    }

    /// Adds the page to the job summary, with what is there at most [`SUMMARY_BYTES`]
    /// (rule G36).
    ///
    /// # Errors
    /// With what to show, if the file cannot be written.
    pub(super) fn summary(&self, told: Told<'_>) -> Result<(), Box<Diagnostic>> {
        self.add_summary(|room| {
            let options = MarkdownOptions {
                bytes: room,
                changed: told.changed,
                report: told.report,
                faults: told.faults,
                ..MarkdownOptions::default()
            };
            markdown::summary(told.evaluation, options)
        })
    }

    fn add_summary(
        &self,
        page: impl FnOnce(usize) -> Option<String>,
    ) -> Result<(), Box<Diagnostic>> {
        let Some(path) = &self.summary else {
            return Ok(());
        };
        let added = output::add_to(path, |there| {
            let there = usize::try_from(there).unwrap_or(usize::MAX);
            page(SUMMARY_BYTES.saturating_sub(there))
        })?;
        if !added {
            self.voice.log.say(
                "notice the job summary is full already: nothing was added to it, so that \
                 GitHub does not drop the whole\n",
            );
        }
        Ok(())
    }

    /// Writes the annotations (rules G40 to G44); gives back how many errors are among them.
    pub(super) fn annotate(&self, told: Told<'_>) -> usize {
        let Some(show) = self.annotations else {
            return 0;
        };
        let asked = Asked {
            show,
            changed: told.changed,
            faults: told.faults,
            budget: Budget::EachLevel(annotations::MOST_A_LEVEL),
            rest_is_in: match (&self.summary, told.report) {
                (Some(_), _) => "the job summary",
                (None, Some(_)) => "the JSON report",
                (None, None) => "the log",
            },
            folder: told.folder,
        };
        let selection = annotations::select(told.evaluation, asked);
        output::commands(
            selection
                .annotations
                .iter()
                .map(annotations::Annotation::command),
        );
        let errors = selection.annotations.iter();
        errors
            .filter(|annotation| annotation.level == annotations::Level::Error)
            .count()
    }

    /// Announces what failed after the annotations, if one more error has room.
    pub(super) fn annotate_late(&self, faults: &[Diagnostic], errors: usize) {
        if self.annotations.is_some() && errors < annotations::MOST_A_LEVEL {
            let late = annotations::of_faults(faults, |_| None);
            output::commands(late.iter().map(annotations::Annotation::command));
        }
    }

    /// What is left of a run that judged nothing: the page, one annotation, the outputs.
    pub(super) fn refused(&self, diagnostics: &[Diagnostic], sources: &[SourceFile]) -> ExitCode {
        let mut code = ExitCode::of_faults(diagnostics);
        let page = markdown::refused(code, &super::refusal(diagnostics, sources, false));
        let added = self.add_summary(|room| (page.len() <= room).then_some(page));
        let mut faults = diagnostics.to_vec();
        if let Err(diagnostic) = added {
            code = code.max(super::refuse(&[*diagnostic.clone()], &[], self.voice));
            faults.push(*diagnostic);
        }
        if self.annotations.is_some() {
            let annotation = annotations::of_faults(&faults, |first| self.place_of(first, sources));
            output::commands(annotation.iter().map(annotations::Annotation::command));
        }
        self.outputs(Outputs {
            code,
            blocking: &[],
            report: None,
            record: None,
        })
    }

    /// The line of a file of the checkout that a diagnostic points at.
    fn place_of(
        &self,
        diagnostic: &Diagnostic,
        sources: &[SourceFile],
    ) -> Option<(RepoPath, Option<Lines>)> {
        let Place::Source { file, span } = &diagnostic.place else {
            return None;
        };
        let source = sources.get(*file)?;
        let full = self.directory.join(&source.name);
        let inside = full.strip_prefix(self.workspace.as_ref()?).ok()?.to_str()?;
        let path = RepoPath::from_normal(&inside.replace('\\', "/")).filter(|_| full.is_file())?;
        let before = source.text.get(..span.start)?.matches('\n').count();
        let line = u32::try_from(before).ok()?.saturating_add(1);
        Some((path, Lines::new(line, None)))
    }

    /// Writes the outputs and gives back the exit code, which is worse if they cannot be
    /// written. Written again, the later ones count (rule G34).
    pub(super) fn outputs(&self, outputs: Outputs<'_>) -> ExitCode {
        write_outputs(self.outputs.as_deref(), outputs, self.voice)
    }
}

/// The outputs of a run whose arguments could not be read, or that ended in a fault of
/// krgate's own: they are there for every exit code (rule G33).
pub(super) fn without_arguments(
    surroundings: &Surroundings,
    code: ExitCode,
    voice: Voice,
) -> ExitCode {
    if surroundings.github_actions {
        let message = match code {
            ExitCode::Request => {
                "krgate: the arguments or inputs are wrong; the log of this step says which"
            }
            _ => "krgate: it stopped by a fault of its own; the log of this step says where",
        };
        output::commands([WorkflowCommand::new(Kind::Error, &message.into())
            .title(&"krgate: nothing was judged".into())]);
    }
    let outputs = Outputs {
        code,
        blocking: &[],
        report: None,
        record: None,
    };
    write_outputs(surroundings.runner.output.as_deref(), outputs, voice)
}

fn write_outputs(file: Option<&Path>, outputs: Outputs<'_>, voice: Voice) -> ExitCode {
    let Some(file) = file else {
        return outputs.code;
    };
    let status = match outputs.code {
        ExitCode::Passed => "pass",
        ExitCode::Failed => "fail",
        ExitCode::Request | ExitCode::Evidence | ExitCode::Environment => "error",
    };
    // Ids are of the policy's own alphabet, so no JSON writer has a choice here.
    let blocking = serde_json::to_string(outputs.blocking).unwrap_or_default();
    let lines: Option<Vec<OutputLine>> = [
        ("status", status),
        ("exit-code", &outputs.code.number().to_string()),
        ("blocking", &blocking),
        ("report", outputs.report.unwrap_or_default()),
        ("record", outputs.record.unwrap_or_default()),
    ]
    .into_iter()
    .map(|(key, value)| OutputLine::new(key, value))
    .collect();
    let text = lines.map(|lines| lines.iter().map(ToString::to_string).collect());
    match output::add_to(file, |_| text) {
        Ok(true) => outputs.code,
        Ok(false) => outputs.code.max(ExitCode::Environment),
        Err(diagnostic) => outputs.code.max(super::refuse(&[*diagnostic], &[], voice)),
    }
}

/// A file of a folder that is not there yet: the reports of several steps of a job lie beside
/// one another.
fn new_file(folder: &Path) -> PathBuf {
    let name = |number: u32| match number {
        1 => folder.join("krgate-report.json"),
        number => folder.join(format!("krgate-report-{number}.json")),
    };
    (1..MOST_REPORTS)
        .map(name)
        .find(|path| path.symlink_metadata().is_err())
        .unwrap_or_else(|| name(MOST_REPORTS))
}
