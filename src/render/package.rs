//! What is vulnerable, what mends it, and who else scored it: one short line each.

use crate::diagnostic::Message;
use crate::model::{CvssVersion, Facts, FindingView, NamedScore, TextId, Untrusted};

/// Most versions or scores of a line.
const MOST: usize = 3;

/// `npm/lodash 4.17.15, fixed in 4.17.21`; `None` for what is in no package.
pub(super) fn package(view: &FindingView<'_>) -> Option<Message> {
    let facts = view.facts()?;
    let package = facts.package?;
    let mut what = String::new();
    if let Some(ecosystem) = package.ecosystem {
        what.push_str(view.text(ecosystem).raw());
        what.push('/');
    }
    what.push_str(view.text(package.name).raw());
    if let Some(version) = facts.version {
        what.push(' ');
        what.push_str(view.text(version).raw());
    }
    let said = Message::default().foreign(Untrusted::new(&what));
    Some(match (facts.fixed_in.is_empty(), facts.fix_available) {
        (false, _) => versions(said.own(", fixed in "), &facts.fixed_in, view),
        (true, Some(true)) => said.own(", a fix is there"),
        (true, Some(false)) => said.own(", no fixed version is named"),
        (true, None) => said,
    })
}

fn versions(said: Message, versions: &[TextId], view: &FindingView<'_>) -> Message {
    let shown = versions.iter().take(MOST).enumerate();
    let said = shown.fold(said, |said, (index, version)| {
        let said = if index > 0 { said.own(", ") } else { said };
        said.foreign(view.text(*version))
    });
    and_more(said, versions.len())
}

/// `also scored 6.4 by redhat, 6.5 (CVSS 2.0) by nvd`; `None` where one score is all.
pub(super) fn other_scores(view: &FindingView<'_>) -> Option<Message> {
    let facts: &Facts = view.facts()?;
    let mut others: Vec<&NamedScore> = facts.scores.iter().collect();
    let own = view.finding.cvss.judged();
    if let Some(at) = others.iter().position(|named| Some(named.score) == own) {
        others.remove(at);
    }
    let first = others.first()?;
    let said = Message::from("also scored ");
    let said = others.iter().take(MOST).fold(said, |said, named| {
        let said = if std::ptr::eq(*named, *first) {
            said
        } else {
            said.own(", ")
        };
        let said = said.own(named.score.tenths.to_string());
        let said = match named.score.version {
            CvssVersion::V20 => said.own(" (CVSS 2.0)"),
            _ => said,
        };
        match named.by {
            Some(by) => said.own(" by ").foreign(view.text(by)),
            None => said,
        }
    });
    Some(and_more(said, others.len()))
}

fn and_more(said: Message, all: usize) -> Message {
    match all.saturating_sub(MOST) {
        0 => said,
        more => said.own(format!(" and {more} more")),
    }
}

/// The report's word for the severity, and whose it is (rule O20).
pub(super) fn severity_word(view: &FindingView<'_>) -> Option<Message> {
    let facts = view.facts()?;
    let said = Message::from(facts.severity?.as_str()).own(", the report's word");
    Some(match facts.severity_by {
        Some(by) => said.own(" from ").foreign(view.text(by)),
        None => said,
    })
}
