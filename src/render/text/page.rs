//! Lines of 80 columns made from finished cells (rules V6, E11, E25).

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::diagnostic::Message;
use crate::model::Untrusted;
use crate::render::encode::terminal::{TerminalText, message, words};

/// Columns of a line.
pub(in crate::render) const COLUMNS: usize = 80;
/// Widest cell that other rows are aligned to; longer ones stick out.
const MOST_ALIGNED: usize = 34;
/// Widest first word under whose end the next lines begin.
const MOST_HANG: usize = 12;
/// Fewest columns in which a cell that can be cut is shown at all.
const FEWEST: usize = 8;

/// What a cell says, for the colour round it. The text says the same without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Role {
    Plain,
    Strong,
    Dim,
    Good,
    Bad,
    Open,
    Odd,
}

impl Role {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Open => AnsiColor::Magenta.on_default().bold(),
            Self::Odd => AnsiColor::Yellow.on_default(),
        }
    }
}

/// A piece of a line, encoded for the terminal.
#[derive(Debug, Clone)]
pub(in crate::render) struct Cell {
    text: TerminalText,
    role: Role,
    can_be_cut: bool,
    foreign: bool,
}

impl Cell {
    /// Words or numbers of krgate's own; never cut.
    pub(in crate::render) fn own(words: impl Into<String>) -> Self {
        Self {
            text: TerminalText::own(words),
            role: Role::Plain,
            can_be_cut: false,
            foreign: false,
        }
    }

    /// A path and what follows it (`:12`); never cut.
    pub(in crate::render) fn path(path: Untrusted<'_>, after: &str) -> Self {
        Self {
            text: TerminalText::own(format!("{}{after}", TerminalText::path(path))),
            foreign: true,
            ..Self::own("")
        }
    }

    /// Other foreign text; cut where the line ends.
    pub(in crate::render) fn label(text: Untrusted<'_>) -> Self {
        Self {
            text: TerminalText::label(text),
            can_be_cut: true,
            foreign: true,
            ..Self::own("")
        }
    }

    /// The same cut to some columns.
    pub(in crate::render) fn at_most(mut self, columns: usize) -> Self {
        self.text = self.text.cut(columns);
        self
    }

    /// The same between quotation marks.
    pub(in crate::render) fn quoted(mut self) -> Self {
        self.text = TerminalText::own(format!("\"{}\"", self.text));
        self.foreign = false;
        self
    }

    pub(in crate::render) fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    pub(in crate::render) fn width(&self) -> usize {
        self.text.width()
    }
}

/// Where lines go.
pub(in crate::render) struct Page<'a> {
    out: &'a mut dyn Write,
    styled: bool,
}

impl<'a> Page<'a> {
    pub(in crate::render) fn new(out: &'a mut dyn Write, styled: bool) -> Self {
        Self { out, styled }
    }

    pub(in crate::render) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// One row: cells side by side, two spaces apart, each padded to its column's width.
    ///
    /// A cell that does not fit goes to a line of its own below, indented by `below`, unless
    /// it can be cut to what is left. A line that would begin with foreign text begins with
    /// `- ` (rule E11).
    pub(in crate::render) fn row(
        &mut self,
        indent: usize,
        below: usize,
        cells: &[Cell],
        widths: &[usize],
    ) -> io::Result<()> {
        let mut at = 0;
        let mut due = 0;
        for (index, cell) in cells.iter().enumerate() {
            if cell.width() == 0 {
                continue;
            }
            let mut cell = cell.clone();
            let room = COLUMNS.saturating_sub(at + due);
            if at > 0 && cell.can_be_cut && room >= FEWEST {
                cell = cell.at_most(room);
            }
            if at > 0 && cell.width() <= room {
                write!(self.out, "{:due$}", "")?;
                at += due;
            } else {
                if at > 0 {
                    self.blank()?;
                }
                at = self.start(if at == 0 { indent } else { below }, cell.foreign)?;
                if cell.can_be_cut {
                    cell = cell.at_most(COLUMNS.saturating_sub(at));
                }
            }
            self.cell(&cell)?;
            at += cell.width();
            let width = widths.get(index).copied().unwrap_or(0);
            due = 2 + width.saturating_sub(cell.width());
        }
        self.blank()
    }

    /// The first line of a finding: its cells side by side and never cut; a path that is too
    /// long sticks out (rule V6).
    pub(in crate::render) fn finding(&mut self, indent: usize, cells: &[Cell]) -> io::Result<()> {
        write!(self.out, "{:indent$}", "")?;
        for (index, cell) in cells.iter().filter(|cell| cell.width() > 0).enumerate() {
            let gap: &[u8] = match index {
                0 => b"",
                1 => b" ",
                _ => b"  ",
            };
            self.out.write_all(gap)?;
            self.cell(cell)?;
        }
        self.blank()
    }

    /// Cells side by side, one space apart and never cut.
    pub(in crate::render) fn sentence(&mut self, cells: &[Cell]) -> io::Result<()> {
        for (index, cell) in cells.iter().enumerate() {
            self.out.write_all(if index == 0 { b"" } else { b" " })?;
            self.cell(cell)?;
        }
        self.blank()
    }

    /// A sentence on one line, however long: the last line is read by people who see no other.
    pub(in crate::render) fn verdict(&mut self, sentence: &Message, role: Role) -> io::Result<()> {
        let cell = Cell {
            text: message(sentence),
            ..Cell::own("").role(role)
        };
        self.cell(&cell)?;
        self.blank()
    }

    /// The words of a message over as many lines as they need, the first after `before`, the
    /// others indented alike.
    pub(in crate::render) fn words(
        &mut self,
        indent: usize,
        before: &Cell,
        message: &Message,
    ) -> io::Result<()> {
        let mut at = self.start(indent, before.foreign)?;
        self.cell(before)?;
        at += before.width();
        let hang = match before.width() {
            0 => at,
            1..=MOST_HANG => at + 1,
            _ => indent + 2,
        };
        let mut first = before.width() == 0;
        for word in words(message) {
            let width = word.width();
            if !first && at + 1 + width > COLUMNS && at > hang {
                write!(self.out, "\n{:hang$}", "")?;
                at = hang;
                first = true;
            }
            if !first {
                self.out.write_all(b" ")?;
                at += 1;
            }
            self.out.write_all(word.as_str().as_bytes())?;
            at += width;
            first = false;
        }
        self.blank()
    }

    /// Begins a line; gives the column that was reached.
    fn start(&mut self, indent: usize, foreign: bool) -> io::Result<usize> {
        let own = if foreign { "- " } else { "" };
        write!(self.out, "{:indent$}{own}", "")?;
        Ok(indent + own.len())
    }

    fn cell(&mut self, cell: &Cell) -> io::Result<()> {
        let style = cell.role.style();
        if self.styled && cell.role != Role::Plain {
            write!(self.out, "{style}{}{style:#}", cell.text)
        } else {
            write!(self.out, "{}", cell.text)
        }
    }
}

/// The width of each column over all rows.
pub(in crate::render) fn widths(rows: &[Vec<Cell>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(Cell::width)
                .filter(|width| *width <= MOST_ALIGNED)
                .max()
                .unwrap_or(0)
        })
        .collect()
}
