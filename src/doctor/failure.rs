//! Whether the gate's failure fails its job (rule G1).

use super::Sight;
use super::gate::{By, Gate, is_check};
use super::shell::{self, Command, Then};
use super::workflow::{Step, may_be_true};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::policy::Node;

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    for gate in sight.gates {
        let step = gate.step().map(|step| step.node);
        for node in [Some(gate.job.node), step].into_iter().flatten() {
            if may_be_true(node, "continue-on-error")
                && let Some(entry) = node.entry("continue-on-error")
            {
                found.push(
                    Diagnostic::new(
                        Code::GateFailureIgnored,
                        "`continue-on-error` lets the job succeed when the gate fails",
                    )
                    .at(entry.key_mark.place())
                    .label("expected none on the gate")
                    .hint("remove it; `on_miss: warn` in the policy lets one key result be missed"),
                );
            }
        }
        if let By::Run(step) = gate.by {
            run(sight, gate, step, found);
        }
    }
}

fn run(sight: &Sight<'_>, gate: &Gate<'_>, step: Step<'_>, found: &mut Vec<Diagnostic>) {
    let Some(node) = step.run() else { return };
    let text = node.text().unwrap_or_default();
    let mut lost = |what: &'static str, at: Place| {
        found.push(
            Diagnostic::new(Code::GateFailureIgnored, what)
                .at(at)
                .label("the exit code of `krgate check` is lost here")
                .hint("let `krgate check` be the last command of its step, and nothing round it"),
        );
    };
    let commands = shell::commands(text);
    if commands
        .iter()
        .any(|command| command.words.starts_with(&["set".into(), "+e".into()]))
    {
        lost(
            "`set +e` lets the step go on when the gate fails",
            sight.within(node.mark, &["set +e"]),
        );
    }
    for (index, command) in commands.iter().enumerate() {
        if !is_check(command) {
            continue;
        }
        if command.is_condition() {
            lost(
                "the shell only branches on the gate's exit code",
                sight.within(node.mark, &["krgate"]),
            );
        }
        match what_follows(commands.get(index..).unwrap_or_default()) {
            Some(Then::Or) => lost(
                "`||` after the gate lets the step succeed when the gate fails",
                sight.within_after(node.mark, "krgate", &["||"]),
            ),
            Some(Then::And) => lost(
                "`&&` after the gate lets the step go on when the gate fails",
                sight.within_after(node.mark, "krgate", &["&&"]),
            ),
            Some(Then::Background) => lost(
                "nobody waits for a gate in the background",
                sight.within_after(node.mark, "krgate", &["&"]),
            ),
            Some(Then::Pipe) if !has_pipefail(gate, step, text) => lost(
                "a pipe has the exit code of its last command, not the gate's",
                sight.within_after(node.mark, "krgate", &["|"]),
            ),
            _ => {}
        }
    }
}

/// What becomes of the exit code of the first command; `None` if it decides the step's.
fn what_follows(commands: &[Command]) -> Option<Then> {
    let mut rest = commands.iter().peekable();
    let mut chained = false;
    while let Some(command) = rest.next() {
        match command.then {
            Then::And => chained = true,
            Then::Or => {
                let fails = rest.peek().is_some_and(|next| next.always_fails());
                return (!fails).then_some(Then::Or);
            }
            Then::Pipe => return Some(Then::Pipe),
            Then::Background => return Some(Then::Background),
            // `a && b` that fails in `a` does not end a shell, unless it is the last.
            Then::End => return (chained && rest.peek().is_some()).then_some(Then::And),
        }
    }
    None
}

/// `shell: bash` means `-eo pipefail`; where no shell is named, it is `bash -e`.
fn has_pipefail(gate: &Gate<'_>, step: Step<'_>, text: &str) -> bool {
    let defaults = |node: &Node| {
        let run = node.get("defaults").and_then(|node| node.get("run"));
        run.and_then(|node| node.text_of("shell"))
            .map(str::to_owned)
    };
    let shell = step
        .node
        .text_of("shell")
        .map(str::to_owned)
        .or_else(|| defaults(gate.job.node))
        .or_else(|| defaults(&gate.workflow.root));
    text.contains("pipefail")
        || shell.is_some_and(|shell| shell == "bash" || shell.contains("pipefail"))
}
