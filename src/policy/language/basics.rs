//! Scalars and words that several parts of the language share.

use crate::policy::lexeme::Lexeme;
use crate::policy::shape::{Shape, Word, WordList};

pub(super) static TEXT: Shape = Shape::Scalar(Lexeme::Text);
pub(super) static TEXTS: Shape = Shape::OneOrList(&TEXT);
pub(super) static ID: Shape = Shape::Scalar(Lexeme::Id);
pub(super) static BOOL: Shape = Shape::Scalar(Lexeme::Bool);
pub(super) static NUMBER: Shape = Shape::Scalar(Lexeme::Number);
pub(super) static WHOLE: Shape = Shape::Scalar(Lexeme::Whole);
pub(super) static CVSS: Shape = Shape::Scalar(Lexeme::Cvss);
pub(super) static DURATION: Shape = Shape::Scalar(Lexeme::Duration);
pub(super) static DATE: Shape = Shape::Scalar(Lexeme::Date);
pub(super) static DAY: Shape = Shape::Scalar(Lexeme::Day);
pub(super) static FILE: Shape = Shape::Scalar(Lexeme::File);
pub(super) static REPORT_NAME: Shape = Shape::Scalar(Lexeme::ReportName);
pub(super) static PATH_GLOB: Shape = Shape::Scalar(Lexeme::PathGlob);
pub(super) static PATH_GLOBS: Shape = Shape::OneOrList(&PATH_GLOB);

pub(super) static CLASS: Shape = Shape::Words(&WordList {
    noun: "class",
    words: &[
        Word::new(
            "sast",
            "weaknesses in source code or binaries, by the tool's own rules",
        ),
        Word::new("sca", "known vulnerabilities in dependencies"),
        Word::new("secrets", "secrets in files or history"),
        Word::new("iac", "pipelines, Dockerfiles, infrastructure definitions"),
        Word::new("container", "a built image"),
        Word::new("dast", "a running application"),
        Word::new("license", "licences"),
        Word::new("other", "everything else: linters, hosts, benchmarks"),
    ],
});
pub(super) static CLASSES: Shape = Shape::OneOrList(&CLASS);

pub(super) static SEVERITY_WORD: Shape = Shape::Words(&WordList {
    noun: "severity",
    words: &[
        Word::new("critical", "9.0 to 10.0"),
        Word::new("high", "7.0 to 8.9"),
        Word::new("medium", "4.0 to 6.9"),
        Word::new("low", "0.1 to 3.9"),
        Word::new("none", "0.0"),
    ],
});
pub(super) static SEVERITY_WORDS: Shape = Shape::OneOrList(&SEVERITY_WORD);

pub(super) static VALIDITY: Shape = Shape::Words(&WordList {
    noun: "validity",
    words: &[
        Word::new("active", "checked, works"),
        Word::new("unknown", "a check was tried and gave no answer"),
        Word::new("not_attempted", "nobody checked"),
        Word::new("unsupported", "the tool has no check for this kind"),
        Word::new("inactive", "checked, does not work"),
    ],
});
pub(super) static VALIDITIES: Shape = Shape::OneOrList(&VALIDITY);

pub(super) static ENFORCEMENT: Shape = Shape::Words(&WordList {
    noun: "enforcement",
    words: &[
        Word::new("block", "it fails the gate"),
        Word::new("warn", "it is shown as a warning"),
        Word::new("observe", "it is shown"),
    ],
});

pub(super) static AMBITION: Shape = Shape::Words(&WordList {
    noun: "ambition",
    words: &[
        Word::new("committed", "expected at 1.0 (the default)"),
        Word::new("aspirational", "expected at 0.7; a miss warns"),
    ],
});
