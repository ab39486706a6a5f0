//! Whose policy judges: that of the base commit (rules G122, G123), not that of the change.

use super::Sight;
use super::gate::{By, Gate};
use super::needs::expression;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::policy::Node;

/// What names the commit of the change.
const OF_THE_CHANGE: [&str; 6] = [
    "github.sha",
    "github.ref",
    "github.head_ref",
    "pull_request.head.",
    "merge_group.head_",
    "refs/pull/",
];

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    for gate in sight.gates.iter().filter(|gate| gate.on_a_change) {
        if let Some(at) = of_the_change(sight, gate) {
            found.push(
                Diagnostic::new(
                    Code::GatePolicyOfChange,
                    "the gate takes the policy from the change, which can so rewrite what it is \
                     judged by",
                )
                .at(at)
                .label("expected the base commit, as without it")
                .hint("remove `policy-ref`"),
            );
        }
    }
}

fn of_the_change(sight: &Sight<'_>, gate: &Gate<'_>) -> Option<Place> {
    match gate.by {
        By::Action(step) => {
            let input = step
                .inputs()
                .iter()
                .find(|input| input.key.eq_ignore_ascii_case("policy-ref"))?;
            names_change(&input.node).then(|| input.key_mark.place())
        }
        By::Run(step) => {
            let of_variable = [step.node, gate.job.node, &gate.workflow.root]
                .into_iter()
                .find_map(|node| node.get("env")?.entry("KRGATE_POLICY_REF"));
            if let Some(variable) = of_variable.filter(|entry| names_change(&entry.node)) {
                return Some(variable.key_mark.place());
            }
            let run = step.run()?;
            let (_, after) = run.text()?.split_once("--policy-ref")?;
            let line = after.lines().next().unwrap_or_default();
            is_of_change(line).then(|| sight.within(run.mark, &["--policy-ref"]))
        }
        By::Call => None,
    }
}

fn names_change(node: &Node) -> bool {
    node.text().is_some_and(is_of_change)
}

fn is_of_change(text: &str) -> bool {
    let reference = expression(text);
    let word = reference.trim_start_matches(['=', '"', '\'']);
    word.starts_with("head")
        || word.starts_with("$github_sha")
        || OF_THE_CHANGE.iter().any(|name| reference.contains(name))
}
