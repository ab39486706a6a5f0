//! CSV: foreign text as a field that a table program takes for text (rule P6).

use crate::model::{Untrusted, visible};

/// A field with foreign text in its visible form. One that a table program would compute
/// (`=`, `+`, `-`, `@` in front, or white space that it takes off) has an apostrophe before
/// it; quotes are for the writer of the file to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvField(String);

impl CsvField {
    /// Foreign text, whole.
    pub fn foreign(text: Untrusted<'_>) -> Self {
        let shown = visible(text.raw());
        let is_computed = text.raw().starts_with(['=', '+', '-', '@', '\t', '\r'])
            || shown.trim_start().starts_with(['=', '+', '-', '@']);
        let before = if is_computed { "'" } else { "" };
        Self([before, &shown].concat())
    }

    /// The field.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(text: &str) -> String {
        CsvField::foreign(Untrusted::new(text)).0
    }

    #[test]
    fn report_p06_what_a_table_program_would_compute_has_an_apostrophe() {
        for (text, shown) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\\t=1"),
            ("\r=1", "'\\r=1"),
            (" =1", "' =1"),
            ("2026-Q4", "2026-Q4"),
            ("a\nb", "a\\nb"),
            ("\u{202e}x", "\\u{202e}x"),
            ("", ""),
        ] {
            assert_eq!(field(text), shown);
        }
    }

    proptest! {
        #[test]
        fn report_p06_any_text_is_one_field_of_one_line(text in r"([=+@\-\t\r\n,;\x22' ]|\PC|\pC){0,12}") {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record([&field(&text), "end"]).unwrap();
            let bytes = writer.into_inner().unwrap();
            let lines = String::from_utf8(bytes.clone()).unwrap();
            prop_assert_eq!(lines.matches('\n').count(), 1);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&*bytes);
            let row = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(row.len(), 2);
            prop_assert_eq!(&row[0], &*field(&text));
            prop_assert!(!row[0].starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
