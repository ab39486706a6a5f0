//! How the scalars of the language are read.
//!
//! Every function takes the text as written and answers with the value, or with what was
//! expected, in the words that stand under the marked place.

use globset::{GlobBuilder, GlobMatcher};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Comparison, Op};
use crate::model::{Quantity, QuantityError, Tenths};

pub(super) type Read<T> = Result<T, &'static str>;

const ID: &str =
    "expected letters, digits, `-`, `_` and `.`, at most 80, the first a letter or digit";
const DURATION: &str = "expected a whole number with `d`, `h`, `min` or `s`, such as `90d`";

/// The unit that a figure is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WrittenUnit {
    /// A plain number.
    None,
    /// `%`; the figure was divided by a hundred.
    Percent,
    /// `d`, `h`, `min` or `s`; the figure was turned into seconds.
    Duration(&'static str),
}

/// A number with the unit that it is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Figure {
    /// The number: a fraction of one, seconds, or as written.
    pub(super) value: Quantity,
    /// Its unit.
    pub(super) unit: WrittenUnit,
}

/// A target as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WrittenTarget {
    /// `<= 4h`
    Compare(Op, Figure),
    /// `10..20`
    Within(Figure, Figure),
    /// `<= 50% of start`
    OfStart(Op, Quantity),
    /// `measured`
    Measured,
}

/// An id: what outputs, records and file names can hold without escaping (rule E16).
pub(super) fn id(text: &str) -> Read<()> {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphanumeric());
    let rest = bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if first && rest && text.len() <= 80 {
        Ok(())
    } else {
        Err(ID)
    }
}

/// `objective/key-result`, or a key result alone.
pub(super) fn reference(text: &str) -> Read<()> {
    const EXPECTED: &str = "expected the id of a key result, or `objective/key-result`";
    let parts_hold = match text.split_once('/') {
        Some((objective, key_result)) => id(objective).is_ok() && id(key_result).is_ok(),
        None => id(text).is_ok(),
    };
    parts_hold.then_some(()).ok_or(EXPECTED)
}

/// A decimal that is not negative, at most six places (rule M0c).
pub(super) fn number(text: &str) -> Read<Quantity> {
    match Quantity::parse(text) {
        Ok(number) if number >= Quantity::ZERO => Ok(number),
        Ok(_) => Err("expected a number that is not negative"),
        Err(error) => Err(number_expected(error)),
    }
}

fn number_expected(error: QuantityError) -> &'static str {
    match error {
        QuantityError::NotDecimal => "expected a decimal number such as `4` or `4.5`",
        QuantityError::TooPrecise => "expected at most six decimal places",
        QuantityError::TooLarge => "expected at most twelve digits before the point",
    }
}

/// A whole number from 1 to a thousand million.
pub(super) fn whole(text: &str) -> Read<u32> {
    all_digits(text)
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number| (1..=1_000_000_000).contains(number))
        .ok_or("expected a whole number of at least 1")
}

/// A number of the CWE list.
pub(super) fn cwe(text: &str) -> Read<u32> {
    all_digits(text)
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number| (1..=9_999_999).contains(number))
        .ok_or("expected the number alone, such as `79` for CWE-79")
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A CVSS score in tenths (rule C12).
pub(super) fn tenths(text: &str) -> Read<Tenths> {
    const EXPECTED: &str = "expected a CVSS score from 0.0 to 10.0 with at most one decimal place";
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if !all_digits(whole) || whole.len() > 2 || !all_digits(fraction) || fraction.len() > 1 {
        return Err(EXPECTED);
    }
    format!("{whole}{fraction}")
        .parse()
        .ok()
        .and_then(Tenths::new)
        .ok_or(EXPECTED)
}

/// A length of time of at least a second, in seconds.
pub(super) fn duration(text: &str) -> Read<u64> {
    let (digits, _, seconds) = split_duration(text).ok_or(DURATION)?;
    if !all_digits(digits) || digits.len() > 9 {
        return Err(DURATION);
    }
    let number: u64 = digits.parse().map_err(|_| DURATION)?;
    if number == 0 {
        return Err("expected a duration longer than nothing");
    }
    number
        .checked_mul(u64::from(seconds))
        .filter(|seconds| *seconds <= 100 * 366 * 86_400)
        .ok_or("expected a duration of at most a hundred years")
}

/// The number, the unit and its seconds.
fn split_duration(text: &str) -> Option<(&str, &'static str, u32)> {
    [("min", 60), ("d", 86_400), ("h", 3_600), ("s", 1)]
        .into_iter()
        .find_map(|(unit, seconds)| {
            let digits = text.strip_suffix(unit)?;
            let digits = digits.strip_suffix(' ').unwrap_or(digits);
            Some((digits, unit, seconds))
        })
}

/// A day or a moment as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WrittenDate {
    /// A day, or a day with a time and no zone: read in the policy's zone.
    Local(DateTime),
    /// A moment with its offset.
    Moment(Timestamp),
}

impl WrittenDate {
    /// The moment; a day begins at 00:00 in the zone (rules K24, K32).
    pub(super) fn at(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Moment(moment) => Some(moment),
            Self::Local(local) => zone.to_ambiguous_timestamp(local).compatible().ok(),
        }
    }
}

/// A day `2026-10-01`, or with a time `2026-10-01T09:00`, with or without an offset.
pub(super) fn date(text: &str) -> Read<WrittenDate> {
    const EXPECTED: &str =
        "expected a day such as `2026-10-01`, or a moment such as `2026-10-01T09:00:00Z`";
    let bytes = text.as_bytes();
    let shaped = |at: usize| bytes.get(at) == Some(&b'-');
    if !text.is_ascii() || !shaped(4) || !shaped(7) || bytes.len() < 10 {
        return Err(EXPECTED);
    }
    if bytes.len() == 10 {
        return match text.parse::<Date>() {
            Ok(day) => Ok(WrittenDate::Local(
                day.to_datetime(jiff::civil::Time::midnight()),
            )),
            Err(_) => Err("expected a day that the calendar has"),
        };
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(WrittenDate::Moment(moment));
    }
    // A zone in brackets would be dropped silently, so it is refused.
    let has_zone =
        text.contains(['[', 'Z', 'z', '+']) || text.get(10..).is_some_and(|t| t.contains('-'));
    match text.parse::<DateTime>() {
        Ok(local) if !has_zone => Ok(WrittenDate::Local(local)),
        _ => Err(EXPECTED),
    }
}

/// A day such as `2026-12-31`, without a time.
pub(super) fn day(text: &str) -> Read<Date> {
    if text.len() != 10 || date(text).is_err() {
        return Err("expected a day such as `2026-12-31`, without a time");
    }
    text.parse()
        .map_err(|_| "expected a day that the calendar has")
}

/// The id of a finding, or its first digits, in lower case (rule L9).
pub(super) fn finding_id(text: &str) -> Read<String> {
    let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex && (8..=32).contains(&text.len()) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("expected 8 to 32 hexadecimal digits, as `krgate check` shows them")
    }
}

/// True for a glob over paths or names that holds for whatever there is: it matches what
/// nobody names.
pub(super) fn matches_everything(glob: &GlobMatcher) -> bool {
    // Of the private use area, so that only a wildcard or a negated class matches.
    [
        "\u{e000}",
        "\u{e000}.\u{e001}",
        "\u{e000}/\u{e001}/\u{e002}",
        "\u{e000}/\u{e001}.\u{e002}",
    ]
    .iter()
    .any(|text| glob.is_match(text))
}

/// `MM-DD`.
pub(super) fn day_of_year(text: &str) -> Read<()> {
    const EXPECTED: &str = "expected a month and a day, such as `02-01`";
    if text.len() != 5 {
        return Err(EXPECTED);
    }
    // A year that is no leap year: a quarter cannot begin on 29 February.
    format!("2025-{text}")
        .parse::<Date>()
        .map(drop)
        .map_err(|_| EXPECTED)
}

/// Month and day of an `MM-DD` that was checked.
pub(super) fn month_and_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    Some((month.parse().ok()?, day.parse().ok()?))
}

/// A zone of the time zone database.
pub(super) fn time_zone(text: &str) -> Read<TimeZone> {
    if text == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(text)
        .map_err(|_| "expected a name of the time zone database, such as `Europe/Berlin` or `UTC`")
}

/// A glob over repository paths: `*` stays within one folder, `**` crosses folders.
///
/// The flag is true for a glob that takes away (`!`).
pub(super) fn path_glob(text: &str) -> Read<(bool, GlobMatcher)> {
    let (takes_away, bare) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if bare.is_empty() || bare.starts_with('!') {
        return Err("expected a glob such as `services/**`, or `!**/tests/**` to take away");
    }
    if bare.starts_with('/') || bare.starts_with("./") || bare.contains('\\') {
        return Err(
            "expected a path from the repository's root, with `/` and without a leading `/` or `./`",
        );
    }
    names_paths(bare)?;
    Ok((takes_away, compile(bare, true)?))
}

/// Refuses what no path of a repository has, since paths are compared in one form only: no
/// `.` or `..`, no part without a name, no `/` at the end (rule 107).
fn names_paths(glob: &str) -> Read<()> {
    if glob.trim() != glob {
        return Err("expected no space before or after the glob: no path would match");
    }
    if glob.ends_with('/') {
        return Err(
            "expected no `/` at the end: everything below a folder is `services/**`, with the `**`",
        );
    }
    if glob.split(['/', '{', ',', '}']).any(|part| part == "..") {
        return Err("expected a path without `.` and `..`, such as `services/**`");
    }
    for part in glob.split('/') {
        match part {
            "" => return Err("expected one `/` between two names: no path has `//`"),
            "." => {
                return Err("expected a path without `.` and `..`, such as `services/**`");
            }
            _ => {}
        }
    }
    Ok(())
}

/// True for a path glob that matches one file only and looks as if a folder was meant: no
/// glob character, and a last name without a `.` that is none of the usual names of files
/// (`Dockerfile`, `CODEOWNERS`).
pub(super) fn looks_like_a_folder(glob: &str) -> bool {
    let bare = glob.strip_prefix('!').unwrap_or(glob);
    let name = bare.rsplit('/').next().unwrap_or(bare);
    let usual_file = name.ends_with("file") || !name.contains(|c: char| c.is_ascii_lowercase());
    !bare.contains(['*', '?', '[', '{']) && !name.contains('.') && !usual_file
}

/// The name of a report, which the command line addresses as `NAME=FILE`.
pub(super) fn report_name(text: &str) -> Read<()> {
    if text.trim().is_empty() {
        return Err("expected text, and here is none");
    }
    if text.contains('=') {
        return Err("expected a name without `=`: the command line reads `NAME=FILE`");
    }
    if text.starts_with('-') {
        return Err("expected a name without `-` in front: the command line reads an option");
    }
    Ok(())
}

/// A glob over paths from the working directory.
pub(super) fn report_glob(text: &str) -> Read<()> {
    if text.is_empty() {
        return Err("expected a path or a glob such as `reports/**/*.sarif`");
    }
    if text.starts_with('!') {
        return Err("expected a glob without `!`: a report entry takes nothing away");
    }
    compile(text, true).map(drop)
}

/// A glob over rule ids and other names, in which `*` crosses everything.
pub(super) fn name_glob(text: &str) -> Read<GlobMatcher> {
    if text.is_empty() {
        return Err("expected a name or a glob such as `auth/*`");
    }
    compile(text, false)
}

fn compile(pattern: &str, literal_separator: bool) -> Read<GlobMatcher> {
    GlobBuilder::new(pattern)
        .literal_separator(literal_separator)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| match error.kind() {
            globset::ErrorKind::UnclosedClass => "expected a `]` that closes this `[`",
            globset::ErrorKind::InvalidRange(..) => {
                "expected a range from low to high between `[` and `]`"
            }
            globset::ErrorKind::UnopenedAlternates => "expected no `}` without a `{` before it",
            globset::ErrorKind::UnclosedAlternates => "expected a `}` that closes this `{`",
            globset::ErrorKind::DanglingEscape => "expected a character after the last `\\`",
            _ => "expected a glob such as `services/**`",
        })
}

/// The operator at the front of a text, and what follows it.
fn operator(text: &str) -> Option<(Op, &str)> {
    [Op::AtMost, Op::AtLeast, Op::Equal, Op::Less, Op::More]
        .into_iter()
        .find_map(|op| Some((op, text.strip_prefix(op.as_str())?.trim_start_matches(' '))))
}

/// `> 4.0`
pub(super) fn cvss_comparison(text: &str) -> Read<Comparison<Tenths>> {
    const EXPECTED: &str = "expected a comparison with a CVSS score, such as `\"> 4.0\"`";
    let (op, rest) = operator(text).ok_or(EXPECTED)?;
    tenths(rest).map(|than| Comparison { op, than })
}

/// `>= 0.1`
pub(super) fn number_comparison(text: &str) -> Read<Comparison<Quantity>> {
    let (op, rest) = operator(text).ok_or("expected a comparison such as `\">= 0.1\"`")?;
    number(rest).map(|than| Comparison { op, than })
}

/// `> 30d`
pub(super) fn duration_comparison(text: &str) -> Read<Comparison<u64>> {
    let (op, rest) = operator(text).ok_or("expected a comparison such as `\"> 30d\"`")?;
    duration(rest).map(|than| Comparison { op, than })
}

/// A number with or without a unit.
pub(super) fn figure(text: &str) -> Read<Figure> {
    const EXPECTED: &str =
        "expected a number, with `%`, `d`, `h`, `min` or `s` where the measure has a unit";
    let decimal = |digits: &str| {
        Quantity::parse(digits).map_err(|error| match error {
            QuantityError::NotDecimal => EXPECTED,
            _ => number_expected(error),
        })
    };
    if let Some(digits) = text.strip_suffix('%') {
        let percent = decimal(digits.strip_suffix(' ').unwrap_or(digits))?;
        let hundredth = Quantity::ratio(1, 100).ok_or(EXPECTED)?;
        return Ok(Figure {
            value: percent.times(hundredth),
            unit: WrittenUnit::Percent,
        });
    }
    if let Some((digits, unit, seconds)) = split_duration(text) {
        return Ok(Figure {
            value: decimal(digits)?.times(Quantity::whole(i64::from(seconds))),
            unit: WrittenUnit::Duration(unit),
        });
    }
    Ok(Figure {
        value: decimal(text)?,
        unit: WrittenUnit::None,
    })
}

/// What a measure must reach (rules K1, Q4).
pub(super) fn target(text: &str) -> Read<WrittenTarget> {
    const EXPECTED: &str = "expected a comparison such as `\"<= 0\"` or `\">= 90%\"`, a range such as `\"10..20\"`, or `measured`";
    if text == "measured" {
        return Ok(WrittenTarget::Measured);
    }
    if let Some((op, rest)) = operator(text) {
        if let Some(share) = rest.strip_suffix(" of start") {
            let share = figure(share.trim_end_matches(' '))?;
            return match share.unit {
                WrittenUnit::Percent => Ok(WrittenTarget::OfStart(op, share.value)),
                _ => Err("expected a share in percent, such as `\"<= 50% of start\"`"),
            };
        }
        return figure(rest).map(|than| WrittenTarget::Compare(op, than));
    }
    let (low, high) = text.split_once("..").ok_or(EXPECTED)?;
    let (low, high) = (
        figure(low.trim_matches(' '))?,
        figure(high.trim_matches(' '))?,
    );
    if low.value > high.value {
        return Err("expected the lower end of the range first");
    }
    Ok(WrittenTarget::Within(low, high))
}

/// Where records are kept; a password never stands in a policy.
pub(super) fn store(text: &str) -> Read<()> {
    ["dir:", "git:", "postgres://"]
        .into_iter()
        .any(|scheme| {
            text.strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty())
        })
        .then_some(())
        .ok_or("expected `dir:PATH`, `git:REMOTE` or `postgres://HOST/DATABASE`")
}

/// True for a relative path that stays below its root.
pub(super) fn is_inside(path: &str) -> bool {
    let windows_drive = path.as_bytes().get(1) == Some(&b':');
    !path.starts_with(['/', '\\'])
        && !windows_drive
        && !path.contains('\0')
        && !path.split(['/', '\\']).any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<String> {
        figure(text).ok().map(|f| f.value.to_string())
    }

    #[test]
    fn durations_are_whole_numbers_with_a_unit() {
        assert_eq!(duration("90d"), Ok(7_776_000));
        assert_eq!(duration("4h"), Ok(14_400));
        assert_eq!(duration("10 min"), Ok(600));
        assert_eq!(duration("60s"), Ok(60));
        for bad in [
            "",
            "d",
            "90",
            "0d",
            "1.5d",
            "-1d",
            "1w",
            "1 day",
            "1m",
            "９d",
            "99999999999d",
            "200000000d",
        ] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn figures_are_kept_in_the_base_unit() {
        assert_eq!(value("35%").as_deref(), Some("0.35"));
        assert_eq!(value("40d").as_deref(), Some("3456000"));
        assert_eq!(value("1.5h").as_deref(), Some("5400"));
        assert_eq!(value("-3").as_deref(), Some("-3"));
        for bad in [
            "",
            "%",
            "1,5",
            "1e3",
            "4.0000001",
            "NaN",
            "1 2",
            "0x10",
            "1w",
        ] {
            assert!(figure(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn cvss_rule_012_scores_are_read_from_their_digits() {
        let read = |text: &str| tenths(text).ok().map(Tenths::get);
        assert_eq!(
            (read("7"), read("7.0"), read("10.0"), read("0.1")),
            (Some(70), Some(70), Some(100), Some(1))
        );
        for bad in [
            "", ".", "7.", ".5", "7.05", "10.1", "11", "-1", "9,8", "1e1", "007", "٧",
        ] {
            assert!(tenths(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn targets_are_comparisons_ranges_or_words() {
        let compare = |text| match target(text) {
            Ok(WrittenTarget::Compare(op, figure)) => format!("{op} {}", figure.value),
            other => format!("{other:?}"),
        };
        assert_eq!(compare("<= 0"), "<= 0");
        assert_eq!(compare(">=90%"), ">= 0.9");
        assert_eq!(compare("==  3"), "== 3");
        assert!(matches!(target("measured"), Ok(WrittenTarget::Measured)));
        assert!(matches!(
            target("<= 50% of start"),
            Ok(WrittenTarget::OfStart(Op::AtMost, _))
        ));
        assert!(matches!(target("10 .. 20"), Ok(WrittenTarget::Within(..))));
        for bad in [
            "",
            "0",
            "= 0",
            "=> 0",
            "!= 0",
            "<= ",
            "20..10",
            "..",
            "1..",
            "<= 5 of start",
            "Measured",
            "≤ 0",
        ] {
            assert!(target(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn dates_are_days_or_moments() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text| date(text).ok()?.at(&berlin).map(|t| t.to_string());
        assert_eq!(at("2026-10-01").as_deref(), Some("2026-09-30T22:00:00Z"));
        assert_eq!(
            at("2026-10-01T09:00").as_deref(),
            Some("2026-10-01T07:00:00Z")
        );
        assert_eq!(
            at("2026-10-01T09:00:00-04:00").as_deref(),
            Some("2026-10-01T13:00:00Z")
        );
        // The night in which the clock goes forward has no 02:30.
        assert_eq!(
            at("2026-03-29T02:30").as_deref(),
            Some("2026-03-29T01:30:00Z")
        );
        for bad in [
            "",
            "2026-13-01",
            "2026-02-29",
            "2026-1-1",
            "01.10.2026",
            "2026-10-01x",
            "tomorrow",
            "2026-10-01T09:00[Europe/Berlin]",
            "２026-10-01",
        ] {
            assert!(date(bad).is_err(), "{bad}");
        }
        assert!(day_of_year("02-01").is_ok() && day_of_year("02-29").is_err());
    }

    #[test]
    fn globs_stay_within_one_folder() {
        let (takes_away, glob) = path_glob("services/*/x").unwrap();
        assert!(!takes_away && glob.is_match("services/a/x") && !glob.is_match("services/a/b/x"));
        let (takes_away, glob) = path_glob("!**/tests/**").unwrap();
        assert!(takes_away && glob.is_match("a/tests/b/c"));
        assert!(name_glob("auth/*").unwrap().is_match("auth/a/b"));
        for bad in ["", "!", "!!a", "/a", "./a", "a\\b", "[a", "{a"] {
            assert!(path_glob(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_glob_that_no_path_can_match_is_refused() {
        for bad in [
            "services/",
            "services/**/",
            "../services/**",
            "a/../b",
            "a/..",
            "..",
            ".",
            "a/./b/**",
            "{../a,b}/**",
            "a//b/**",
            " a/**",
            "a/** ",
            "!a/",
            "! a/**",
            "\u{a0}a/**",
        ] {
            assert!(path_glob(bad).is_err(), "{bad}");
        }
        for good in [
            "a/..b/*",
            "a b/**",
            ".github/**",
            "{a/b,c}/**",
            "a/...",
            "**",
        ] {
            assert!(path_glob(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_bare_name_looks_like_a_folder() {
        for folder in ["services", "!tests", "a/services", "Sources"] {
            assert!(looks_like_a_folder(folder), "{folder}");
        }
        for other in [
            "services/**",
            "a.py",
            "Dockerfile",
            "a/LICENSE",
            "{a,b}",
            "a?",
        ] {
            assert!(!looks_like_a_folder(other), "{other}");
        }
    }

    #[test]
    fn a_report_can_be_named_on_the_command_line() {
        for good in ["sast", "the scan", "a-b", "ä"] {
            assert!(report_name(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "-", "-x", "--sast", "a=b", "="] {
            assert!(report_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn encoder_e16_ids_need_no_escaping_anywhere() {
        for good in ["a", "no-live-secret", "A1_b.c", "2026-Q4", &"x".repeat(80)] {
            assert!(id(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            ".a",
            "a b",
            "a/b",
            "ä",
            "a\n",
            "a%0A",
            &"x".repeat(81),
        ] {
            assert!(id(bad).is_err(), "{bad}");
        }
        assert!(
            reference("a/b").is_ok() && reference("a/b/c").is_err() && reference("/b").is_err()
        );
    }
}
