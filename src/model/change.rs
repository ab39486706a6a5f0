//! Which lines a change touched.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{RepoPath, RepoPathRef};

/// A span of lines of one file, 1-based, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineRange {
    /// First line, at least 1.
    pub first: u32,
    /// Last line, at least `first`.
    pub last: u32,
}

/// How much of a file a change touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// The whole file, or nobody can tell which lines (rule G131).
    Whole,
    /// These lines of the head's file, sorted and apart from each other. None, if the change
    /// only took lines away or only moved the file.
    Lines(Vec<LineRange>),
}

/// One hunk of a difference without context: which lines of the base's file it took, and how
/// many stand in their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hunk {
    /// The first line that was taken; where none was, the line after which the new ones
    /// stand, 0 for the top of the file.
    pub old: u32,
    /// How many lines were taken.
    pub lost: u32,
    /// The first new line; where there is none, the line after which they stood.
    pub new: u32,
    /// How many new lines there are.
    pub added: u32,
}

/// A commit as a log has it: when it was made, and what it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The time of its committer.
    pub at: Timestamp,
    /// The files that it changed; none of a merge.
    pub paths: Vec<RepoPath>,
}

/// How far lines of the base stand from where they stood, after a hunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shift {
    /// The first line that the hunk took.
    taken: u32,
    /// The first line after it.
    after: u32,
    /// What is to be added to the number of a line from there on.
    by: i64,
}

/// Where the lines of one file stand after a change; nobody can tell if it has no shifts.
#[derive(Debug, Clone, Copy)]
pub struct CarriedLines<'a>(Option<&'a [Shift]>);

impl CarriedLines<'_> {
    /// Where a line of the base stands in the head; `None` if the change edited or took it, or
    /// nobody can tell.
    pub fn carried(self, line: u32) -> Option<u32> {
        let shifts = self.0?;
        let before = shifts.partition_point(|shift| shift.after <= line);
        if shifts.get(before).is_some_and(|shift| shift.taken <= line) {
            return None;
        }
        let last = before.checked_sub(1).and_then(|last| shifts.get(last));
        u32::try_from(i64::from(line) + last.map_or(0, |shift| shift.by)).ok()
    }
}

/// What a change did to the files of the repository: by path in the head's tree, which lines
/// it added or rewrote (rule G131).
///
/// Files that the change deleted are in it too, without lines: they are changed, and no line
/// of theirs is left to touch. A path is that of the repository, as [`RepoPath`] has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangedLines {
    files: BTreeMap<RepoPath, Touched>,
    renamed: BTreeMap<RepoPath, RepoPath>,
    deleted: BTreeSet<RepoPath>,
    /// By path in the head's tree, in the order of the lines.
    shifts: BTreeMap<RepoPath, Vec<Shift>>,
    /// Every file of the head, where they were listed.
    head: Option<BTreeSet<RepoPath>>,
}

impl ChangedLines {
    /// Says that a change touched a file: nothing of it yet, if it is new here.
    pub fn add(&mut self, path: RepoPath) {
        self.files
            .entry(path)
            .or_insert_with(|| Touched::Lines(Vec::new()));
    }

    /// Says that a change touched a file throughout, whatever was said of it before or will be.
    pub fn add_whole(&mut self, path: RepoPath) {
        self.files.insert(path, Touched::Whole);
    }

    /// Says that a change touched these lines of a file; a range of line 0 or one that ends
    /// before it begins is none.
    pub fn add_lines(&mut self, path: RepoPath, lines: impl IntoIterator<Item = LineRange>) {
        let touched = self
            .files
            .entry(path)
            .or_insert_with(|| Touched::Lines(Vec::new()));
        let Touched::Lines(ranges) = touched else {
            return;
        };
        ranges.extend(
            lines
                .into_iter()
                .filter(|range| range.first > 0 && range.first <= range.last),
        );
        ranges.sort_unstable();
        ranges.dedup_by(|next, kept| {
            let joins = next.first <= kept.last.saturating_add(1);
            if joins {
                kept.last = kept.last.max(next.last);
            }
            joins
        });
    }

    /// Says which hunks a file's difference has, in the order of their lines, all at once:
    /// their new lines are touched, and the lines of the base can be carried over.
    pub fn add_hunks(&mut self, path: RepoPath, hunks: &[Hunk]) {
        let touched = hunks.iter().filter_map(|hunk| {
            Some(LineRange {
                first: hunk.new,
                last: hunk.new.checked_add(hunk.added.checked_sub(1)?)?,
            })
        });
        self.add_lines(path.clone(), touched);
        let mut by = 0;
        let shifts = hunks.iter().map(|hunk| {
            by += i64::from(hunk.added) - i64::from(hunk.lost);
            let taken = hunk.old.saturating_add(u32::from(hunk.lost == 0));
            Shift {
                taken,
                after: taken.saturating_add(hunk.lost),
                by,
            }
        });
        self.shifts.insert(path, shifts.collect());
    }

    /// Says that a change took a file away.
    pub fn add_deleted(&mut self, path: RepoPath) {
        self.add(path.clone());
        self.deleted.insert(path);
    }

    /// Says that the file at `new` was at `old` before the change.
    pub fn add_rename(&mut self, old: RepoPath, new: RepoPath) {
        self.add(new.clone());
        self.renamed.insert(old, new);
    }

    /// True if the change touched a finding's place.
    ///
    /// Without a first line that is any change of the file; without a last line, or with one
    /// before the first, the first line alone. What only lost lines is changed, and no line of
    /// it is touched.
    pub fn touches<'p>(
        &self,
        path: impl Into<RepoPathRef<'p>>,
        first: Option<u32>,
        last: Option<u32>,
    ) -> bool {
        let Some(touched) = self.files.get(path.into().as_str()) else {
            return false;
        };
        let (Touched::Lines(ranges), Some(first)) = (touched, first) else {
            return true;
        };
        let last = last.map_or(first, |last| last.max(first));
        // The ranges are sorted and apart, so the first that ends late enough decides.
        let at = ranges.partition_point(|range| range.last < first);
        ranges.get(at).is_some_and(|range| range.first <= last)
    }

    /// Says which files there are after the change.
    pub fn set_head(&mut self, files: BTreeSet<RepoPath>) {
        self.head = Some(files);
    }

    /// True if the file is one of the head and the change did nothing to it. A path that is
    /// none of the repository's, for a scanner wrote it from another folder, is not left alone.
    pub fn leaves_alone<'p>(&self, path: impl Into<RepoPathRef<'p>>) -> bool {
        let path = path.into();
        let head = self.head.as_ref();
        let is_there = head.is_none_or(|files| files.contains(path.as_str()));
        is_there && !self.is_changed(path)
    }

    /// The same with the names that files below a folder have from there; `prefix` is empty or
    /// ends in `/`. Reports may name files from the working directory or from the root.
    #[must_use]
    pub fn seen_from(mut self, prefix: &str) -> Self {
        if prefix.is_empty() {
            return self;
        }
        let short = |path: &RepoPath| RepoPath::from_normal(path.as_str().strip_prefix(prefix)?);
        // Whoever has the shorter name already keeps it; both are changed.
        for (path, touched) in self.files.clone() {
            if let Some(short) = short(&path) {
                let both = self.files.contains_key(&short);
                let touched = if both { Touched::Whole } else { touched };
                self.files.insert(short, touched);
            }
        }
        for (path, shifts) in self.shifts.clone() {
            if let Some(short) = short(&path) {
                self.shifts.insert(short, shifts);
            }
        }
        for (old, new) in self.renamed.clone() {
            if let (Some(old), Some(new)) = (short(&old), short(&new)) {
                self.renamed.insert(old, new);
            }
        }
        let gone: Vec<RepoPath> = self.deleted.iter().filter_map(short).collect();
        self.deleted.extend(gone);
        if let Some(files) = &mut self.head {
            let below: Vec<RepoPath> = files.iter().filter_map(short).collect();
            files.extend(below);
        }
        self
    }

    /// True if the change did anything to the file.
    pub fn is_changed<'p>(&self, path: impl Into<RepoPathRef<'p>>) -> bool {
        self.files.contains_key(path.into().as_str())
    }

    /// The files with what was touched of each, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&RepoPath, &Touched)> {
        self.files.iter()
    }

    /// Where a file of the base stands in the head, if the change moved it.
    pub fn renamed(&self, old: &RepoPath) -> Option<&RepoPath> {
        self.renamed.get(old)
    }

    /// Where a file of the base stands in the head, moved or not; `None` if the change took it
    /// away.
    pub fn carried<'a>(&'a self, old: &'a RepoPath) -> Option<&'a RepoPath> {
        match self.renamed.get(old) {
            Some(new) => Some(new),
            None => (!self.deleted.contains(old)).then_some(old),
        }
    }

    /// Where a line of the base stands in the head's file at `path`; `None` if the change
    /// edited or took that line, or nobody can tell (rule L5).
    pub fn carried_line(&self, path: &RepoPath, line: u32) -> Option<u32> {
        self.lines_of(path).carried(line)
    }

    /// Where the lines of one file of the base stand in the head's file at `path`, for whoever
    /// asks for many.
    pub fn lines_of(&self, path: &RepoPath) -> CarriedLines<'_> {
        if self.files.get(path) == Some(&Touched::Whole) {
            return CarriedLines(None);
        }
        let shifts = self.shifts.get(path);
        CarriedLines(Some(shifts.map(Vec::as_slice).unwrap_or_default()))
    }

    /// Every file that the change moved: old path, new path, in the order of the old ones.
    pub fn renames(&self) -> impl Iterator<Item = (&RepoPath, &RepoPath)> {
        self.renamed.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::from_normal(text).unwrap()
    }

    fn range(first: u32, last: u32) -> LineRange {
        LineRange { first, last }
    }

    #[test]
    fn github_g131_a_finding_is_touched_where_its_lines_meet_a_hunk() {
        let mut change = ChangedLines::default();
        change.add_lines(path("a.rs"), [range(30, 31), range(10, 12)]);
        let touches = |first, last| change.touches(&path("a.rs"), first, last);
        for (first, last, expected) in [
            (9, None, false),
            (10, None, true),
            (12, None, true),
            (13, None, false),
            (1, Some(9), false),
            (1, Some(10), true),
            (13, Some(29), false),
            (13, Some(30), true),
            (11, Some(11), true),
            (32, Some(400), false),
            // An end before the start says nothing.
            (11, Some(3), true),
            (13, Some(12), false),
        ] {
            assert_eq!(touches(Some(first), last), expected, "{first} {last:?}");
        }
        assert!(touches(None, None));
        assert!(!change.touches(&path("b.rs"), None, None));
    }

    #[test]
    fn github_g131_a_file_that_only_lost_lines_is_changed_and_no_line_is_touched() {
        let mut change = ChangedLines::default();
        change.add(path("a.rs"));
        assert!(change.is_changed(&path("a.rs")));
        assert!(change.touches(&path("a.rs"), None, None));
        assert!(!change.touches(&path("a.rs"), Some(1), Some(u32::MAX)));
    }

    #[test]
    fn github_g131_a_whole_file_stays_whole() {
        let mut change = ChangedLines::default();
        change.add_lines(path("a.rs"), [range(3, 3)]);
        change.add_whole(path("a.rs"));
        change.add_lines(path("a.rs"), [range(5, 5)]);
        change.add(path("a.rs"));
        assert!(change.touches(&path("a.rs"), Some(900), None));
    }

    #[test]
    fn lifecycle_l05_a_line_is_carried_through_the_hunks_before_it() {
        let mut change = ChangedLines::default();
        let hunk = |old, lost, new, added| Hunk {
            old,
            lost,
            new,
            added,
        };
        // Two lines on top, line 5 rewritten as two, lines 8 and 9 gone, one after line 12.
        let hunks = [
            hunk(0, 0, 1, 2),
            hunk(5, 1, 7, 2),
            hunk(8, 2, 10, 0),
            hunk(12, 0, 14, 1),
        ];
        change.add_hunks(path("a.rs"), &hunks);
        let carried: Vec<_> = (1..=14)
            .map(|line| change.carried_line(&path("a.rs"), line).unwrap_or(0))
            .collect();
        let expected = [3, 4, 5, 6, 0, 9, 10, 0, 0, 11, 12, 13, 15, 16];
        assert_eq!(carried, expected);
        assert_eq!(change.carried_line(&path("b.rs"), 7), Some(7));
        assert!(change.touches(&path("a.rs"), Some(8), None));
        assert!(!change.touches(&path("a.rs"), Some(9), None));
        change.add_whole(path("a.rs"));
        assert_eq!(change.carried_line(&path("a.rs"), 1), None);
    }

    #[test]
    fn a_change_is_seen_from_the_working_directory_too() {
        let mut change = ChangedLines::default();
        change.add_lines(path("app/a.rs"), [range(3, 3)]);
        change.set_head([path("app/a.rs"), path("app/b.rs")].into());
        let change = change.seen_from("app/");
        for name in ["app/a.rs", "a.rs"] {
            assert!(change.touches(&path(name), Some(3), None), "{name}");
        }
        assert!(change.leaves_alone(&path("b.rs")));
        assert!(!change.leaves_alone(&path("a.rs")));
        assert!(!change.leaves_alone(&path("other.rs")));
    }

    #[test]
    fn lifecycle_l05_a_path_is_carried_through_renames_and_ends_with_its_file() {
        let mut change = ChangedLines::default();
        change.add_rename(path("old.rs"), path("new.rs"));
        change.add_deleted(path("gone.rs"));
        assert_eq!(change.carried(&path("old.rs")), Some(&path("new.rs")));
        assert_eq!(change.carried(&path("gone.rs")), None);
        assert_eq!(change.carried(&path("same.rs")), Some(&path("same.rs")));
    }

    #[test]
    fn ranges_join_and_wrong_ones_are_none() {
        let mut change = ChangedLines::default();
        change.add_lines(path("a.rs"), [range(5, 6), range(0, 9), range(8, 7)]);
        change.add_lines(path("a.rs"), [range(7, 9), range(1, 1), range(5, 7)]);
        let files: Vec<_> = change.files().collect();
        let joined = Touched::Lines(vec![range(1, 1), range(5, 9)]);
        assert_eq!(files, [(&path("a.rs"), &joined)]);
    }

    #[test]
    fn a_rename_is_known_from_its_old_path() {
        let mut change = ChangedLines::default();
        change.add_rename(path("old.rs"), path("new.rs"));
        assert_eq!(change.renamed(&path("old.rs")), Some(&path("new.rs")));
        assert!(change.is_changed(&path("new.rs")));
        assert!(!change.touches(&path("new.rs"), Some(1), None));
        assert_eq!(change.renames().count(), 1);
    }
}
