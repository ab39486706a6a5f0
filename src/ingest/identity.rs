//! Finding ids (rules L8, L9): what a finding is called from one evaluation to the next.

use sha2::{Digest, Sha256};

use crate::model::{
    Class, Cvss, FindingId, FindingView, Intake, Level, TextId, Triage, Untrusted, visible,
    without_tag,
};

/// Makes the ids of all findings, in their order.
///
/// An id is made from class, tool, rule, path and message (of secrets: the secret, if ids of
/// secrets are those of the project's key), as outputs show them, and from the ordinal among
/// findings that are equal in these, by line and column. Line, commit, author and date are
/// no part of it. Of what is known of a package, id and message give way to advisory and
/// package (rule O8), without the version.
pub(super) fn make_ids(intake: &Intake, project_key: bool) -> Vec<FindingId> {
    let mut text = Vec::new();
    let mut digests = Digests::of(intake);
    let mut ids: Vec<FindingId> = intake
        .views()
        .map(|view| FindingId::new(base(view, project_key, &mut digests, &mut text)))
        .collect();
    drop(digests);
    // Sorted by a part of the base that nearly always tells; the rest is looked at in ties.
    let mut order: Vec<u64> = ids
        .iter()
        .zip(0_u32..)
        .map(|(id, index)| (brief(*id) << 32) | u64::from(index))
        .collect();
    order.sort_unstable();
    for equals in order.chunk_by_mut(|one, other| one >> 32 == other >> 32) {
        if equals.len() == 1 {
            continue;
        }
        equals.sort_by(|a, b| {
            let key = |entry: u64| {
                let view = intake.view(index(entry))?;
                let commit = view.commit().map(Untrusted::raw);
                let place = (view.finding.region, commit);
                Some((ids.get(index(entry))?, place, rest(intake, &view)))
            };
            key(*a).cmp(&key(*b))
        });
        let mut ordinal = 0_u64;
        let mut before = None;
        for entry in equals {
            let Some(id) = ids.get_mut(index(*entry)) else {
                continue;
            };
            let base = *id;
            ordinal = if before == Some(base) { ordinal + 1 } else { 0 };
            before = Some(base);
            *id = with_ordinal(base, ordinal);
        }
    }
    ids
}

/// What is left to tell equals apart, so that neither the order in a report nor that of the
/// reports changes anything.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rest<'a> {
    set_aside: bool,
    /// The tool's own names.
    prints: Vec<(&'a str, [u8; 16])>,
    /// Where it was read: the path of the report.
    report: &'a str,
    /// Of vulnerabilities, whose message and version are no part of the id.
    said: [&'a str; 3],
    /// What still is equal then is the same in all that a gate looks at.
    judged: (Cvss, Level, &'static str),
}

fn rest<'a>(intake: &'a Intake, view: &FindingView<'a>) -> Rest<'a> {
    let finding = view.finding;
    let raw = |text: Option<Untrusted<'a>>| text.map_or("", |text| text.raw());
    let version = view.facts().and_then(|facts| facts.version);
    Rest {
        set_aside: finding.suppression.holds() || finding.triage == Triage::Dismissed,
        prints: prints(intake, view),
        report: view.report().map_or("", |report| report.path.raw()),
        said: [
            view.rule_id().raw(),
            raw(version.map(|id| view.text(id))),
            raw(view.message()),
        ],
        judged: (finding.cvss, finding.level, finding.validity.as_str()),
    }
}

/// Of a secret none: they may be of this run alone.
fn prints<'a>(intake: &'a Intake, view: &FindingView<'a>) -> Vec<(&'a str, [u8; 16])> {
    if view.finding.class == Class::Secrets {
        return Vec::new();
    }
    let range = view.finding.fingerprints;
    let start = usize::try_from(range.start).unwrap_or(usize::MAX);
    let end = start.saturating_add(usize::from(range.len));
    let prints = intake.fingerprints.get(start..end).unwrap_or_default();
    prints
        .iter()
        .map(|print| (view.text(print.key).raw(), print.value))
        .collect()
}

/// The first four bytes.
fn brief(id: FindingId) -> u64 {
    let [a, b, c, d, ..] = id.bytes();
    u64::from(u32::from_be_bytes([a, b, c, d]))
}

/// The finding of an entry of the order, in its lower half.
fn index(entry: u64) -> usize {
    usize::try_from(entry & u64::from(u32::MAX)).unwrap_or(usize::MAX)
}

/// Digests of messages that several findings have: all findings of a rule may share one.
struct Digests {
    /// By place of the text: a number from 1 for one that stands twice or more, the greatest
    /// number for one that stands once.
    numbers: Vec<u32>,
    known: Vec<Option<[u8; 32]>>,
}

impl Digests {
    fn of(intake: &Intake) -> Self {
        const ONCE: u32 = u32::MAX;
        let mut numbers = vec![0; intake.texts.len()];
        let mut shared = 0;
        for message in intake.findings.iter().filter_map(|finding| finding.message) {
            match numbers.get_mut(message.index()) {
                Some(number) if *number == 0 => *number = ONCE,
                Some(number) if *number == ONCE => {
                    shared += 1;
                    *number = shared;
                }
                _ => {}
            }
        }
        let known = vec![None; usize::try_from(shared).unwrap_or(0) + 1];
        Self { numbers, known }
    }

    fn get(&mut self, view: FindingView<'_>) -> [u8; 32] {
        let digest = || {
            let message = view.message().map_or("", |message| message.raw());
            Sha256::digest(visible(message).as_bytes()).into()
        };
        let place = view.finding.message.map(TextId::index);
        let number = place.and_then(|place| self.numbers.get(place)).copied();
        let number = number.and_then(|number| usize::try_from(number).ok());
        // A message that stands once has no slot; no message at all has the first.
        match self.known.get_mut(number.unwrap_or(0)) {
            Some(known) => *known.get_or_insert_with(digest),
            None => digest(),
        }
    }
}

/// What an id is made from before the ordinal; `text` is a buffer to write it in.
fn base(
    view: FindingView<'_>,
    project_key: bool,
    digests: &mut Digests,
    text: &mut Vec<u8>,
) -> [u8; 16] {
    let finding = view.finding;
    text.clear();
    let mut part = |bytes: &[u8]| {
        // With its length before it, so that two parts cannot be read as others.
        text.extend_from_slice(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        text.extend_from_slice(bytes);
    };
    part(b"krgate/finding/v1");
    part(finding.class.as_str().as_bytes());
    part(view.run().map_or("", |run| run.alias.raw()).as_bytes());
    let path = view.shown_path().map_or("", |path| path.raw());
    if let Some((facts, package)) = view.facts().and_then(|f| Some((f, f.package?))) {
        let word = |id: Option<TextId>| id.map_or("", |id| view.text(id).raw());
        part(b"dependency");
        part(match facts.advisory {
            Some(advisory) => view.text(advisory).raw().as_bytes(),
            None => view.rule_id().raw().as_bytes(),
        });
        part(word(package.ecosystem).as_bytes());
        part(word(Some(package.name)).as_bytes());
        part(match view.repo_path() {
            None => without_tag(path).as_bytes(),
            Some(_) => path.as_bytes(),
        });
        return first_half(&Sha256::digest(text));
    }
    part(view.rule_id().raw().as_bytes());
    part(path.as_bytes());
    if finding.class == Class::Secrets {
        match view.secret().filter(|_| project_key) {
            Some(secret) => part(&secret.bytes()),
            None => part(b""),
        }
    } else {
        part(&digests.get(view));
    }
    first_half(&Sha256::digest(text))
}

/// The first of equals has the base as its id.
fn with_ordinal(base: FindingId, ordinal: u64) -> FindingId {
    if ordinal == 0 {
        return base;
    }
    let mut hash = Sha256::new();
    hash.update(base.bytes());
    hash.update(ordinal.to_be_bytes());
    FindingId::new(first_half(&hash.finalize()))
}

fn first_half(hash: &[u8]) -> [u8; 16] {
    hash.first_chunk::<16>().copied().unwrap_or_default()
}
