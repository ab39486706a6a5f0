//! Where in its report a finding stands, as a JSON pointer (RFC 6901).

use crate::model::{FindingView, Intake};

/// The pointer; `None` for a format whose findings are no plain list, where the number of the
/// item is all that is known.
pub(super) fn pointer(intake: &Intake, view: &FindingView<'_>) -> Option<String> {
    let item = view.finding.item;
    let list = match view.report()?.format? {
        "sarif" => {
            let report = view.run()?.report;
            let before = intake.runs.iter().take(view.finding.run.index());
            let run = before.filter(|run| run.report == report).count();
            return Some(format!("/runs/{run}/results/{item}"));
        }
        "gitleaks" | "github-alerts" => "",
        "semgrep" | "bandit" => "/results",
        _ => return None,
    };
    Some(format!("{list}/{item}"))
}
