//! What a finding of this run looks like to the ledger (rules L7 to L9, R10).

use std::collections::BTreeMap;

use super::event::{Key, KeyKind, Look, Stream};
use crate::model::{
    Class, FindingId, FindingView, Intake, KeyCheck, Row, Rows, Untrusted, UntrustedText, visible,
};
use crate::policy::Policy;
use crate::record::identity::sha256;
use crate::scope::{Scoped, Standing, judged_score, judged_severity};

/// A finding as the ledger counts it: of a secret with an id all its places are one (rule L8).
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// Its stream.
    pub(super) stream: Stream,
    /// Its places in the intake, that with the smallest place in the repository first; never
    /// empty.
    pub(super) places: Vec<usize>,
    /// The ids of these, in that order.
    pub(super) ids: Vec<FindingId>,
}

impl Unit {
    /// The id by which it is known if it is new.
    pub(super) fn id(&self) -> FindingId {
        self.ids.first().copied().unwrap_or(FindingId::new([0; 16]))
    }

    /// Where it stands in the intake.
    pub(super) fn first(&self) -> usize {
        self.places.first().copied().unwrap_or(usize::MAX)
    }
}

/// The findings of a run as units, by stream, then place. Secrets whose ids are those of this
/// run alone are left out (rule R10).
pub(super) fn units(intake: &Intake, rows: &Rows, key: Option<KeyCheck>) -> Vec<Unit> {
    let mut units: BTreeMap<Sorted<'_>, Unit> = BTreeMap::new();
    let mut secrets: BTreeMap<(Stream, [u8; 16]), Vec<usize>> = BTreeMap::new();
    for (index, row) in rows.rows.iter().enumerate() {
        let Some(stream) = stream_of(rows, row) else {
            continue;
        };
        if row.class == Class::Secrets {
            if key.is_none() {
                continue;
            }
            if let Some(secret) = row.secret {
                let places = secrets.entry((stream, secret.bytes())).or_default();
                places.push(index);
                continue;
            }
        }
        let sorted = sorted(intake, row, stream.clone());
        units.insert(
            sorted,
            Unit {
                stream,
                places: vec![index],
                ids: vec![row.id],
            },
        );
    }
    for ((stream, _), mut places) in secrets {
        let by_place = |index: &usize| {
            let row = rows.rows.get(*index)?;
            Some(sorted(intake, row, stream.clone()))
        };
        places.sort_by_cached_key(by_place);
        let ids = places.iter().filter_map(|index| rows.rows.get(*index));
        let unit = Unit {
            ids: ids.map(|row| row.id).collect(),
            stream: stream.clone(),
            places: places.clone(),
        };
        if let Some(sorted) = places.first().and_then(by_place) {
            units.insert(sorted, unit);
        }
    }
    units.into_values().collect()
}

/// What units are sorted by: an id is one finding's.
type Sorted<'a> = (Stream, &'a str, u32, u32, FindingId);

fn sorted<'a>(intake: &'a Intake, row: &Row, stream: Stream) -> Sorted<'a> {
    let number = |line: Option<std::num::NonZeroU32>| line.map_or(0, std::num::NonZeroU32::get);
    let path = row.path.map_or("", |path| intake.texts.get(path).raw());
    (stream, path, number(row.line), number(row.column), row.id)
}

/// The stream of a row.
pub(super) fn stream_of(rows: &Rows, row: &Row) -> Option<Stream> {
    let stream = rows.stream_of(row)?;
    Some(Stream {
        tool: UntrustedText::new(stream.tool.as_str()),
        category: stream.category.as_deref().map(UntrustedText::new),
        class: row.class,
    })
}

/// What a unit looks like.
pub(super) fn look(scoped: &Scoped, policy: &Policy, rows: &Rows, unit: &Unit) -> Option<Look> {
    let intake = &scoped.intake;
    let view = intake.view(unit.first())?;
    let row = rows.rows.get(unit.first())?;
    let owned = |text: Untrusted<'_>| text.to_owned();
    let finding = view.finding;
    let validity = (row.class == Class::Secrets).then(|| {
        let others = unit.places.iter().filter_map(|place| intake.view(*place));
        others.fold(finding.validity, |worst, other| {
            worst.worst(other.finding.validity)
        })
    });
    let set_aside = |place: &usize| scoped.standing(*place) != Standing::Counted;
    let mut cwe = view.cwe().to_vec();
    cwe.sort_unstable();
    Some(Look {
        rule: owned(view.rule_id()),
        path: view.shown_path().map(owned),
        in_repository: row.in_repository,
        line: view.line(),
        keys: keys(intake, rows, unit.first()),
        package: view
            .facts()
            .and_then(|facts| facts.package)
            .map(|package| named(&view, package)),
        cvss: judged_score(finding, &policy.severity).tenths(),
        severity: judged_severity(finding, view.facts(), &policy.severity),
        cwe,
        advisory: None,
        validity,
        set_aside: unit.places.iter().all(set_aside),
        false_positive: is_false_positive(scoped, unit),
    })
}

/// True if each of its places is set aside as none.
pub(super) fn is_false_positive(scoped: &Scoped, unit: &Unit) -> bool {
    let mut places = unit.places.iter();
    places.all(|place| scoped.is_false_positive(*place))
}

/// `npm/name`, or the name alone.
fn named(view: &FindingView<'_>, package: crate::model::Package) -> UntrustedText {
    let name = view.text(package.name).raw();
    UntrustedText::new(match package.ecosystem {
        Some(ecosystem) => [view.text(ecosystem).raw(), "/", name].concat(),
        None => name.to_owned(),
    })
}

/// What a finding is told by, sorted.
pub(super) fn keys(intake: &Intake, rows: &Rows, place: usize) -> Vec<Key> {
    let (Some(view), Some(row)) = (intake.view(place), rows.rows.get(place)) else {
        return Vec::new();
    };
    let mut keys = Vec::new();
    let mut add = |kind, value| keys.push(Key { kind, value });
    if let Some(value) = dependency_key(intake, row) {
        add(KeyKind::Dependency, value);
    }
    if row.class == Class::Secrets {
        if let Some(secret) = row.secret {
            add(KeyKind::Secret, secret.bytes());
        }
    } else {
        if let Some(value) = message_key(&view) {
            add(KeyKind::Message, value);
        }
        for (_, value) in tool_keys(intake, rows, row) {
            add(KeyKind::Tool, value);
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Advisory and package, without the version (rule O8).
pub(super) fn dependency_key(intake: &Intake, row: &Row) -> Option<[u8; 16]> {
    Some(row.dependency?.key(&intake.texts))
}

/// The digest of the scrubbed, visible message; none for secrets (rule L7).
pub(super) fn message_key(view: &FindingView<'_>) -> Option<[u8; 16]> {
    if view.finding.class == Class::Secrets {
        return None;
    }
    let message = view.message()?;
    Some(hash(&[
        b"krgate/message/v1",
        visible(message.raw()).as_bytes(),
    ]))
}

/// The tool's fingerprints with their places in the rows, hashed with their names; of several
/// versions the highest, which is the one that is compared (rule 92).
pub(super) fn tool_keys(intake: &Intake, rows: &Rows, row: &Row) -> Vec<(usize, [u8; 16])> {
    let mut newest: BTreeMap<&str, (u32, usize, [u8; 16])> = BTreeMap::new();
    for (place, print) in rows.prints_of(row).iter().enumerate() {
        let name = intake.texts.get(print.key).raw();
        let (family, version) = versioned(name);
        let value = hash(&[b"krgate/fingerprint/v1", name.as_bytes(), &print.value]);
        let known = newest.entry(family).or_insert((version, place, value));
        if known.0 < version {
            *known = (version, place, value);
        }
    }
    newest
        .into_values()
        .map(|(_, place, value)| (place, value))
        .collect()
}

/// `primaryLocationLineHash/v2` is version 2 of `primaryLocationLineHash`.
fn versioned(name: &str) -> (&str, u32) {
    name.rsplit_once("/v")
        .and_then(|(family, version)| Some((family, version.parse().ok()?)))
        .unwrap_or((name, 0))
}

/// The first half of SHA-256 over parts, each with its length before it.
pub(super) fn hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut bytes = Vec::new();
    for part in parts {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    let whole = sha256(&bytes);
    whole.first_chunk::<16>().copied().unwrap_or_default()
}
