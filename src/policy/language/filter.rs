//! Filters: which findings a measure looks at.

use super::basics::{BOOL, CLASSES, ID, PATH_GLOBS, SEVERITY_WORDS, TEXTS, VALIDITIES};
use crate::policy::lexeme::Lexeme;
use crate::policy::shape::{Key, MapShape, Shape, Word, WordList};

/// A filter that stands alone, under `not` and `any`.
pub(in crate::policy) static FILTER_MAP: MapShape = MapShape {
    name: "filter",
    noun: "a filter",
    keys: &[&FILTER_KEYS],
    // A filter that says nothing holds for everything; its negation for nothing.
    least: 1,
};

static FILTER: Shape = Shape::Map(&FILTER_MAP);

/// The keys of a filter, which stand inline beside the keys of a measure.
pub(super) static FILTER_KEYS: [Key; 20] = [
    Key::may("scope", &Shape::OneOrList(&ID), "In one of these scopes."),
    Key::may("class", &CLASSES, "Of one of these classes."),
    Key::may(
        "severity",
        &SEVERITY_WORDS,
        "In one of these bands of scores.",
    ),
    Key::may(
        "cvss",
        &Shape::Scalar(Lexeme::CvssComparison),
        "The CVSS score compares so: `\"> 4.0\"`.",
    ),
    Key::may(
        "level",
        &Shape::OneOrList(&Shape::Words(&WordList {
            noun: "level",
            words: &[
                Word::new("error", "SARIF's `error`"),
                Word::new("warning", "SARIF's `warning`"),
                Word::new("note", "SARIF's `note`"),
                Word::new("none", "SARIF's `none`"),
            ],
        })),
        "Of one of these levels.",
    ),
    Key::may(
        "cwe",
        &Shape::OneOrList(&Shape::Scalar(Lexeme::Cwe)),
        "Of one of these CWE numbers.",
    ),
    Key::may(
        "tool",
        &TEXTS,
        "By one of these tools: alias, or name as the tool writes it.",
    ),
    Key::may(
        "rule",
        &Shape::OneOrList(&Shape::Scalar(Lexeme::NameGlob)),
        "The rule id matches one of these globs.",
    ),
    Key::may("tag", &TEXTS, "Has one of these tags."),
    Key::may("path", &PATH_GLOBS, "The path matches; `!` takes away."),
    Key::may(
        "state",
        &Shape::Words(&WordList {
            noun: "state",
            words: &[
                Word::new("introduced", "the change brought it in"),
                Word::new("existing", "it was there before"),
            ],
        }),
        "Introduced or existing.",
    ),
    Key::may("validity", &VALIDITIES, "Of secrets: whether they work."),
    Key::may(
        "epss",
        &Shape::Scalar(Lexeme::NumberComparison),
        "The EPSS probability compares so: `\">= 0.1\"`. It is looked up in the file of `enrich`, else it is the report's.",
    ),
    Key::may(
        "kev",
        &Shape::Words(&WordList {
            noun: "state in the KEV catalogue",
            words: &[
                Word::new("listed", "known to be exploited"),
                Word::new("past_due", "listed, and its due date is over"),
                Word::new("ransomware", "listed, and known to be used for ransomware"),
            ],
        }),
        "In the catalogue of exploited vulnerabilities: the file of `enrich`, else by the report's word.",
    ),
    Key::may("fix_available", &BOOL, "Whether a fixed version is known."),
    Key::may(
        "age",
        &Shape::Scalar(Lexeme::DurationComparison),
        "The age compares so: `\"> 30d\"`.",
    ),
    Key::may(
        "package",
        &Shape::OneOrList(&Shape::Scalar(Lexeme::NameGlob)),
        "In a package whose name matches one of these globs: `lodash`, `@babel/*`, `pkg:npm/*`.",
    ),
    Key::may("owner", &TEXTS, "Owned by one of these, by CODEOWNERS."),
    Key::may("not", &FILTER, "The filter does not hold."),
    Key::may(
        "any",
        &Shape::List {
            of: &FILTER,
            least: 1,
        },
        "One of the filters holds.",
    ),
];

/// The key that says what one finding is, for measures that count.
pub(super) static DISTINCT_KEYS: [Key; 1] = [Key::may(
    "distinct",
    &Shape::Words(&WordList {
        noun: "kind of one",
        words: &[
            Word::new("finding", "each finding"),
            Word::new("vulnerability", "each vulnerability: advisory and package"),
            Word::new("secret", "each secret, wherever it stands"),
            Word::new("path", "each path"),
        ],
    }),
    "What one is; secrets are counted by secret and the rest by finding if left out.",
)];

/// The same for measures over the past.
pub(super) static DISTINCT_PAST_KEYS: [Key; 1] = [Key::may(
    "distinct",
    &Shape::Words(&WordList {
        noun: "kind of one",
        words: &[
            Word::new("finding", "each finding of each tool"),
            Word::new(
                "vulnerability",
                "each vulnerability, advisory and package, whichever tools see it",
            ),
            Word::new("secret", "each secret, wherever it stands"),
        ],
    }),
    "What one is; secrets are counted by secret and the rest by finding if left out.",
)];
