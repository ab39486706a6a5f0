//! Whether what decides about the gate has owners: without them a change can switch the gate
//! off, for its own workflow file is the one that runs.

use std::collections::BTreeSet;

use super::Sight;
use crate::diagnostic::{Code, Diagnostic, Message, Place, Span};
use crate::model::{Owners, Untrusted};
use crate::policy::parse_other;

const HINT: &str = "give `/.github/` and the policy an owner in CODEOWNERS, and require review from \
                    code owners; a ruleset of the organisation that requires the workflow guards \
                    the workflow file too";

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    let guarded = guarded(sight);
    let Some(file) = sight.codeowners else {
        found.push(
            Diagnostic::new(
                Code::GateFileUnowned,
                "there is no CODEOWNERS file in `.github/`, at the root or in `docs/`: whoever \
                 can merge can change the gate",
            )
            .label(format!("{} files decide what the gate does", guarded.len()))
            .hint(HINT),
        );
        return;
    };
    let text = sight.text(file);
    let owners = Owners::parse(text);
    for path in guarded {
        let rule = owners.deciding(&path);
        if rule.is_some_and(|rule| !rule.owners.is_empty()) {
            continue;
        }
        let first_line = Span {
            start: 0,
            end: text.find('\n').unwrap_or(text.len()),
        };
        found.push(
            Diagnostic::new(
                Code::GateFileUnowned,
                Message::from("nobody owns ")
                    .foreign(Untrusted::new(&path))
                    .own(", so a change of it needs no review of its own"),
            )
            .at(Place::Source {
                file,
                span: rule.map_or(first_line, |rule| Span {
                    start: rule.span.start,
                    end: rule.span.end,
                }),
            })
            .label(if rule.is_some() {
                "this line decides, and names no owner"
            } else {
                "no line of this file matches it"
            })
            .hint(HINT),
        );
    }
}

/// The files that decide what the gate does: its workflows with those that they call, the
/// policy with what it extends, the waivers, and CODEOWNERS itself.
fn guarded(sight: &Sight<'_>) -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = sight.policy_files.iter().cloned().collect();
    for gate in sight.gates {
        paths.insert(gate.workflow.path.clone());
        paths.extend(
            gate.workflow
                .jobs()
                .filter_map(|job| Some(job.calls()?.to_owned())),
        );
    }
    paths.extend(
        sight
            .codeowners
            .and_then(|file| sight.sources.get(file))
            .map(|source| source.name.clone()),
    );
    let of_policy = sight.sources.iter().enumerate().skip(sight.policy_sources);
    for (file, source) in of_policy {
        let root = parse_other(file, &source.text, &mut Vec::new());
        let waivers = root.as_ref().and_then(|root| root.get("waivers"));
        paths.extend(
            waivers
                .and_then(|waivers| waivers.text_of("file"))
                .map(|path| path.trim_start_matches("./").to_owned()),
        );
    }
    paths
}
