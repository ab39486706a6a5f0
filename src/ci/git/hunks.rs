//! What `git diff --raw -z --patch` writes, read as it comes (rule G131).
//!
//! Paths are taken from the records before the patch, where they stand unquoted between
//! zero bytes; of the patch only the numbers of its hunks are read. Sections of the patch
//! belong to records by their order, and the blob ids of both must agree. Where anything is
//! not as expected the file counts as changed throughout, and if the two lists do not fit
//! each other, all files do.

use std::mem;

use crate::model::{ChangedLines, Hunk, RepoPath};

/// Most bytes that are kept of a line of the patch: what is read of it stands at its start.
const MOST_LINE: usize = 256;

/// One file as the records name it.
#[derive(Debug)]
struct Record {
    status: u8,
    old: Vec<u8>,
    new: Vec<u8>,
    /// The path before, of a file that was moved.
    from: Option<Vec<u8>>,
    path: Vec<u8>,
}

/// One file as the patch shows it.
#[derive(Debug, Default)]
struct Section {
    ids: Option<(Vec<u8>, Vec<u8>)>,
    hunks: Vec<Hunk>,
    /// True if something in it was not understood.
    unclear: bool,
}

/// Where the reader stands.
#[derive(Debug)]
enum State {
    /// At the head of a record, or at the zero byte before the patch.
    Head,
    /// At a path of a record, of which so many are still to come.
    Paths(usize),
    /// In the patch; how many lines of the hunk are still to come: lost ones, new ones.
    Patch(u64, u64),
    /// Nothing more can be made of it.
    Lost,
}

/// Reads the output of the diff, piece by piece.
#[derive(Debug)]
pub(super) struct DiffReader {
    state: State,
    token: Vec<u8>,
    records: Vec<Record>,
    sections: Vec<Section>,
    /// True where the later side is the work tree: its records then have no id of the file.
    to_work_tree: bool,
}

impl DiffReader {
    pub(super) fn new() -> Self {
        Self {
            state: State::Head,
            token: Vec::new(),
            records: Vec::new(),
            sections: Vec::new(),
            to_work_tree: false,
        }
    }

    /// The same for a difference whose later side is the work tree.
    pub(super) fn to_work_tree() -> Self {
        Self {
            to_work_tree: true,
            ..Self::new()
        }
    }

    /// Takes the next bytes.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let end = match self.state {
                State::Patch(..) => b'\n',
                State::Head | State::Paths(_) => 0,
                State::Lost => return,
            };
            let Some(at) = memchr::memchr(end, bytes) else {
                self.keep(bytes);
                return;
            };
            let (before, rest) = bytes.split_at(at);
            self.keep(before);
            let token = mem::take(&mut self.token);
            match self.state {
                State::Patch(..) => self.line(&token),
                _ => self.word(token),
            }
            bytes = rest.get(1..).unwrap_or_default();
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = match self.state {
            State::Patch(..) => MOST_LINE.saturating_sub(self.token.len()),
            _ => bytes.len(),
        };
        self.token
            .extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
    }

    /// A part of a record.
    fn word(&mut self, word: Vec<u8>) {
        self.state = match (&self.state, self.records.last_mut()) {
            (State::Head, _) if word.is_empty() => State::Patch(0, 0),
            (State::Head, _) => match record(&word) {
                Some(record) => {
                    let moved = matches!(record.status, b'R' | b'C');
                    self.records.push(record);
                    State::Paths(if moved { 2 } else { 1 })
                }
                None => State::Lost,
            },
            (State::Paths(2), Some(record)) => {
                record.from = Some(word);
                State::Paths(1)
            }
            (State::Paths(_), Some(record)) => {
                record.path = word;
                State::Head
            }
            _ => State::Lost,
        };
    }

    /// A line of the patch, or its beginning.
    fn line(&mut self, line: &[u8]) {
        let State::Patch(lost, new) = self.state else {
            return;
        };
        let first = line.first().copied();
        // Within a hunk a line is what its sign says, whatever it looks like.
        if lost + new > 0 && first != Some(b'\\') {
            self.state = match first {
                Some(b'-') if lost > 0 => State::Patch(lost - 1, new),
                Some(b'+') if new > 0 => State::Patch(lost, new - 1),
                _ => {
                    self.unclear();
                    State::Patch(0, 0)
                }
            };
            return;
        }
        if line.starts_with(b"diff --git ") {
            self.sections.push(Section::default());
        } else if line.starts_with(b"@@ ") {
            self.hunk(line);
        } else if let Some(ids) = line.strip_prefix(b"index ") {
            if let Some(section) = self.sections.last_mut() {
                section.ids = ids_of(ids);
            }
        } else if first != Some(b'\\') && !is_header(line) {
            self.unclear();
        }
    }

    fn hunk(&mut self, line: &[u8]) {
        let (Some(hunk), Some(section)) = (hunk(line), self.sections.last_mut()) else {
            self.unclear();
            return;
        };
        self.state = State::Patch(u64::from(hunk.lost), u64::from(hunk.added));
        let ends = |start: u32, count: u32| start.checked_add(count).is_some();
        let starts = (hunk.lost == 0 || hunk.old > 0) && (hunk.added == 0 || hunk.new > 0);
        if starts && ends(hunk.old, hunk.lost) && ends(hunk.new, hunk.added) {
            section.hunks.push(hunk);
        } else {
            section.unclear = true;
        }
    }

    fn unclear(&mut self) {
        match self.sections.last_mut() {
            Some(section) => section.unclear = true,
            None => self.state = State::Lost,
        }
    }

    /// What the change touched; `None` if what git wrote cannot be read at all.
    pub(super) fn finish(self) -> Option<ChangedLines> {
        let whole_patch = match self.state {
            State::Patch(0, 0) => self.token.is_empty(),
            // A change that touches no file has no patch.
            State::Head if self.token.is_empty() => self.records.is_empty(),
            State::Patch(..) => false,
            State::Head | State::Paths(_) | State::Lost => return None,
        };
        let sections = whole_patch
            .then(|| in_order(&self.records, self.sections, self.to_work_tree))
            .flatten();
        let mut change = ChangedLines::default();
        let mut sections = sections.map(Vec::into_iter);
        for record in self.records {
            let section = match &mut sections {
                Some(sections) => sections.next().flatten(),
                None => None,
            };
            record.enter(section, &mut change);
        }
        Some(change)
    }
}

impl Record {
    /// How many sections of the patch belong to the record: a file that becomes a link is
    /// shown as one that goes and one that comes.
    const fn sections(&self) -> usize {
        if self.status == b'T' { 2 } else { 1 }
    }

    fn enter(self, section: Option<Section>, change: &mut ChangedLines) {
        let Some((path, exact)) = repository_path(&self.path) else {
            return;
        };
        let from = self.from.as_deref().and_then(repository_path);
        if let (b'R', Some((from, _))) = (self.status, from) {
            change.add_rename(from, path.clone());
        }
        match section {
            _ if exact && self.status == b'D' => change.add_deleted(path),
            Some(section) if exact && !section.unclear => {
                change.add(path.clone());
                change.add_hunks(path, &section.hunks);
            }
            _ => change.add_whole(path),
        }
    }
}

/// The section of each record, `None` where a record has no single one; `None` for all if the
/// two lists do not fit each other.
fn in_order(
    records: &[Record],
    sections: Vec<Section>,
    to_work_tree: bool,
) -> Option<Vec<Option<Section>>> {
    let due: usize = records.iter().map(Record::sections).sum();
    if due != sections.len() {
        return None;
    }
    let mut sections = sections.into_iter();
    records
        .iter()
        .map(|record| {
            let section = sections.next()?;
            if record.sections() > 1 {
                sections.next()?;
                return Some(None);
            }
            let untold = to_work_tree && record.new.iter().all(|digit| *digit == b'0');
            let fits = section
                .ids
                .as_ref()
                .is_none_or(|(old, new)| *old == record.old && (*new == record.new || untold));
            fits.then_some(Some(section))
        })
        .collect()
}

/// `:100644 100644 OLD NEW M`, without its paths.
fn record(word: &[u8]) -> Option<Record> {
    let mut parts = word.strip_prefix(b":")?.split(|byte| *byte == b' ');
    let (_, _) = (parts.next()?, parts.next()?);
    let (old, new) = (parts.next()?.to_vec(), parts.next()?.to_vec());
    let status = *parts.next()?.first()?;
    Some(Record {
        status,
        old,
        new,
        from: None,
        path: Vec::new(),
    })
}

/// `OLD..NEW 100644`.
fn ids_of(text: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let ids = text.split(|byte| *byte == b' ').next()?;
    let at = ids.windows(2).position(|two| two == b"..")?;
    Some((ids.get(..at)?.to_vec(), ids.get(at + 2..)?.to_vec()))
}

/// `@@ -12,3 +12,4 @@ fn name()`.
fn hunk(line: &[u8]) -> Option<Hunk> {
    let text = std::str::from_utf8(line.get(..line.len().min(64))?)
        .or_else(|error| std::str::from_utf8(line.get(..error.valid_up_to()).unwrap_or_default()))
        .ok()?;
    let mut parts = text.split(' ');
    let ("@@", before, after, "@@") = (parts.next()?, parts.next()?, parts.next()?, parts.next()?)
    else {
        return None;
    };
    let (old, lost) = span(before.strip_prefix('-')?)?;
    let (new, added) = span(after.strip_prefix('+')?)?;
    Some(Hunk {
        old,
        lost,
        new,
        added,
    })
}

/// `12,3`, or `12` for one line.
fn span(text: &str) -> Option<(u32, u32)> {
    match text.split_once(',') {
        Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    }
}

/// True for a line that stands above the hunks of a file.
fn is_header(line: &[u8]) -> bool {
    [
        &b"--- "[..],
        b"+++ ",
        b"old mode ",
        b"new mode ",
        b"deleted file mode ",
        b"new file mode ",
        b"similarity index ",
        b"dissimilarity index ",
        b"rename from ",
        b"rename to ",
        b"copy from ",
        b"copy to ",
    ]
    .iter()
    .any(|head| line.starts_with(head))
}

/// A path of git as reports may write it, and whether that is the very path: a name with a
/// backslash or with bytes that are no UTF-8 is not.
fn repository_path(bytes: &[u8]) -> Option<(RepoPath, bool)> {
    let text = String::from_utf8_lossy(bytes);
    if let (Some(path), true) = (RepoPath::from_normal(&text), text.as_bytes() == bytes) {
        return Some((path, true));
    }
    let parts: Vec<&str> = text
        .split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .collect();
    RepoPath::from_normal(&parts.join("/")).map(|path| (path, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LineRange;
    use crate::model::Touched;

    const ID: &str = "1111111111111111111111111111111111111111";
    const OTHER: &str = "2222222222222222222222222222222222222222";

    /// What is made of an output, given in pieces of every size up to seven bytes.
    fn read(output: &str) -> Option<Vec<(String, Touched)>> {
        let all: Vec<_> = (1..8)
            .map(|size| {
                let mut reader = DiffReader::new();
                for piece in output.as_bytes().chunks(size) {
                    reader.take(piece);
                }
                let change = reader.finish()?;
                Some(
                    change
                        .files()
                        .map(|(path, touched)| (path.as_str().to_owned(), touched.clone()))
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        assert!(all.windows(2).all(|two| two[0] == two[1]), "{all:?}");
        all.into_iter().next().unwrap()
    }

    fn records(paths: &[&str]) -> String {
        let records: Vec<String> = paths
            .iter()
            .map(|path| format!(":100644 100644 {ID} {OTHER} M\0{path}\0"))
            .collect();
        records.concat() + "\0"
    }

    fn section(hunks: &str) -> String {
        format!("diff --git a/x b/x\nindex {ID}..{OTHER} 100644\n--- a/x\n+++ b/x\n{hunks}")
    }

    fn lines(ranges: &[(u32, u32)]) -> Touched {
        let ranges = ranges.iter().map(|(first, last)| LineRange {
            first: *first,
            last: *last,
        });
        Touched::Lines(ranges.collect())
    }

    #[test]
    fn github_g131_a_line_that_looks_like_a_header_is_a_line() {
        let hunks = "@@ -3 +3,3 @@ fn f\n-old\n+diff --git a/evil b/evil\n+@@ -1 +1 @@\n++++ b/x\n\
                     \\ No newline at end of file\n";
        let output = records(&["a b.rs"]) + &section(hunks);
        assert_eq!(
            read(&output),
            Some(vec![("a b.rs".to_owned(), lines(&[(3, 5)]))])
        );
    }

    #[test]
    fn github_g131_lost_lines_touch_nothing() {
        let output = records(&["a"]) + &section("@@ -3,2 +2,0 @@\n-x\n-y\n@@ -9 +7 @@\n-z\n+Z\n");
        assert_eq!(
            read(&output),
            Some(vec![("a".to_owned(), lines(&[(7, 7)]))])
        );
    }

    #[test]
    fn github_g131_what_cannot_be_read_counts_throughout() {
        let fine = section("@@ -1 +1 @@\n-a\n+b\n");
        for unclear in [
            section("Binary files a/x and b/x differ\n"),
            section("@@ -1 +x @@\n-a\n+b\n"),
            section("@@ -1 +4294967295,2 @@\n-a\n+b\n+c\n"),
        ] {
            let output = records(&["a", "b"]) + &unclear + &fine;
            assert_eq!(
                read(&output),
                Some(vec![
                    ("a".to_owned(), Touched::Whole),
                    ("b".to_owned(), lines(&[(1, 1)])),
                ]),
                "{unclear}"
            );
        }
    }

    #[test]
    fn github_g131_lists_that_do_not_fit_are_believed_in_nothing() {
        let fine = section("@@ -1 +1 @@\n-a\n+b\n");
        let whole = Some(vec![
            ("a".to_owned(), Touched::Whole),
            ("b".to_owned(), Touched::Whole),
        ]);
        for patch in [
            fine.clone(),
            fine.repeat(3),
            fine.clone() + &fine.replace(OTHER, ID),
            fine.clone() + &section("@@ -1,2 +1,2 @@\n-a\n+b\n"),
            // A hunk that is shorter than it says swallows the head of the next file.
            section("@@ -1,2 +1 @@\n-a\n+b\n") + &fine,
            fine.clone() + &section("@@ -1 +1 @@\n-a\n+b"),
            String::new(),
        ] {
            assert_eq!(read(&(records(&["a", "b"]) + &patch)), whole, "{patch}");
        }
        assert_eq!(read("fatal: something\n"), None);
        assert_eq!(read(&format!(":100644 100644 {ID} {OTHER} M\0a")), None);
        assert_eq!(read(""), Some(Vec::new()));
    }

    #[test]
    fn github_g131_a_name_that_a_report_writes_otherwise_counts_throughout() {
        let mut reader = DiffReader::new();
        let output = records(&["a\\b.rs"]) + &section("@@ -1 +1 @@\n-a\n+b\n");
        reader.take(output.as_bytes());
        let change = reader.finish().unwrap();
        let path = RepoPath::from_normal("a/b.rs").unwrap();
        assert!(change.touches(&path, Some(99), None));
    }
}
