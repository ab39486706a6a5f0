//! The steps, each over what the earlier ones left.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::keyed::{Keyed, Names, former_rules, keyed};
use super::pairing::Side;
use super::{Compared, Earlier, Match, Step, ToolChange};
use crate::model::{
    ChangedLines, FindingId, FindingView, Fingerprint, Intake, RepoPath, Row, Rows, RunId,
    SecretHash, TextId, Texts,
};

/// The comparison as far as it went.
pub(super) struct Work<'a> {
    earlier: Earlier<'a>,
    intake: &'a Intake,
    pub(super) base: &'a Rows,
    pub(super) head: &'a Rows,
    pub(super) base_keys: Vec<Keyed>,
    pub(super) head_keys: Vec<Keyed>,
    /// Rows of this run whose rule had other ids before.
    former: Rc<[(usize, Vec<u32>)]>,
    /// True if the ids of secrets were made with one key.
    pub(super) one_key: bool,
    pub(super) taken: Vec<bool>,
    pub(super) matches: Vec<Match>,
    pub(super) ambiguous: u64,
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
            former: former_rules(intake, &mut names).into(),
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
        self.merge(
            Step::Dependency,
            &|_, _, key| Some((key.stream, key.dependency?, key.path)),
            &|_, _, key| Some((key.stream, key.dependency?, key.path)),
            |_, _| true,
        );
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
            let (family, version) = versioned(name);
            let has_newer = names.iter().any(|(other, _)| {
                let (of, newer) = versioned(other);
                of == family && newer > version
            });
            for round in 0..=self.rounds() {
                self.fingerprint(name, has_newer, round);
            }
        }
    }

    fn fingerprint(&mut self, name: &str, has_newer: bool, round: usize) {
        let key_of = |rows: &Rows, texts: &Texts| {
            let mut keys = rows.prints.iter().map(|print| print.key);
            keys.find(|key| texts.get(*key).raw() == name)
        };
        let of = |rows: &Rows, key: Option<TextId>, row: &Row| {
            let mut prints = rows.prints_of(row).iter();
            let print = prints.find(|print| Some(print.key) == key)?;
            Some(print.value)
        };
        let (rows, former) = ((self.base, self.head), &Rc::clone(&self.former));
        let texts = (&self.earlier.baseline.texts, &self.intake.texts);
        let keys = (key_of(rows.0, texts.0), key_of(rows.1, texts.1));
        self.merge_placed(
            Step::Fingerprint,
            &|_, row, key| {
                let value = of(rows.0, keys.0, row)?;
                Some((key.stream, key.rule, key.path, value))
            },
            &|index, row, key| {
                let value = of(rows.1, keys.1, row)?;
                let rule = rule(former, index, key, round)?;
                Some((key.stream, rule, key.path, value))
            },
            |base, head| {
                !has_newer
                    || newest_agree(
                        (rows.0.prints_of(base), texts.0),
                        (rows.1.prints_of(head), texts.1),
                        name,
                    )
            },
        );
    }

    /// Step (2) of rule L5: rule, carried path, carried line.
    pub(super) fn places(&mut self) {
        let former = &Rc::clone(&self.former);
        for round in 0..=self.rounds() {
            self.merge_placed(
                Step::Place,
                &|_, _, key| Some((key.stream, key.rule, key.path, at(key)?)),
                &|index, _, key| {
                    let rule = rule(former, index, key, round)?;
                    Some((key.stream, rule, key.path, at(key)?))
                },
                |_, _| true,
            );
        }
    }

    /// What has no line is known by its id, and in a file that was moved by rule and path.
    pub(super) fn ids(&mut self) {
        let lineless = |key: &Keyed| key.line == Some(0);
        self.merge_placed(
            Step::Id,
            &|_, row, key| (lineless(key) && !key.moved).then_some((key.stream, row.id)),
            &|_, row, key| lineless(key).then_some((key.stream, row.id)),
            |_, _| true,
        );
        let by_rule = |key: &Keyed| (key.stream, key.rule, key.path);
        self.merge_placed(
            Step::Place,
            &|_, _, key| (lineless(key) && key.moved).then_some(by_rule(key)),
            &|_, _, key| lineless(key).then_some(by_rule(key)),
            |_, _| true,
        );
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
        let rows = self.base;
        self.merge_placed(
            Step::ToolChange,
            &|_, row, key| {
                let place = Some((key.stream, key.path, at(key)?));
                place.filter(|_| of_changed(rows, row))
            },
            &|index, _, key| {
                let place = Some((key.stream, key.path, at(key)?));
                place.filter(|_| is_excused(index))
            },
            |_, _| true,
        );
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
        let mut gone = Vec::new();
        let mut unseen = 0;
        for (row, taken) in self.base.rows.iter().zip(&self.taken) {
            if *taken || row.set_aside {
                continue;
            }
            let stream = self.base.stream_of(row);
            let of = stream.map(|s| (s.tool.as_str(), s.category.as_deref()));
            let ran = of.and_then(|of| exact.get(&of)) == Some(&true);
            if ran && of.is_some_and(|of| self.is_covered(row, of)) {
                gone.push(row.id);
            } else {
                unseen += 1;
            }
        }
        gone.sort_unstable();
        let tools = tools(self.base, self.head, &self.matches);
        Compared {
            matches: self.matches,
            gone,
            unseen,
            ambiguous: self.ambiguous,
            tools,
        }
    }

    /// Rules L4, L16, L17: false if the file is still there and no run of the stream says that
    /// it looked at it. A run without a list looked at all.
    fn is_covered(&self, row: &Row, of: (&str, Option<&str>)) -> bool {
        let path = row.path.filter(|_| row.in_repository);
        let path = path.map(|path| self.earlier.baseline.texts.get(path).raw());
        let Some(path) = path.and_then(RepoPath::from_normal) else {
            return true;
        };
        let carried = match self.earlier.carry {
            Some(change) => change.carried(&path),
            None => Some(&path),
        };
        let Some(path) = carried else { return true };
        let runs = self.head.streams.iter().enumerate();
        runs.filter(|(_, s)| (s.tool.as_str(), s.category.as_deref()) == of)
            .any(|(run, _)| {
                let list = self.intake.analysed.get(&RunId::new(run));
                list.is_none_or(|files| files.contains(path))
            })
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
        rule(&self.former, index, key, round)
    }
}

/// The line as it stands in the head, of rows that have one.
fn at(key: &Keyed) -> Option<u32> {
    key.line.filter(|line| *line > 0)
}

/// The rule of a row of this run: its own in round 0, then those that it had before.
fn rule(former: &[(usize, Vec<u32>)], index: usize, key: &Keyed, round: usize) -> Option<u32> {
    let Some(before) = round.checked_sub(1) else {
        return Some(key.rule);
    };
    let at = former.binary_search_by_key(&index, |(row, _)| *row);
    let (_, ids) = former.get(at.ok()?)?;
    ids.get(before).copied()
}

/// The names of fingerprints, sorted, each once a side.
fn collect_names<'t>(rows: &Rows, texts: &'t Texts, side: Side, names: &mut Vec<(&'t str, Side)>) {
    let mut seen = vec![false; texts.len()];
    for row in &rows.rows {
        for print in rows.prints_of(row) {
            if let Some(seen @ false) = seen.get_mut(print.key.index()) {
                *seen = true;
                names.push((texts.get(print.key).raw(), side));
            }
        }
    }
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
