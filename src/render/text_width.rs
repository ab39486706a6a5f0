//! How wide text is, from a fixed table, so that drawings are the same bytes everywhere
//! (rule P35).

use unicode_width::UnicodeWidthChar as _;

/// Advance widths of the characters from space to tilde in Verdana, in 2048ths of the size.
/// Most fonts of screens are narrower, so that what is placed by them fits.
const WIDTHS: [u16; 95] = [
    720, 806, 940, 1676, 1302, 2204, 1488, 550, 930, 930, 1302, 1676, 745, 930, 745, 930, 1302,
    1302, 1302, 1302, 1302, 1302, 1302, 1302, 1302, 1302, 930, 930, 1676, 1676, 1676, 1117, 2048,
    1400, 1404, 1430, 1578, 1295, 1177, 1588, 1539, 862, 931, 1419, 1140, 1726, 1532, 1612, 1235,
    1612, 1424, 1400, 1262, 1499, 1400, 2025, 1403, 1260, 1403, 930, 930, 930, 1676, 1302, 1302,
    1230, 1276, 1067, 1276, 1220, 720, 1276, 1296, 562, 705, 1212, 562, 1992, 1296, 1243, 1276,
    1276, 874, 1067, 807, 1296, 1212, 1676, 1212, 1212, 1076, 1300, 930, 1300, 1676,
];

/// The width of a text of a size, in tenths of the unit of that size, rounded up.
pub(super) fn tenths(text: &str, size: u32) -> i64 {
    let ems: u64 = text.chars().map(|c| u64::from(width(c))).sum();
    let tenths = ems.saturating_mul(u64::from(size)).saturating_mul(10);
    i64::try_from(tenths.div_ceil(2_048)).unwrap_or(i64::MAX)
}

fn width(c: char) -> u16 {
    let place = u32::from(c).checked_sub(u32::from(' '));
    let place = place.and_then(|place| usize::try_from(place).ok());
    match place.and_then(|place| WIDTHS.get(place)) {
        Some(width) => *width,
        None => match c.width() {
            Some(0) | None => 0,
            Some(1) => 1_400,
            Some(_) => 2_400,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_p35_widths_come_from_a_table() {
        assert_eq!(tenths("", 11), 0);
        // k, r, g, a, t, e: 1212 + 874 + 1276 + 1230 + 807 + 1220 = 6619.
        assert_eq!(tenths("krgate", 11), 356);
        assert_eq!(tenths("~", 11), 91);
        assert_eq!(tenths("한", 11), 129);
        assert_eq!(tenths("é", 11), 76);
        assert_eq!(tenths("\u{301}", 11), 0);
    }
}
