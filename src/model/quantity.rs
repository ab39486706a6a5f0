//! Exact numbers: no floating point decides anything (rule M0c).

use std::cmp::Ordering;
use std::fmt;

/// An exact fraction with a positive denominator.
///
/// Comparisons are exact whatever the numbers. Sums and products are exact as long as they
/// fit in 128 bits, as all do that are made from the figures of one key result. Beyond that,
/// in a mean over dozens of key results with large denominators, both sides are rounded to
/// twelve decimal places first, half to even; nothing ever wraps. [`Self::checked_plus`] and
/// its like say so instead.
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
    /// Where sums and products end that are too large even when they are rounded.
    const MOST: Self = Self {
        num: i128::MAX,
        den: 1,
    };
    const LEAST: Self = Self {
        num: -i128::MAX,
        den: 1,
    };

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

    /// `self + other`, exact or rounded (see the type).
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.checked_plus(other).unwrap_or_else(|| {
            let (a, b) = (self.rounded(), other.rounded());
            a.checked_plus(b).unwrap_or_else(|| {
                if a < Self::ZERO {
                    Self::LEAST
                } else {
                    Self::MOST
                }
            })
        })
    }

    /// `self − other`, exact or rounded (see the type).
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(other.negated())
    }

    /// `self × other`, exact or rounded (see the type).
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        self.checked_times(other).unwrap_or_else(|| {
            let (a, b) = (self.rounded(), other.rounded());
            a.checked_times(b).unwrap_or_else(|| {
                if (a < Self::ZERO) == (b < Self::ZERO) {
                    Self::MOST
                } else {
                    Self::LEAST
                }
            })
        })
    }

    /// `self / other`, exact or rounded (see the type); `None` if `other` is zero.
    pub fn over(self, other: Self) -> Option<Self> {
        other.inverted().map(|inverse| self.times(inverse))
    }

    /// `self + other`; `None` if the sum does not fit in 128 bits.
    pub fn checked_plus(self, other: Self) -> Option<Self> {
        let shared = gcd(self.den.unsigned_abs(), other.den.unsigned_abs());
        let shared = i128::try_from(shared).ok()?.max(1);
        let (left, right) = (other.den / shared, self.den / shared);
        let num = self
            .num
            .checked_mul(left)?
            .checked_add(other.num.checked_mul(right)?)?;
        Some(Self::reduced(num, self.den.checked_mul(left)?))
    }

    /// `self − other`; `None` if the difference does not fit in 128 bits.
    pub fn checked_minus(self, other: Self) -> Option<Self> {
        self.checked_plus(other.negated())
    }

    /// `self × other`; `None` if the product does not fit in 128 bits.
    pub fn checked_times(self, other: Self) -> Option<Self> {
        let one = Self::reduced(self.num, other.den);
        let two = Self::reduced(other.num, self.den);
        Some(Self {
            num: one.num.checked_mul(two.num)?,
            den: one.den.checked_mul(two.den)?,
        })
    }

    /// The nearest number with twelve decimal places, half to even. A whole part so large
    /// that these do not fit is kept without them.
    fn rounded(self) -> Self {
        const PLACES: i128 = 1_000_000_000_000;
        let (whole, rest) = (self.num.div_euclid(self.den), self.num.rem_euclid(self.den));
        let Some(base) = whole.checked_mul(PLACES) else {
            return Self { num: whole, den: 1 };
        };
        // 0 <= rest < den; both are shortened until the product fits, which moves the
        // result by less than a place.
        let (mut rest, mut den) = (rest, self.den);
        while den > i128::MAX / PLACES / 2 {
            rest /= 2;
            den /= 2;
        }
        let scaled = rest * PLACES;
        let (mut places, left) = (scaled / den, scaled % den);
        if left * 2 > den || (left * 2 == den && places % 2 == 1) {
            places += 1;
        }
        Self::reduced(base.saturating_add(places), PLACES)
    }

    fn negated(self) -> Self {
        Self {
            num: self.num.checked_neg().unwrap_or(i128::MAX),
            den: self.den,
        }
    }

    fn inverted(self) -> Option<Self> {
        match self.num.cmp(&0) {
            Ordering::Equal => None,
            Ordering::Greater => Some(Self {
                num: self.den,
                den: self.num,
            }),
            Ordering::Less => Some(Self {
                num: self.den.checked_neg()?,
                den: self.num.checked_neg()?,
            }),
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
        let fits = |number: Self| {
            number
                .num
                .checked_mul(scale)
                .filter(|_| number.den < i128::MAX / 2)
        };
        let rounded = self.rounded();
        let (scaled, den) = match (fits(self), fits(rounded)) {
            (Some(scaled), _) => (scaled, self.den),
            (None, Some(scaled)) => (scaled, rounded.den),
            (None, None) => (self.num.saturating_mul(scale), self.den),
        };
        let (mut whole, rest) = (scaled.div_euclid(den), scaled.rem_euclid(den));
        let twice = rest.saturating_mul(2);
        if twice > den || (twice == den && whole.rem_euclid(2) == 1) {
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

/// Compares two fractions with positive denominators as Euclid would: by their whole parts,
/// and where these are equal by the inverses of what is left. Nothing can overflow.
fn compare(mut left: (i128, i128), mut right: (i128, i128)) -> Ordering {
    let mut turned = false;
    loop {
        let whole = |(num, den): (i128, i128)| (num.div_euclid(den), num.rem_euclid(den));
        let ((a, a_rest), (b, b_rest)) = (whole(left), whole(right));
        let order = match a.cmp(&b) {
            Ordering::Equal => match (a_rest == 0, b_rest == 0) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => {
                    // rest/den against rest/den is the reverse of den/rest against den/rest.
                    left = (left.1, a_rest);
                    right = (right.1, b_rest);
                    turned = !turned;
                    continue;
                }
            },
            order => order,
        };
        return if turned { order.reverse() } else { order };
    }
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
        compare((self.num, self.den), (other.num, other.den))
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
    #[test]
    fn key_result_m0c_comparisons_are_exact_beyond_128_bits() {
        let near = |num: i128, den: i128| Quantity { num, den };
        // Neighbours in the Farey sequence: cross products of 2^250, a difference of one.
        let big = i128::MAX;
        let low = near(big - 1, big);
        let high = near(big - 2, big - 1);
        assert!(high < low, "1 - 1/(m-1) lies below 1 - 1/m");
        assert!(low < Quantity::ONE && low > Quantity::ZERO);
        assert_eq!(low.cmp(&low), Ordering::Equal);
        assert!(near(-big, big - 1) < near(-1, 1));
        assert!(near(-1, 3) > near(-1, 2));
    }

    #[test]
    fn key_result_m0c_sums_that_do_not_fit_are_rounded_and_never_wrap() {
        // One over each of forty primes: the common denominator has 68 digits.
        let primes = [
            2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83,
            89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173,
        ];
        let parts = primes.map(|prime| Quantity::ratio(1, prime).unwrap());
        let exact = parts
            .into_iter()
            .try_fold(Quantity::ZERO, Quantity::checked_plus);
        assert_eq!(exact, None);
        let sum = parts.into_iter().fold(Quantity::ZERO, Quantity::plus);
        assert_eq!(sum.to_decimal(6), "1.917404");
        let whole = Quantity::MOST.plus(Quantity::MOST);
        assert_eq!(whole, Quantity::MOST);
        assert_eq!(Quantity::MOST.times(Quantity::LEAST), Quantity::LEAST);
        assert_eq!(
            Quantity::ONE.over(Quantity::MOST).unwrap().to_decimal(4),
            "0.0000"
        );
        assert!(Quantity::MOST.to_decimal(4).starts_with("1701411834604"));
    }
}
