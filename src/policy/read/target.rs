//! Targets and starts (rules K1, K3, M0d, Q3, Q4).

use super::Reader;
use super::reach::{Domain, Reach, in_words};
use crate::diagnostic::{Code, Diagnostic, Message};
use crate::model::{Quantity, Untrusted};
use crate::policy::node::{Mark, Node, Value};
use crate::policy::scalar::{self, Figure, WrittenTarget, WrittenUnit};
use crate::policy::{Op, Target, Unit};

/// What a key result says of its start.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    /// Nothing: a guardrail.
    None,
    /// A figure.
    Figure(Figure, &'a Node),
    /// A figure of the ledger, which is not known yet.
    Baseline(Mark),
}

impl<'a> Start<'a> {
    pub(super) fn of(key_result: &'a Node) -> Self {
        match (key_result.entry("start"), key_result.entry("carried_from")) {
            (Some(entry), _) => match (&entry.node.value, entry.node.text()) {
                (Value::Scalar(_), Some(text)) => scalar::figure(text)
                    .map_or(Self::None, |figure| Self::Figure(figure, &entry.node)),
                _ => Self::Baseline(entry.key_mark),
            },
            (None, Some(entry)) => Self::Baseline(entry.key_mark),
            (None, None) => Self::None,
        }
    }
}

impl Reader<'_> {
    /// Target and start in the unit of the measure; `domain` is what its values can be.
    pub(super) fn target(
        &mut self,
        key_result: &Node,
        unit: Unit,
        domain: Option<Domain>,
    ) -> (Option<Target>, Option<Quantity>) {
        let start = Start::of(key_result);
        let start_value = match start {
            Start::Figure(figure, node) => self.in_unit(figure, unit, node),
            Start::None | Start::Baseline(_) => None,
        };
        let Some(node) = key_result.get("target") else {
            return (None, start_value);
        };
        let Some(Ok(written)) = node.text().map(scalar::target) else {
            return (None, start_value);
        };
        let target = match written {
            WrittenTarget::Measured => Some(Target::Measured),
            WrittenTarget::Compare(op, than) => self
                .in_unit(than, unit, node)
                .map(|than| Target::Compare(op, than)),
            WrittenTarget::Within(low, high) => {
                let low = self.in_unit(low, unit, node);
                let high = self.in_unit(high, unit, node);
                low.zip(high).map(|(low, high)| Target::Within(low, high))
            }
            WrittenTarget::OfStart(op, share) => match (start, start_value) {
                (Start::Figure(..), Some(value)) => Some(Target::Compare(op, value.times(share))),
                _ => Some(Target::OfStart(op, share)),
            },
        };
        let Some(target) = target else {
            return (None, start_value);
        };
        match domain.map(|domain| (domain, domain.reach(target))) {
            Some((domain, reach @ (Reach::Every | Reach::None))) => {
                self.decides_nothing(domain, reach, target, unit, node);
            }
            _ => self.fits_start(target, start, start_value, node),
        }
        (Some(target), start_value)
    }

    fn in_unit(&mut self, figure: Figure, unit: Unit, node: &Node) -> Option<Quantity> {
        let expected = match (unit, figure.unit) {
            (Unit::Percent, WrittenUnit::Percent)
            | (Unit::Duration(_), WrittenUnit::Duration(_))
            | (Unit::None | Unit::Findings | Unit::Secrets | Unit::Paths, WrittenUnit::None) => {
                return Some(figure.value);
            }
            (Unit::Percent, WrittenUnit::None) if figure.value <= Quantity::ONE => {
                return Some(figure.value);
            }
            (Unit::Cvss, WrittenUnit::None) => {
                let text = figure.value.to_string();
                if scalar::tenths(&text).is_ok() {
                    return Some(figure.value);
                }
                "expected a CVSS score from 0.0 to 10.0 with at most one decimal place"
            }
            (Unit::Percent, _) => "the measure is a share: write `90%` (or `0.9`)",
            (Unit::Duration(_), _) => {
                "the measure is a length of time: write `20d`, `4h`, `10min` or `60s`"
            }
            (Unit::Cvss, _) => "the measure is a CVSS score, which has no unit",
            (Unit::Findings, _) => "the measure counts findings, which have no unit",
            (Unit::Secrets, _) => "the measure counts secrets, which have no unit",
            (Unit::Paths, _) => "the measure counts paths, which have no unit",
            (Unit::None, _) => "the measure is a plain number without a unit",
        };
        self.fault(
            Diagnostic::new(
                Code::UnitMismatch,
                Message::default()
                    .foreign(Untrusted::new(node.text().unwrap_or_default()))
                    .own(" does not fit the measure"),
            )
            .at(node.mark.place())
            .label(expected),
        );
        None
    }

    /// Rules K1 and K3.
    fn fits_start(&mut self, target: Target, start: Start<'_>, value: Option<Quantity>, at: &Node) {
        let start_at = match start {
            Start::None => {
                if matches!(target, Target::OfStart(..)) {
                    self.bad_target(at, "add `start: …`, or compare with a figure");
                }
                return;
            }
            Start::Figure(_, node) => node.mark,
            Start::Baseline(mark) => mark,
        };
        let (op, than) = match (target, value) {
            (Target::Compare(op, than), Some(value)) => (op, Some(value.cmp(&than))),
            (Target::Compare(op, _), None) => (op, None),
            // A start of the ledger is taken to be positive.
            (Target::OfStart(op, share), _) => (op, Some(Quantity::ONE.cmp(&share))),
            (Target::Within(..) | Target::Measured, _) => {
                return self.bad_target(
                    at,
                    "a key result with a start moves to `<=` or `>=` a figure",
                );
            }
        };
        let beyond = match op {
            Op::AtMost => std::cmp::Ordering::Less,
            Op::AtLeast => std::cmp::Ordering::Greater,
            Op::Less | Op::More | Op::Equal => {
                return self
                    .bad_target(at, "with a `start`, a target is written with `<=` or `>=`");
            }
        };
        match than {
            Some(std::cmp::Ordering::Equal) => self.fault(
                Diagnostic::new(Code::StartEqualsTarget, "the key result starts at its target")
                    .at(start_at.place())
                    .label("remove `start` for a guardrail, or set a target that is not reached yet"),
            ),
            Some(order) if order == beyond => self.fault(
                Diagnostic::new(Code::StartBeyondTarget, "the key result starts beyond its target")
                    .at(start_at.place())
                    .label(format!(
                        "this is already `{op}` the target; turn the comparison round, or set another target"
                    )),
            ),
            _ => {}
        }
    }

    /// A target that does not depend on the value is a slip, and most often one that opens
    /// the gate: `>= 0` for `<= 0`.
    fn decides_nothing(
        &mut self,
        domain: Domain,
        reach: Reach,
        target: Target,
        unit: Unit,
        at: &Node,
    ) {
        let who = match reach {
            Reach::Every => "every value reaches",
            _ => "no value reaches",
        };
        let mut fault = Diagnostic::new(
            Code::BadTarget,
            Message::from(format!("{who} the target "))
                .foreign(Untrusted::new(at.text().unwrap_or_default())),
        )
        .at(at.mark.place())
        .label(in_words(unit));
        if let Some(meant) = domain.meant(target) {
            fault = fault.hint(format!("did you mean `{}`?", unit.show_target(&meant)));
        }
        self.fault(fault);
    }

    fn bad_target(&mut self, at: &Node, expected: &'static str) {
        self.fault(
            Diagnostic::new(
                Code::BadTarget,
                Message::from("the target ")
                    .foreign(Untrusted::new(at.text().unwrap_or_default()))
                    .own(" does not fit the start"),
            )
            .at(at.mark.place())
            .label(expected),
        );
    }
}
