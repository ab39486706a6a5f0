//! Invocations: whether the scan ran, where, and what it configured (rules 19 to 26).

use std::io::Read;

use jiff::Timestamp;

use crate::model::Level;

use super::super::window::{Refusal, Scalar, Window};
use super::component::{self, default_level, index_or_beyond, interned};
use super::field::{self, Field};
use super::level;
use super::notes::Notes;
use super::tables::{Often, PlaceKey, RuleRef, Tables};

/// `invocations`, as far as they are used.
#[derive(Debug, Default)]
pub(super) struct Invocations {
    /// True if there is an array.
    pub(super) given: bool,
    /// True if it, or one of them, has the wrong type.
    pub(super) malformed: bool,
    pub(super) all: Vec<Invocation>,
}

/// One invocation.
#[derive(Debug, Default)]
pub(super) struct Invocation {
    /// `executionSuccessful`; `None` if it is missing or null.
    pub(super) successful: Option<bool>,
    pub(super) start_failure: bool,
    pub(super) exit_signal: bool,
    /// Notifications that are errors, or whose descriptor must tell.
    pub(super) notifications: Vec<Notification>,
    pub(super) ended: Option<Timestamp>,
    pub(super) working_directory: Option<PlaceKey>,
    /// Levels by rule (rule 63).
    pub(super) overrides: Vec<(RuleRef, Level)>,
}

/// A notification that may fail the run.
#[derive(Debug)]
pub(super) struct Notification {
    /// True for one of the execution, false for one of the configuration.
    pub(super) execution: bool,
    pub(super) level: Option<Level>,
    pub(super) descriptor: Option<RuleRef>,
}

/// Takes `invocations`.
pub(super) fn invocations<R: Read>(
    w: &mut Window<R>,
    tables: &mut Tables,
    notes: &mut Notes<'_>,
) -> Result<Invocations, Refusal> {
    let mut invocations = Invocations::default();
    match field::array(w)? {
        Field::Is(()) => invocations.given = true,
        Field::Absent => return Ok(invocations),
        Field::Wrong => {
            invocations.malformed = true;
            return Ok(invocations);
        }
    }
    while w.element()? {
        let index = invocations.all.len();
        let mut one = Invocation::default();
        w.begin_item();
        if field::object(w)? == Field::Is(()) {
            invocation(w, &mut one, index, tables, notes)
                .map_err(|refusal| refusal.inside("invocations", Some(index)))?;
        } else {
            invocations.malformed = true;
        }
        w.end_item()?;
        invocations.all.push(one);
    }
    Ok(invocations)
}

fn invocation<R: Read>(
    w: &mut Window<R>,
    one: &mut Invocation,
    index: usize,
    tables: &mut Tables,
    notes: &mut Notes<'_>,
) -> Result<(), Refusal> {
    while let Some(name) = w.member()? {
        match name {
            "executionSuccessful" => {
                one.successful = match w.scalar()? {
                    Scalar::Bool(truth) => Some(truth),
                    Scalar::Null => None,
                    _ => Some(false),
                };
            }
            "processStartFailureMessage" => one.start_failure = is_given(w)?,
            "exitSignalName" | "exitSignalNumber" => one.exit_signal |= is_given(w)?,
            "toolExecutionNotifications" => {
                let place = || format!("invocations[{index}].toolExecutionNotifications");
                notifications(w, one, true, tables, notes, place)?;
            }
            "toolConfigurationNotifications" => {
                let place = || format!("invocations[{index}].toolConfigurationNotifications");
                notifications(w, one, false, tables, notes, place)?;
            }
            "endTimeUtc" => {
                let text = field::text(w)?.right();
                one.ended = text.and_then(time);
            }
            "workingDirectory" => {
                one.working_directory = artifact_location(w, tables)?.right();
            }
            "ruleConfigurationOverrides" => overrides(w, one, index, tables, notes)?,
            _ => w.skip()?,
        }
    }
    Ok(())
}

/// A point of time; text without an offset is meant to be UTC, as the standard demands.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(local).ok()
    })
}

fn is_given<R: Read>(w: &mut Window<R>) -> Result<bool, Refusal> {
    Ok(w.scalar()? != Scalar::Null)
}

fn notifications<R: Read>(
    w: &mut Window<R>,
    one: &mut Invocation,
    execution: bool,
    tables: &mut Tables,
    notes: &mut Notes<'_>,
    place: impl Fn() -> String,
) -> Result<(), Refusal> {
    let mut add = |level, descriptor: Option<RuleRef>| {
        if matches!(level, Some(Level::Error)) || (level.is_none() && descriptor.is_some()) {
            one.notifications.push(Notification {
                execution,
                level,
                descriptor,
            });
        }
    };
    match field::array(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(()),
        Field::Wrong => {
            add(Some(Level::Error), None);
            return Ok(());
        }
    }
    let mut index = 0;
    while w.element()? {
        let mut level = None;
        let mut descriptor = None;
        if field::object(w)? == Field::Is(()) {
            while let Some(name) = w.member()? {
                match name {
                    "level" => {
                        level = level::take(w, notes, || format!("{}[{index}].level", place()))?;
                    }
                    "descriptor" => descriptor = rule_ref(w, tables)?.right(),
                    _ => w.skip()?,
                }
            }
        } else {
            level = Some(Level::Error);
        }
        add(level, descriptor);
        index += 1;
    }
    Ok(())
}

/// Takes a reference to a descriptor.
pub(super) fn rule_ref<R: Read>(
    w: &mut Window<R>,
    tables: &mut Tables,
) -> Result<Field<RuleRef>, Refusal> {
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(Field::Absent),
        Field::Wrong => return Ok(Field::Wrong),
    }
    let mut rule = RuleRef::default();
    while let Some(name) = w.member()? {
        match name {
            "id" => rule.id = interned(w, &mut tables.pool)?,
            "index" => rule.index = index_or_beyond(field::index(w)?),
            "guid" => rule.guid = component::guid(w, &mut tables.pool)?,
            "toolComponent" => {
                let component = component::component_ref(w, &mut tables.pool)?;
                rule.component = component.right().unwrap_or_default();
            }
            _ => w.skip()?,
        }
    }
    Ok(Field::Is(rule))
}

fn overrides<R: Read>(
    w: &mut Window<R>,
    one: &mut Invocation,
    invocation: usize,
    tables: &mut Tables,
    notes: &mut Notes<'_>,
) -> Result<(), Refusal> {
    if field::array(w)? != Field::Is(()) {
        return Ok(());
    }
    let mut index = 0;
    while w.element()? {
        let mut descriptor = None;
        let mut level = None;
        if field::object(w)? == Field::Is(()) {
            while let Some(name) = w.member()? {
                match name {
                    "descriptor" => descriptor = rule_ref(w, tables)?.right(),
                    "configuration" => {
                        level = default_level(w, notes, || {
                            format!(
                                "invocations[{invocation}].ruleConfigurationOverrides[{index}].configuration.level"
                            )
                        })?;
                    }
                    _ => w.skip()?,
                }
            }
        }
        if let (Some(descriptor), Some(level)) = (descriptor, level) {
            one.overrides.push((descriptor, level));
        }
        index += 1;
    }
    Ok(())
}

/// Takes an artifact location.
pub(super) fn artifact_location<R: Read>(
    w: &mut Window<R>,
    tables: &mut Tables,
) -> Result<Field<PlaceKey>, Refusal> {
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(Field::Absent),
        Field::Wrong => return Ok(Field::Wrong),
    }
    let mut place = PlaceKey::default();
    let mut wrong = false;
    while let Some(name) = w.member_bytes()? {
        match name {
            b"uri" => match field::text(w)? {
                Field::Is("") | Field::Absent => {}
                Field::Is(uri) => place.uri = Some(tables.pool.intern(uri)),
                Field::Wrong => wrong = true,
            },
            b"uriBaseId" => {
                let base = field::text(w)?.right();
                place.base = base.map(|base| tables.pool.intern_often(base, Often::Base));
            }
            b"index" => place.artifact = field::index(w)?.right(),
            _ => w.skip()?,
        }
    }
    if wrong && place.uri.is_none() {
        return Ok(Field::Wrong);
    }
    Ok(Field::Is(place))
}
