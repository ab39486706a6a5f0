//! Which statement of a VEX document sets which finding aside (rules O44 to O47).

use std::collections::BTreeMap;

use super::waiver::{WaiverOutcome, WaiverRefusal, WaiverState};
use crate::model::{FindingView, Intake};
use crate::policy::{VexProduct, VexStatement, VexStatus, Waiver};

/// Adds what became of each statement that excuses, and which finding it holds for. A waiver
/// that holds goes first.
pub(super) fn apply(
    intake: &Intake,
    statements: &[VexStatement],
    outcomes: &mut Vec<WaiverOutcome>,
    waived_by: &mut BTreeMap<usize, usize>,
) {
    if statements.is_empty() {
        return;
    }
    let index = by_id(statements);
    let mut matches: Vec<Vec<usize>> = vec![Vec::new(); statements.len()];
    let mut wins: BTreeMap<usize, usize> = BTreeMap::new();
    for view in intake.views() {
        let about = about(&view, statements, &index);
        for place in &about {
            if let Some(list) = matches.get_mut(*place) {
                list.push(view.index);
            }
        }
        if let Some(winner) = latest(&about, statements) {
            wins.insert(view.index, winner);
        }
    }
    for (place, (statement, matches)) in statements.iter().zip(matches).enumerate() {
        if !statement.excuses() {
            continue;
        }
        let won = matches
            .iter()
            .filter(|finding| wins.get(finding) == Some(&place));
        for finding in won.clone() {
            waived_by.entry(*finding).or_insert(outcomes.len());
        }
        let refusal = if statement.lacks_reason() {
            Some(WaiverRefusal::NoReason)
        } else if !matches.is_empty() && won.count() == 0 {
            Some(WaiverRefusal::Superseded)
        } else {
            None
        };
        outcomes.push(WaiverOutcome {
            waiver: Waiver::of_statement(statement),
            state: match (&refusal, matches.is_empty()) {
                (Some(_), _) => WaiverState::Refused,
                (None, true) => WaiverState::Unused,
                (None, false) => WaiverState::Active,
            },
            refusal,
            days_left: None,
            matches,
        });
    }
}

/// By id in upper case: the statements about it.
fn by_id(statements: &[VexStatement]) -> BTreeMap<String, Vec<usize>> {
    let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, statement) in statements.iter().enumerate() {
        for id in &statement.ids {
            let list = index.entry(id.to_ascii_uppercase()).or_default();
            if list.last() != Some(&place) {
                list.push(place);
            }
        }
    }
    index
}

/// The statements about the vulnerability and the package of a finding, each once.
fn about(
    view: &FindingView<'_>,
    statements: &[VexStatement],
    index: &BTreeMap<String, Vec<usize>>,
) -> Vec<usize> {
    let Some(facts) = view.facts() else {
        return Vec::new();
    };
    let mut names = vec![view.rule_for_filters().to_ascii_uppercase()];
    names.extend(
        facts
            .ids
            .iter()
            .map(|id| view.text(*id).raw().to_ascii_uppercase()),
    );
    names.extend(view.cves().iter().map(ToString::to_string));
    let mut about: Vec<usize> = names
        .iter()
        .filter_map(|name| index.get(name))
        .flatten()
        .copied()
        .filter(|place| {
            statements.get(*place).is_some_and(|statement| {
                let status = statement.status;
                let mut products = statement.products.iter();
                products.any(|product| is_in(product, status, view))
            })
        })
        .collect();
    about.sort_unstable();
    about.dedup();
    about
}

/// True if the finding is in the product: the same package, and the version that is named.
/// What is fixed is fixed in one version alone.
fn is_in(product: &VexProduct, status: VexStatus, view: &FindingView<'_>) -> bool {
    let facts = view.facts();
    let ecosystem = facts.and_then(|facts| facts.package?.ecosystem);
    let ecosystem = ecosystem.map(|id| view.text(id).raw());
    if ecosystem != product.package.ecosystem()
        || view.package_for_filters() != Some(product.package.name())
    {
        return false;
    }
    let found = facts
        .and_then(|facts| facts.version)
        .map(|id| view.text(id).raw());
    match &product.version {
        Some(version) => found == Some(version.as_str()),
        None => status != VexStatus::Fixed,
    }
}

/// The statement that counts: the latest, and of two of one time the one that excuses
/// nothing. One that lacks its reason says nothing at all.
fn latest(about: &[usize], statements: &[VexStatement]) -> Option<usize> {
    about
        .iter()
        .filter_map(|place| Some((*place, statements.get(*place)?)))
        .filter(|(_, statement)| !statement.lacks_reason())
        .max_by_key(|(place, statement)| (statement.timestamp, !statement.excuses(), *place))
        .map(|(place, _)| place)
}
