//! What the gate's token may do (rule G120).

use super::Sight;
use super::gate::{By, Gate};
use super::shell;
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::policy::{Mark, Node, Value};

/// A permission to write, and the input of the action that needs it.
const WRITES: [(&str, Option<&str>); 5] = [
    ("contents", Some("record")),
    ("pull-requests", Some("comment")),
    ("checks", Some("check-run")),
    ("statuses", None),
    ("actions", None),
];

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    for gate in sight.gates {
        // A called workflow has at most what its caller has; its own jobs are looked at there.
        if matches!(gate.by, By::Call) {
            continue;
        }
        let of_job = gate.job.node.entry("permissions");
        let Some(entry) = of_job.or_else(|| gate.workflow.root.entry("permissions")) else {
            found.push(
                Diagnostic::new(
                    Code::PermissionsUnset,
                    Message::from("the job ")
                        .foreign(Untrusted::new(gate.job.id))
                        .own(" says nothing of `permissions`, so its token has what the repository gives by default"),
                )
                .at(gate.job.mark.place())
                .label("neither here nor for the workflow")
                .hint("add `permissions: { contents: read }` to this job"),
            );
            continue;
        };
        permissions(gate, &entry.node, found);
    }
}

fn permissions(gate: &Gate<'_>, node: &Node, found: &mut Vec<Diagnostic>) {
    match &node.value {
        Value::Scalar(_) => {
            if node.text() == Some("write-all") {
                found.push(unneeded(node.mark, "write-all", None));
            }
        }
        Value::List(_) => {}
        Value::Map(entries) => {
            for entry in entries {
                let write = entry.node.text() == Some("write");
                let row = WRITES.iter().find(|(name, _)| *name == entry.key);
                if let Some((name, input)) = row.filter(|_| write)
                    && !input.is_some_and(|input| is_asked_for(gate, input))
                {
                    found.push(unneeded(entry.key_mark, name, *input));
                }
            }
        }
    }
}

fn unneeded(at: Mark, name: &'static str, input: Option<&'static str>) -> Diagnostic {
    let hint = match input {
        Some(input) => format!("remove it, or set `{input}: true` where it is meant"),
        None => "give the job `contents: read` alone, and each more for what needs it".to_owned(),
    };
    let what = if name == "write-all" {
        "the gate's token may write everything".to_owned()
    } else {
        format!("the gate's token may write `{name}`, and the gate does not")
    };
    Diagnostic::new(Code::PermissionUnneeded, what)
        .at(at.place())
        .label("whoever gets into this job can use it")
        .hint(hint)
}

/// True if the gate is told to do it, or may be by an expression.
fn is_asked_for(gate: &Gate<'_>, input: &str) -> bool {
    match gate.by {
        By::Action(step) => step
            .input(input)
            .is_some_and(|text| !text.is_empty() && !text.eq_ignore_ascii_case("false")),
        By::Run(step) => {
            let flag = format!("--{input}");
            let text = step.run().and_then(Node::text).unwrap_or_default();
            let variable = format!("KRGATE_{}", input.replace('-', "_").to_uppercase());
            shell::commands(text)
                .iter()
                .flat_map(|command| &command.words)
                .any(|word| *word == flag)
                || [step.node, gate.job.node, &gate.workflow.root]
                    .iter()
                    .any(|node| {
                        node.get("env")
                            .is_some_and(|env| env.get(&variable).is_some())
                    })
        }
        By::Call => true,
    }
}
