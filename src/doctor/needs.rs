//! Whether the gate hears how the jobs ended that it waits for (rule G113).

use super::Sight;
use super::gate::{By, Gate};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::policy::Node;

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    for gate in sight.gates {
        if gate.job.needs().is_empty() || is_passed(gate) {
            continue;
        }
        let at = gate
            .step()
            .map_or(gate.job.mark, super::workflow::Step::mark);
        let hint = match gate.by {
            By::Action(_) => "add `needs: ${{ toJSON(needs) }}` under `with:` of this step",
            By::Run(_) => "add `KRGATE_NEEDS: ${{ toJSON(needs) }}` under `env:` of this step",
            By::Call => {
                "give the workflow an input for it, and pass `${{ toJSON(needs) }}` under `with:`"
            }
        };
        found.push(
            Diagnostic::new(
                Code::GateNeedsNotPassed,
                Message::from("the gate of the job ")
                    .foreign(Untrusted::new(gate.job.id))
                    .own(" is not told how the jobs ended that it needs, so a failed scan with an old or partial report is not seen"),
            )
            .at(at.place())
            .label("expected `${{ toJSON(needs) }}` here")
            .hint(hint),
        );
    }
}

fn is_passed(gate: &Gate<'_>) -> bool {
    let names_needs = |node: &Node| {
        let text = expression(node.text().unwrap_or_default());
        text.contains("tojson(needs)")
    };
    match gate.by {
        By::Action(step) => step
            .inputs()
            .iter()
            .any(|input| input.key.eq_ignore_ascii_case("needs") && names_needs(&input.node)),
        By::Run(step) => {
            let of_step = step.run().is_some_and(names_needs);
            let places = [step.node, gate.job.node];
            of_step
                || places.iter().any(|node| {
                    let variable = node.get("env").and_then(|env| env.get("KRGATE_NEEDS"));
                    variable.is_some_and(names_needs)
                })
        }
        By::Call => {
            let inputs = gate.job.node.get("with").map(Node::entries);
            inputs
                .unwrap_or_default()
                .iter()
                .any(|input| names_needs(&input.node))
        }
    }
}

/// An expression without its `${{ }}` and without white space, in lower case: GitHub's
/// functions and properties have no case.
pub(super) fn expression(text: &str) -> String {
    let lower: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_ascii_lowercase();
    lower.replace("${{", "").replace("}}", "")
}
