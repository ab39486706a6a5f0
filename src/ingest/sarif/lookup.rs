//! Which rule a result means (rules 49 to 58).

use super::component::{Component, NotificationInfo, RuleInfo, ToolPart};
use super::tables::{ComponentRef, Local, Pool, RuleRef, place};

/// The rules of a tool, ready to be looked up.
#[derive(Debug)]
pub(super) struct Lookup<'t> {
    tool: &'t ToolPart,
    /// By component, driver first: ids with the place of the first rule that has them, sorted.
    ids: Vec<Vec<(Local, usize)>>,
}

/// A rule by component (0 is the driver) and place.
pub(super) type RulePlace = (usize, usize);

/// What a reference led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Found {
    pub(super) rule: Option<RulePlace>,
    /// Index and id name different rules (rule 56).
    pub(super) mismatch: bool,
    /// A component or rule that is named is not there (rules 49, 57).
    pub(super) missing: bool,
}

impl<'t> Lookup<'t> {
    pub(super) fn new(tool: &'t ToolPart) -> Self {
        let components = std::iter::once(&tool.driver).chain(&tool.extensions);
        let ids = components
            .map(|component| {
                let ids = component.rules.iter().enumerate();
                let mut ids: Vec<_> = ids
                    .filter_map(|(index, rule)| Some((rule.id?, index)))
                    .collect();
                ids.sort_unstable();
                ids.dedup_by_key(|(id, _)| *id);
                ids
            })
            .collect();
        Self { tool, ids }
    }

    /// The rule at a place.
    pub(super) fn rule(&self, (component, index): RulePlace) -> Option<&'t RuleInfo> {
        self.component(component)?.rules.get(index)
    }

    fn component(&self, component: usize) -> Option<&'t Component> {
        match component.checked_sub(1) {
            None => Some(&self.tool.driver),
            Some(extension) => self.tool.extensions.get(extension),
        }
    }

    fn components(&self) -> impl Iterator<Item = (usize, &'t Component)> {
        std::iter::once(&self.tool.driver)
            .chain(&self.tool.extensions)
            .enumerate()
    }

    /// The component that a reference names, and whether one that it names is missing.
    fn component_of(&self, reference: ComponentRef) -> (usize, bool) {
        if let Some(index) = reference.index {
            let index = place(index);
            return if index < self.tool.extensions.len() {
                (index + 1, false)
            } else {
                (0, true)
            };
        }
        if let Some(guid) = reference.guid {
            let found = self.components().find(|(_, c)| c.guid == Some(guid));
            return match found {
                Some((index, _)) => (index, false),
                None => (0, true),
            };
        }
        if let Some(name) = reference.name {
            let mut named = self.components().filter(|(_, c)| c.name == Some(name));
            if let (Some((index, _)), None) = (named.next(), named.next()) {
                return (index, false);
            }
        }
        (0, false)
    }

    /// Follows a reference: index, then guid, then id.
    pub(super) fn resolve(&self, reference: &RuleRef, pool: &Pool) -> Found {
        let (component, component_missing) = self.component_of(reference.component);
        let mut found = Found {
            missing: component_missing,
            ..Found::default()
        };
        let mut broken = false;
        if let Some(index) = reference.index {
            let index = place(index);
            let rule = self.component(component).and_then(|c| c.rules.get(index));
            if let Some(rule) = rule {
                self.at_index(&mut found, (component, index), rule, reference, pool);
                return found;
            }
            broken = true;
        }
        if let Some(guid) = reference.guid {
            let own = self.by_guid(component, guid);
            found.rule = own.or_else(|| {
                let all = self.components().map(|(index, _)| index);
                all.filter(|index| *index != component)
                    .find_map(|index| self.by_guid(index, guid))
            });
            if found.rule.is_some() {
                return found;
            }
            broken = true;
        }
        found.rule = reference.id.and_then(|id| {
            self.by_id(component, id)
                .or_else(|| self.by_parent(component, pool.get(id), pool))
        });
        found.missing |= broken && found.rule.is_none();
        found
    }

    /// A rule that an index points at, held against the id (rule 56).
    fn at_index(
        &self,
        found: &mut Found,
        at: RulePlace,
        rule: &RuleInfo,
        reference: &RuleRef,
        pool: &Pool,
    ) {
        found.rule = Some(at);
        let (Some(wanted), Some(own)) = (reference.id, rule.id) else {
            return;
        };
        if wanted == own || is_parent(pool.get(own), pool.get(wanted)) {
            return;
        }
        found.mismatch = true;
        if let Some(better) = self.by_id(at.0, wanted) {
            found.rule = Some(better);
        }
    }

    fn by_guid(&self, component: usize, guid: Local) -> Option<RulePlace> {
        let rules = &self.component(component)?.rules;
        let index = rules.iter().position(|rule| rule.guid == Some(guid))?;
        Some((component, index))
    }

    /// An exact id: in the component, then in the driver, then in the extensions.
    fn by_id(&self, component: usize, id: Local) -> Option<RulePlace> {
        let others = (0..self.ids.len()).filter(|index| *index != component);
        std::iter::once(component).chain(others).find_map(|index| {
            let ids = self.ids.get(index)?;
            let at = ids.binary_search_by_key(&id, |(id, _)| *id).ok()?;
            Some((index, ids.get(at)?.1))
        })
    }

    /// The longest leading part of an id that is the id of a rule (rule 54).
    fn by_parent(&self, component: usize, id: &str, pool: &Pool) -> Option<RulePlace> {
        let mut rest = id;
        while let Some((parent, _)) = rest.rsplit_once('/') {
            if let Some(found) = pool.find(parent).and_then(|id| self.by_id(component, id)) {
                return Some(found);
            }
            rest = parent;
        }
        None
    }

    /// The descriptor of a notification (rule 24): in `notifications`, not in `rules`.
    pub(super) fn notification(&self, reference: &RuleRef) -> Option<&'t NotificationInfo> {
        let (component, _) = self.component_of(reference.component);
        let all = &self.component(component)?.notifications;
        if let Some(info) = reference.index.and_then(|index| all.get(place(index))) {
            return Some(info);
        }
        if let Some(guid) = reference.guid
            && let Some(info) = all.iter().find(|info| info.guid == Some(guid))
        {
            return Some(info);
        }
        let id = reference.id?;
        all.iter().find(|info| info.id == Some(id))
    }
}

/// True if an id is the other, up to a `/` of it.
fn is_parent(parent: &str, id: &str) -> bool {
    id.strip_prefix(parent)
        .is_some_and(|rest| rest.starts_with('/'))
}
