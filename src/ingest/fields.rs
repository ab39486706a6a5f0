//! Fields that several formats have, and steps over them.

use std::num::NonZeroU32;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::diagnostic::{Code, Diagnostic, Message, Place};
use crate::model::{Region, SecretId, UntrustedText, Validity};

use super::detect::{self, Lines, Members};
use super::item::Value;
use super::report::Report;
use super::run::SecretRun;
use super::secret::without_space;
use super::window::{Kind, Refusal, Scalar};

/// Words of a tool for the validity of a secret: the word, the state, and whether the word
/// says that a check was tried (rule S58).
pub(super) type ValidityWords = [(&'static str, Validity, bool)];

impl SecretRun {
    /// Counts an object that was read and is no finding of the format `own`.
    ///
    /// # Errors
    /// `report-ambiguous-format` if it is of another format.
    pub(super) fn stray(&mut self, own: &'static str, members: &Members) -> Result<(), Refusal> {
        if detect::is_log_line(members) {
            self.lines.log += 1;
            return Ok(());
        }
        self.lines.skipped += 1;
        detect::only_one(own, members)
    }

    /// Notes that the report itself says that `times` parts of its scan failed or are missing.
    pub(super) fn note_incomplete(
        &mut self,
        shown: &UntrustedText,
        message: &'static str,
        times: u64,
    ) {
        self.tally.add(
            Diagnostic::new(Code::ScanIncomplete, message)
                .at(Place::report(shown))
                .times(times),
        );
    }
}

impl Report<'_, '_> {
    /// The next member of an object of the skeleton, among the names that the format knows;
    /// `""` for any other. What was seen stands in `members` then, for [`detect::only_one`].
    pub(super) fn known_member(
        &mut self,
        members: &mut Members,
        known: &[&'static str],
    ) -> Result<Option<&'static str>, Refusal> {
        let Some(name) = self.window.member()? else {
            return Ok(None);
        };
        members.note(name, Kind::Null);
        let own = known.iter().find(|own| **own == name).copied();
        members.set_kind(self.window.kind()?);
        Ok(Some(own.unwrap_or("")))
    }

    /// True if another object comes next, after white space and lines of text.
    ///
    /// # Errors
    /// `report-syntax` if an array does.
    pub(super) fn next_object(&mut self, lines: &mut Lines) -> Result<bool, Refusal> {
        match self.next_document(lines)? {
            None => Ok(false),
            Some(b'{') => Ok(true),
            Some(_) => self.window.finish().map(|()| false),
        }
    }

    /// Reads each element of a list without which there is no report, and says how many there
    /// were.
    ///
    /// # Errors
    /// `report-wrong-type` if it is no list, `item-too-large` beyond limit L2.
    pub(super) fn each_item(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        mut read: impl FnMut(&mut Self, &mut SecretRun) -> Result<(), Refusal>,
    ) -> Result<u64, Refusal> {
        let mut count = 0;
        self.window
            .enter_array()
            .map_err(|refusal| refusal.inside(field, None))?;
        while self.window.element()? {
            self.window.begin_item();
            read(self, run)?;
            self.window.end_item()?;
            count += 1;
        }
        Ok(count)
    }

    /// As [`Report::each_item`] where null is an empty list (rule O14).
    pub(super) fn each_item_or_null(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        read: impl FnMut(&mut Self, &mut SecretRun) -> Result<(), Refusal>,
    ) -> Result<u64, Refusal> {
        if self.window.kind()? == Kind::Null {
            self.window.skip()?;
            return Ok(0);
        }
        self.each_item(run, field, read)
    }

    /// Enters a descriptive object; false if it is null or of another type.
    pub(super) fn enter_part(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
    ) -> Result<bool, Refusal> {
        let is_object = self.window.kind()? == Kind::Object;
        if is_object {
            self.window.enter_object()?;
        } else if self.window.scalar()? != Scalar::Null {
            run.wrong_type(self.shown, field, "an object");
        }
        Ok(is_object)
    }

    /// Reads one member of a descriptive object and passes over all others.
    pub(super) fn the_member<T: Default>(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        wanted: &'static str,
        mut read: impl FnMut(&mut Self, &mut SecretRun) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut found = T::default();
        if !self.enter_part(run, field)? {
            return Ok(found);
        }
        while let Some(name) = self.window.member()? {
            if name == wanted {
                found = read(self, run)?;
            } else {
                self.window.skip()?;
            }
        }
        Ok(found)
    }

    /// Reads each element of a descriptive list; there are none if it is null or of another
    /// type.
    pub(super) fn each_part(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        mut read: impl FnMut(&mut Self, &mut SecretRun) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        if self.window.kind()? != Kind::Array {
            if self.window.scalar()? != Scalar::Null {
                run.wrong_type(self.shown, field, "a list");
            }
            return Ok(());
        }
        self.window.enter_array()?;
        while self.window.element()? {
            read(self, run)?;
        }
        Ok(())
    }

    /// A region that is an object of `start` and `end`, which have a line and a column under
    /// these names.
    pub(super) fn span(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        names: [&'static str; 2],
    ) -> Result<Region, Refusal> {
        let mut region = Region::default();
        if !self.enter_part(run, field)? {
            return Ok(region);
        }
        while let Some(name) = self.window.member()? {
            match name {
                "start" => (region.line, region.column) = self.point(run, field, names)?,
                "end" => (region.end_line, region.end_column) = self.point(run, field, names)?,
                _ => self.window.skip()?,
            }
        }
        Ok(region)
    }

    /// Line and column of a place that is an object of these two.
    pub(super) fn point(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        [line, column]: [&'static str; 2],
    ) -> Result<(Option<NonZeroU32>, Option<NonZeroU32>), Refusal> {
        let mut point = (None, None);
        if !self.enter_part(run, field)? {
            return Ok(point);
        }
        while let Some(name) = self.window.member()? {
            if name == line {
                point.0 = self.position(run, line)?;
            } else if name == column {
                point.1 = self.position(run, column)?;
            } else {
                self.window.skip()?;
            }
        }
        Ok(point)
    }

    /// Takes the value of a secret; the raw value goes into the vault.
    pub(super) fn value(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
    ) -> Result<Value, Refusal> {
        self.value_unless(run, field, |_| false)
    }

    /// As [`Report::value`] where the tool may have cut the value (`--redact=20`): what ends
    /// in `...` has no identity and is concealed all the same (rule S24).
    pub(super) fn value_or_prefix(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
    ) -> Result<Value, Refusal> {
        self.value_unless(run, field, |value| without_space(value).ends_with(b"..."))
    }

    fn value_unless(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        is_cut: impl Fn(&[u8]) -> bool,
    ) -> Result<Value, Refusal> {
        let vault = &mut self.builder.vault;
        let mut take = |value: &[u8]| {
            if is_cut(value) {
                vault.conceal(value);
                return Value::Absent;
            }
            Value::of(vault, value)
        };
        if let Some(value) = self.window.take_plain(|value| Some(take(value)))? {
            return Ok(value);
        }
        match self.window.scalar()? {
            Scalar::Text(value) => Ok(take(value.as_bytes())),
            Scalar::Null => Ok(Value::Absent),
            _ => {
                run.wrong_type(self.shown, field, "a string");
                Ok(Value::Absent)
            }
        }
    }

    /// Takes a raw value that names nothing: it is to be scrubbed, and no more.
    pub(super) fn conceal(&mut self) -> Result<(), Refusal> {
        let vault = &mut self.builder.vault;
        let mut take = |value: &[u8]| {
            vault.conceal(value);
            Some(())
        };
        if self.window.take_plain(&mut take)?.is_none()
            && let Scalar::Text(value) = self.window.scalar()?
        {
            take(value.as_bytes());
        }
        Ok(())
    }

    /// Conceals every member of an object of raw values.
    pub(super) fn conceal_members(&mut self) -> Result<(), Refusal> {
        if self.window.kind()? != Kind::Object {
            return self.window.skip();
        }
        self.window.enter_object()?;
        while self.window.member()?.is_some() {
            self.conceal()?;
        }
        Ok(())
    }

    /// Takes the tool's own id of a secret, which is, or may be, a hash of its value.
    pub(super) fn reference(
        &mut self,
        run: &mut SecretRun,
        tool: &str,
        field: &'static str,
    ) -> Result<Option<SecretId>, Refusal> {
        match self.window.scalar()? {
            Scalar::Text(hash) => Ok(self.builder.vault.refer(tool, hash)),
            Scalar::Null => Ok(None),
            _ => {
                run.wrong_type(self.shown, field, "a string");
                Ok(None)
            }
        }
    }

    /// The validity by the words of a tool; `None` if it is null.
    ///
    /// # Errors
    /// `report-wrong-type` if it is no word (rule S56).
    pub(super) fn validity(
        &mut self,
        run: &mut SecretRun,
        field: &'static str,
        words: &ValidityWords,
    ) -> Result<Option<Validity>, Refusal> {
        let row = self.deciding_word(field, |word| {
            words.iter().find(|(known, ..)| *known == word).copied()
        })?;
        match row {
            None => Ok(None),
            Some(Some((_, validity, tried))) => {
                run.checked |= tried;
                Ok(Some(validity))
            }
            Some(None) => {
                let message = "a word for the validity of a secret is not known; it is `unknown`";
                self.note_unknown_word(run, field, message);
                Ok(Some(Validity::Unknown))
            }
        }
    }

    /// Notes a word that decides and that nobody knows (rule S57).
    pub(super) fn note_unknown_word(
        &self,
        run: &mut SecretRun,
        field: &'static str,
        message: &'static str,
    ) {
        let item = run.item();
        run.tally.note(
            Code::UnknownValidityWord,
            self.shown,
            || format!("[{item}].{field}"),
            || Message::from(message),
        );
    }

    /// What a word that decides means; `None` if it is null (rule S56).
    ///
    /// # Errors
    /// `report-wrong-type`.
    pub(super) fn deciding_word<T>(
        &mut self,
        field: &'static str,
        meaning: impl FnOnce(&str) -> T,
    ) -> Result<Option<T>, Refusal> {
        match self.window.scalar()? {
            Scalar::Text(word) => Ok(Some(meaning(word))),
            Scalar::Null => Ok(None),
            _ => Err(self.window.wrong_type("a word").inside(field, None)),
        }
    }

    /// A number that a report states of itself; `None` if it is null (rule S56).
    ///
    /// # Errors
    /// `report-wrong-type`.
    pub(super) fn deciding_count(&mut self, field: &'static str) -> Result<Option<u64>, Refusal> {
        let count = match self.window.scalar()? {
            Scalar::Number(digits) => digits.parse().ok(),
            Scalar::Null => return Ok(None),
            _ => None,
        };
        match count {
            Some(count) => Ok(Some(count)),
            None => Err(self.window.wrong_type("a count").inside(field, None)),
        }
    }

    /// A text that is kept with the run.
    pub(super) fn plain_text(&mut self) -> Result<Option<UntrustedText>, Refusal> {
        match self.window.scalar()? {
            Scalar::Text(text) if !text.is_empty() => Ok(Some(UntrustedText::new(text))),
            _ => Ok(None),
        }
    }

    /// A time; one without a zone is in UTC, as GitLab's.
    pub(super) fn time(&mut self) -> Result<Option<Timestamp>, Refusal> {
        let Scalar::Text(text) = self.window.scalar()? else {
            return Ok(None);
        };
        if let Ok(time) = text.parse() {
            return Ok(Some(time));
        }
        let local = text.parse::<DateTime>().ok();
        Ok(local.and_then(|local| TimeZone::UTC.to_timestamp(local).ok()))
    }
}

/// Refuses a report that states another number of findings than it holds (rule S30).
///
/// # Errors
/// `report-count-mismatch`.
pub(super) fn check_count(stated: Option<u64>, read: u64) -> Result<(), Refusal> {
    match stated {
        Some(stated) if stated != read => Err(Refusal::new(
            Code::ReportCountMismatch,
            format!("the report states {stated} findings and holds {read}"),
        )
        .hint("a part of it is lost: let the tool write the report again")),
        _ => Ok(()),
    }
}
