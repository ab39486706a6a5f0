//! The measures that are made from files of figures and from people's word.

use super::basics::{BOOL, DATE, DURATION, FILE, ID, NUMBER, TEXT, TEXTS, WHOLE};
use crate::policy::lexeme::Lexeme;
use crate::policy::shape::{Key, MapShape, Shape, TableShape, Word, WordList};

/// The unit that a figure is reported in (rule M0d).
static UNIT: Shape = Shape::Words(&WordList {
    noun: "unit",
    words: &[
        Word::new("%", "a share"),
        Word::new("d", "days"),
        Word::new("h", "hours"),
        Word::new("min", "minutes"),
        Word::new("s", "seconds"),
        Word::new("none", "a plain number"),
    ],
});

/// Conditions on columns, joined by AND (rule M0a).
static COLUMNS: Shape = Shape::Table(&TableShape {
    noun: "column",
    key: &TEXT,
    value: &Shape::Scalar(Lexeme::Cell),
    least: 1,
});

/// What says how old a file is (rule M0b).
pub(super) static AS_OF: Shape = Shape::Either {
    scalar: &Shape::Words(&WordList {
        noun: "age of a file",
        words: &[Word::new("run", "the file is made in this run")],
    }),
    map: &Shape::Choice(&MapShape {
        name: "as_of",
        noun: "`as_of`",
        keys: &[&[
            Key::may("column", &TEXT, "The column that holds the date of a row."),
            Key::may("pointer", &TEXT, "JSON pointer to the date."),
        ]],
        least: 1,
    }),
};

const MAX_AGE: Key = Key::may(
    "max_age",
    &DURATION,
    "How old the file may be; `7d` if left out.",
);

/// A file of the user's with the age at which it stops to count.
pub(super) static DATED_FILE: Shape = Shape::Map(&MapShape {
    name: "dated_file",
    noun: "a data file",
    keys: &[&[
        Key::must("file", &FILE, "The file, from the repository's root."),
        Key::may(
            "as_of",
            &AS_OF,
            "What says how old it is; without it its age is not looked at.",
        ),
        Key::may(
            "max_age",
            &DURATION,
            "How old it may be; `7d` if left out. It needs `as_of`.",
        ),
    ]],
    least: 0,
});

pub(super) static CHECK_IN: Shape = Shape::Map(&MapShape {
    name: "check_in",
    noun: "`check_in`",
    keys: &[&[
        Key::must("unit", &UNIT, "The unit of the figure."),
        Key::may(
            "every",
            &DURATION,
            "How often a check-in is due; `7d` if left out.",
        ),
    ]],
    least: 0,
});

pub(super) static CHECKLIST: Shape = Shape::Map(&MapShape {
    name: "checklist",
    noun: "`checklist`",
    keys: &[&[
        Key::must("file", &FILE, "The list."),
        Key::may(
            "standard",
            &Shape::Words(&WordList {
                noun: "standard",
                words: &[Word::new(
                    "asvs-4.0.3",
                    "OWASP Application Security Verification Standard 4.0.3",
                )],
            }),
            "The standard whose requirements the rows are, by their `id`.",
        ),
        Key::may(
            "chapters",
            &TEXTS,
            "Chapters of the standard, such as `V2`.",
        ),
        Key::may(
            "levels",
            &Shape::OneOrList(&WHOLE),
            "Levels of the standard; each asks for what those below it ask for.",
        ),
        Key::may(
            "pass",
            &COLUMNS,
            "Which rows pass; `status: pass` if left out.",
        ),
        Key::may(
            "skip",
            &COLUMNS,
            "Which rows do not apply; without `pass` it is `status: not_applicable`.",
        ),
        Key::may(
            "expires",
            &TEXT,
            "The column with the last day on which a row passes; a row without one does not pass.",
        ),
        Key::may(
            "cwe",
            &TEXT,
            "The column with the CWE whose findings make a row fail.",
        ),
        Key::may(
            "key_result",
            &TEXT,
            "The column that names a key result which must be met.",
        ),
    ]],
    least: 0,
});

pub(super) static MILESTONES: Shape = Shape::List {
    of: &Shape::Map(&MapShape {
        name: "milestone",
        noun: "a milestone",
        keys: &[&[
            Key::must("id", &ID, "Its id, for ever."),
            Key::must("title", &TEXT, "What people read."),
            Key::may("weight", &NUMBER, "Its weight; 1 if left out."),
            Key::may("due", &DATE, "The day by which it should be done."),
            Key::may("valid_to", &DATE, "The day until which it counts as done."),
        ]],
        least: 0,
    }),
    least: 1,
};

pub(super) static SHARE: Shape = Shape::Map(&MapShape {
    name: "share",
    noun: "`share`",
    keys: &[&[
        Key::must("file", &FILE, "CSV or JSON."),
        Key::must("num", &COLUMNS, "Which rows count."),
        Key::may("den", &COLUMNS, "Out of which rows; all if left out."),
        Key::may("roster", &BOOL, "True: out of the people of `data.roster`."),
        Key::may("key", &TEXT, "The column that joins rows with the roster."),
        Key::may("weight", &TEXT, "The column with the weight of a row."),
        Key::must("as_of", &AS_OF, "What says how old the file is."),
        MAX_AGE,
    ]],
    least: 0,
});

pub(super) static VALUE: Shape = Shape::Map(&MapShape {
    name: "value",
    noun: "`value`",
    keys: &[&[
        Key::must("file", &FILE, "CSV or JSON."),
        Key::may("pointer", &TEXT, "JSON pointer to the figure."),
        Key::may(
            "aggregate",
            &Shape::Words(&WordList {
                noun: "aggregate",
                words: &[
                    Word::new("last", "the newest row"),
                    Word::new("sum", "the sum of the column"),
                    Word::new("count", "the number of rows"),
                    Word::new("min", "the least"),
                    Word::new("max", "the greatest"),
                    Word::new("median", "half are at most this"),
                    Word::new("p90", "nine of ten are at most this"),
                ],
            }),
            "How rows become one figure.",
        ),
        Key::may("column", &TEXT, "The column; not for `count`."),
        Key::may("where", &COLUMNS, "Which rows count; all if left out."),
        Key::must("as_of", &AS_OF, "What says how old the file is."),
        MAX_AGE,
        Key::may(
            "unit",
            &UNIT,
            "The unit of the figure; a plain number if left out.",
        ),
    ]],
    least: 0,
});
