//! `findings.streams` of a record, written and read (rules L24, R10).

use std::fmt::Write as _;

use super::event::{Event, Key, KeyKind, Look, Scanned, Stream, Uncovered, What};
use crate::model::history::{Cause, Unadmitted};
use crate::model::{Class, FindingId, KeyCheck, Severity, Tenths, UntrustedText, Validity};
use crate::record::canonical::{Object, Value, Whole};
use crate::record::identity::unhex;
use crate::record::shape::{moment, written};

/// A field of `findings.streams` that is missing or not of its form, by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`findings.streams`: `{0}` is missing or not of its form")]
pub struct FormError(pub &'static str);

/// The words of why a scan was only observed.
const UNADMITTED: [(Unadmitted, &str); 4] = [
    (Unadmitted::RunFailed, "run-failed"),
    (Unadmitted::Change, "change"),
    (Unadmitted::OlderCommit, "older-commit"),
    (Unadmitted::Shallow, "shallow"),
];

/// The words of causes; `scan` is not written.
const CAUSES: [(Cause, &str); 3] = [
    (Cause::Scan, "scan"),
    (Cause::ToolChange, "tool_change"),
    (Cause::Removed, "removed"),
];

/// The value of `findings` of a record.
pub fn write_streams(scans: &[Scanned]) -> Object {
    let streams: Vec<Value> = scans.iter().map(|scan| stream(scan).into()).collect();
    Object::new().with("streams", streams)
}

fn stream(scan: &Scanned) -> Object {
    let mut object = Object::new()
        .with("tool", scan.stream.tool.raw())
        .with("class", scan.stream.class.as_str())
        .with("admitted", scan.unadmitted.is_none())
        .with("fresh_s", Whole::count(scan.fresh))
        .with("open", Whole::count(scan.open));
    object.set_some(
        "category",
        scan.stream.category.as_ref().map(UntrustedText::raw),
    );
    object.set_some("version", scan.version.as_ref().map(UntrustedText::raw));
    object.set_some("rules", scan.rules.map(|digest| hex(&digest)));
    object.set_some("secret_key", scan.key.map(|key| hex(&key.0)));
    object.set_some("reason", scan.unadmitted.map(|why| word(&UNADMITTED, &why)));
    for (key, holds) in [
        ("adopts", scan.adopts),
        ("tool_change", scan.tool_change),
        ("of_history", scan.of_history),
    ] {
        object.set_some(key, holds.then_some(true));
    }
    if !scan.uncovered.is_empty() {
        object.set("uncovered", uncovered(&scan.uncovered));
    }
    if !scan.false_positives.is_empty() {
        object.set("false_positives", ids(&scan.false_positives));
    }
    let events: Vec<Value> = scan.events.iter().map(|one| event(one).into()).collect();
    object.set("events", events);
    object
}

fn uncovered(uncovered: &Uncovered) -> Object {
    let some = |values: Vec<Value>| (!values.is_empty()).then_some(values);
    let texts = |texts: &[UntrustedText]| texts.iter().map(|text| text.raw().into()).collect();
    let mut object = Object::new();
    object.set_some("paths", some(texts(&uncovered.paths)));
    object.set_some("rules", some(texts(&uncovered.rules)));
    object.set_some("ids", some(ids(&uncovered.ids)));
    object
}

fn ids(ids: &[FindingId]) -> Vec<Value> {
    ids.iter().map(|id| id.to_string().into()).collect()
}

fn event(event: &Event) -> Object {
    let mut object = Object::new()
        .with("id", event.id.to_string())
        .with("event", event.what.as_str());
    if event.cause != Cause::Scan {
        object.set("cause", word(&CAUSES, &event.cause));
    }
    object.set_some("weak", event.weak.then_some(true));
    if let Some((count, of)) = event.misses {
        object.set("n", Whole::count(count.into()));
        object.set("of", Whole::count(of.into()));
    }
    object.set_some("introduced", event.introduced.map(written));
    object.set_some("detected", event.detected.map(written));
    object.set_some("since", event.since.map(written));
    if !event.aliases.is_empty() {
        object.set("aliases", ids(&event.aliases));
    }
    if let Some(look) = &event.look {
        look_into(look, &mut object);
    }
    object
}

fn look_into(look: &Look, object: &mut Object) {
    object.set("rule", look.rule.raw());
    let key = if look.in_repository { "path" } else { "place" };
    object.set_some(key, look.path.as_ref().map(UntrustedText::raw));
    object.set_some("line", look.line.map(|line| Whole::count(line.into())));
    let keys = look.keys.iter();
    let keys = keys.map(|key| [key.kind.letter(), ":", &hex(&key.value)].concat().into());
    object.set("keys", keys.collect::<Vec<Value>>());
    object.set_some("package", look.package.as_ref().map(UntrustedText::raw));
    object.set_some(
        "cvss",
        look.cvss.map(|tenths| Whole::count(tenths.get().into())),
    );
    object.set_some("severity", look.severity.map(Severity::as_str));
    if !look.cwe.is_empty() {
        let numbers = look.cwe.iter();
        let numbers = numbers.map(|number| Whole::count((*number).into()).into());
        object.set("cwe", numbers.collect::<Vec<Value>>());
    }
    object.set_some("advisory", look.advisory.map(written));
    object.set_some("validity", look.validity.map(Validity::as_str));
    object.set_some("set_aside", look.set_aside.then_some(true));
    object.set_some("false_positive", look.false_positive.then_some(true));
}

/// Reads `findings` of a record.
///
/// # Errors
/// The first field that is missing or not of its form. Fields that this version does not know
/// are left alone (rule R12).
pub fn read_streams(findings: &Object) -> Result<Vec<Scanned>, FormError> {
    let streams = findings.get("streams").and_then(Value::as_list);
    let streams = streams.ok_or(FormError("streams"))?;
    streams
        .iter()
        .map(|value| read_stream(of(value, "streams")?))
        .collect()
}

fn read_stream(object: &Object) -> Result<Scanned, FormError> {
    let class = must(object, "class", Class::from_word)?;
    let admitted = object.get("admitted").and_then(Value::as_bool);
    let unadmitted = match admitted {
        Some(true) => None,
        Some(false) => Some(must(object, "reason", |text| from_word(&UNADMITTED, text))?),
        None => return Err(FormError("admitted")),
    };
    let mut scan = Scanned {
        stream: Stream {
            tool: must(object, "tool", foreign)?,
            category: may(object, "category", foreign)?,
            class,
        },
        version: may(object, "version", foreign)?,
        rules: may(object, "rules", unhex)?,
        fresh: count(object, "fresh_s")?.ok_or(FormError("fresh_s"))?,
        unadmitted,
        adopts: flag(object, "adopts")?,
        tool_change: flag(object, "tool_change")?,
        of_history: flag(object, "of_history")?,
        key: may(object, "secret_key", |text| unhex(text).map(KeyCheck))?,
        uncovered: Uncovered::default(),
        open: count(object, "open")?.ok_or(FormError("open"))?,
        false_positives: list(object, "false_positives", id)?,
        events: Vec::new(),
    };
    if let Some(value) = object.get("uncovered") {
        let object = of(value, "uncovered")?;
        scan.uncovered.paths = list(object, "paths", foreign)?;
        scan.uncovered.rules = list(object, "rules", foreign)?;
        scan.uncovered.ids = list(object, "ids", id)?;
        // The replay looks them up.
        scan.uncovered.paths.sort_unstable();
        scan.uncovered.rules.sort_unstable();
        scan.uncovered.ids.sort_unstable();
    }
    let events = object.get("events").and_then(Value::as_list);
    let events = events.ok_or(FormError("events"))?;
    let events = events.iter().map(|value| read_event(of(value, "events")?));
    scan.events = events.collect::<Result<_, _>>()?;
    Ok(scan)
}

fn read_event(object: &Object) -> Result<Event, FormError> {
    let what = must(object, "event", |word| {
        What::ALL.into_iter().find(|what| what.as_str() == word)
    })?;
    let misses = match (count(object, "n")?, count(object, "of")?) {
        (Some(n), Some(of)) => Some((narrow(n, "n")?, narrow(of, "of")?)),
        (None, None) => None,
        _ => return Err(FormError("of")),
    };
    let look = if object.get("rule").is_some() {
        Some(read_look(object)?)
    } else {
        None
    };
    if look.is_none() && what == What::Reopened {
        return Err(FormError("rule"));
    }
    let cause = may(object, "cause", |text| from_word(&CAUSES, text))?;
    Ok(Event {
        id: must(object, "id", id)?,
        what,
        cause: cause.unwrap_or(Cause::Scan),
        weak: flag(object, "weak")?,
        look,
        aliases: list(object, "aliases", id)?,
        misses,
        introduced: may(object, "introduced", moment)?,
        detected: may(object, "detected", moment)?,
        since: may(object, "since", moment)?,
    })
}

fn read_look(object: &Object) -> Result<Look, FormError> {
    let path = may(object, "path", foreign)?;
    let in_repository = path.is_some();
    let tenths = count(object, "cvss")?;
    let tenths = tenths.map(|tenths| {
        let tenths = u8::try_from(tenths).ok().and_then(Tenths::new);
        tenths.ok_or(FormError("cvss"))
    });
    let numbers = object.list("cwe").iter();
    let numbers = numbers.map(|value| {
        let number = value
            .as_number()
            .and_then(|number| u32::try_from(number).ok());
        number.ok_or(FormError("cwe"))
    });
    let line = count(object, "line")?.map(|line| narrow(line, "line"));
    Ok(Look {
        rule: must(object, "rule", foreign)?,
        path: match path {
            Some(path) => Some(path),
            None => may(object, "place", foreign)?,
        },
        in_repository,
        line: line.transpose()?,
        keys: list(object, "keys", key)?,
        package: may(object, "package", foreign)?,
        cvss: tenths.transpose()?,
        severity: may(object, "severity", Severity::from_word)?,
        cwe: numbers.collect::<Result<_, _>>()?,
        advisory: may(object, "advisory", moment)?,
        validity: may(object, "validity", Validity::from_word)?,
        set_aside: flag(object, "set_aside")?,
        false_positive: flag(object, "false_positive")?,
    })
}

fn of<'a>(value: &'a Value, key: &'static str) -> Result<&'a Object, FormError> {
    value.as_object().ok_or(FormError(key))
}

fn must<T>(
    object: &Object,
    key: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, FormError> {
    may(object, key, read)?.ok_or(FormError(key))
}

fn may<T>(
    object: &Object,
    key: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, FormError> {
    let Some(value) = object.get(key) else {
        return Ok(None);
    };
    let value = value.as_text().and_then(read);
    value.map(Some).ok_or(FormError(key))
}

fn list<T>(
    object: &Object,
    key: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, FormError> {
    let values = object.list(key).iter();
    let values = values.map(|value| value.as_text().and_then(&read).ok_or(FormError(key)));
    values.collect()
}

fn flag(object: &Object, key: &'static str) -> Result<bool, FormError> {
    match object.get(key) {
        None => Ok(false),
        Some(value) => value.as_bool().ok_or(FormError(key)),
    }
}

fn count(object: &Object, key: &'static str) -> Result<Option<u64>, FormError> {
    let Some(value) = object.get(key) else {
        return Ok(None);
    };
    let number = value
        .as_number()
        .and_then(|number| u64::try_from(number).ok());
    number.map(Some).ok_or(FormError(key))
}

fn narrow(number: u64, key: &'static str) -> Result<u32, FormError> {
    u32::try_from(number).map_err(|_| FormError(key))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it stands where texts of a form are read"
)]
fn foreign(text: &str) -> Option<UntrustedText> {
    Some(UntrustedText::new(text))
}

fn id(text: &str) -> Option<FindingId> {
    unhex(text).map(FindingId::new)
}

fn key(text: &str) -> Option<Key> {
    let (letter, value) = text.split_once(':')?;
    let kind = KeyKind::ALL
        .into_iter()
        .find(|kind| kind.letter() == letter)?;
    let value = unhex(value)?;
    Some(Key { kind, value })
}

fn word<T: PartialEq>(words: &[(T, &'static str)], value: &T) -> &'static str {
    let found = words.iter().find(|(known, _)| known == value);
    found.map_or("", |(_, word)| word)
}

fn from_word<T: Copy>(words: &[(T, &'static str)], text: &str) -> Option<T> {
    let found = words.iter().find(|(_, word)| *word == text);
    found.map(|(value, _)| *value)
}

fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to memory does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
