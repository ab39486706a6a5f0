//! Which jobs are gates.

use std::collections::BTreeSet;

use super::shell::{self, Command, base_name};
use super::workflow::{Job, Step, Workflow};

/// A job that decides whether a change passes.
pub(super) struct Gate<'a> {
    /// The workflow that it stands in.
    pub(super) workflow: &'a Workflow,
    /// The job.
    pub(super) job: Job<'a>,
    /// What makes it a gate.
    pub(super) by: By<'a>,
    /// True if a change starts it, by its own workflow or by one that calls that.
    pub(super) on_a_change: bool,
}

/// What makes a job a gate.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    /// A step that uses krgate's action.
    Action(Step<'a>),
    /// A step that runs `krgate check`.
    Run(Step<'a>),
    /// It calls a workflow that holds a gate.
    Call,
}

impl<'a> Gate<'a> {
    /// The step, where the job has it itself.
    pub(super) fn step(&self) -> Option<Step<'a>> {
        match self.by {
            By::Action(step) | By::Run(step) => Some(step),
            By::Call => None,
        }
    }
}

/// The gates in the order of files and jobs; a job of two steps is there twice.
pub(super) fn gates(workflows: &[Workflow], action_is_here: bool) -> Vec<Gate<'_>> {
    let started = started_by_changes(workflows);
    let mut holders: Vec<&str> = Vec::new();
    let mut found: Vec<Gate<'_>> = Vec::new();
    for workflow in workflows {
        for job in workflow.jobs() {
            for by in job.steps().filter_map(|step| by(step, action_is_here)) {
                holders.push(&workflow.path);
                found.push(gate(workflow, job, by, &started));
            }
        }
    }
    // A call of a call: as many rounds as there are workflows reach them all.
    for _ in workflows {
        let before = found.len();
        for workflow in workflows {
            for job in workflow.jobs() {
                let calls = job.calls().is_some_and(|path| holders.contains(&path));
                let known = found
                    .iter()
                    .any(|gate| gate.workflow.file == workflow.file && gate.job.mark == job.mark);
                if calls && !known {
                    found.push(gate(workflow, job, By::Call, &started));
                }
            }
        }
        holders = found
            .iter()
            .map(|gate| gate.workflow.path.as_str())
            .collect();
        if found.len() == before {
            break;
        }
    }
    found.sort_by_key(|gate| gate.job.mark);
    found
}

fn gate<'a>(
    workflow: &'a Workflow,
    job: Job<'a>,
    by: By<'a>,
    started: &BTreeSet<&str>,
) -> Gate<'a> {
    Gate {
        workflow,
        job,
        by,
        on_a_change: started.contains(workflow.path.as_str()),
    }
}

/// The paths of workflows that a change starts, by their own events or by a call.
fn started_by_changes(workflows: &[Workflow]) -> BTreeSet<&str> {
    let own = workflows.iter().filter(|it| it.starts_on_a_change());
    let mut started: BTreeSet<&str> = own.map(|it| it.path.as_str()).collect();
    for _ in workflows {
        let called: Vec<&str> = workflows
            .iter()
            .filter(|workflow| started.contains(workflow.path.as_str()))
            .flat_map(|workflow| workflow.jobs().filter_map(Job::calls))
            .collect();
        let before = started.len();
        started.extend(called);
        if started.len() == before {
            break;
        }
    }
    started
}

fn by(step: Step<'_>, action_is_here: bool) -> Option<By<'_>> {
    if let Some(action) = step.action() {
        let checks = step
            .input("command")
            .is_none_or(|command| command == "check");
        return (is_krgate(action, action_is_here) && checks).then_some(By::Action(step));
    }
    let commands = shell::commands(step.run()?.text()?);
    commands.iter().any(is_check).then_some(By::Run(step))
}

/// True for krgate's action: `OWNER/krgate`, and `./` in its own repository.
pub(super) fn is_krgate(action: &str, action_is_here: bool) -> bool {
    if action == "./" || action == "." {
        return action_is_here;
    }
    let mut parts = action.split('/');
    parts.next().is_some_and(|owner| owner != ".")
        && parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("krgate"))
}

/// True for `krgate check`, with whatever stands between the two words.
pub(super) fn is_check(command: &Command) -> bool {
    let words = command.program();
    let silent = ["echo", "printf", "cargo", "which"];
    if words
        .first()
        .is_some_and(|word| silent.contains(&word.as_str()))
    {
        return false;
    }
    // Also in a container: `docker run … registry.example/krgate:1 check`.
    let program = words.iter().position(|word| {
        let name = base_name(word);
        name.split([':', '@']).next() == Some("krgate")
    });
    program.is_some_and(|at| words.iter().skip(at + 1).any(|word| word == "check"))
}
