//! The fields of `krgate.record/1`, and the form of each (part 2 of the ledger's rules).
//!
//! What stands in a table is held to its form when a record is read, so that views need not
//! doubt it; what stands in none is of a later version, kept and ignored (rule R12).

use jiff::Timestamp;
use jiff::civil::Date;

use super::canonical::{Object, Value};
use super::flaw::Flaw;
use super::identity::{Digest, RecordId};
use super::kind::{Kind, Target};
use crate::model::ObjectId;

/// The form of a value.
pub(super) enum Form {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// A decimal of at most 18 digits and six places, without zeros that say nothing.
    Decimal,
    /// 32 hexadecimal digits in lower case.
    Definition,
    /// `sha256:` and 64 digits.
    Digest,
    /// 64 digits.
    Id,
    /// An id, or the digest of a file.
    Target,
    /// A moment in seconds, `Z`.
    Moment,
    /// A day, `2026-11-02`.
    Day,
    /// A full name of a commit.
    Commit,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Bool,
    /// A list of that form.
    List(&'static Form),
    /// An object with these fields.
    Map(&'static [Field]),
}

/// A field by its path.
pub(super) struct Field {
    path: &'static str,
    /// The key in its object: the last part of the path.
    pub(super) key: &'static str,
    pub(super) form: Form,
    pub(super) must: bool,
}

/// The last part of a path. Found once: every field of every record is asked for by it.
const fn key_of(path: &'static str) -> &'static str {
    let mut at = path.len();
    while let Some(before) = at.checked_sub(1) {
        if let [b'.', ..] = path.as_bytes().split_at(before).1 {
            break;
        }
        at = before;
    }
    path.split_at(at).1
}

const fn must(path: &'static str, form: Form) -> Field {
    Field {
        path,
        key: key_of(path),
        form,
        must: true,
    }
}

const fn may(path: &'static str, form: Form) -> Field {
    Field {
        path,
        key: key_of(path),
        form,
        must: false,
    }
}

const VERDICT: Form = Form::Word(&["met", "missed", "unknown"]);

const KRS: &[Field] = &[
    must("krs[].kr", Form::Text),
    must("krs[].def", Form::Definition),
    must("krs[].unit", Form::Text),
    may("krs[].value", Form::Decimal),
    may("krs[].bound", Form::Text),
    may("krs[].num", Form::Number),
    may("krs[].den", Form::Number),
    may("krs[].n", Form::Number),
    may("krs[].verdict", VERDICT),
    may("krs[].score", Form::Decimal),
    may("krs[].raw", Form::Decimal),
    may("krs[].known", Form::Decimal),
    may("krs[].enforce", Form::Word(&["block", "warn", "observe"])),
    may("krs[].judged", Form::Word(&["introduced", "all"])),
    may("krs[].reason", Form::Text),
    may("krs[].blocking", Form::List(&Form::Definition)),
    may("krs[].unnamed", Form::Number),
];

const POLICY: &[Field] = &[
    must("policy.digest", Form::Digest),
    must("policy.version", Form::Number),
    must("policy.source", Form::Word(&["base", "ref", "worktree"])),
    may("policy.commit", Form::Commit),
];

const REPORT: &[Field] = &[
    must("reports[].name", Form::Text),
    may("reports[].class", Form::Text),
    may("reports[].tool", Form::Text),
    may("reports[].tool_version", Form::Text),
    must("reports[].ok", Form::Bool),
    must(
        "reports[].evidence",
        Form::Word(&["strong", "weak", "failed", "none"]),
    ),
    may("reports[].input", Form::Digest),
    may("reports[].rules", Form::Digest),
    may("reports[].results", Form::Number),
];

const OBJECTIVE: &[Field] = &[
    must("objectives[].objective", Form::Text),
    may("objectives[].score", Form::Decimal),
    must("objectives[].known", Form::Decimal),
];

const WAIVER: &[Field] = &[
    must("waivers[].waiver", Form::Digest),
    must("waivers[].findings", Form::Number),
];

const DATA: &[Field] = &[
    must("data[].name", Form::Text),
    must("data[].digest", Form::Digest),
    may("data[].as_of", Form::Text),
];

pub(super) const COMMON: &[Field] = &[
    must("kind", Form::Text),
    must("at", Form::Moment),
    must("by", Form::Text),
    must("id", Form::Id),
    must("digest", Form::Digest),
    must(
        "repo",
        Form::Map(&[
            must("repo.host", Form::Text),
            must("repo.id", Form::Text),
            must("repo.name", Form::Text),
        ]),
    ),
    may("parents", Form::List(&Form::Id)),
    may("ref", Form::Text),
    may("sha", Form::Commit),
    may("trigger", Form::Text),
    may("actor", Form::Text),
    may("environment", Form::Text),
    may("period", Form::Text),
    may("policy", Form::Map(POLICY)),
    may("reports", Form::List(&Form::Map(REPORT))),
    may("krs", Form::List(&Form::Map(KRS))),
    may("objectives", Form::List(&Form::Map(OBJECTIVE))),
    may("verdict", Form::Text),
    may("exit", Form::Number),
    may("waivers", Form::List(&Form::Map(WAIVER))),
    may("data", Form::List(&Form::Map(DATA))),
    may(
        "claim",
        Form::Map(&[
            must("claim.who", Form::Text),
            must("claim.as_of", Form::Day),
            may("claim.moment", Form::Moment),
            may("claim.evidence", Form::List(&Form::Text)),
            may("claim.confidence", Form::Decimal),
            may("claim.done", Form::List(&Form::Text)),
            may("claim.note", Form::Text),
            may("claim.found", Form::Number),
            may("claim.scope", Form::Text),
        ]),
    ),
    may(
        "sent",
        Form::List(&Form::Map(&[
            must("sent[].kr", Form::Text),
            may("sent[].record", Form::Id),
            must("sent[].value", Form::Decimal),
            must("sent[].outcome", Form::Word(&["sent", "unsure"])),
        ])),
    ),
    may("target", Form::Target),
    may("reason", Form::Text),
    may("counts", Form::Digest),
    may("instead", Form::List(&Form::Id)),
    may(
        "timing",
        Form::Map(&[
            may("timing.ms", Form::Number),
            may("timing.feedback_s", Form::Number),
        ]),
    ),
];

/// The fields that `idem` has beside `kind` and `repo`, and those that the record must have.
pub(super) const fn of_kind(kind: Kind) -> (&'static [Field], &'static [&'static str]) {
    match kind {
        Kind::Run => (RUN, &["krs", "verdict", "exit"]),
        Kind::Checkin => (CHECKIN, &["krs", "claim"]),
        Kind::Baseline => (BASELINE, &["krs"]),
        Kind::Close => (CLOSE, &["krs"]),
        Kind::Amend => (AMEND, &["target", "reason"]),
        Kind::Report => (REPORTED, &[]),
        Kind::Event => (EVENT, &["claim"]),
        Kind::Sync => (SYNC, &["sent"]),
    }
}

const RUN: &[Field] = &[
    must("idem.workflow", Form::Text),
    must("idem.run_id", Form::Text),
    must("idem.attempt", Form::Number),
    must("idem.job", Form::Text),
    must("idem.instance", Form::Text),
];
const CHECKIN: &[Field] = &[
    must("idem.kr", Form::Text),
    must("idem.as_of", Form::Day),
    must("idem.who", Form::Text),
];
const BASELINE: &[Field] = &[
    must("idem.period", Form::Text),
    must("idem.kr", Form::Text),
    must("idem.def", Form::Definition),
];
const CLOSE: &[Field] = &[must("idem.period", Form::Text)];
const AMEND: &[Field] = &[
    must("idem.target", Form::Target),
    must("idem.n", Form::Number),
];
const REPORTED: &[Field] = &[must("idem.name", Form::Text), must("idem.week", Form::Text)];
const EVENT: &[Field] = &[
    must("idem.name", Form::Text),
    must("idem.as_of", Form::Day),
    must("idem.who", Form::Text),
    may("idem.content", Form::Digest),
];
const SYNC: &[Field] = &[
    must("idem.destination", Form::Text),
    must("idem.place", Form::Digest),
    must("idem.sent", Form::Digest),
];

/// Holds a record to the tables; gives back its kind.
///
/// # Errors
/// The first field that is missing or not of its form.
pub(super) fn hold(record: &Object) -> Result<Kind, Flaw> {
    let kind = record.get("kind").ok_or(Flaw::Missing("kind"))?;
    let kind = kind.as_text().and_then(Kind::parse);
    let kind = kind.ok_or(Flaw::Form("kind"))?;
    fields(record, COMMON)?;
    let idem = record.get("idem").ok_or(Flaw::Missing("idem"))?;
    let idem = idem.as_object().ok_or(Flaw::Form("idem"))?;
    let (of_idem, of_record) = of_kind(kind);
    fields(idem, of_idem)?;
    if idem.text("kind") != Some(kind.as_str()) {
        return Err(Flaw::Form("idem.kind"));
    }
    let simple = |value: &Value| matches!(value, Value::Text(_) | Value::Number(_));
    if !idem.members().all(|(_, value)| simple(value)) {
        return Err(Flaw::Form("idem"));
    }
    match of_record.iter().find(|key| record.get(key).is_none()) {
        Some(key) => Err(Flaw::Missing(key)),
        None => Ok(kind),
    }
}

fn fields(object: &Object, fields: &'static [Field]) -> Result<(), Flaw> {
    for field in fields {
        match object.get(field.key) {
            Some(value) => holds(value, &field.form, field.path)?,
            None if field.must => return Err(Flaw::Missing(field.path)),
            None => {}
        }
    }
    Ok(())
}

fn holds(value: &Value, form: &'static Form, path: &'static str) -> Result<(), Flaw> {
    let text = value.as_text();
    let holds = match form {
        Form::List(form) => {
            let values = value.as_list().ok_or(Flaw::Form(path))?;
            return values.iter().try_for_each(|value| holds(value, form, path));
        }
        Form::Map(of_map) => {
            return fields(value.as_object().ok_or(Flaw::Form(path))?, of_map);
        }
        Form::Number => value.as_number().is_some(),
        Form::Bool => value.as_bool().is_some(),
        Form::Text => text.is_some(),
        Form::Decimal => text.is_some_and(is_decimal),
        Form::Definition => text.is_some_and(is_definition),
        Form::Digest => text.is_some_and(|text| Digest::parse(text).is_some()),
        Form::Id => text.is_some_and(|text| RecordId::parse(text).is_some()),
        Form::Target => text.is_some_and(|text| Target::parse(text).is_some()),
        Form::Moment => text.is_some_and(|text| moment(text).is_some()),
        Form::Day => text.is_some_and(|text| day(text).is_some()),
        Form::Commit => text.is_some_and(|text| ObjectId::new(text).is_some()),
        Form::Word(words) => text.is_some_and(|text| words.contains(&text)),
    };
    if holds { Ok(()) } else { Err(Flaw::Form(path)) }
}

/// True for a decimal in the one form that a record has for it (rule R7): no exponent, no
/// zero that says nothing, no `-0`; at most eighteen digits before the point and six after it.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let whole_holds =
        all_digits(whole) && whole.len() <= 18 && (whole == "0" || !whole.starts_with('0'));
    let fraction_holds =
        fraction.is_none_or(|f| all_digits(f) && f.len() <= 6 && !f.ends_with('0'));
    whole_holds && fraction_holds && text != "-0"
}

fn is_definition(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Reads a moment as records write it: UTC, whole seconds, `Z`.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let moment: Timestamp = text.parse().ok()?;
    (written(moment) == text).then_some(moment)
}

/// A moment as records write it; what is below a second is cut off.
pub fn written(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Reads a day as records write it.
pub(super) fn day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (day.to_string() == text).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_r07_a_decimal_has_one_form() {
        for good in ["0", "41", "-1", "0.5", "-0.25", "999999999999.999999"] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in [
            "",
            "-",
            "-0",
            "00",
            "01",
            "1.",
            ".5",
            "1.0",
            "0.50",
            "1e3",
            "+1",
            " 1",
            "1000000000000000000",
            "0.1234567",
        ] {
            assert!(!is_decimal(bad), "{bad}");
        }
    }

    #[test]
    fn record_r02_a_moment_is_in_utc_and_in_seconds() {
        let good = "2026-11-02T09:00:00Z";
        assert_eq!(written(moment(good).unwrap()), good);
        for bad in [
            "2026-11-02T09:00:00+00:00",
            "2026-11-02T09:00:00.5Z",
            "2026-11-02 09:00:00Z",
            "2026-11-02T09:00Z",
            "2026-11-02",
        ] {
            assert_eq!(moment(bad), None, "{bad}");
        }
        assert!(day("2026-11-02").is_some());
        assert_eq!((day("20261102"), day("2026-11-2")), (None, None));
    }
}
