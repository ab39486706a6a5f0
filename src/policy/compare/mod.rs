//! Two policies side by side: which key results the second one weakens (rules G51, G129).
//!
//! Everything that can let more through is looked at, and only that: titles, owners and
//! weights are not. What cannot be told is called changed, never harmless.

mod narrow;
mod waivers;

use std::cmp::Ordering;

use jiff::Timestamp;

use self::narrow::{Extent, filters, scopes};
use super::{
    Enforcement, Judge, KeyResult, Measure, Op, Policy, ReportEntry, SuppressedAs, SuppressionMode,
    Target, ToolsDemand, Unscored,
};
use crate::model::Quantity;

/// What a difference does to what it is a difference of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shift {
    /// It is gone.
    Removed,
    /// More gets through.
    Weakened,
    /// It is another one, and nobody can say which is stricter.
    Changed,
    /// Less gets through.
    Strengthened,
    /// It is new.
    Added,
}

impl Shift {
    /// The word of every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Weakened => "weakened",
            Self::Changed => "changed",
            Self::Strengthened => "strengthened",
            Self::Added => "added",
        }
    }

    /// True if it may let more through than before.
    pub const fn may_weaken(self) -> bool {
        matches!(self, Self::Removed | Self::Weakened | Self::Changed)
    }
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A key result, by its id.
    KeyResult(String),
    /// A report entry, by its name.
    Report(String),
    /// A key of the policy that all key results depend on.
    Key(&'static str),
}

/// One difference between two policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub subject: Subject,
    /// What that does.
    pub shift: Shift,
    /// In which ways, in krgate's words and figures alone: `target loosened: <= 0, now <= 99`.
    pub ways: Vec<String>,
}

/// One way in which something differs.
type Way = (Shift, String);

/// The differences from one policy to another: key results in the order of the first, then
/// those that are new, then what all key results depend on.
pub fn compare(before: &Policy, after: &Policy) -> Vec<Difference> {
    let find = |policy: &'_ Policy, id: &str| -> Option<KeyResult> {
        let mut all = policy.key_results();
        all.find(|(_, kr)| kr.id == id).map(|(_, kr)| kr.clone())
    };
    let mut list = Vec::new();
    for (_, key_result) in before.key_results() {
        let subject = Subject::KeyResult(key_result.id.clone());
        match find(after, &key_result.id) {
            Some(now) => list.extend(difference(
                subject,
                of_key_result(key_result, &now, before, after),
            )),
            None => list.push(whole(subject, Shift::Removed)),
        }
    }
    for (_, key_result) in after.key_results() {
        if find(before, &key_result.id).is_none() {
            list.push(whole(
                Subject::KeyResult(key_result.id.clone()),
                Shift::Added,
            ));
        }
    }
    list.extend(of_reports(before, after));
    list.extend(of_keys(before, after));
    list
}

/// What a policy that is taken away leaves: every key result removed.
pub fn all_removed(before: &Policy) -> Vec<Difference> {
    before
        .key_results()
        .map(|(_, kr)| whole(Subject::KeyResult(kr.id.clone()), Shift::Removed))
        .collect()
}

fn whole(subject: Subject, shift: Shift) -> Difference {
    Difference {
        subject,
        shift,
        ways: Vec::new(),
    }
}

/// One difference of all ways: the worst of them is what it does.
fn difference(subject: Subject, ways: Vec<Way>) -> Option<Difference> {
    let shift = ways.iter().map(|(shift, _)| *shift).min()?;
    Some(Difference {
        subject,
        shift,
        ways: ways.into_iter().map(|(_, words)| words).collect(),
    })
}

fn of_key_result(before: &KeyResult, after: &KeyResult, old: &Policy, new: &Policy) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut add = |way: Option<Way>| ways.extend(way);
    let extent = measures(&before.measure, &after.measure, old, new, &mut add);
    add(extent.and_then(|(extent, words)| by_extent(extent, words, before, after)));
    add(target(before, after));
    add(lowered("on_miss", before.on_miss, after.on_miss));
    add(lowered(
        "on_unknown",
        before.on_unknown.unwrap_or(before.on_miss),
        after.on_unknown.unwrap_or(after.on_miss),
    )
    .filter(|_| before.on_unknown.is_some() || after.on_unknown.is_some()));
    add(lowered(
        "on_regress",
        before.on_regress.unwrap_or(Enforcement::Observe),
        after.on_regress.unwrap_or(Enforcement::Observe),
    ));
    add(later(
        "enforce_from",
        before.enforce_from,
        after.enforce_from,
    ));
    add(waiting(before, after));
    add(match (before.judge, after.judge) {
        (Judge::All, Judge::Introduced) => Some((
            Shift::Weakened,
            "judges only what a change introduced, before all".to_owned(),
        )),
        (Judge::Introduced, Judge::All) => Some((
            Shift::Strengthened,
            "judges all, before only what a change introduced".to_owned(),
        )),
        _ => None,
    });
    ways
}

/// A key result that moves only warns until it is due, if it does not say otherwise.
fn waiting(before: &KeyResult, after: &KeyResult) -> Option<Way> {
    let waits = |key_result: &KeyResult| key_result.moves && !key_result.on_miss_stated;
    match (waits(before), waits(after)) {
        (false, true) => Some((Shift::Weakened, "only warns until it is due".to_owned())),
        (true, false) => Some((
            Shift::Strengthened,
            "no longer waits until it is due".to_owned(),
        )),
        (true, true) if before.due != after.due => {
            if before.due.is_some() && after.due.is_some() {
                later("due", before.due, after.due)
            } else {
                Some((Shift::Changed, "due changed".to_owned()))
            }
        }
        _ => None,
    }
}

/// How the measures differ: in kind (told to `add`), or in how many findings they look at.
fn measures(
    before: &Measure,
    after: &Measure,
    old: &Policy,
    new: &Policy,
    add: &mut impl FnMut(Option<Way>),
) -> Option<(Extent, &'static str)> {
    let changed = |what: &str| Some((Shift::Changed, what.to_owned()));
    let (one, other) = match (before, after) {
        (Measure::Count(one, before), Measure::Count(other, after))
        | (Measure::Introduced(one, before), Measure::Introduced(other, after)) => {
            if before != after {
                add(changed("counts by something else"));
            }
            (one, other)
        }
        (Measure::MaxCvss(one), Measure::MaxCvss(other)) => (one, other),
        (
            Measure::Suppressed {
                filter: one,
                by: before,
                shown_as: shown,
            },
            Measure::Suppressed {
                filter: other,
                by: after,
                shown_as: now_shown,
            },
        ) => {
            if before != after || shown != now_shown {
                add(changed("measure changed"));
            }
            (one, other)
        }
        (Measure::Tools(before), Measure::Tools(after)) => {
            add(tools(before, after));
            return None;
        }
        (Measure::Density { .. } | Measure::Routed(_) | Measure::Past(_), _)
            if before.name() == after.name() =>
        {
            if !same_but_for_the_filter(before, after) {
                add(changed("measure changed"));
            }
            match (before, after) {
                (Measure::Past(one), Measure::Past(other)) => (&one.filter, &other.filter),
                _ => before.filter().zip(after.filter())?,
            }
        }
        (Measure::Figure(before, _), Measure::Figure(after, _)) if before == after => return None,
        (Measure::Inventory, Measure::Inventory) => return None,
        (Measure::CheckIn(before), Measure::CheckIn(after)) if before == after => return None,
        (Measure::Events(before), Measure::Events(after)) if before == after => return None,
        (Measure::Milestones(before), Measure::Milestones(after)) if before == after => {
            return None;
        }
        _ => {
            add(changed("measure changed"));
            return None;
        }
    };
    let (extent, what) = match filters(one, old, other, new) {
        Extent::Same => (scopes(one, old, new), "scope"),
        extent => (extent, "filter"),
    };
    // A run of any class that a filter admits is evidence, so a class more can make known what
    // was unknown; and of a share both sides move.
    let admitted = other.admitted_classes();
    let more_evidence = admitted.iter().any(|c| !one.admitted_classes().contains(c));
    let share = matches!(
        before,
        Measure::Suppressed {
            shown_as: SuppressedAs::Share,
            ..
        } | Measure::Routed(_)
            | Measure::Past(_)
    );
    match extent {
        Extent::Same => None,
        Extent::Wider if more_evidence => Some((Extent::Unclear, what)),
        _ if share => Some((Extent::Unclear, what)),
        extent => Some((extent, what)),
    }
}

/// True if two measures differ in their filters at most.
fn same_but_for_the_filter(before: &Measure, after: &Measure) -> bool {
    match (before, after) {
        (Measure::Routed(_), Measure::Routed(_)) => true,
        (Measure::Past(before), Measure::Past(after)) => before.kind == after.kind,
        (
            Measure::Density {
                distinct: one,
                source: file,
                pointer: at,
                per: lines,
                filter: _,
            },
            Measure::Density {
                distinct: other,
                source: now_file,
                pointer: now_at,
                per: now_lines,
                filter: _,
            },
        ) => (one, file, at, lines) == (other, now_file, now_at, now_lines),
        _ => false,
    }
}

/// Fewer demanded tools are a weaker demand.
fn tools(before: &ToolsDemand, after: &ToolsDemand) -> Option<Way> {
    let demanded = |demand: &ToolsDemand, class| {
        let legs = demand.legs.iter();
        legs.filter(|(of, _)| *of == class)
            .map(|(_, n)| *n)
            .sum::<u32>()
    };
    let less = |one: &ToolsDemand, other: &ToolsDemand| {
        let mut legs = one.legs.iter();
        legs.any(|(class, _)| demanded(one, *class) > demanded(other, *class))
    };
    match (less(before, after), less(after, before)) {
        (false, false) => None,
        // A share over more legs can be reached without the one that was demanded before.
        (true, _) => Some((Shift::Weakened, "demands fewer tools".to_owned())),
        (false, true) => Some((Shift::Strengthened, "demands more tools".to_owned())),
    }
}

/// What looking at fewer or more findings does, under the targets of both.
fn by_extent(
    extent: Extent,
    what: &'static str,
    before: &KeyResult,
    after: &KeyResult,
) -> Option<Way> {
    let side = |target: &Target| match target {
        Target::Compare(Op::AtMost | Op::Less, _) => Some(true),
        Target::Compare(Op::AtLeast | Op::More, _) => Some(false),
        _ => None,
    };
    let most = side(&before.target).filter(|most| Some(*most) == side(&after.target));
    let shift = match (extent, most) {
        (Extent::Same, _) => return None,
        (Extent::Narrower, Some(true)) | (Extent::Wider, Some(false)) => Shift::Weakened,
        (Extent::Wider, Some(true)) | (Extent::Narrower, Some(false)) => Shift::Strengthened,
        (Extent::Unclear, _) | (_, None) => Shift::Changed,
    };
    let how = match extent {
        Extent::Narrower => "narrowed",
        Extent::Wider => "widened",
        Extent::Same | Extent::Unclear => "changed",
    };
    Some((shift, format!("{what} {how}")))
}

/// Whether a target lets more values pass.
fn target(before: &KeyResult, after: &KeyResult) -> Option<Way> {
    let (old, new) = (&before.target, &after.target);
    let same_start = before.start == after.start && before.baseline == after.baseline;
    if old == new && (same_start || !matches!(old, Target::OfStart(..))) {
        return None;
    }
    let shift = match (old, new) {
        (Target::OfStart(one, from), Target::OfStart(other, to)) if one == other && same_start => {
            looser(&Target::Compare(*one, *from), &Target::Compare(*other, *to))
        }
        (Target::OfStart(..) | Target::Measured, _)
        | (_, Target::OfStart(..) | Target::Measured) => None,
        _ => looser(old, new),
    };
    let (shift, how) = match shift {
        Some(true) => (Shift::Weakened, "loosened"),
        Some(false) => (Shift::Strengthened, "tightened"),
        None => (Shift::Changed, "changed"),
    };
    let was = before.measure.unit().show_target(old);
    let is = after.measure.unit().show_target(new);
    Some((shift, format!("target {how}: {was}, now {is}")))
}

/// `Some(true)` if every value that reaches one target reaches the other, `Some(false)` if it
/// is the other way round, `None` if neither holds.
fn looser(old: &Target, new: &Target) -> Option<bool> {
    let (old, new) = (range(old)?, range(new)?);
    let within = |inner: &Range, outer: &Range| inner.low >= outer.low && inner.high <= outer.high;
    match (within(&old, &new), within(&new, &old)) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

/// The values that reach a target. A bound is a figure and on which side of it the range
/// begins or ends.
struct Range {
    low: Option<(Quantity, bool)>,
    high: Bound,
}

/// Where a range ends: everything without an end is beyond every figure.
#[derive(PartialEq, PartialOrd)]
enum Bound {
    /// Up to a figure; `true` with the figure itself.
    At(Quantity, bool),
    /// No end.
    Open,
}

fn range(target: &Target) -> Option<Range> {
    // `None` is below every figure; of two bounds at one figure, `false` begins earlier.
    let (low, high) = match target {
        Target::Compare(Op::Less, than) => (None, Bound::At(*than, false)),
        Target::Compare(Op::AtMost, than) => (None, Bound::At(*than, true)),
        Target::Compare(Op::More, than) => (Some((*than, true)), Bound::Open),
        Target::Compare(Op::AtLeast, than) => (Some((*than, false)), Bound::Open),
        Target::Compare(Op::Equal, than) => (Some((*than, false)), Bound::At(*than, true)),
        Target::Within(low, high) => (Some((*low, false)), Bound::At(*high, true)),
        Target::OfStart(..) | Target::Measured => return None,
    };
    Some(Range { low, high })
}

fn lowered(key: &str, before: Enforcement, after: Enforcement) -> Option<Way> {
    let (shift, how) = match before.cmp(&after) {
        Ordering::Equal => return None,
        Ordering::Greater => (Shift::Weakened, "lowered"),
        Ordering::Less => (Shift::Strengthened, "raised"),
    };
    Some((shift, format!("{key} {how}: {before}, now {after}")))
}

/// A day that moved back leaves more time without a gate; no day is the earliest.
fn later(key: &str, before: Option<Timestamp>, after: Option<Timestamp>) -> Option<Way> {
    match before.cmp(&after) {
        Ordering::Equal => None,
        Ordering::Less => Some((Shift::Weakened, format!("{key} is later"))),
        Ordering::Greater => Some((Shift::Strengthened, format!("{key} is earlier"))),
    }
}

fn of_reports(before: &Policy, after: &Policy) -> Vec<Difference> {
    let find = |policy: &'_ Policy, name: &str| {
        let entry = policy.reports.iter().find(|entry| entry.name == name);
        entry.cloned()
    };
    let mut list = Vec::new();
    for entry in &before.reports {
        let subject = Subject::Report(entry.name.clone());
        match find(after, &entry.name) {
            Some(now) => list.extend(difference(subject, of_report(entry, &now))),
            None => list.push(whole(subject, Shift::Removed)),
        }
    }
    for entry in &after.reports {
        if find(before, &entry.name).is_none() {
            // Another file may satisfy a class that nothing satisfied before.
            list.push(whole(Subject::Report(entry.name.clone()), Shift::Changed));
        }
    }
    list
}

fn of_report(before: &ReportEntry, after: &ReportEntry) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut demand = |was: bool, is: bool, name: &str| {
        if was != is {
            ways.push(if was {
                (Shift::Weakened, format!("no longer {name}"))
            } else {
                (Shift::Strengthened, format!("now {name}"))
            });
        }
    };
    demand(before.required, after.required, "required");
    demand(
        before.strong_evidence,
        after.strong_evidence,
        "in need of strong evidence",
    );
    demand(
        before.accept_degraded.is_none(),
        after.accept_degraded.is_none(),
        "without accept_degraded",
    );
    demand(
        !before.absent_results_mean_none,
        !after.absent_results_mean_none,
        "without absent_results_mean_none",
    );
    demand(
        !before.verification_attempted,
        !after.verification_attempted,
        "without verification",
    );
    demand(!before.of_history, !after.of_history, "without depth");
    if before.max_age != after.max_age {
        // No limit is the longest one.
        let longer = match (before.max_age, after.max_age) {
            (Some(old), Some(new)) => new > old,
            (old, _) => old.is_some(),
        };
        ways.push(if longer {
            (Shift::Weakened, "max_age is longer".to_owned())
        } else {
            (Shift::Strengthened, "max_age is shorter".to_owned())
        });
    }
    let globs = |entry: &ReportEntry| entry.covers.as_ref().map(|globs| globs.texts.clone());
    for (differs, key) in [
        (globs(before) != globs(after), "covers"),
        (before.stable_after != after.stable_after, "stable_after"),
        (before.fresh != after.fresh, "fresh"),
        (before.path != after.path, "path"),
        (before.format != after.format, "format"),
        (before.class != after.class, "class"),
        (before.tool != after.tool, "tool"),
    ] {
        if differs {
            ways.push((Shift::Changed, format!("{key} changed")));
        }
    }
    ways
}

/// What all key results depend on.
fn of_keys(before: &Policy, after: &Policy) -> Vec<Difference> {
    let rank = |mode| match mode {
        SuppressionMode::Honour => 0,
        SuppressionMode::HonourExternal => 1,
        SuppressionMode::Ignore => 2,
    };
    let mut suppressions = Vec::new();
    let (was, is) = (&before.suppressions, &after.suppressions);
    match rank(was.mode).cmp(&rank(is.mode)) {
        Ordering::Greater => {
            suppressions.push((Shift::Weakened, "more of them are honoured".to_owned()));
        }
        Ordering::Less => {
            suppressions.push((Shift::Strengthened, "fewer of them are honoured".to_owned()));
        }
        Ordering::Equal => {}
    }
    if was.max_severity != is.max_severity {
        let higher = match (was.max_severity, is.max_severity) {
            (Some(was), Some(is)) => is > was,
            (was, _) => was.is_some(),
        };
        suppressions.push(if higher {
            (Shift::Weakened, "max_severity is higher".to_owned())
        } else {
            (Shift::Strengthened, "max_severity is lower".to_owned())
        });
    }
    let mut severity = Vec::new();
    let (was, is) = (&before.severity, &after.severity);
    if was.unscored != is.unscored {
        let shift = match (was.unscored, is.unscored) {
            (_, Unscored::Ignore) | (Unscored::Fail, _) => Shift::Weakened,
            (Unscored::Ignore, _) | (_, Unscored::Fail) => Shift::Strengthened,
            _ => Shift::Changed,
        };
        severity.push((shift, "unscored changed".to_owned()));
    }
    if was.by_level != is.by_level {
        severity.push((Shift::Changed, "by_level changed".to_owned()));
    }
    let changed = |differs: bool| -> Vec<Way> {
        differs
            .then(|| (Shift::Changed, "changed".to_owned()))
            .into_iter()
            .collect()
    };
    let row = |policy: &Policy| -> Vec<_> {
        let rows = policy.tools.iter();
        rows.map(|row| (row.alias.clone(), row.names.clone(), row.classes.clone()))
            .collect()
    };
    let period = |policy: &Policy| {
        let period = policy.period.as_ref();
        period.map(|period| (period.start, period.end))
    };
    [
        (Subject::Key("suppressions"), suppressions),
        (Subject::Key("severity"), severity),
        (
            Subject::Key("introduced_by"),
            changed(before.introduced_by != after.introduced_by),
        ),
        (Subject::Key("tools"), changed(row(before) != row(after))),
        (
            Subject::Key("enrich"),
            changed(before.enrich != after.enrich),
        ),
        (Subject::Key("data"), changed(before.data != after.data)),
        (
            Subject::Key("period"),
            changed(period(before) != period(after)),
        ),
        (Subject::Key("waivers"), waivers::of(before, after)),
        (Subject::Key("vex"), waivers::of_statements(before, after)),
    ]
    .into_iter()
    .filter_map(|(subject, ways)| difference(subject, ways))
    .collect()
}
