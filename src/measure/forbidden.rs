//! Which findings nothing may set aside: `waivers.forbid` (rule 38).

use super::{Pass, Sight};
use crate::policy::Policy;
use crate::scope::Scoped;

/// Places of the findings that `forbid` names, ascending. One of which not enough is known is
/// among them: what might be forbidden is not waived.
pub fn forbidden(scoped: &Scoped, policy: &Policy) -> Vec<usize> {
    let Some(filter) = &policy.waivers.forbid else {
        return Vec::new();
    };
    let sight = Sight::new(scoped, policy, false);
    let lens = sight.lens();
    let views = scoped.intake.views();
    views
        .filter(|view| lens.passes(filter, view) != Pass::No)
        .map(|view| view.index)
        .collect()
}
