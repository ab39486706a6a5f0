//! What a person means by `FINDING-ID`, `PATH:LINE` or `KR-ID`.

use crate::decide::Evaluation;
use crate::model::{FindingId, FindingView, visible};

/// Fewest digits that name a finding.
const FEWEST: usize = 4;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A key result, by its id.
    KeyResult(String),
    /// Findings, by their places in `Intake::findings`: all of one id, or all at one place.
    Findings(Vec<usize>),
    /// The digits fit several ids.
    Ambiguous(Vec<FindingId>),
    /// Nothing of that name is there.
    Nothing,
}

/// Finds what was asked for: a key result by its id, alone or after its objective's and `/`;
/// a finding by the first digits of its id; findings by path, or by path and line.
///
/// A path is taken as written in the report or in the visible form in which outputs show it,
/// so that what was printed can be pasted (rule V9).
pub fn find(evaluation: &Evaluation, asked: &str) -> Subject {
    let key_result = evaluation.key_results().find(|(objective, kr)| {
        kr.id == asked
            || asked
                .strip_prefix(&objective.id)
                .and_then(|rest| rest.strip_prefix('/'))
                == Some(&kr.id)
    });
    if let Some((_, key_result)) = key_result {
        return Subject::KeyResult(key_result.id.clone());
    }
    let by_id = by_id(evaluation, asked);
    if by_id != Subject::Nothing {
        return by_id;
    }
    let intake = &evaluation.scoped.intake;
    let places = |wanted: &dyn Fn(&FindingView<'_>) -> bool| -> Vec<usize> {
        intake
            .views()
            .filter(|view| wanted(view))
            .map(|view| view.index)
            .collect()
    };
    let mut found = places(&|view| is_at(view, asked));
    if let (true, Some((path, line))) = (found.is_empty(), path_and_line(asked)) {
        found = places(&|view| view.line() == Some(line) && is_at(view, path));
    }
    if found.is_empty() {
        Subject::Nothing
    } else {
        Subject::Findings(found)
    }
}

fn by_id(evaluation: &Evaluation, asked: &str) -> Subject {
    let asked = asked.to_ascii_lowercase();
    let is_hex = asked.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hex || asked.len() < FEWEST || asked.len() > 32 {
        return Subject::Nothing;
    }
    let ids = &evaluation.scoped.intake.ids;
    let mut fitting: Vec<FindingId> = ids
        .iter()
        .copied()
        .filter(|id| id.to_string().starts_with(&asked))
        .collect();
    fitting.sort_unstable();
    fitting.dedup();
    match fitting.as_slice() {
        [] => Subject::Nothing,
        [one] => Subject::Findings(
            ids.iter()
                .enumerate()
                .filter(|(_, id)| *id == one)
                .map(|(index, _)| index)
                .collect(),
        ),
        _ => Subject::Ambiguous(fitting),
    }
}

fn is_at(view: &FindingView<'_>, path: &str) -> bool {
    let is = |raw: &str| raw == path || visible(raw) == path;
    view.shown_path().is_some_and(|shown| is(shown.raw()))
        || view.repo_path().is_some_and(|repo| is(repo.as_str()))
}

fn path_and_line(asked: &str) -> Option<(&str, u32)> {
    let (path, line) = asked.rsplit_once(':')?;
    Some((path, line.parse().ok()?))
}
