//! The keys of a policy file, and those that matter beside findings and objectives.

use super::basics::{BOOL, DATE, DURATION, FILE, ID, TEXT, TEXTS};
use super::evidence::{REPORTS, SCOPES, SEVERITY, SUPPRESSIONS, TOOLS};
use super::figures::DATED_FILE;
use super::objective::OBJECTIVES;
use super::sync::SYNC;
use super::waiver::WAIVERS;
use crate::policy::lexeme::Lexeme;
use crate::policy::shape::{Key, MapShape, Shape, Word, WordList};

/// The whole language.
pub(in crate::policy) static POLICY: MapShape = MapShape {
    name: "policy",
    noun: "a policy",
    keys: &[&ROOT_KEYS],
    least: 0,
};

static ROOT_KEYS: [Key; 22] = [
    Key::must(
        "version",
        &Shape::Scalar(Lexeme::Version),
        "The version of the policy language: 1.",
    ),
    Key::may(
        "mission",
        &TEXT,
        "At most two sentences, on top of every report.",
    ),
    Key::may(
        "period",
        &PERIOD,
        "The time in which the key results are to be reached.",
    ),
    Key::may(
        "extends",
        &TEXTS,
        "Packs (`pack:NAME`) and files of this repository; later ones and this file override by id.",
    ),
    Key::may("reports", &REPORTS, "The evidence that must be there."),
    Key::may(
        "tools",
        &TOOLS,
        "Tools that krgate does not know, or knows otherwise.",
    ),
    Key::may(
        "scopes",
        &SCOPES,
        "Parts of the repository, of the environments and of the refs that filters may name.",
    ),
    Key::may(
        "severity",
        &SEVERITY,
        "How a finding without a CVSS score is read.",
    ),
    Key::may(
        "suppressions",
        &SUPPRESSIONS,
        "What suppressions in reports are worth.",
    ),
    Key::may(
        "introduced_by",
        &Shape::Words(&WordList {
            noun: "way to tell introduced findings",
            words: &[
                Word::new("baseline", "by a baseline (the default)"),
                Word::new(
                    "changed_lines",
                    "by the lines that the change touches, where there is no baseline",
                ),
            ],
        }),
        "How findings that a change introduced are told from existing ones.",
    ),
    Key::may(
        "enrich",
        &ENRICH,
        "Data files for the filters `kev` and `epss`. They win over what reports say.",
    ),
    Key::may(
        "ledger",
        &Shape::Scalar(Lexeme::Store),
        "Where records are kept: `dir:…`, `git:…`, `postgres://…`.",
    ),
    Key::may(
        "record",
        &Shape::Map(&MapShape {
            name: "record",
            noun: "`record`",
            keys: &[&[Key::may(
                "changes",
                &BOOL,
                "True: changes of the same repository are recorded too.",
            )]],
            least: 1,
        }),
        "What is recorded besides states.",
    ),
    Key::may(
        "sync",
        &SYNC,
        "Other tools for objectives and key results that `krgate sync` tells of the figures.",
    ),
    Key::may("data", &DATA, "Data files, named once."),
    Key::may("iteration", &ITERATION, "What `per: iteration` means."),
    Key::may(
        "waivers",
        &WAIVERS,
        "Findings that are set aside, by whom, why and until when.",
    ),
    Key::may(
        "vex",
        &Shape::OneOrList(&FILE),
        "OpenVEX and CycloneDX files (JSON) that act as waivers.",
    ),
    Key::whole(
        "objectives",
        &OBJECTIVES,
        "What the team promised; a pack under `extends` brings objectives of its own.",
    ),
    Key::may(
        "operating_model",
        &Shape::Free,
        "How security is organised.",
    ),
    Key::may(
        "risks",
        &RISKS,
        "The register of risks that objectives refer to.",
    ),
    Key::may(
        "context",
        &CONTEXT,
        "Technology, organisation, people, requirements.",
    ),
];

static PERIOD: Shape = Shape::Map(&MapShape {
    name: "period",
    noun: "`period`",
    keys: &[&[
        Key::must("name", &TEXT, "Its name, such as `2026-Q4`."),
        Key::must("start", &DATE, "Its first day."),
        Key::must("end", &DATE, "The first day after it."),
        Key::may(
            "time_zone",
            &Shape::Scalar(Lexeme::TimeZone),
            "The zone in which days begin; `UTC` if left out.",
        ),
        Key::may(
            "fiscal_start",
            &Shape::Scalar(Lexeme::DayOfYear),
            "The day on which a fiscal year begins, such as `02-01`.",
        ),
    ]],
    least: 0,
});

static ENRICH: Shape = Shape::Map(&MapShape {
    name: "enrich",
    noun: "`enrich`",
    keys: &[&[
        Key::may(
            "kev",
            &ENRICH_FILE,
            "CISA's catalogue of exploited vulnerabilities, JSON.",
        ),
        Key::may(
            "epss",
            &ENRICH_FILE,
            "FIRST's probabilities of exploitation, CSV, plain or in gzip.",
        ),
    ]],
    least: 1,
});

static ENRICH_FILE: Shape = Shape::Map(&MapShape {
    name: "enrich_file",
    noun: "a file of `enrich`",
    keys: &[&[
        Key::must("path", &FILE, "The file, from the repository's root."),
        Key::may(
            "max_age",
            &DURATION,
            "How old it may be by its own date; an older one is not relied on.",
        ),
    ]],
    least: 0,
});

static DATA: Shape = Shape::Map(&MapShape {
    name: "data",
    noun: "`data`",
    keys: &[&[
        Key::may(
            "inventory",
            &DATED_FILE,
            "The repositories that there are: the columns `repository` and, where some are, `archived`.",
        ),
        Key::may(
            "roster",
            &DATED_FILE,
            "The people that there are, by the column that `key` of a share names.",
        ),
        Key::may(
            "advisories",
            &DATED_FILE,
            "Advisories with their days: the columns `id` and `published`.",
        ),
    ]],
    least: 1,
});

static ITERATION: Shape = Shape::Map(&MapShape {
    name: "iteration",
    noun: "`iteration`",
    keys: &[&[
        Key::must("start", &DATE, "The first day of an iteration."),
        Key::must(
            "every",
            &DURATION,
            "How long an iteration is, such as `14d`.",
        ),
    ]],
    least: 0,
});

static RISKS: Shape = Shape::List {
    of: &Shape::Map(&MapShape {
        name: "risk",
        noun: "a risk",
        keys: &[&[
            Key::must("id", &ID, "Its id."),
            Key::may("title", &TEXT, "What people read."),
            Key::may("likelihood", &TEXT, "How likely it is."),
            Key::may("impact", &TEXT, "What it would do."),
            Key::may("reviewed", &DATE, "When it was last looked at."),
            Key::may("owner", &TEXT, "Who answers for it."),
            Key::may("note", &TEXT, "A remark."),
        ]],
        least: 0,
    }),
    least: 1,
};

static CONTEXT: Shape = Shape::Map(&MapShape {
    name: "context",
    noun: "`context`",
    keys: &[&[
        Key::may("stack", &Shape::Free, "The technology."),
        Key::may("organisation", &Shape::Free, "The organisation."),
        Key::may("people", &Shape::Free, "The people."),
        Key::may("requirements", &Shape::Free, "What is asked of it."),
        Key::may("horizon", &Shape::Free, "Short and long term."),
    ]],
    least: 1,
});
