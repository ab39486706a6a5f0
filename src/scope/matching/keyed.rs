//! Rows as numbers: two rows of either side have equal numbers where their texts are equal.

use foldhash::fast::RandomState;
use indexmap::IndexSet;

use super::number;
use crate::model::{
    CarriedLines, ChangedLines, Class, Intake, RepoPath, Row, Rows, TextId, Texts, without_tag,
};

/// The number of a text that nothing has in common with another.
pub(super) const NOTHING: u32 = u32::MAX;

/// Distinct texts of both sides.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    texts: IndexSet<&'a str, RandomState>,
    streams: IndexSet<(&'a str, Option<&'a str>, &'static str)>,
}

impl<'a> Names<'a> {
    /// The number of a text of either side.
    pub(super) fn text(&mut self, text: &'a str) -> u32 {
        narrow(self.texts.insert_full(text).0)
    }
}

/// What tells a row from others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keyed {
    /// Tool, category and class.
    pub(super) stream: u32,
    pub(super) rule: u32,
    /// The path as it stands in the head, [`NOTHING`] where the file is gone.
    pub(super) path: u32,
    /// True if the change moved the file.
    pub(super) moved: bool,
    /// The line as it stands in the head; 0 without one, `None` if the change edited it.
    pub(super) line: Option<u32>,
    /// Advisory, ecosystem and package.
    pub(super) dependency: Option<[u32; 3]>,
}

/// The number of texts of one side, made when they are first asked for.
struct Side<'a, 'n> {
    texts: &'a Texts,
    names: &'n mut Names<'a>,
    known: Vec<u32>,
    /// By stream and class.
    streams: Vec<[u32; Class::ALL.len()]>,
}

impl Side<'_, '_> {
    fn number(&mut self, id: TextId) -> u32 {
        let Some(slot) = self.known.get_mut(id.index()) else {
            return NOTHING;
        };
        if *slot == NOTHING {
            *slot = self.names.text(self.texts.get(id).raw());
        }
        *slot
    }

    fn cut(&mut self, id: TextId) -> u32 {
        let text = self.texts.get(id).raw();
        self.names.text(without_tag(text))
    }
}

/// The rows of one side as numbers. `carry` is what happened since, for the side before it.
pub(super) fn keyed<'a>(
    rows: &'a Rows,
    texts: &'a Texts,
    names: &mut Names<'a>,
    carry: Option<&'a ChangedLines>,
) -> Vec<Keyed> {
    let mut side = Side {
        texts,
        known: vec![NOTHING; texts.len()],
        streams: vec![[NOTHING; Class::ALL.len()]; rows.streams.len()],
        names,
    };
    let mut carried: Vec<Option<Carried<'a>>> = Vec::new();
    if carry.is_some() {
        carried.resize_with(texts.len(), || None);
    }
    rows.rows
        .iter()
        .map(|row| one(rows, row, &mut side, carry, &mut carried))
        .collect()
}

/// Where a path of the base stands in the head.
#[derive(Debug, Clone)]
struct Carried<'a> {
    /// Its number.
    path: u32,
    moved: bool,
    /// Its lines; `None` if it is no path of the repository, or gone.
    lines: Option<CarriedLines<'a>>,
}

fn one<'a>(
    rows: &'a Rows,
    row: &Row,
    side: &mut Side<'a, '_>,
    carry: Option<&'a ChangedLines>,
    carried: &mut [Option<Carried<'a>>],
) -> Keyed {
    let dependency = row.dependency.map(|dependency| {
        let package = dependency.package;
        [
            side.number(dependency.advisory),
            package.ecosystem.map_or(NOTHING, |id| side.number(id)),
            side.number(package.name),
        ]
    });
    let mut key = Keyed {
        stream: stream(rows, row, side),
        rule: side.number(row.rule),
        path: 0,
        moved: false,
        line: Some(number(row.line)),
        dependency,
    };
    let Some(path) = row.path else {
        key.path = side.names.text("");
        return key;
    };
    if !row.in_repository && dependency.is_some() {
        key.path = side.cut(path);
        return key;
    }
    let (Some(change), true) = (carry, row.in_repository) else {
        key.path = side.number(path);
        return key;
    };
    let Some(slot) = carried.get_mut(path.index()) else {
        return key;
    };
    let place = match slot {
        Some(place) => place,
        None => slot.insert(where_now(path, side, change)),
    };
    key.path = place.path;
    key.moved = place.moved;
    if let (Some(lines), Some(line)) = (place.lines, row.line) {
        key.line = lines.carried(line.get());
    }
    key
}

fn where_now<'a>(path: TextId, side: &mut Side<'a, '_>, change: &'a ChangedLines) -> Carried<'a> {
    let number = side.number(path);
    let Some(old) = RepoPath::from_normal(side.texts.get(path).raw()) else {
        return Carried {
            path: number,
            moved: false,
            lines: None,
        };
    };
    match change.carried(&old) {
        None => Carried {
            path: NOTHING,
            moved: true,
            lines: None,
        },
        Some(new) if *new == old => Carried {
            path: number,
            moved: false,
            lines: Some(change.lines_of(&old)),
        },
        Some(_) => {
            // Asked again, for the one above may borrow from `old`.
            let new = change.renamed(&old);
            Carried {
                path: new.map_or(NOTHING, |new| side.names.text(new.as_str())),
                moved: true,
                lines: new.map(|new| change.lines_of(new)),
            }
        }
    }
}

fn stream<'a>(rows: &'a Rows, row: &Row, side: &mut Side<'a, '_>) -> u32 {
    let place = usize::try_from(row.stream).unwrap_or(usize::MAX);
    let class = Class::ALL.iter().position(|class| *class == row.class);
    let slot = class.and_then(|class| side.streams.get_mut(place)?.get_mut(class));
    let (Some(slot), Some(stream)) = (slot, rows.streams.get(place)) else {
        return NOTHING;
    };
    if *slot == NOTHING {
        let category = stream.category.as_deref();
        let key = (stream.tool.as_str(), category, row.class.as_str());
        *slot = narrow(side.names.streams.insert_full(key).0);
    }
    *slot
}

/// The numbers of ids that rules of this run had before, each with the row that it is of.
pub(super) fn former_rules<'a>(
    intake: &'a Intake,
    names: &mut Names<'a>,
) -> Vec<(usize, Vec<u32>)> {
    if intake.rules.iter().all(|rule| rule.former_ids.is_empty()) {
        return Vec::new();
    }
    let with_former = intake.views().filter_map(|view| {
        let former = &view.rule()?.former_ids;
        let ids = former.iter();
        (!former.is_empty() && view.finding.class != Class::Secrets).then(|| {
            let numbers = ids.map(|id| names.text(intake.texts.get(*id).raw()));
            (view.index, numbers.collect())
        })
    });
    with_former.collect()
}

fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NOTHING)
}
