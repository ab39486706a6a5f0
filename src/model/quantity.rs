//! Exact numbers: no floating point decides anything (rule M0c).

use std::cmp::Ordering;
use std::fmt;

/// An exact fraction with a positive denominator.
///
/// Policies write at most six decimal places and measures count findings, so numerators
/// and denominators stay far below the 128 bits in which they are compared.
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    num: i128,
    den: i128,
}

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not digits with an optional sign and fraction.
    #[error("expected a decimal number such as `4` or `4.5`")]
    NotDecimal,
    /// More than six decimal places.
    #[error("at most six decimal places are allowed")]
    TooPrecise,
    /// More than twelve digits before the point.
    #[error("the number is too large")]
    TooLarge,
}

impl Quantity {
    /// Zero.
    pub const ZERO: Self = Self { num: 0, den: 1 };
    /// One.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self {
            num: i128::from(number),
            den: 1,
        }
    }

    /// A count.
    pub fn count(number: u64) -> Self {
        Self {
            num: i128::from(number),
            den: 1,
        }
    }

    /// `num / den`; `None` if the denominator is not positive.
    pub fn ratio(num: i64, den: i64) -> Option<Self> {
        (den > 0).then(|| Self::reduced(i128::from(num), i128::from(den)))
    }

    /// Reads a decimal: an optional sign, digits, at most six of them after the point.
    ///
    /// # Errors
    /// If the text is not of that form, or has more than twelve digits before the point.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.')
        {
            return Err(QuantityError::NotDecimal);
        }
        if fraction.len() > 6 {
            return Err(QuantityError::TooPrecise);
        }
        if whole.len() > 12 {
            return Err(QuantityError::TooLarge);
        }
        let places = u32::try_from(fraction.len()).unwrap_or(0);
        let den = 10_i128.pow(places);
        let num: i128 = format!("{whole}{fraction}")
            .parse()
            .map_err(|_| QuantityError::TooLarge)?;
        Ok(Self::reduced(if negative { -num } else { num }, den))
    }

    /// The numerator of the reduced fraction.
    pub fn numerator(self) -> i128 {
        self.num
    }

    /// The denominator of the reduced fraction, positive.
    pub fn denominator(self) -> i128 {
        self.den
    }

    /// `self + other`.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self::reduced(
            self.num * other.den + other.num * self.den,
            self.den * other.den,
        )
    }

    /// `self − other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self::reduced(
            self.num * other.den - other.num * self.den,
            self.den * other.den,
        )
    }

    /// `self × other`.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self::reduced(self.num * other.num, self.den * other.den)
    }

    /// `self / other`; `None` if `other` is zero.
    pub fn over(self, other: Self) -> Option<Self> {
        match other.num.cmp(&0) {
            Ordering::Equal => None,
            Ordering::Greater => Some(Self::reduced(self.num * other.den, self.den * other.num)),
            Ordering::Less => Some(Self::reduced(-self.num * other.den, self.den * -other.num)),
        }
    }

    /// The number limited to 0 … 1.
    #[must_use]
    pub fn clamp_to_unit(self) -> Self {
        if self < Self::ZERO {
            Self::ZERO
        } else if self > Self::ONE {
            Self::ONE
        } else {
            self
        }
    }

    /// The decimal with exactly `places` places, half to even (rule K2).
    pub fn to_decimal(self, places: u32) -> String {
        let scale = 10_i128.pow(places);
        let scaled = self.num * scale;
        let (mut whole, rest) = (scaled.div_euclid(self.den), scaled.rem_euclid(self.den));
        let twice = rest * 2;
        if twice > self.den || (twice == self.den && whole.rem_euclid(2) == 1) {
            whole += 1;
        }
        let sign = if whole < 0 { "-" } else { "" };
        let digits = whole.unsigned_abs();
        let scale = scale.unsigned_abs();
        if places == 0 {
            format!("{sign}{digits}")
        } else {
            let width = usize::try_from(places).unwrap_or(0);
            format!("{sign}{}.{:0width$}", digits / scale, digits % scale)
        }
    }

    fn reduced(num: i128, den: i128) -> Self {
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs());
        let divisor = i128::try_from(divisor).unwrap_or(1).max(1);
        Self {
            num: num / divisor,
            den: den / divisor,
        }
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.num * other.den).cmp(&(other.num * self.den))
    }
}

impl fmt::Display for Quantity {
    /// The shortest decimal that is exact within six places, else six places.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_decimal(6);
        let short = text.trim_end_matches('0').trim_end_matches('.');
        f.pad(short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        assert_eq!(Quantity::parse("4.50"), Ok(Quantity::ratio(9, 2).unwrap()));
        assert_eq!(Quantity::parse("-0.1").unwrap().to_string(), "-0.1");
        assert_eq!(Quantity::parse("0.000001").unwrap().to_string(), "0.000001");
        for bad in ["", ".", "4.", ".5", "1e1", "NaN", "4,5", " 4", "0x1"] {
            assert_eq!(
                Quantity::parse(bad),
                Err(QuantityError::NotDecimal),
                "{bad:?}"
            );
        }
        assert_eq!(Quantity::parse("0.0000001"), Err(QuantityError::TooPrecise));
        assert_eq!(
            Quantity::parse("1234567890123"),
            Err(QuantityError::TooLarge)
        );
    }

    #[test]
    fn key_result_k02_four_decimals_half_to_even() {
        assert_eq!(Quantity::ratio(7, 10).unwrap().to_decimal(4), "0.7000");
        assert_eq!(Quantity::ratio(-1, 9).unwrap().to_decimal(4), "-0.1111");
        assert_eq!(Quantity::ratio(56, 45).unwrap().to_decimal(4), "1.2444");
        assert_eq!(Quantity::ratio(1, 20_000).unwrap().to_decimal(4), "0.0000");
        assert_eq!(Quantity::ratio(3, 20_000).unwrap().to_decimal(4), "0.0002");
    }

    #[test]
    fn order_is_exact() {
        let third = Quantity::ratio(1, 3).unwrap();
        assert!(third > Quantity::parse("0.333333").unwrap());
        assert_eq!(Quantity::ratio(2, 6), Some(third));
        assert_eq!(
            third
                .over(Quantity::parse("-0.5").unwrap())
                .unwrap()
                .to_decimal(4),
            "-0.6667"
        );
        assert_eq!(third.over(Quantity::ZERO), None);
    }
}
