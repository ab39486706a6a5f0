//! Waivers: in the policy, and in a file of their own.

use super::basics::{DAY, FILE, ID, PATH_GLOBS, TEXT, WHOLE};
use super::filter::FILTER_KEYS;
use crate::policy::lexeme::Lexeme;
use crate::policy::shape::{Key, MapShape, Shape, Word, WordList};

/// The language of a waiver file.
pub(in crate::policy) static WAIVER_FILE: MapShape = MapShape {
    name: "waiver_file",
    noun: "a waiver file",
    keys: &[&[
        Key::must(
            "version",
            &Shape::Scalar(Lexeme::Version),
            "The version of the policy language: 1.",
        ),
        Key::must(
            "list",
            &Shape::List {
                of: &WAIVER,
                least: 0,
            },
            "The waivers; `[]` if there is none.",
        ),
    ]],
    least: 0,
};

pub(super) static WAIVERS: Shape = Shape::Map(&MapShape {
    name: "waivers",
    noun: "`waivers`",
    keys: &[&[
        Key::may(
            "file",
            &FILE,
            "The file that holds them, from the repository's root: `version: 1` and `list: […]`.",
        ),
        Key::may(
            "list",
            &Shape::List {
                of: &WAIVER,
                least: 1,
            },
            "Waivers, in place.",
        ),
        Key::may(
            "require",
            &Shape::OneOrList(&Shape::Words(&WordList {
                noun: "part of a waiver",
                words: &[
                    Word::new("kind", "what the finding is"),
                    Word::new("reason", "why"),
                    Word::new("owner", "who answers for it"),
                    Word::new("approved_by", "who agreed"),
                    Word::new("created", "since when"),
                    Word::new("expires", "until when"),
                ],
            })),
            "What every waiver must carry; one that does not carry it does not hold.",
        ),
        Key::may(
            "max_days",
            &WHOLE,
            "How many days a waiver may hold, from its `created`, or from today without one; one that holds longer, or for ever, does not hold.",
        ),
        Key::may(
            "forbid",
            &Shape::Map(&MapShape {
                name: "forbid",
                noun: "`forbid`",
                keys: &[&FILTER_KEYS],
                least: 1,
            }),
            "Findings that nothing may set aside: no waiver, and no suppression in a report.",
        ),
    ]],
    least: 1,
});

static WAIVER: Shape = Shape::Map(&MapShape {
    name: "waiver",
    noun: "a waiver",
    keys: &[&[
        Key::may("id", &ID, "What it is called, such as `w-2026-10-ssrf`."),
        Key::may(
            "finding",
            &Shape::Scalar(Lexeme::FindingId),
            "The id of the finding, or its first 8 digits or more.",
        ),
        Key::may(
            "rule",
            &Shape::Scalar(Lexeme::NameGlob),
            "The rule, or an id of the vulnerability, as a glob; with `path` or `package`.",
        ),
        Key::may(
            "path",
            &PATH_GLOBS,
            "Globs over paths of the repository; a finding without such a path is in none.",
        ),
        Key::may(
            "package",
            &Shape::Scalar(Lexeme::NameGlob),
            "The package, as a glob over `name`, `ecosystem/name` or `pkg:ecosystem/name`.",
        ),
        Key::may(
            "kind",
            &Shape::Words(&WordList {
                noun: "kind of waiver",
                words: &[
                    Word::new("false_positive", "it is no finding: the scanner was wrong"),
                    Word::new("accepted_risk", "it is one, and somebody bears the risk"),
                    Word::new(
                        "mitigating_control",
                        "it is one, and something else keeps it from being used",
                    ),
                    Word::new("used_in_tests", "it is one, in what tests alone use"),
                ],
            }),
            "What the finding is. It sets aside the same; figures over time leave false positives out.",
        ),
        Key::may("reason", &TEXT, "Why."),
        Key::may("owner", &TEXT, "Who answers for it."),
        Key::may("approved_by", &TEXT, "Who agreed."),
        Key::may("created", &DAY, "The day on which it was given."),
        Key::may("expires", &DAY, "The last day on which it holds."),
    ]],
    least: 1,
});
