//! What would let a change past the gate: workflow files, CODEOWNERS and the policy, looked
//! at together.
//!
//! Texts go in, diagnostics come out; nothing is opened, run or fetched. A gate is a job with
//! a step that uses krgate's action or runs `krgate check`, and a job that calls a reusable
//! workflow with such a job (`gate`). Each check is a function over all gates that adds what
//! it finds. What cannot be read or decided (a file that is no YAML, a condition on a value
//! that only a run knows) is said, not passed over.
//!
//! Begin with [`examine`].

mod checkout;
mod condition;
mod failure;
mod gate;
mod needs;
mod owners;
mod permission;
mod pin;
mod policy_ref;
mod scan;
mod shell;
mod trigger;
mod workflow;

use self::gate::Gate;
use self::workflow::Workflow;
use crate::diagnostic::{Code, Diagnostic, Level, Message, Place, SourceFile, Span};
use crate::model::Untrusted;
use crate::policy::{Mark, Policy, parse_other};

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Premises<'a> {
    /// The workflow files, named by their path from the repository's root
    /// (`.github/workflows/gate.yml`), in the order in which they are to be named.
    pub workflows: Vec<SourceFile>,
    /// The CODEOWNERS file that GitHub takes.
    pub codeowners: Option<SourceFile>,
    /// True if `uses: ./` is krgate's action: in krgate's own repository.
    pub action_is_here: bool,
    /// The policy.
    pub policy: &'a Policy,
    /// The policy's files that can be changed, by their path from the repository's root.
    pub policy_files: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Checkup {
    /// What lets a change past (errors), what makes it easier (warnings), what to know (notes);
    /// in this order, then by file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that the diagnostics point into: workflows, CODEOWNERS, policy.
    pub sources: Vec<SourceFile>,
    /// The gates that were looked at, in order.
    pub gates: Vec<GateName>,
}

/// Which job is a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateName {
    /// The workflow file.
    pub file: String,
    /// The job's id in it.
    pub job: String,
}

impl Checkup {
    /// How many diagnostics are of a level.
    pub fn count(&self, level: Level) -> usize {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level == level)
            .count()
    }
}

/// Everything that the checks look at.
struct Sight<'a> {
    workflows: &'a [Workflow],
    gates: &'a [Gate<'a>],
    sources: &'a [SourceFile],
    /// Place of CODEOWNERS in `sources`.
    codeowners: Option<usize>,
    /// Place of the first policy file in `sources`.
    policy_sources: usize,
    policy: &'a Policy,
    policy_files: &'a [String],
}

impl Sight<'_> {
    /// The text of a source.
    fn text(&self, file: usize) -> &str {
        self.sources
            .get(file)
            .map_or("", |source| source.text.as_str())
    }

    /// The place of the first of these words inside a value, or of the value itself.
    fn within(&self, mark: Mark, words: &[&str]) -> Place {
        self.within_after(mark, "", words)
    }

    /// The same from where another word stands.
    fn within_after(&self, mark: Mark, from: &str, words: &[&str]) -> Place {
        let text = self.text(mark.file);
        let inside = text.get(mark.span.start..mark.span.end).unwrap_or_default();
        let start = inside.find(from).unwrap_or_default();
        let rest = inside.get(start..).unwrap_or_default();
        let found = words
            .iter()
            .find_map(|word| rest.find(word).map(|at| (start + at, word.len())));
        match found {
            Some((at, length)) => Place::Source {
                file: mark.file,
                span: Span {
                    start: mark.span.start + at,
                    end: mark.span.start + at + length,
                },
            },
            None => mark.place(),
        }
    }
}

/// Looks at everything.
pub fn examine(premises: Premises<'_>) -> Checkup {
    let mut sources = premises.workflows;
    let mut found = Vec::new();
    let workflows = read(&sources, &mut found);
    let codeowners = premises.codeowners.map(|file| {
        sources.push(file);
        sources.len() - 1
    });
    let policy_sources = sources.len();
    sources.extend(premises.policy.sources.iter().cloned());
    let gates = gate::gates(&workflows, premises.action_is_here);
    let sight = Sight {
        workflows: &workflows,
        gates: &gates,
        sources: &sources,
        codeowners,
        policy_sources,
        policy: premises.policy,
        policy_files: &premises.policy_files,
    };
    for check in [
        trigger::check,
        condition::check,
        failure::check,
        needs::check,
        policy_ref::check,
        scan::check,
        owners::check,
        permission::check,
        pin::check,
        checkout::check,
    ] {
        check(&sight, &mut found);
    }
    found.sort_by_key(|diagnostic| {
        let place = match &diagnostic.place {
            Place::Source { file, span } => (*file, span.start),
            Place::None | Place::Report { .. } => (0, 0),
        };
        (std::cmp::Reverse(diagnostic.level), place)
    });
    // A job that two checks reach by two ways (a reusable workflow, an alias) is named once.
    found.dedup();
    let gates = gates.iter().map(|gate| GateName {
        file: gate.workflow.path.clone(),
        job: gate.job.id.to_owned(),
    });
    Checkup {
        diagnostics: found,
        gates: gates.collect(),
        sources,
    }
}

/// The workflows that can be read; the others are named.
fn read(sources: &[SourceFile], found: &mut Vec<Diagnostic>) -> Vec<Workflow> {
    let mut workflows = Vec::new();
    for (file, source) in sources.iter().enumerate() {
        let mut faults = Vec::new();
        let root = parse_other(file, &source.text, &mut faults);
        found.extend(faults.into_iter().map(|fault| {
            let unreadable = Diagnostic::new(
                Code::WorkflowUnreadable,
                Message::from("the workflow ")
                    .foreign(Untrusted::new(&source.name))
                    .own(" cannot be read"),
            )
            .at(fault.place)
            .hint("mend the file, then run `krgate doctor` again; the others were looked at");
            if fault.code == Code::DuplicateKey {
                return unreadable.label(fault.message);
            }
            unreadable.label("from here on it is not the YAML of a workflow")
        }));
        if let Some(root) = root {
            workflows.push(Workflow {
                file,
                path: source.name.clone(),
                root,
            });
        }
    }
    workflows
}
