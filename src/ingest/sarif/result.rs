//! One result, as it is read: folded into a [`Pending`].

use std::io::Read;

use jiff::Timestamp;

use crate::diagnostic::{Code, Message};
use crate::model::{Level, Suppression, Untrusted, Validity};

use super::super::secret::Vault;
use super::super::window::{Refusal, Scalar, Window};
use super::component::{self, index_or_beyond, interned};
use super::field::{self, Field};
use super::invocation::{rule_ref, time};
use super::level;
use super::notes::Notes;
use super::pending::{Baseline, Messages, Pending, Pendings, Print, ResultKind, Snippets};
use super::score::ScoreKey;
use super::tables::{Extra, NONE, RuleRef, Tables};
use super::{prints, spot};

/// The results of a run, or of a part of one that stands elsewhere in the document.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) results: Pendings,
    pub(super) messages: Messages,
    pub(super) snippets: Snippets,
    pub(super) prints: Vec<Print>,
    /// When results were first detected, of those that say so.
    pub(super) detected: Vec<Timestamp>,
    /// True if a result could not be decoded.
    pub(super) malformed: bool,
    /// True if snippets need not be kept: the tool is known and its snippets name no secret.
    pub(super) no_snippets: bool,
}

/// What reading results needs at hand.
pub(super) struct Reading<'a, 'r> {
    pub(super) tables: &'a mut Tables,
    pub(super) notes: &'a mut Notes<'r>,
    pub(super) vault: &'a mut Vault,
    pub(super) now: Timestamp,
}

/// Takes an array of results.
pub(super) fn results<R: Read>(
    w: &mut Window<R>,
    part: &mut Part,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    while w.element()? {
        let index = part.results.len();
        w.begin_item();
        result(w, index, part, reading)
            .and_then(|()| w.end_item())
            .map_err(|refusal| refusal.inside("results", Some(index)))?;
    }
    Ok(())
}

/// What of a result is only known when all of it was read.
#[derive(Default)]
struct Draft {
    pending: Pending,
    rule: RuleRef,
    /// `ruleId` and `ruleIndex`, which stand beside `rule`.
    rule_id: Option<super::tables::Local>,
    rule_index: Option<u32>,
    extra: Extra,
    malformed: bool,
    kind_word: Option<&'static str>,
}

fn result<R: Read>(
    w: &mut Window<R>,
    index: usize,
    part: &mut Part,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    let mut draft = Draft::default();
    if field::object(w)? == Field::Is(()) {
        while let Some(name) = w.member_bytes()? {
            match Member::of(name) {
                Some(member) => take(w, member, &mut draft, index, part, reading)?,
                None => w.skip()?,
            }
        }
    } else {
        draft.malformed = true;
    }
    finish(draft, index, part, reading);
    Ok(())
}

/// Members of a result that are used.
#[derive(Clone, Copy)]
enum Member {
    RuleId,
    RuleIndex,
    Rule,
    Kind,
    Level,
    Message,
    Locations,
    Suppressions,
    BaselineState,
    Fingerprints,
    Provenance,
    Properties,
    Taxa,
}

impl Member {
    fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"ruleId" => Self::RuleId,
            b"ruleIndex" => Self::RuleIndex,
            b"rule" => Self::Rule,
            b"kind" => Self::Kind,
            b"level" => Self::Level,
            b"message" => Self::Message,
            b"locations" => Self::Locations,
            b"suppressions" => Self::Suppressions,
            b"baselineState" => Self::BaselineState,
            b"fingerprints" | b"partialFingerprints" => Self::Fingerprints,
            b"provenance" => Self::Provenance,
            b"properties" => Self::Properties,
            b"taxa" => Self::Taxa,
            _ => return None,
        })
    }
}

fn take<R: Read>(
    w: &mut Window<R>,
    member: Member,
    draft: &mut Draft,
    index: usize,
    part: &mut Part,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    match member {
        Member::RuleId => match field::text(w)? {
            Field::Is(id) => draft.rule_id = Some(reading.tables.pool.intern(id)),
            Field::Absent => {}
            Field::Wrong => draft.malformed = true,
        },
        Member::RuleIndex => draft.rule_index = index_or_beyond(field::index(w)?),
        Member::Rule => match rule_ref(w, reading.tables)? {
            Field::Is(rule) => draft.rule = rule,
            Field::Absent => {}
            Field::Wrong => draft.malformed = true,
        },
        Member::Kind => kind(w, draft, index, reading.notes)?,
        Member::Level => {
            draft.pending.level =
                level::take(w, reading.notes, || format!("results[{index}].level"))?;
        }
        Member::Message => message(w, &mut draft.pending, &mut part.messages)?,
        Member::Locations => spot::locations(w, &mut draft.pending, index, part, reading)?,
        Member::Suppressions => {
            draft.pending.suppression = suppressions(w, index, reading)?;
        }
        Member::BaselineState => draft.pending.baseline = baseline(w, index, reading.notes)?,
        Member::Fingerprints => prints::take(w, &mut draft.pending, part, reading)?,
        Member::Provenance => provenance(w, draft, index, part, reading)?,
        Member::Properties => properties(w, draft, index, reading)?,
        Member::Taxa => taxa(w, draft, reading.tables)?,
    }
    Ok(())
}

fn finish(mut draft: Draft, index: usize, part: &mut Part, reading: &mut Reading<'_, '_>) {
    draft.rule.id = draft.rule_id.or(draft.rule.id);
    draft.rule.index = draft.rule.index.or(draft.rule_index);
    let mut pending = draft.pending;
    pending.rule = reading.tables.rules.number(draft.rule);
    if draft.extra != Extra::default() {
        draft.extra.cwe.sort_unstable();
        draft.extra.cwe.dedup();
        pending.extra = reading.tables.extras.number(draft.extra);
    }
    if draft.malformed {
        part.malformed = true;
        reading.notes.note(
            Code::SarifResultMalformed,
            || format!("results[{index}]"),
            || "a result cannot be decoded; it counts with what could be read".into(),
        );
    }
    let contradicts =
        pending.kind != ResultKind::Fail && pending.level.is_some_and(|level| level != Level::None);
    if let (true, Some(word)) = (contradicts, draft.kind_word) {
        let counts = pending.counts();
        reading.notes.note(
            Code::SarifKindLevelConflict,
            || format!("results[{index}].level"),
            || {
                Message::from(format!("a result of kind `{word}` has a level; ")).own(if counts {
                    "it counts"
                } else {
                    "it does not count"
                })
            },
        );
    }
    part.results.push(pending);
}

fn kind<R: Read>(
    w: &mut Window<R>,
    draft: &mut Draft,
    index: usize,
    notes: &mut Notes<'_>,
) -> Result<(), Refusal> {
    let word = match field::text(w)? {
        Field::Absent | Field::Is("fail") => return Ok(()),
        Field::Is(word) => Some(word),
        Field::Wrong => None,
    };
    let (kind, known) = match word {
        Some("pass") => (ResultKind::Pass, Some("pass")),
        Some("notApplicable") => (ResultKind::Pass, Some("notApplicable")),
        Some("open") => (ResultKind::Review, Some("open")),
        Some("review") => (ResultKind::Review, Some("review")),
        Some("informational") => (ResultKind::Review, Some("informational")),
        _ => (ResultKind::Fail, None),
    };
    draft.pending.kind = kind;
    draft.kind_word = known;
    if known.is_none() {
        notes.note(
            Code::SarifKindUnknown,
            || format!("results[{index}].kind"),
            || match word {
                Some(word) => Message::from("the kind ")
                    .foreign(Untrusted::new(level::shown(word)))
                    .own(" is not known; the result counts as `fail`"),
                None => "a kind is no text; the result counts as `fail`".into(),
            },
        );
    }
    Ok(())
}

fn message<R: Read>(
    w: &mut Window<R>,
    pending: &mut Pending,
    messages: &mut Messages,
) -> Result<(), Refusal> {
    let kept = field::message(w, |text| {
        if text.is_empty() {
            NONE
        } else {
            messages.add(text)
        }
    })?;
    if let Field::Is(message) = kept {
        pending.message = message;
    }
    Ok(())
}

/// Whether a suppression holds, and where it stands.
enum Suppressed {
    InSource,
    External,
    /// It ran out (rule 39).
    Expired,
    /// Under review, rejected, or not understood (rule 37).
    Not,
}

/// Takes `suppressions` (rules 35 to 39).
fn suppressions<R: Read>(
    w: &mut Window<R>,
    index: usize,
    reading: &mut Reading<'_, '_>,
) -> Result<Suppression, Refusal> {
    let place = |at: usize| format!("results[{index}].suppressions[{at}]");
    match field::array(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(Suppression::None),
        Field::Wrong => {
            unknown_suppression(reading.notes, || format!("results[{index}].suppressions"));
            return Ok(Suppression::NotEffective);
        }
    }
    let (mut in_source, mut external, mut refused) = (false, false, false);
    let mut at = 0;
    while w.element()? {
        match suppression(w, reading, || place(at))? {
            Suppressed::InSource => in_source = true,
            Suppressed::External => external = true,
            Suppressed::Expired => {}
            Suppressed::Not => refused = true,
        }
        at += 1;
    }
    Ok(match (in_source, external) {
        _ if at == 0 => Suppression::None,
        _ if refused => Suppression::NotEffective,
        (true, true) => Suppression::Both,
        (true, false) => Suppression::InSource,
        (false, true) => Suppression::External,
        (false, false) => Suppression::NotEffective,
    })
}

fn unknown_suppression(notes: &mut Notes<'_>, place: impl FnOnce() -> String) {
    notes.note(Code::SarifSuppressionUnknown, place, || {
        "a suppression cannot be understood, so it does not hold".into()
    });
}

fn suppression<R: Read>(
    w: &mut Window<R>,
    reading: &mut Reading<'_, '_>,
    place: impl Fn() -> String,
) -> Result<Suppressed, Refusal> {
    if field::object(w)? != Field::Is(()) {
        unknown_suppression(reading.notes, place);
        return Ok(Suppressed::Not);
    }
    let mut outcome = None;
    let mut expired = false;
    let mut external = false;
    let mut unknown = false;
    while let Some(name) = w.member()? {
        match name {
            "status" => match field::text(w)? {
                Field::Absent | Field::Is("accepted") => {}
                Field::Is("underReview" | "rejected") => outcome = Some(Suppressed::Not),
                Field::Is(_) | Field::Wrong => unknown = true,
            },
            // A word that is not known is the kind that policies trust least.
            "kind" => external = field::text(w)? == Field::Is("external"),
            "properties" => expired = is_expired(w, reading.now)?,
            _ => w.skip()?,
        }
    }
    if unknown {
        unknown_suppression(reading.notes, place);
        return Ok(Suppressed::Not);
    }
    Ok(match outcome {
        Some(outcome) => outcome,
        None if expired => Suppressed::Expired,
        None if external => Suppressed::External,
        None => Suppressed::InSource,
    })
}

/// True if `expiryUtc` is in the past, or no time at all (rule 39).
fn is_expired<R: Read>(w: &mut Window<R>, now: Timestamp) -> Result<bool, Refusal> {
    let mut expired = false;
    if field::object(w)? != Field::Is(()) {
        return Ok(false);
    }
    while let Some(name) = w.member()? {
        if name == "expiryUtc" {
            expired = match field::text(w)? {
                Field::Absent => false,
                Field::Is(text) => expiry(text).is_none_or(|until| until <= now),
                Field::Wrong => true,
            };
        } else {
            w.skip()?;
        }
    }
    Ok(expired)
}

/// A time, or the beginning of a day.
fn expiry(text: &str) -> Option<Timestamp> {
    time(text).or_else(|| {
        let day: jiff::civil::Date = text.trim().parse().ok()?;
        let midnight = day.at(0, 0, 0, 0);
        jiff::tz::TimeZone::UTC.to_timestamp(midnight).ok()
    })
}

fn baseline<R: Read>(
    w: &mut Window<R>,
    index: usize,
    notes: &mut Notes<'_>,
) -> Result<Baseline, Refusal> {
    let state = match field::text(w)? {
        Field::Absent => Baseline::Unstated,
        Field::Is("new") => Baseline::New,
        Field::Is("unchanged" | "updated") => Baseline::Existing,
        Field::Is("absent") => Baseline::Absent,
        Field::Is(_) | Field::Wrong => Baseline::Unknown,
    };
    if state == Baseline::Unknown {
        unknown_baseline(notes, || format!("results[{index}].baselineState"));
    }
    Ok(state)
}

/// Notes a result whose place in the tool's own baseline is not known (rule 41).
pub(super) fn unknown_baseline(notes: &mut Notes<'_>, place: impl FnOnce() -> String) {
    notes.note(Code::SarifBaselineUnknown, place, || {
        "a baseline state is missing or not understood; the result counts as introduced".into()
    });
}

fn provenance<R: Read>(
    w: &mut Window<R>,
    draft: &mut Draft,
    index: usize,
    part: &mut Part,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(()),
        Field::Wrong => {
            draft.malformed = true;
            return Ok(());
        }
    }
    while let Some(name) = w.member()? {
        match name {
            "invocationIndex" => match field::index(w)? {
                Field::Is(index) => draft.pending.invocation = index,
                Field::Absent => {}
                Field::Wrong => draft.malformed = true,
            },
            "firstDetectionTimeUtc" => {
                let detected = match field::text(w)? {
                    Field::Absent => continue,
                    Field::Is(text) => time(text).filter(|at| may_be_detection(*at, reading.now)),
                    Field::Wrong => None,
                };
                match detected {
                    Some(at) => {
                        draft.pending.detected = u32::try_from(part.detected.len()).unwrap_or(NONE);
                        part.detected.push(at);
                    }
                    None => reading.notes.note(
                        Code::SarifDetectionUnknown,
                        || format!("results[{index}].provenance.firstDetectionTimeUtc"),
                        || {
                            "when a result was first detected is no time of the past; the scan \
                             that sees it first counts"
                                .into()
                        },
                    ),
                }
            }
            _ => w.skip()?,
        }
    }
    Ok(())
}

/// True for a time that has come, and is not the zero that some libraries write for none
/// (rule L2).
fn may_be_detection(at: Timestamp, now: Timestamp) -> bool {
    Timestamp::UNIX_EPOCH < at && at <= now
}

/// Takes the few properties of a result that are used; none of the others is kept (rule 111).
fn properties<R: Read>(
    w: &mut Window<R>,
    draft: &mut Draft,
    index: usize,
    reading: &mut Reading<'_, '_>,
) -> Result<(), Refusal> {
    let place = || format!("results[{index}].properties");
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(()),
        Field::Wrong => {
            component::wrong_properties(reading.notes, place);
            return Ok(());
        }
    }
    let extra = &mut draft.extra;
    while let Some(name) = w.member()? {
        match name {
            "tags" => {
                component::tags(w, &mut reading.tables.pool, &mut extra.tags, &mut extra.cwe)?;
            }
            "cwe" => component::cwe_property(w, &mut extra.cwe)?,
            "exposure" => extra.exposure = w.scalar()? != Scalar::Null,
            "type" => extra.kind = interned(w, &mut reading.tables.pool)?,
            name => match ScoreKey::of(name) {
                Some(key) => {
                    let (pool, notes) = (&mut reading.tables.pool, &mut *reading.notes);
                    extra.score.take(w, key, pool, notes, place)?;
                }
                None => w.skip()?,
            },
        }
    }
    Ok(())
}

fn taxa<R: Read>(w: &mut Window<R>, draft: &mut Draft, tables: &mut Tables) -> Result<(), Refusal> {
    if field::array(w)? != Field::Is(()) {
        return Ok(());
    }
    while w.element()? {
        draft
            .extra
            .taxa
            .extend(component::taxon(w, &mut tables.pool)?);
    }
    Ok(())
}

/// The validity that Kingfisher's `validation_outcome` names, or its older
/// `validation_status` (rule 88); `None` for a word that is not known.
pub(super) fn outcome(word: &str) -> Option<Validity> {
    Some(match word {
        "active" | "Active Credential" => Validity::Active,
        "inactive" | "Inactive Credential" => Validity::Inactive,
        "invalid_material" | "locally_derived" => Validity::Unknown,
        "not_attempted" | "assumed" | "Not Attempted" => Validity::NotAttempted,
        _ => return None,
    })
}
