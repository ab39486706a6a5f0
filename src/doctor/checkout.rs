//! Checkouts: of foreign code with a token that can write (rule G53), without the base commit
//! (rule G126), with the token left behind.

use super::Sight;
use super::gate::{By, Gate};
use super::needs::expression;
use super::workflow::{Step, Workflow};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::Untrusted;
use crate::policy::Mark;

const CHECKOUT: &str = "actions/checkout";

/// What names the code of a change in an expression or in a ref, without white space.
const HEADS: [&str; 6] = [
    "github.event.pull_request.head.",
    "github.event.pull_request.merge_commit_sha",
    "github.event.number",
    "github.event.pull_request.number",
    "github.head_ref",
    "refs/pull/",
];

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    for workflow in sight.workflows {
        if workflow.event("pull_request_target").is_some() {
            heads(workflow, found);
        }
    }
    for gate in sight.gates {
        if !matches!(gate.by, By::Call) && gate.on_a_change {
            base(gate, found);
        }
        let own = std::iter::once(gate.job);
        for job in own.chain(gate.workflow.upstream(gate.job)) {
            for step in job.steps().filter(|step| is_checkout(*step)) {
                credentials(step, found);
            }
        }
    }
}

fn is_checkout(step: Step<'_>) -> bool {
    step.action()
        .is_some_and(|action| action.eq_ignore_ascii_case(CHECKOUT))
}

fn heads(workflow: &Workflow, found: &mut Vec<Diagnostic>) {
    for job in workflow.jobs() {
        for step in job.steps() {
            if let Some(at) = head_of(step) {
                found.push(
                    Diagnostic::new(
                        Code::HeadCheckoutWithToken,
                        Message::from("the job ")
                            .foreign(Untrusted::new(job.id))
                            .own(" checks out the code of the change under `pull_request_target`, where the token can write and secrets are there"),
                    )
                    .at(at.place())
                    .label("what this brings can run with that token")
                    .hint("use `pull_request` for what looks at the code of a change"),
                );
            }
        }
    }
}

/// Where a step takes the code of the change.
fn head_of(step: Step<'_>) -> Option<Mark> {
    let names_head = |text: &str| {
        let text = expression(text);
        HEADS.iter().any(|head| text.contains(head))
    };
    if is_checkout(step) {
        return step
            .inputs()
            .iter()
            .filter(|input| ["ref", "repository"].contains(&input.key.as_str()))
            .find(|input| names_head(input.node.text().unwrap_or_default()))
            .map(|input| input.node.mark);
    }
    let run = step.run()?;
    let text = run.text()?;
    let fetches = ["git fetch", "git checkout", "git pull", "gh pr checkout"];
    let fetches = fetches.iter().any(|command| text.contains(command));
    let checks_out = text.contains("gh pr checkout") || names_head(text);
    (fetches && checks_out).then_some(run.mark)
}

fn base(gate: &Gate<'_>, found: &mut Vec<Diagnostic>) {
    let Some(step) = gate.job.steps().find(|step| is_checkout(*step)) else {
        return;
    };
    if !matches!(step.input("fetch-depth"), None | Some("1")) {
        return;
    }
    found.push(
        Diagnostic::new(
            Code::BaseNotFetched,
            "this checkout brings one commit: on a change krgate reads the policy from the base \
             commit, and has to fetch it",
        )
        .at(step.mark().place())
        .hint("add `fetch-depth: 2` under `with:`"),
    );
}

fn credentials(step: Step<'_>, found: &mut Vec<Diagnostic>) {
    let off = step
        .input("persist-credentials")
        .is_some_and(|text| text.eq_ignore_ascii_case("false"));
    if !off {
        found.push(
            Diagnostic::new(
                Code::CredentialsPersisted,
                "this checkout leaves the token on disk, where every later step of the job can \
                 read it",
            )
            .at(step.mark().place())
            .hint("add `persist-credentials: false` under `with:`"),
        );
    }
}
