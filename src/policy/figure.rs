//! Figures that come from the command line, read as the policy reads them.

use super::Unit;
use super::scalar::{self, WrittenUnit};
use crate::model::Quantity;

/// Reads a figure of a measure of this unit.
///
/// # Errors
/// With what was expected.
pub fn figure_in(unit: Unit, text: &str) -> Result<Quantity, &'static str> {
    let figure = scalar::figure(text)?;
    match (unit, figure.unit) {
        (Unit::Percent, WrittenUnit::Percent)
        | (Unit::Duration(_), WrittenUnit::Duration(_))
        | (
            Unit::None | Unit::Findings | Unit::Secrets | Unit::Paths | Unit::Cvss,
            WrittenUnit::None,
        ) => Ok(figure.value),
        (Unit::Percent, WrittenUnit::None) if figure.value <= Quantity::ONE => Ok(figure.value),
        (Unit::Percent, _) => Err("the figure is a share: write `90%` (or `0.9`)"),
        (Unit::Duration(_), _) => {
            Err("the figure is a length of time: write `20d`, `4h`, `10min` or `60s`")
        }
        (_, _) => Err("the figure has no unit: write a number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_result_q06_a_figure_has_the_unit_of_its_measure() {
        let read = |unit, text| figure_in(unit, text).ok().map(|value| value.to_string());
        assert_eq!(read(Unit::Percent, "62%").as_deref(), Some("0.62"));
        assert_eq!(read(Unit::Percent, "0.62").as_deref(), Some("0.62"));
        assert_eq!(read(Unit::Duration("d"), "2d").as_deref(), Some("172800"));
        assert_eq!(read(Unit::None, "62").as_deref(), Some("62"));
        for (unit, text) in [
            (Unit::Percent, "62"),
            (Unit::Percent, "2d"),
            (Unit::Duration("d"), "2"),
            (Unit::None, "62%"),
            (Unit::None, "many"),
            (Unit::None, ""),
        ] {
            assert_eq!(read(unit, text), None, "{text}");
        }
    }
}
