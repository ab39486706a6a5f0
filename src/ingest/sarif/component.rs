//! The tool: its driver, its extensions, and their rules.

use std::io::Read;

use crate::diagnostic::Code;
use crate::model::Level;

use super::super::cwe;
use super::super::window::{Kind, Refusal, Scalar, Window};
use super::field::{self, Field};
use super::level;
use super::notes::Notes;
use super::score::{ScoreKey, ScoreProps};
use super::tables::{ComponentRef, Local, Pool, Taxon};

/// GitHub's limits on uploads (rule 14), which are none of the gate's.
const GITHUB_RULES: usize = 25_000;
const GITHUB_EXTENSIONS: usize = 100;
const GITHUB_TAGS: usize = 20;

/// The tool of a run.
#[derive(Debug, Default)]
pub(super) struct ToolPart {
    pub(super) driver: Component,
    pub(super) extensions: Vec<Component>,
}

/// A driver or an extension, as far as it is used.
#[derive(Debug, Default)]
pub(super) struct Component {
    /// `name`, if it is text.
    pub(super) name: Option<Local>,
    /// `semanticVersion`, else `version` (rule 91).
    pub(super) semantic_version: Option<Local>,
    pub(super) version: Option<Local>,
    pub(super) guid: Option<Local>,
    pub(super) rules: Vec<RuleInfo>,
    /// Descriptors of notifications: their levels by default (rule 24).
    pub(super) notifications: Vec<NotificationInfo>,
}

/// A rule, as far as it is used.
#[derive(Debug, Default)]
pub(super) struct RuleInfo {
    pub(super) id: Option<Local>,
    pub(super) guid: Option<Local>,
    pub(super) name: Option<Local>,
    pub(super) title: Option<Local>,
    /// `defaultConfiguration.level`.
    pub(super) level: Option<Level>,
    /// `defaultConfiguration.enabled` is false (rule L4).
    pub(super) disabled: bool,
    pub(super) score: ScoreProps,
    pub(super) cwe: Vec<u32>,
    pub(super) tags: Vec<Local>,
    pub(super) taxa: Vec<Taxon>,
    /// `deprecatedIds` (rule L5).
    pub(super) former_ids: Vec<Local>,
}

/// A descriptor of notifications.
#[derive(Debug, Default)]
pub(super) struct NotificationInfo {
    pub(super) id: Option<Local>,
    pub(super) guid: Option<Local>,
    pub(super) level: Option<Level>,
}

/// What reading a component needs at hand.
pub(super) struct Reading<'a, 'r> {
    pub(super) pool: &'a mut Pool,
    pub(super) notes: &'a mut Notes<'r>,
}

/// Takes `tool`. A tool of another type is one without a name (rule 90).
pub(super) fn tool<R: Read>(
    w: &mut Window<R>,
    reading: &mut Reading<'_, '_>,
) -> Result<ToolPart, Refusal> {
    let mut tool = ToolPart::default();
    if field::object(w)? != Field::Is(()) {
        return Ok(tool);
    }
    while let Some(name) = w.member()? {
        match name {
            "driver" => {
                if w.kind()? == Kind::Object {
                    tool.driver = component(w, reading, "tool.driver")
                        .map_err(|refusal| refusal.inside("driver", None))?;
                } else {
                    w.skip()?;
                }
            }
            "extensions" => {
                tool.extensions =
                    extensions(w, reading).map_err(|refusal| refusal.inside("extensions", None))?;
            }
            _ => w.skip()?,
        }
    }
    Ok(tool)
}

fn extensions<R: Read>(
    w: &mut Window<R>,
    reading: &mut Reading<'_, '_>,
) -> Result<Vec<Component>, Refusal> {
    let mut extensions = Vec::new();
    if !field::needed_array(w)? {
        return Ok(extensions);
    }
    while w.element()? {
        if w.kind()? != Kind::Object {
            return Err(w.wrong_type("an object"));
        }
        let path = format!("tool.extensions[{}]", extensions.len());
        extensions.push(component(w, reading, &path)?);
    }
    if extensions.len() > GITHUB_EXTENSIONS {
        github_limit(reading.notes, "tool.extensions");
    }
    Ok(extensions)
}

/// Says that GitHub would not take all of this.
pub(super) fn github_limit(notes: &mut Notes<'_>, field: &'static str) {
    notes.note(
        Code::SarifGithubLimit,
        || field.to_owned(),
        || "the report is over a limit of GitHub's upload; everything was judged".into(),
    );
}

/// Takes an object that is a tool component; `path` is its place in the run.
fn component<R: Read>(
    w: &mut Window<R>,
    reading: &mut Reading<'_, '_>,
    path: &str,
) -> Result<Component, Refusal> {
    let mut component = Component::default();
    w.enter_object()?;
    while let Some(name) = w.member()? {
        match name {
            "name" => component.name = interned(w, reading.pool)?,
            "semanticVersion" => component.semantic_version = interned(w, reading.pool)?,
            "version" => component.version = interned(w, reading.pool)?,
            "guid" => component.guid = guid(w, reading.pool)?,
            "rules" => {
                component.rules = rules(w, reading, path)?;
            }
            "notifications" => component.notifications = notifications(w, reading, path)?,
            _ => w.skip()?,
        }
    }
    Ok(component)
}

/// Takes a text and keeps it; `None` for anything else.
pub(super) fn interned<R: Read>(
    w: &mut Window<R>,
    pool: &mut Pool,
) -> Result<Option<Local>, Refusal> {
    Ok(field::text(w)?.right().map(|text| pool.intern(text)))
}

/// Takes a guid, which is compared without case.
pub(super) fn guid<R: Read>(w: &mut Window<R>, pool: &mut Pool) -> Result<Option<Local>, Refusal> {
    Ok(field::text(w)?
        .right()
        .map(|text| pool.intern(&text.to_ascii_lowercase())))
}

fn rules<R: Read>(
    w: &mut Window<R>,
    reading: &mut Reading<'_, '_>,
    path: &str,
) -> Result<Vec<RuleInfo>, Refusal> {
    let inside = |refusal: Refusal, index| refusal.inside("rules", index);
    let mut rules = Vec::new();
    if !field::needed_array(w).map_err(|refusal| inside(refusal, None))? {
        return Ok(rules);
    }
    while w.element()? {
        let index = rules.len();
        w.begin_item();
        let rule = rule(w, reading, path, index).map_err(|refusal| inside(refusal, Some(index)))?;
        w.end_item()
            .map_err(|refusal| inside(refusal, Some(index)))?;
        rules.push(rule);
    }
    if rules.len() > GITHUB_RULES {
        github_limit(reading.notes, "tool");
    }
    Ok(rules)
}

fn rule<R: Read>(
    w: &mut Window<R>,
    reading: &mut Reading<'_, '_>,
    path: &str,
    index: usize,
) -> Result<RuleInfo, Refusal> {
    let mut rule = RuleInfo::default();
    let place = |member: &str| format!("{path}.rules[{index}].{member}");
    field::needed_object(w)?;
    while let Some(name) = w.member()? {
        match name {
            "id" => rule.id = interned(w, reading.pool)?,
            "guid" => rule.guid = guid(w, reading.pool)?,
            "name" => rule.name = interned(w, reading.pool)?,
            "shortDescription" => {
                let pool = &mut *reading.pool;
                rule.title = field::message(w, |text| pool.intern(text))?.right();
            }
            "defaultConfiguration" => {
                (rule.level, rule.disabled) =
                    configuration(w, reading.notes, || place("defaultConfiguration.level"))?;
            }
            "properties" => rule_properties(w, reading, &mut rule, &place)?,
            "relationships" => relationships(w, reading.pool, &mut rule.taxa)?,
            "deprecatedIds" => former_ids(w, reading.pool, &mut rule.former_ids)?,
            _ => w.skip()?,
        }
    }
    if rule.tags.len() > GITHUB_TAGS {
        github_limit(reading.notes, "tool");
    }
    Ok(rule)
}

/// Takes a list of ids that a rule had before.
fn former_ids<R: Read>(
    w: &mut Window<R>,
    pool: &mut Pool,
    ids: &mut Vec<Local>,
) -> Result<(), Refusal> {
    if field::array(w)? != Field::Is(()) {
        return Ok(());
    }
    while w.element()? {
        if let Field::Is(id) = field::text(w)? {
            ids.push(pool.intern(id));
        }
    }
    Ok(())
}

/// Takes a configuration for its level; one of another type is read as an error.
pub(super) fn default_level<R: Read>(
    w: &mut Window<R>,
    notes: &mut Notes<'_>,
    place: impl Fn() -> String,
) -> Result<Option<Level>, Refusal> {
    Ok(configuration(w, notes, place)?.0)
}

/// The same, with whether the rule is switched off.
fn configuration<R: Read>(
    w: &mut Window<R>,
    notes: &mut Notes<'_>,
    place: impl Fn() -> String,
) -> Result<(Option<Level>, bool), Refusal> {
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok((None, false)),
        Field::Wrong => return Ok((Some(level::wrong(notes, place)), false)),
    }
    let mut found = None;
    let mut disabled = false;
    while let Some(name) = w.member()? {
        match name {
            "level" => found = level::take(w, notes, &place)?,
            "enabled" => disabled = w.scalar()? == Scalar::Bool(false),
            _ => w.skip()?,
        }
    }
    Ok((found, disabled))
}

fn rule_properties<R: Read>(
    w: &mut Window<R>,
    reading: &mut Reading<'_, '_>,
    rule: &mut RuleInfo,
    place: &impl Fn(&str) -> String,
) -> Result<(), Refusal> {
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(()),
        Field::Wrong => {
            wrong_properties(reading.notes, || place("properties"));
            return Ok(());
        }
    }
    while let Some(name) = w.member()? {
        match name {
            "tags" => tags(w, reading.pool, &mut rule.tags, &mut rule.cwe)?,
            "cwe" => cwe_property(w, &mut rule.cwe)?,
            name => match ScoreKey::of(name) {
                Some(key) => rule
                    .score
                    .take(w, key, reading.pool, reading.notes, || place("properties"))?,
                None => w.skip()?,
            },
        }
    }
    Ok(())
}

/// Notes properties that are no object: a score in them could not be read.
pub(super) fn wrong_properties(notes: &mut Notes<'_>, place: impl FnOnce() -> String) {
    notes.note(Code::CvssScoreInvalid, place, || {
        "properties are no object; a score in them cannot be read".into()
    });
}

/// Takes a list of tags, and the CWE numbers among them.
pub(super) fn tags<R: Read>(
    w: &mut Window<R>,
    pool: &mut Pool,
    tags: &mut Vec<Local>,
    numbers: &mut Vec<u32>,
) -> Result<(), Refusal> {
    if field::array(w)? != Field::Is(()) {
        return Ok(());
    }
    while w.element()? {
        if let Field::Is(tag) = field::text(w)? {
            numbers.extend(cwe::of_tag(tag));
            tags.push(pool.intern(tag));
        }
    }
    Ok(())
}

/// Takes a property `cwe`: text, a number, or a list of these.
pub(super) fn cwe_property<R: Read>(
    w: &mut Window<R>,
    numbers: &mut Vec<u32>,
) -> Result<(), Refusal> {
    if w.kind()? == Kind::Array {
        w.enter_array()?;
        while w.element()? {
            cwe_scalar(w, numbers)?;
        }
        return Ok(());
    }
    cwe_scalar(w, numbers)
}

fn cwe_scalar<R: Read>(w: &mut Window<R>, numbers: &mut Vec<u32>) -> Result<(), Refusal> {
    if let Scalar::Text(text) | Scalar::Number(text) = w.scalar()? {
        numbers.extend(cwe::of_property(text));
    }
    Ok(())
}

/// Takes `relationships` of a rule for the entries of taxonomies that they point to.
fn relationships<R: Read>(
    w: &mut Window<R>,
    pool: &mut Pool,
    taxa: &mut Vec<Taxon>,
) -> Result<(), Refusal> {
    if field::array(w)? != Field::Is(()) {
        return Ok(());
    }
    while w.element()? {
        if field::object(w)? != Field::Is(()) {
            continue;
        }
        while let Some(name) = w.member()? {
            if name == "target" {
                taxa.extend(taxon(w, pool)?);
            } else {
                w.skip()?;
            }
        }
    }
    Ok(())
}

/// Takes a reference to an entry of a taxonomy.
pub(super) fn taxon<R: Read>(w: &mut Window<R>, pool: &mut Pool) -> Result<Option<Taxon>, Refusal> {
    if field::object(w)? != Field::Is(()) {
        return Ok(None);
    }
    let mut id = None;
    let mut component = ComponentRef::default();
    while let Some(name) = w.member()? {
        match name {
            "id" => id = interned(w, pool)?,
            "toolComponent" => component = component_ref(w, pool)?.right().unwrap_or_default(),
            _ => w.skip()?,
        }
    }
    Ok(id.map(|id| Taxon { component, id }))
}

/// Takes a reference to a component.
pub(super) fn component_ref<R: Read>(
    w: &mut Window<R>,
    pool: &mut Pool,
) -> Result<Field<ComponentRef>, Refusal> {
    match field::object(w)? {
        Field::Is(()) => {}
        Field::Absent => return Ok(Field::Absent),
        Field::Wrong => return Ok(Field::Wrong),
    }
    let mut component = ComponentRef::default();
    while let Some(name) = w.member()? {
        match name {
            "index" => component.index = index_or_beyond(field::index(w)?),
            "guid" => component.guid = guid(w, pool)?,
            "name" => component.name = interned(w, pool)?,
            _ => w.skip()?,
        }
    }
    Ok(Field::Is(component))
}

/// An index of the wrong type is one that is out of every range: it is noted where it is
/// looked up.
pub(super) fn index_or_beyond(index: Field<u32>) -> Option<u32> {
    match index {
        Field::Is(index) => Some(index),
        Field::Absent => None,
        Field::Wrong => Some(u32::MAX - 1),
    }
}

fn notifications<R: Read>(
    w: &mut Window<R>,
    reading: &mut Reading<'_, '_>,
    path: &str,
) -> Result<Vec<NotificationInfo>, Refusal> {
    let mut notifications = Vec::new();
    if field::array(w)? != Field::Is(()) {
        return Ok(notifications);
    }
    while w.element()? {
        let index = notifications.len();
        let mut info = NotificationInfo::default();
        if field::object(w)? == Field::Is(()) {
            while let Some(name) = w.member()? {
                match name {
                    "id" => info.id = interned(w, reading.pool)?,
                    "guid" => info.guid = guid(w, reading.pool)?,
                    "defaultConfiguration" => {
                        info.level = default_level(w, reading.notes, || {
                            format!("{path}.notifications[{index}].defaultConfiguration.level")
                        })?;
                    }
                    _ => w.skip()?,
                }
            }
        }
        notifications.push(info);
    }
    Ok(notifications)
}
