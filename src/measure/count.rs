//! `count`: how many findings pass a filter (rules M18, M28, S75).

use std::collections::BTreeSet;

use super::sight::{Sight, Sorted};
use super::{Measurement, Open, Reason, evidence, exploit, filter, vulnerability};
use crate::diagnostic::Message;
use crate::model::{Class, Intake, Quantity, Validity, one_of_each_secret};
use crate::policy::{Distinct, Filter, Term, Unit};
use crate::scope::{Compared, Lack};

/// Counts what passes the filter.
pub(super) fn measure(
    sight: &Sight<'_>,
    filter: &Filter,
    distinct: Distinct,
    introduced_only: bool,
) -> Measurement {
    let unit = match distinct {
        Distinct::Path => Unit::Paths,
        Distinct::Default | Distinct::Secret | Distinct::Vulnerability
            if filter.is_of_secrets() =>
        {
            Unit::Secrets
        }
        _ => Unit::Findings,
    };
    let mut measurement = Measurement::empty(unit);
    let mut sorted = sight.sort(filter, introduced_only);
    let counted = if distinct == Distinct::Vulnerability {
        let note = vulnerability::once_each(sight, &mut sorted);
        measurement.notes.extend(note);
        std::mem::take(&mut sorted.counted)
    } else {
        one_of_each(sight, std::mem::take(&mut sorted.counted), distinct)
    };
    let value = Quantity::count(u64::try_from(counted.len()).unwrap_or(u64::MAX));
    measurement.counted = sight.worst_first(counted);
    fill_in(sight, filter, sorted, measurement, value)
}

/// Counts what is new since the base (rule M31). Without anything to compare with every finding
/// of a change is; a state then has no figure.
pub(super) fn introduced(sight: &Sight<'_>, filter: &Filter, distinct: Distinct) -> Measurement {
    let mut measurement = measure(sight, filter, distinct, true);
    if !sight.is_change && sight.scoped.compared == Compared::Nothing {
        let unit = measurement.unit;
        measurement = Measurement::empty(unit);
        measurement.reasons.push(Reason {
            code: "no-base",
            message: "a state has no base to compare with".into(),
            remedy: Some("it is judged on changes; `--baseline FILE` shows it here too".into()),
        });
    }
    measurement
}

/// What every measure over findings says beside its value: reasons, notes, what is set aside.
pub(super) fn fill_in(
    sight: &Sight<'_>,
    filter: &Filter,
    sorted: Sorted,
    mut measurement: Measurement,
    value: Quantity,
) -> Measurement {
    let carried = evidence::for_filter(sight.intake(), filter, &|entry| sight.entry_name(entry));
    measurement.reasons.extend(carried.reasons);
    measurement.value = (!carried.none).then_some(value);
    measurement
        .reasons
        .extend(undecided_reasons(sight, &sorted));
    measurement.notes.extend(scopes_left(sight, filter));
    measurement.reasons.extend(unchecked_reason(sight, filter));
    if sorted.ignored > 0 {
        measurement.notes.push(
            format!(
                "{} left out for want of a score (`severity.unscored: ignore`)",
                findings(sorted.ignored)
            )
            .into(),
        );
    }
    measurement.notes.extend(carried.notes);
    measurement.set_aside = u64::try_from(sorted.set_aside.len()).unwrap_or(u64::MAX);
    measurement.existing = sorted.existing;
    measurement.undecided = sight.worst_first(sorted.undecided);
    measurement.bounded()
}

/// `1 finding`, `3 findings`.
pub(super) fn findings(number: u64) -> String {
    if number == 1 {
        "1 finding is".to_owned()
    } else {
        format!("{number} findings are")
    }
}

/// One finding for each thing that is counted.
pub(super) fn one_of_each(
    sight: &Sight<'_>,
    mut counted: Vec<u32>,
    distinct: Distinct,
) -> Vec<u32> {
    let intake = sight.intake();
    let is_secret = |place: &u32| {
        sight
            .view(*place)
            .is_some_and(|view| view.finding.class == Class::Secrets)
    };
    match distinct {
        Distinct::Default | Distinct::Secret => {
            let chosen = marked(intake, counted.iter().copied().filter(is_secret));
            counted.retain(|place| !is_secret(place));
            // Of a hundred thousand secrets, what is not needed beside them is gone.
            counted.shrink_to_fit();
            let secrets = one_of_each_secret(intake, |index| chosen.get(index) == Some(&true));
            if counted.is_empty() {
                return secrets;
            }
            counted.extend(secrets);
            counted
        }
        Distinct::Path => {
            let mut seen = BTreeSet::new();
            counted.retain(|place| {
                let path = sight.view(*place).and_then(|view| view.finding.path);
                path.is_none_or(|path| seen.insert(path))
            });
            counted
        }
        Distinct::Finding | Distinct::Vulnerability => counted,
    }
}

/// By place in `Intake::findings`: whether it is one of these.
fn marked(intake: &Intake, places: impl Iterator<Item = u32>) -> Vec<bool> {
    let mut marks = vec![false; intake.findings.len()];
    for place in places {
        let mark = usize::try_from(place).ok().and_then(|at| marks.get_mut(at));
        if let Some(mark) = mark {
            *mark = true;
        }
    }
    marks
}

/// Why findings that might count make the figure a lower bound (rules 76, 82, O4, O5).
fn undecided_reasons(sight: &Sight<'_>, sorted: &Sorted) -> Vec<Reason> {
    let by_level = sight.policy.severity.unscored == crate::policy::Unscored::ByLevel;
    sorted
        .open()
        .into_iter()
        .map(|(open, number)| match open {
            Open::Unscored => Reason {
                code: "unscored",
                message: format!("{} without a CVSS score", findings(number)).into(),
                remedy: Some(if by_level {
                    "give their level a number in `severity.by_level`".into()
                } else {
                    "say in `severity.unscored` how they are read: by_level, fail or ignore".into()
                }),
            },
            Open::NoCwe => Reason {
                code: "undecided",
                message: format!("{} of a rule that names no CWE", findings(number)).into(),
                remedy: Some("filter by class or rule, which every finding has".into()),
            },
            Open::NoLevel => Reason {
                code: "undecided",
                message: format!("{} without a level or severity", findings(number)).into(),
                remedy: Some("filter by class or rule, which every finding has".into()),
            },
            Open::Exploit(kind, lack) => Reason {
                code: match lack {
                    Lack::Unusable => "exploit-data-unusable",
                    _ => "undecided",
                },
                message: Message::from(format!(
                    "{} undecided by `{}`: ",
                    findings(number),
                    kind.as_str()
                ))
                .join(&exploit::words(&sight.intake().exploit, kind, lack)),
                remedy: Some(exploit::remedy(kind, lack)),
            },
            Open::NotRead(key) => Reason {
                code: "undecided",
                message: format!("{} undecided: `{key}` is not known", findings(number)).into(),
                remedy: Some(Message::from("take `").own(key).own("` out of the filter")),
            },
        })
        .collect()
}

/// The scopes of the filter that this run lies outside of: nothing is in them.
fn scopes_left(sight: &Sight<'_>, filter: &Filter) -> Vec<Message> {
    let scopes = sight.scoped.scopes.iter().enumerate();
    scopes
        .filter(|(index, marks)| {
            marks.run_outside.is_some()
                && filter.uses(&|term| matches!(term, Term::Scope(s) if s.contains(index)))
        })
        .map(|(_, marks)| {
            Message::from("this run is outside scope ")
                .foreign(crate::model::Untrusted::new(&marks.name))
        })
        .collect()
}

/// Why a filter by validity cannot rely on what the tools checked (rules S59, S60).
fn unchecked_reason(sight: &Sight<'_>, filter: &Filter) -> Option<Reason> {
    if !filter::leaves_out_unchecked(filter) || !filter.admitted_classes().contains(Class::Secrets)
    {
        return None;
    }
    let left_out = left_out_unchecked(sight, filter);
    let remedy = Some(
        "let the scanner verify secrets; where TruffleHog was told to, say \
         `verification: attempted` in the report entry"
            .into(),
    );
    if left_out > 0 {
        let noun = if left_out == 1 {
            "secret was"
        } else {
            "secrets were"
        };
        return Some(Reason {
            code: "secrets-not-checked",
            message: format!("{left_out} {noun} never checked for being alive").into(),
            remedy,
        });
    }
    evidence::unproven_runs(sight.intake())
        .next()
        .map(|run| Reason {
            code: "secrets-not-checked",
            message: evidence::subject(sight.intake(), run, &|entry| sight.entry_name(entry))
                .own(": the report does not show that secrets were checked for being alive"),
            remedy,
        })
}

/// How many secrets the filter leaves out only because nobody checked them.
fn left_out_unchecked(sight: &Sight<'_>, filter: &Filter) -> usize {
    let exact = sight.lens();
    let mut open = sight.lens();
    open.validity_open = true;
    let unchecked = (0..)
        .zip(sight.intake().views())
        .filter(|(_, view)| {
            view.finding.class == Class::Secrets
                && sight.scoped.standing(view.index) == crate::scope::Standing::Counted
                && matches!(
                    exact.validity(view),
                    Validity::NotAttempted | Validity::Unsupported
                )
                && exact.passes(filter, view) == super::Pass::No
                && open.passes(filter, view) != super::Pass::No
        })
        .map(|(place, _)| place);
    let chosen = marked(sight.intake(), unchecked);
    one_of_each_secret(sight.intake(), |index| chosen.get(index) == Some(&true)).len()
}
