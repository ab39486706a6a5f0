//! What a reader of a format gets, and the steps that all readers of secrets share.

use std::io::Read;
use std::num::NonZeroU32;

use crate::diagnostic::{Code, Message};
use crate::model::{PathId, ReportId, RuleId, TextId, UntrustedText};

use super::builder::Builder;
use super::detect::{self, Lines};
use super::run::SecretRun;
use super::window::{Refusal, Scalar, Window};
use super::{Expected, place};

/// A report whose format is known, with its window before the document.
pub(super) struct Report<'r, 'c> {
    /// Its bytes.
    pub(super) window: Window<Box<dyn Read>>,
    /// What it fills.
    pub(super) builder: &'r mut Builder<'c>,
    /// What was said of it beforehand.
    pub(super) expected: &'r Expected,
    /// Its name as outputs show it.
    pub(super) shown: &'r UntrustedText,
    /// Its place in the list of reports.
    pub(super) id: ReportId,
    /// What stood before the document.
    pub(super) before: Lines,
}

impl Report<'_, '_> {
    /// The text of a descriptive field, kept; `None` if it is null, empty, or of another type.
    pub(super) fn text(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
    ) -> Result<Option<TextId>, Refusal> {
        let texts = &self.builder.intake.texts;
        if let Some(known) = self
            .window
            .take_plain(|text| texts.find(text).filter(|_| !text.is_empty()))?
        {
            return Ok(Some(known));
        }
        match self.window.scalar()? {
            Scalar::Text(text) if !text.is_empty() => {
                Ok(Some(self.builder.intake.texts.intern(text)))
            }
            Scalar::Text(_) | Scalar::Null => Ok(None),
            _ => {
                run.wrong_type(self.shown, field, "a string");
                Ok(None)
            }
        }
    }

    /// The title of a rule, as [`Report::text`]: nearly always that of the last finding of the
    /// rule, if its id came first.
    pub(super) fn title(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        rule: Option<TextId>,
    ) -> Result<Option<TextId>, Refusal> {
        let last = rule.and_then(|rule| self.builder.last_title(rule));
        if let Some(last) = last
            && self.window.take_same(self.builder.text(last))
        {
            return Ok(Some(last));
        }
        self.text(run, field)
    }

    /// The file that a descriptive field names; `None` as in [`Report::text`].
    ///
    /// `in_repository` is false where the field names something else than a file of a
    /// working folder or a repository.
    pub(super) fn path(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        in_repository: bool,
    ) -> Result<Option<PathId>, Refusal> {
        let builder = &self.builder;
        let known = |text: &[u8]| builder.plain_path(text).filter(|_| is_plain(text));
        if in_repository && let Some(known) = self.window.take_plain(known)? {
            return Ok(Some(known));
        }
        match self.window.scalar()? {
            Scalar::Text(text) if !text.is_empty() => Ok(Some(keep_path(
                self.builder,
                self.shown,
                run,
                text,
                in_repository,
            ))),
            Scalar::Text(_) | Scalar::Null => Ok(None),
            _ => {
                run.wrong_type(self.shown, field, "a string");
                Ok(None)
            }
        }
    }

    /// A line or column; `None` if it is 0, null, or no such number.
    ///
    /// # Errors
    /// `report-syntax` for a number that no reader can hold: readers would differ on it.
    pub(super) fn position(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
    ) -> Result<Option<NonZeroU32>, Refusal> {
        if let Some(number) = self.window.short_number()? {
            return Ok(NonZeroU32::new(number));
        }
        let number = match self.window.scalar()? {
            Scalar::Number(digits) => Number::of(digits),
            Scalar::Null => return Ok(None),
            _ => Number::Other,
        };
        match number {
            Number::Position(position) => Ok(NonZeroU32::new(position)),
            Number::Other => {
                run.wrong_type(self.shown, field, "a line or column number");
                Ok(None)
            }
            Number::OutOfRange => Err(self
                .window
                .refuse(Code::ReportSyntax, "a number of the report is out of range")),
        }
    }

    /// A field that decides and is true or false; `None` if it is null (rule S56).
    ///
    /// # Errors
    /// `report-wrong-type`.
    pub(super) fn deciding_bool(&mut self, field: &'static str) -> Result<Option<bool>, Refusal> {
        match self.window.scalar()? {
            Scalar::Bool(value) => Ok(Some(value)),
            Scalar::Null => Ok(None),
            _ => Err(self.window.wrong_type("true or false").inside(field, None)),
        }
    }

    /// A rule with its title.
    pub(super) fn rule(&mut self, id: Option<TextId>, title: Option<TextId>) -> RuleId {
        let id = id.unwrap_or_else(|| self.builder.intake.texts.intern("(no rule)"));
        self.builder.plain_rule(id, title)
    }

    /// Passes over white space, terminal sequences and lines of text; what begins then is a
    /// JSON object or array, or nothing.
    pub(super) fn next_document(&mut self, lines: &mut Lines) -> Result<Option<u8>, Refusal> {
        if self.window.goes_on_with(b"{\"") {
            return Ok(Some(b'{'));
        }
        loop {
            match self.window.peek()? {
                None => return Ok(None),
                Some(bracket @ (b'{' | b'[')) if self.is_json_here()? => {
                    return Ok(Some(bracket));
                }
                Some(0x1b) => {
                    let head = self.window.head(4096)?;
                    let length = detect::terminal_sequence(head.bytes);
                    self.window.pass(length);
                }
                Some(_) => {
                    self.window.line()?;
                    lines.skipped += 1;
                }
            }
        }
    }

    /// True unless what follows the bracket here shows a line of text: `[INFO] done`.
    fn is_json_here(&mut self) -> Result<bool, Refusal> {
        let head = self.window.head(4096)?.bytes;
        let inside = head.get(1..).unwrap_or_default();
        let next = inside.get(detect::blank(inside)..).unwrap_or_default();
        Ok(match (head.first(), next.first()) {
            (Some(b'{'), Some(byte)) => matches!(byte, b'"' | b'}'),
            (Some(b'['), Some(byte)) => matches!(byte, b'{' | b']'),
            // The report ends here, in the middle of something.
            _ => true,
        })
    }

    /// Ends a report of one document, which only lines of text may follow.
    ///
    /// # Errors
    /// `report-syntax` if more JSON follows.
    pub(super) fn last_document(&mut self, lines: &mut Lines) -> Result<(), Refusal> {
        match self.next_document(lines)? {
            None => Ok(()),
            Some(_) => self.window.finish(),
        }
    }
}

/// The place of a path, with a note where it lies outside the repository.
pub(super) fn keep_path(
    builder: &mut Builder<'_>,
    shown: &UntrustedText,
    run: &mut SecretRun,
    text: &str,
    in_repository: bool,
) -> PathId {
    if in_repository
        && is_plain(text.as_bytes())
        && let Some(known) = builder.plain_path(text.as_bytes())
    {
        return known;
    }
    let repo = if in_repository {
        place::repo_path(text, &builder.context.roots)
    } else {
        None
    };
    if repo.is_none() {
        let item = run.item();
        run.tally.note(
            Code::PathOutsideRepository,
            shown,
            || format!("[{item}]"),
            || Message::from("a path lies outside the repository; every path scope counts it"),
        );
    }
    match repo {
        Some(repo) if repo.as_str() != text => {
            let shown = repo.as_str().to_owned();
            builder.path(&shown, Some(repo))
        }
        repo => builder.path(text, repo),
    }
}

/// With a colon it may be no path here and a path in another report.
fn is_plain(path: &[u8]) -> bool {
    memchr::memchr(b':', path).is_none()
}

/// A JSON number as a line or column.
enum Number {
    Position(u32),
    /// Negative, a fraction, or beyond any file.
    Other,
    /// Beyond what readers of JSON hold.
    OutOfRange,
}

impl Number {
    fn of(digits: &str) -> Self {
        if let Ok(position) = digits.parse() {
            return Self::Position(position);
        }
        let whole = digits.bytes().all(|b| b == b'-' || b.is_ascii_digit());
        let held = if whole {
            digits.parse::<u64>().is_ok() || digits.parse::<i64>().is_ok()
        } else {
            digits.parse::<f64>().is_ok_and(f64::is_finite)
        };
        if held { Self::Other } else { Self::OutOfRange }
    }
}
