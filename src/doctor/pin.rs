//! Whether the actions of the gate's job are pinned (rules G115, G121): a tag can be moved.

use super::Sight;
use super::gate::{By, is_krgate};
use crate::diagnostic::{Code, Diagnostic, Level, Message};
use crate::model::Untrusted;
use crate::policy::Node;

pub(super) fn check(sight: &Sight<'_>, found: &mut Vec<Diagnostic>) {
    for gate in sight.gates {
        if matches!(gate.by, By::Call) {
            if let Some(uses) = gate.job.node.get("uses") {
                found.extend(unpinned(uses));
            }
            continue;
        }
        for uses in gate.job.steps().filter_map(super::workflow::Step::uses) {
            found.extend(unpinned(uses));
        }
    }
}

fn unpinned(uses: &Node) -> Option<Diagnostic> {
    let text = uses.text()?;
    if text.starts_with("./") || text.starts_with("$/") {
        return None;
    }
    let (name, reference) = text.split_once('@').unwrap_or((text, ""));
    let pinned = if name.starts_with("docker://") {
        reference.starts_with("sha256:")
    } else {
        reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if pinned {
        return None;
    }
    let of_krgate = is_krgate(name, false);
    let mut found = Diagnostic::new(
        Code::ActionUnpinned,
        Message::from("the action ")
            .foreign(Untrusted::new(name))
            .own(" is not pinned to a commit: whoever moves its tag or branch decides what runs in the gate's job"),
    )
    .at(uses.mark.place())
    .label("expected 40 hexadecimal digits after the `@`")
    .hint(if of_krgate {
        "write the commit of a release; it pins the binary too"
    } else {
        "write the commit of the version, and the version in a comment behind it"
    });
    if !of_krgate {
        found.level = Level::Warning;
    }
    Some(found)
}
