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
        Key::may("reason", &TEXT, "Why."),
        Key::may("owner", &TEXT, "Who answers for it."),
        Key::may("approved_by", &TEXT, "Who agreed."),
        Key::may("created", &DAY, "The day on which it was given."),
        Key::may("expires", &DAY, "The last day on which it holds."),
    ]],
    least: 1,
});
