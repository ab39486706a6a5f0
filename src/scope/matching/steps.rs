//! The steps, each over what the earlier ones left.

use std::collections::{BTreeMap, BTreeSet};

use super::keyed::{Keyed, NOTHING, Names, former_rules, keyed};
use super::{Compared, Earlier, Match, Step, ToolChange, number};
use crate::model::{
    ChangedLines, FindingId, FindingView, Fingerprint, Intake, Row, Rows, SecretHash, Texts,
};

/// The order among equals: what counts before what is set aside, then by place.
pub(super) type Tie = (bool, u32, u32, FindingId);

/// A row with its key.
pub(super) type Entry<K> = (K, Tie, usize);

/// The comparison as far as it went.
pub(super) struct Work<'a> {
    earlier: Earlier<'a>,
    intake: &'a Intake,
    pub(super) base: &'a Rows,
    pub(super) head: &'a Rows,
    pub(super) base_keys: Vec<Keyed>,
    pub(super) head_keys: Vec<Keyed>,
    /// Rows of this run whose rule had other ids before.
    former: Vec<(usize, Vec<u32>)>,
    /// True if the ids of secrets were made with one key.
    pub(super) one_key: bool,
    pub(super) taken: Vec<bool>,
    pub(super) matches: Vec<Match>,
    ambiguous: u64,
}

impl<'a> Work<'a> {
    pub(super) fn new(earlier: &Earlier<'a>, intake: &'a Intake, head: &'a Rows) -> Self {
        let base = &earlier.baseline.rows;
        let mut names = Names::default();
        // Number 0 is the text of no path.
        names.text("");
        Self {
            earlier: *earlier,
            intake,
            base,
            head,
            base_keys: keyed(base, &earlier.baseline.texts, &mut names, earlier.carry),
            head_keys: keyed(head, &intake.texts, &mut names, None),
            former: former_rules(intake, &mut names),
            one_key: earlier.key.is_some() && earlier.key == earlier.baseline.key,
            taken: vec![false; base.rows.len()],
            matches: vec![Match::New; head.rows.len()],
            ambiguous: 0,
        }
    }

    /// Rule L8: a secret is known by its id alone, wherever and by whomever it is found.
    pub(super) fn secrets(&mut self) {
        if !self.one_key {
            return;
        }
        let mut known: Vec<([u8; 16], bool, FindingId, usize)> = self
            .base
            .rows
            .iter()
            .enumerate()
            .filter_map(|(index, row)| Some((row.secret?.bytes(), row.set_aside, row.id, index)))
            .collect();
        known.sort_unstable();
        for (row, matched) in self.head.rows.iter().zip(&mut self.matches) {
            let Some(secret) = row.secret.map(SecretHash::bytes) else {
                continue;
            };
            let at = known.partition_point(|(id, ..)| *id < secret);
            let same = known.get(at..).unwrap_or_default();
            let same = same.iter().take_while(|(id, ..)| *id == secret);
            for (place, (_, set_aside, id, index)) in same.enumerate() {
                if place == 0 && (row.set_aside || !set_aside) {
                    *matched = Match::Known(*id, Step::Secret);
                }
                if let Some(taken) = self.taken.get_mut(*index) {
                    *taken = true;
                }
            }
        }
    }

    /// Rules L8, O8.
    pub(super) fn dependencies(&mut self) {
        let key = |keyed: &Keyed| Some((keyed.stream, keyed.dependency?, keyed.path));
        self.pair(Step::Dependency, &key, &key);
    }

    /// Step (1) of rule L5: the tool's own name, with rule and path.
    pub(super) fn fingerprints(&mut self) {
        let mut names: Vec<(&str, Side)> = Vec::new();
        collect_names(
            self.base,
            &self.earlier.baseline.texts,
            Side::Base,
            &mut names,
        );
        collect_names(self.head, &self.intake.texts, Side::Head, &mut names);
        let common: Vec<&str> = names
            .windows(2)
            .filter_map(|two| match two {
                [(one, Side::Base), (other, Side::Head)] if one == other => Some(*one),
                _ => None,
            })
            .collect();
        for name in common {
            for round in 0..=self.rounds() {
                self.fingerprint(name, round);
            }
        }
    }

    fn fingerprint(&mut self, name: &str, round: usize) {
        let of = |rows: &Rows, texts: &Texts, row: &Row| {
            let mut prints = rows.prints_of(row).iter();
            let print = prints.find(|print| texts.get(print.key).raw() == name)?;
            Some(print.value)
        };
        let base_texts = &self.earlier.baseline.texts;
        let base = self.entries(Side::Base, &|_, row, key| {
            let value = of(self.base, base_texts, row)?;
            Some((key.stream, key.rule, key.path, value))
        });
        let head = self.entries(Side::Head, &|index, row, key| {
            let value = of(self.head, &self.intake.texts, row)?;
            Some((key.stream, self.rule(index, key, round)?, key.path, value))
        });
        let (rows, texts) = ((self.base, self.head), (base_texts, &self.intake.texts));
        self.merge(Step::Fingerprint, &base, &head, |base, head| {
            newest_agree(
                (rows.0.prints_of(base), texts.0),
                (rows.1.prints_of(head), texts.1),
                name,
            )
        });
    }

    /// Step (2) of rule L5: rule, carried path, carried line.
    pub(super) fn places(&mut self) {
        for round in 0..=self.rounds() {
            let at = |key: &Keyed| key.line.filter(|line| *line > 0);
            let base = self.entries(Side::Base, &|_, _, key| {
                Some((key.stream, key.rule, key.path, at(key)?))
            });
            let head = self.entries(Side::Head, &|index, _, key| {
                Some((
                    key.stream,
                    self.rule(index, key, round)?,
                    key.path,
                    at(key)?,
                ))
            });
            self.merge(Step::Place, &base, &head, |_, _| true);
        }
    }

    /// What has no line is known by its id, and in a file that was moved by rule and path.
    pub(super) fn ids(&mut self) {
        let lineless = |key: &Keyed| key.line == Some(0);
        let base = self.entries(Side::Base, &|_, row, key| {
            (lineless(key) && !key.moved).then_some((key.stream, row.id))
        });
        let head = self.entries(Side::Head, &|_, row, key| {
            lineless(key).then_some((key.stream, row.id))
        });
        self.merge(Step::Id, &base, &head, |_, _| true);
        let by_rule = |key: &Keyed| (key.stream, key.rule, key.path);
        let base = self.entries(Side::Base, &|_, _, key| {
            (lineless(key) && key.moved).then_some(by_rule(key))
        });
        let head = self.entries(Side::Head, &|_, _, key| {
            lineless(key).then_some(by_rule(key))
        });
        self.merge(Step::Place, &base, &head, |_, _| true);
    }

    /// Rule L18 with its guard: nothing in a file that the change touches is excused.
    pub(super) fn tool_change(&mut self) {
        let Some(change) = self.earlier.change else {
            return;
        };
        let changed = changed_tools(self.base, self.head);
        if changed.is_empty() {
            return;
        }
        let of_changed = |rows: &Rows, row: &Row| {
            let stream = rows.stream_of(row);
            stream.is_some_and(|s| changed.contains(&(s.tool.as_str(), s.category.as_deref())))
        };
        let excused: Vec<bool> = (0..self.head.rows.len())
            .map(|index| {
                let row = self.head.rows.get(index);
                row.is_some_and(|row| of_changed(self.head, row) && !row.of_history)
                    && is_untouched(self.intake, index, change)
            })
            .collect();
        let is_excused = |index: usize| excused.get(index) == Some(&true);
        let at = |key: &Keyed| key.line.filter(|line| *line > 0);
        let base = self.entries(Side::Base, &|_, row, key| {
            let place = Some((key.stream, key.path, at(key)?));
            place.filter(|_| of_changed(self.base, row))
        });
        let head = self.entries(Side::Head, &|index, _, key| {
            let place = Some((key.stream, key.path, at(key)?));
            place.filter(|_| is_excused(index))
        });
        self.merge(Step::ToolChange, &base, &head, |_, _| true);
        for (index, matched) in self.matches.iter_mut().enumerate() {
            if *matched == Match::New && is_excused(index) {
                *matched = Match::OtherTool;
            }
        }
    }

    pub(super) fn finish(self) -> Compared {
        let mut exact: BTreeMap<(&str, Option<&str>), bool> = BTreeMap::new();
        for stream in &self.head.streams {
            let of = (stream.tool.as_str(), stream.category.as_deref());
            *exact.entry(of).or_insert(true) &= stream.exact;
        }
        let mut compared = Compared {
            matches: self.matches,
            ambiguous: self.ambiguous,
            ..Compared::default()
        };
        for (row, taken) in self.base.rows.iter().zip(self.taken) {
            if taken || row.set_aside {
                continue;
            }
            let stream = self.base.stream_of(row);
            let of = stream.map(|s| (s.tool.as_str(), s.category.as_deref()));
            if of.and_then(|of| exact.get(&of)) == Some(&true) {
                compared.gone.push(row.id);
            } else {
                compared.unseen += 1;
            }
        }
        compared.gone.sort_unstable();
        compared.tools = tools(self.base, self.head, &compared.matches);
        compared
    }

    /// How many other ids a rule had at most.
    pub(super) fn rounds(&self) -> usize {
        self.former
            .iter()
            .map(|(_, ids)| ids.len())
            .max()
            .unwrap_or(0)
    }

    /// The rule of a row of this run: its own in round 0, then those that it had before.
    pub(super) fn rule(&self, index: usize, key: &Keyed, round: usize) -> Option<u32> {
        let Some(before) = round.checked_sub(1) else {
            return Some(key.rule);
        };
        let at = self.former.binary_search_by_key(&index, |(row, _)| *row);
        let (_, ids) = self.former.get(at.ok()?)?;
        ids.get(before).copied()
    }

    fn pair<K: Ord + Copy>(
        &mut self,
        step: Step,
        of_base: &dyn Fn(&Keyed) -> Option<K>,
        of_head: &dyn Fn(&Keyed) -> Option<K>,
    ) {
        let base = self.all_entries(Side::Base, &|_, _, key| of_base(key));
        let head = self.all_entries(Side::Head, &|_, _, key| of_head(key));
        self.merge(step, &base, &head, |_, _| true);
    }

    /// The rows that are still open, but for those that an identity of their own tells: such a
    /// secret or package is not known by its place.
    pub(super) fn entries<K: Ord + Copy>(
        &self,
        side: Side,
        key: &dyn Fn(usize, &Row, &Keyed) -> Option<K>,
    ) -> Vec<Entry<K>> {
        let one_key = self.one_key;
        self.all_entries(side, &|index, row, keyed| {
            let told = row.dependency.is_some() || (one_key && row.secret.is_some());
            if told { None } else { key(index, row, keyed) }
        })
    }

    fn all_entries<K: Ord + Copy>(
        &self,
        side: Side,
        key: &dyn Fn(usize, &Row, &Keyed) -> Option<K>,
    ) -> Vec<Entry<K>> {
        let (rows, keys) = match side {
            Side::Base => (&self.base.rows, &self.base_keys),
            Side::Head => (&self.head.rows, &self.head_keys),
        };
        let is_open = |index: usize| match side {
            Side::Base => self.taken.get(index) == Some(&false),
            Side::Head => self.matches.get(index) == Some(&Match::New),
        };
        let mut entries: Vec<Entry<K>> = rows
            .iter()
            .zip(keys)
            .enumerate()
            .filter(|(index, (_, keyed))| is_open(*index) && keyed.path != NOTHING)
            .filter_map(|(index, (row, keyed))| {
                let line = keyed.line.unwrap_or_else(|| number(row.line));
                let tie = (row.set_aside, line, number(row.column), row.id);
                Some((key(index, row, keyed)?, tie, index))
            })
            .collect();
        entries.sort_unstable();
        entries
    }

    /// Pairs sorted entries of equal keys in their order.
    pub(super) fn merge<K: Ord + Copy>(
        &mut self,
        step: Step,
        base: &[Entry<K>],
        head: &[Entry<K>],
        accept: impl Fn(&Row, &Row) -> bool,
    ) {
        let mut rest = base;
        for equals in head.chunk_by(|one, other| one.0 == other.0) {
            let Some((key, ..)) = equals.first() else {
                continue;
            };
            let from = rest.partition_point(|entry| entry.0 < *key);
            let tail = rest.get(from..).unwrap_or_default();
            let (same, after) = tail.split_at(tail.partition_point(|entry| entry.0 == *key));
            rest = after;
            let made = self.group(step, same, equals, &accept);
            if same.len() != equals.len() {
                self.ambiguous += made;
            }
        }
    }

    /// Pairs equals: where one side has more, those of one id first, so that what is known keeps
    /// its id; then in order.
    fn group<K>(
        &mut self,
        step: Step,
        base: &[Entry<K>],
        head: &[Entry<K>],
        accept: &impl Fn(&Row, &Row) -> bool,
    ) -> u64 {
        let mut made = 0;
        if base.len() != head.len() && !base.is_empty() {
            let by_id: BTreeMap<FindingId, &Entry<K>> =
                base.iter().map(|entry| (entry.1.3, entry)).collect();
            for new in head {
                if let Some(old) = by_id.get(&new.1.3) {
                    made += u64::from(self.join(step, old, new, accept));
                }
            }
        }
        let mut left = base.iter();
        let mut old = left.next();
        for new in head {
            while old.is_some_and(|old| self.taken.get(old.2) == Some(&true)) {
                old = left.next();
            }
            let Some(first) = old else { break };
            if self.join(step, first, new, accept) {
                made += 1;
                old = left.next();
            }
        }
        made
    }

    /// Pairs two rows that are open. What the report set aside before excuses nothing that
    /// counts now.
    pub(super) fn join<K>(
        &mut self,
        step: Step,
        old: &Entry<K>,
        new: &Entry<K>,
        accept: &impl Fn(&Row, &Row) -> bool,
    ) -> bool {
        let (Some(base), Some(head)) = (self.base.rows.get(old.2), self.head.rows.get(new.2))
        else {
            return false;
        };
        let (Some(taken), Some(matched)) = (self.taken.get_mut(old.2), self.matches.get_mut(new.2))
        else {
            return false;
        };
        let open = !*taken && *matched == Match::New;
        if !open || (old.1.0 && !new.1.0) || !accept(base, head) {
            return false;
        }
        *taken = true;
        *matched = Match::Known(base.id, step);
        true
    }
}

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Base,
    Head,
}

/// The names of fingerprints, sorted, each once a side.
fn collect_names<'t>(rows: &Rows, texts: &'t Texts, side: Side, names: &mut Vec<(&'t str, Side)>) {
    let mut seen = BTreeSet::new();
    for row in &rows.rows {
        let prints = rows.prints_of(row).iter();
        seen.extend(prints.map(|print| print.key));
    }
    names.extend(seen.into_iter().map(|key| (texts.get(key).raw(), side)));
    names.sort_unstable();
    names.dedup();
}

/// False if both sides have a newer version of a fingerprint, in which they differ (rule 92).
fn newest_agree(
    base: (&[Fingerprint], &Texts),
    head: (&[Fingerprint], &Texts),
    name: &str,
) -> bool {
    let (family, version) = versioned(name);
    let newer = |(prints, texts): (&[Fingerprint], &Texts)| {
        let mut newest: BTreeMap<u32, [u8; 16]> = BTreeMap::new();
        for print in prints {
            let (other, of) = versioned(texts.get(print.key).raw());
            if other == family && of > version {
                newest.insert(of, print.value);
            }
        }
        newest
    };
    let (base, head) = (newer(base), newer(head));
    base.iter()
        .all(|(version, value)| head.get(version).is_none_or(|other| other == value))
}

/// `primaryLocationLineHash/v2` is version 2 of `primaryLocationLineHash`.
fn versioned(name: &str) -> (&str, u32) {
    name.rsplit_once("/v")
        .and_then(|(family, version)| Some((family, version.parse().ok()?)))
        .unwrap_or((name, 0))
}

/// The tools of which both sides state versions, and not the same ones.
fn changed_tools<'r>(base: &'r Rows, head: &'r Rows) -> BTreeSet<(&'r str, Option<&'r str>)> {
    type Versions<'v> = BTreeMap<(&'v str, Option<&'v str>), BTreeSet<Option<&'v str>>>;
    let versions = |rows: &'r Rows| {
        let mut versions: Versions<'r> = BTreeMap::new();
        for stream in &rows.streams {
            let of = (stream.tool.as_str(), stream.category.as_deref());
            let known = versions.entry(of).or_default();
            known.insert(stream.version.as_deref());
        }
        versions
    };
    let (before, now) = (versions(base), versions(head));
    before
        .into_iter()
        .filter(|(of, before)| {
            let now = now.get(of);
            let stated = |all: &BTreeSet<Option<&str>>| !all.contains(&None);
            now.is_some_and(|now| stated(now) && stated(before) && now != before)
        })
        .map(|(of, _)| of)
        .collect()
}

/// The tools of [`changed_tools`] with their versions and with what they excuse.
fn tools(base: &Rows, head: &Rows, matches: &[Match]) -> Vec<ToolChange> {
    let changed = changed_tools(base, head);
    let versions = |rows: &Rows, of: &(&str, Option<&str>)| {
        let streams = rows.streams.iter();
        let mut versions: Vec<String> = streams
            .filter(|s| (s.tool.as_str(), s.category.as_deref()) == *of)
            .filter_map(|stream| stream.version.clone())
            .collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    };
    changed
        .iter()
        .map(|of| {
            let excused = head.rows.iter().zip(matches).filter(|(row, matched)| {
                matches!(
                    matched,
                    Match::OtherTool | Match::Known(_, Step::ToolChange)
                ) && head
                    .stream_of(row)
                    .is_some_and(|stream| (stream.tool.as_str(), stream.category.as_deref()) == *of)
            });
            ToolChange {
                tool: of.0.to_owned(),
                before: versions(base, of),
                now: versions(head, of),
                excused: u64::try_from(excused.count()).unwrap_or(u64::MAX),
            }
        })
        .collect()
}

/// True if a finding is in a file of the repository that the change leaves alone.
fn is_untouched(intake: &Intake, index: usize, change: &ChangedLines) -> bool {
    let view = intake.view(index);
    let path = view.as_ref().and_then(FindingView::repo_path);
    path.is_some_and(|path| change.leaves_alone(path))
}
