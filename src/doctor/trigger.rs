//! What starts the gate: every change, and the merge queue (rules G53, G57).

use super::Sight;
use super::gate::Gate;
use super::workflow::{Event, Workflow};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::policy::Node;

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    if !sight.gates.iter().any(|gate| gate.on_a_change) {
        found.push(no_gate(sight.gates));
    }
    for workflow in sight.workflows {
        if holds_or_calls_a_gate(sight, workflow) {
            on_pull_request_target(workflow, found);
            filtered(workflow, found);
            merge_queue(workflow, found);
        }
    }
}

fn holds_or_calls_a_gate(sight: &Sight<'_>, workflow: &Workflow) -> bool {
    sight
        .gates
        .iter()
        .any(|gate| gate.workflow.file == workflow.file)
}

fn no_gate(gates: &[Gate<'_>]) -> Diagnostic {
    let Some(gate) = gates.first() else {
        return Diagnostic::new(
            Code::GateMissing,
            "no workflow of this repository uses krgate's action or runs `krgate check`",
        )
        .hint(
            "add a workflow such as docs/workflows/gate.yml, and require its job; a gate in a \
             workflow of another repository or in an action of your own is not seen from here",
        );
    };
    Diagnostic::new(
        Code::GateMissing,
        "no workflow with a gate starts for a change, so nothing keeps one from being merged",
    )
    .at(gate.job.mark.place())
    .label("this gate only judges what is there already")
    .hint("start it on `pull_request` and `merge_group` too")
}

/// Rule G53: krgate refuses the event, and its checkout is the base.
fn on_pull_request_target(workflow: &Workflow, found: &mut Vec<Diagnostic>) {
    if let Some(event) = workflow.event("pull_request_target") {
        found.push(
            Diagnostic::new(
                Code::GateOnPullRequestTarget,
                "the gate runs on `pull_request_target`: the checkout there is the base and not \
                 the change, and the token can write",
            )
            .at(event.mark.place())
            .label("krgate refuses this event with exit 2")
            .hint("use `pull_request`"),
        );
    }
}

/// A workflow that does not start leaves its check pending, or judges nothing where the check
/// is not required.
fn filtered(workflow: &Workflow, found: &mut Vec<Diagnostic>) {
    for event in workflow.events() {
        if !matches!(event.name, "pull_request" | "pull_request_target") {
            continue;
        }
        for name in ["paths", "paths-ignore"] {
            let filter = event.filters.and_then(|filters| filters.entry(name));
            if let Some(filter) = filter {
                found.push(
                    Diagnostic::new(
                        Code::GateFiltered,
                        format!("`{name}` keeps the gate from changes of other files"),
                    )
                    .at(filter.key_mark.place())
                    .label("such a change is never judged; a required check stays pending")
                    .hint("remove the filter; scopes of the policy say which findings count"),
                );
            }
        }
        types(event, found);
    }
}

/// Without these two a change, or its next commit, starts nothing.
fn types(event: Event<'_>, found: &mut Vec<Diagnostic>) {
    let Some(types) = event.filters.and_then(|filters| filters.get("types")) else {
        return;
    };
    let words: Vec<&str> = types.one_or_items().iter().filter_map(Node::text).collect();
    for needed in ["opened", "synchronize"] {
        if !words.contains(&needed) {
            found.push(
                Diagnostic::new(
                    Code::GateFiltered,
                    Message::from(format!("`types` leaves out `{needed}` of "))
                        .foreign(Untrusted::new(event.name)),
                )
                .at(types.head().place())
                .label("commits that only this would start a run for are not judged")
                .hint("remove `types`: opened, synchronize and reopened are the default"),
            );
        }
    }
}

/// Rule G57.
fn merge_queue(workflow: &Workflow, found: &mut Vec<Diagnostic>) {
    if let (Some(event), None) = (
        workflow.event("pull_request"),
        workflow.event("merge_group"),
    ) {
        found.push(
            Diagnostic::new(
                Code::MergeGroupMissing,
                "the gate does not run on `merge_group`: a merge queue that requires it waits \
                 for ever",
            )
            .at(event.mark.place())
            .label("expected `merge_group` beside this event")
            .hint("add `merge_group:` under `on:`"),
        );
    }
}
