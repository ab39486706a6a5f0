//! What would make a key result met, and the figures that it was judged by.

use crate::decide::{KeyResultOutcome, Verdict};
use crate::model::Quantity;
use crate::policy::{Op, Target, Unit};
use crate::render::words;

/// `3 counted, 2 more if more were known, 1 set aside, 4 there before; target <= 0`.
pub(super) fn figures(key_result: &KeyResultOutcome) -> String {
    let measurement = &key_result.measurement;
    let mut parts = vec![format!("value {}", key_result.shown_value)];
    let mut part = |count: u64, said: &str| {
        if count > 0 {
            parts.push(format!("{} {said}", words::thousands(count)));
        }
    };
    part(words::number(measurement.counted.len()), "counted");
    part(
        words::number(measurement.undecided.len()),
        "more if more were known",
    );
    part(measurement.set_aside, "set aside");
    part(measurement.existing, "there before the change");
    parts.push(format!("target {}", key_result.shown_target));
    format!("{}: {}", parts.join(", "), key_result.verdict)
}

/// The rest of "met by …".
pub(super) fn met_by(key_result: &KeyResultOutcome) -> String {
    match key_result.verdict {
        Verdict::Met => "what is there: nothing is missing".to_owned(),
        Verdict::Unknown => "making known what stands below at `?`".to_owned(),
        Verdict::Missed => missed(key_result),
    }
}

fn missed(key_result: &KeyResultOutcome) -> String {
    let measurement = &key_result.measurement;
    let unit = measurement.unit;
    let is_count = matches!(unit, Unit::Findings | Unit::Secrets | Unit::Paths);
    match (key_result.target, measurement.value) {
        (Target::Compare(op @ (Op::AtMost | Op::Less), than), Some(value)) if is_count => {
            let fewer = fewer(value.minus(than), op);
            format!("mending or excepting {fewer} of those below")
        }
        (Target::Compare(Op::AtMost, than), _) if unit == Unit::Cvss => {
            format!("no finding that scores more than {}", unit.show(than))
        }
        (Target::Compare(Op::Less, than), _) if unit == Unit::Cvss => {
            format!("no finding that scores {} or more", unit.show(than))
        }
        _ if key_result.measure == "tools" => {
            "the reports of what is named below, from scans that ran to their end".to_owned()
        }
        (target, _) if key_result.measure == "friction" => format!(
            "a value of {}: soften what stops changes in vain, by `on_miss: warn`, a later \
             `enforce_from` or fewer rules, and mend what is slow",
            unit.show_target(&target)
        ),
        (target, _) => format!("a value of {}", unit.show_target(&target)),
    }
}

/// How many fewer bring a count from `over` above a target onto it, or below it.
fn fewer(over: Quantity, op: Op) -> i128 {
    let (number, of) = (over.numerator(), over.denominator());
    match op {
        Op::Less => number.div_euclid(of) + 1,
        _ => -(-number).div_euclid(of),
    }
}
