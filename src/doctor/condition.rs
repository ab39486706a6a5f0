//! Whether the gate can be skipped: a skipped job counts as success for a required check.

use super::Sight;
use super::gate::Gate;
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::model::Untrusted;
use crate::policy::Node;

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// None is there.
    Absent,
    /// True however the run went.
    Always,
    /// `always()` with more that the name of the event decides.
    ByEvent,
    /// `success()` or `true`: what GitHub takes where there is none.
    OnSuccess,
    /// Anything else.
    Other,
}

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    for gate in sight.gates {
        job(gate, found);
        step(gate, found);
    }
}

fn job(gate: &Gate<'_>, found: &mut Vec<Diagnostic>) {
    let condition = gate.job.node.get("if");
    let needs = gate.job.node.entry("needs");
    let job = Untrusted::new(gate.job.id);
    let waits = !gate.job.needs().is_empty();
    let fault = match (of(condition), needs) {
        (Condition::Always, _) | (Condition::Absent | Condition::OnSuccess, None) => return,
        (Condition::Absent | Condition::OnSuccess, Some(_)) if !waits => return,
        (Condition::Absent | Condition::OnSuccess, Some(needs)) => Diagnostic::new(
            Code::GateSkippable,
            Message::from("the job ").foreign(job).own(
                " is skipped when a job that it needs fails, and a skipped job counts as success",
            ),
        )
        .at(condition.map_or(needs.key_mark, |node| node.mark).place())
        .label("it needs other jobs, and has no `if: ${{ always() }}`"),
        (Condition::ByEvent, _) => {
            let mut by_event = skippable(job).label("expected `always()` alone");
            by_event.level = Level::Warning;
            by_event.at(place(condition, gate))
        }
        (Condition::Other, _) => skippable(job)
            .at(place(condition, gate))
            .label("expected `always()` and nothing that can be false beside it"),
    };
    found.push(fault.hint("write `if: ${{ always() }}` in this job"));
}

fn skippable(job: Untrusted<'_>) -> Diagnostic {
    Diagnostic::new(
        Code::GateSkippable,
        Message::from("the condition of the job ")
            .foreign(job)
            .own(" can be false; the job is then skipped, which counts as success"),
    )
}

fn place(condition: Option<&Node>, gate: &Gate<'_>) -> crate::diagnostic::Place {
    condition.map_or(gate.job.mark, |node| node.mark).place()
}

fn step(gate: &Gate<'_>, found: &mut Vec<Diagnostic>) {
    let Some(condition) = gate.step().and_then(|step| step.node.get("if")) else {
        return;
    };
    if matches!(
        of(Some(condition)),
        Condition::Always | Condition::OnSuccess
    ) {
        return;
    }
    found.push(
        Diagnostic::new(
            Code::GateSkippable,
            "the step of the gate has a condition that can be false; a job whose gate was \
             skipped succeeds",
        )
        .at(condition.mark.place())
        .label("expected none")
        .hint("remove the `if` of this step; whether a change is judged is not a step's to say"),
    );
}

fn of(condition: Option<&Node>) -> Condition {
    let Some(node) = condition else {
        return Condition::Absent;
    };
    let text = super::needs::expression(node.text().unwrap_or_default());
    if alternatives(&text)
        .into_iter()
        .map(bare)
        .any(|term| term == "always()")
    {
        return Condition::Always;
    }
    match bare(&text) {
        "" | "true" | "success()" => Condition::OnSuccess,
        other => {
            let mut terms: Vec<&str> = other.split("&&").map(bare).collect();
            terms.retain(|term| *term != "always()");
            let always = other.contains("always()");
            let by_event = terms.iter().flat_map(|term| term.split("||")).all(|term| {
                bare(term).starts_with("github.event_name==")
                    || bare(term).starts_with("github.event_name!=")
            });
            if always && by_event {
                Condition::ByEvent
            } else {
                Condition::Other
            }
        }
    }
}

/// The sides of the `||` that stand in no brackets.
fn alternatives(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut sides = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '|' if depth == 0
                && at >= start
                && text.get(at..).is_some_and(|rest| rest.starts_with("||")) =>
            {
                sides.push(text.get(start..at).unwrap_or_default());
                start = at + 2;
            }
            _ => {}
        }
    }
    sides.push(text.get(start..).unwrap_or_default());
    sides
}

/// Without brackets round it; those of `always()` stay.
fn bare(term: &str) -> &str {
    let mut term = term;
    while let Some(inside) = term
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        term = inside;
    }
    term
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse_other;

    #[test]
    fn github_g115_conditions_that_can_be_false_are_told_from_those_that_cannot() {
        for (text, wanted) in [
            ("${{ always() }}", Condition::Always),
            ("always()", Condition::Always),
            ("${{ ALWAYS() || failure() }}", Condition::Always),
            ("(always())", Condition::Always),
            ("true", Condition::OnSuccess),
            ("success()", Condition::OnSuccess),
            ("\"!cancelled()\"", Condition::Other),
            ("success() || failure()", Condition::Other),
            ("always() && github.actor != 'a'", Condition::Other),
            ("always() && (x || always())", Condition::Other),
            ("x && (y || always() || z)", Condition::Other),
            ("x && y || always()", Condition::Always),
            (
                "always() && github.event_name == 'pull_request'",
                Condition::ByEvent,
            ),
            ("github.event_name == 'push'", Condition::Other),
            ("false", Condition::Other),
        ] {
            let root = parse_other(0, &format!("if: {text}\n"), &mut Vec::new()).unwrap();
            assert_eq!(of(root.get("if")), wanted, "{text}");
        }
        assert_eq!(of(None), Condition::Absent);
    }
}
