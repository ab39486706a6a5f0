//! Which lines a change touched.

use std::collections::BTreeMap;

use super::RepoPath;

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

/// What a change did to the files of the repository: by path in the head's tree, which lines
/// it added or rewrote (rule G131).
///
/// Files that the change deleted are in it too, without lines: they are changed, and no line
/// of theirs is left to touch. A path is that of the repository, as [`RepoPath`] has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangedLines {
    files: BTreeMap<RepoPath, Touched>,
    renamed: BTreeMap<RepoPath, RepoPath>,
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

    /// Says that the file at `new` was at `old` before the change.
    pub fn add_rename(&mut self, old: RepoPath, new: RepoPath) {
        self.add(new.clone());
        self.renamed.insert(old, new);
    }

    /// The change as a folder of the repository sees it: paths begin in the folder, which is
    /// empty or ends in `/`, and what lies outside is left out.
    #[must_use]
    pub fn below(self, folder: &str) -> Self {
        if folder.is_empty() {
            return self;
        }
        let inside = |path: &RepoPath| RepoPath::from_normal(path.as_str().strip_prefix(folder)?);
        let files = self.files.into_iter();
        let renamed = self.renamed.into_iter();
        Self {
            files: files
                .filter_map(|(path, touched)| Some((inside(&path)?, touched)))
                .collect(),
            renamed: renamed
                .filter_map(|(old, new)| Some((inside(&old)?, inside(&new)?)))
                .collect(),
        }
    }

    /// True if the change touched a finding's place.
    ///
    /// Without a first line that is any change of the file; without a last line, or with one
    /// before the first, the first line alone. What only lost lines is changed, and no line of
    /// it is touched.
    pub fn touches(&self, path: &RepoPath, first: Option<u32>, last: Option<u32>) -> bool {
        let Some(touched) = self.files.get(path) else {
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

    /// True if the change did anything to the file.
    pub fn is_changed(&self, path: &RepoPath) -> bool {
        self.files.contains_key(path)
    }

    /// The files with what was touched of each, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&RepoPath, &Touched)> {
        self.files.iter()
    }

    /// Where a file of the base stands in the head, if the change moved it.
    pub fn renamed(&self, old: &RepoPath) -> Option<&RepoPath> {
        self.renamed.get(old)
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
    fn ranges_join_and_wrong_ones_are_none() {
        let mut change = ChangedLines::default();
        change.add_lines(path("a.rs"), [range(5, 6), range(0, 9), range(8, 7)]);
        change.add_lines(path("a.rs"), [range(7, 9), range(1, 1), range(5, 7)]);
        let files: Vec<_> = change.files().collect();
        let joined = Touched::Lines(vec![range(1, 1), range(5, 9)]);
        assert_eq!(files, [(&path("a.rs"), &joined)]);
    }

    #[test]
    fn a_folder_sees_its_own_files() {
        let mut change = ChangedLines::default();
        change.add_lines(path("app/a.rs"), [range(3, 4)]);
        change.add_whole(path("application/b.rs"));
        change.add_rename(path("app/old.rs"), path("app/new.rs"));
        change.add_rename(path("app/gone.rs"), path("lib/there.rs"));
        assert_eq!(change.clone().below(""), change);
        let below = change.below("app/");
        assert!(below.touches(&path("a.rs"), Some(3), None));
        assert!(!below.touches(&path("a.rs"), Some(5), None));
        let files: Vec<_> = below.files().map(|(path, _)| path.as_str()).collect();
        assert_eq!(files, ["a.rs", "new.rs"]);
        assert_eq!(below.renames().count(), 1);
        assert_eq!(below.renamed(&path("old.rs")), Some(&path("new.rs")));
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
