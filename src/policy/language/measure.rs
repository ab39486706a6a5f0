//! The measures that are made from the reports of one run, and the list of all.

use super::basics::{BOOL, DURATION, FILE, TEXT, WHOLE};
use super::figures::{AS_OF, CHECK_IN, CHECKLIST, MILESTONES, SHARE, VALUE};
use super::filter::{DISTINCT_KEYS, FILTER_KEYS};
use super::history::{
    AGE, COVERAGE, ESCAPE_RATE, EVENTS, FIX_RATE, FRESHNESS, FRICTION, NET_FLOW, RECURRENCE, SLA,
    TIME_TO_DETECT, TIME_TO_FIX,
};
use crate::policy::shape::{Key, MapShape, Shape, Word, WordList};

/// `measure:` names exactly one.
pub(super) static MEASURE: Shape = Shape::Choice(&MapShape {
    name: "measure",
    noun: "a measure",
    keys: &[&MEASURES],
    least: 1,
});

static MEASURES: [Key; 24] = [
    Key::may("count", &COUNT, "How many findings pass a filter."),
    Key::may(
        "max_cvss",
        &MAX_CVSS,
        "The highest CVSS score among those that pass a filter.",
    ),
    Key::may("introduced", &INTRODUCED, "How many findings are new."),
    Key::may(
        "suppressed",
        &SUPPRESSED,
        "How many findings were silenced.",
    ),
    Key::may(
        "routed",
        &ROUTED,
        "Share of findings whose path has an owner in CODEOWNERS.",
    ),
    Key::may("tools", &TOOLS, "Share of the demanded tools that ran."),
    Key::may("density", &DENSITY, "Findings per thousand lines."),
    Key::may("time_to_fix", &TIME_TO_FIX, "How long findings stay open."),
    Key::may(
        "time_to_detect",
        &TIME_TO_DETECT,
        "How long findings stay unseen.",
    ),
    Key::may("age", &AGE, "How old the open findings are."),
    Key::may("sla", &SLA, "Share of findings that were closed in time."),
    Key::may("fix_rate", &FIX_RATE, "Fixed findings per new one."),
    Key::may("net_flow", &NET_FLOW, "New findings less fixed ones."),
    Key::may(
        "recurrence",
        &RECURRENCE,
        "Share of fixes that did not last.",
    ),
    Key::may(
        "escape_rate",
        &ESCAPE_RATE,
        "Share of findings that no change showed first.",
    ),
    Key::may(
        "freshness",
        &FRESHNESS,
        "Time since the last scan or event.",
    ),
    Key::may(
        "coverage",
        &COVERAGE,
        "Share of repositories that were scanned.",
    ),
    Key::may(
        "events",
        &EVENTS,
        "Share of time windows in which something happened.",
    ),
    Key::may(
        "friction",
        &FRICTION,
        "What the gate costs those whom it stops.",
    ),
    Key::may("check_in", &CHECK_IN, "A figure that a person reports."),
    Key::may("checklist", &CHECKLIST, "Share of a list that passes."),
    Key::may("milestones", &MILESTONES, "Share of steps that are done."),
    Key::may("share", &SHARE, "Share of the rows of a data file."),
    Key::may("value", &VALUE, "A figure from a data file."),
];

static COUNT: Shape = Shape::Map(&MapShape {
    name: "count",
    noun: "`count`",
    keys: &[&FILTER_KEYS, &DISTINCT_KEYS],
    least: 0,
});

static MAX_CVSS: Shape = Shape::Map(&MapShape {
    name: "max_cvss",
    noun: "`max_cvss`",
    keys: &[&FILTER_KEYS],
    least: 0,
});

static INTRODUCED: Shape = Shape::Map(&MapShape {
    name: "introduced",
    noun: "`introduced`",
    keys: &[
        &[Key::may(
            "since",
            &Shape::Words(&WordList {
                noun: "point of comparison",
                words: &[
                    Word::new(
                        "base",
                        "the base of the change (the default); a state has none, so it never blocks one",
                    ),
                    Word::new("previous", "the last record"),
                    Word::new("period", "the begin of the period"),
                ],
            }),
            "What the findings are compared with.",
        )],
        &FILTER_KEYS,
        &DISTINCT_KEYS,
    ],
    least: 0,
});

static SUPPRESSED: Shape = Shape::Map(&MapShape {
    name: "suppressed",
    noun: "`suppressed`",
    keys: &[
        &[
            Key::may(
                "by",
                &Shape::OneOrList(&Shape::Words(&WordList {
                    noun: "way of silencing",
                    words: &[
                        Word::new("source", "by the report itself"),
                        Word::new("waiver", "by a waiver"),
                        Word::new("vex", "by a VEX document"),
                    ],
                })),
                "The ways of silencing that count; all if left out.",
            ),
            Key::may(
                "as",
                &Shape::Words(&WordList {
                    noun: "form",
                    words: &[
                        Word::new("count", "how many (the default)"),
                        Word::new("share", "which share of all that pass the filter"),
                    ],
                }),
                "Count or share.",
            ),
        ],
        &FILTER_KEYS,
    ],
    least: 0,
});

static ROUTED: Shape = Shape::Map(&MapShape {
    name: "routed",
    noun: "`routed`",
    keys: &[&FILTER_KEYS],
    least: 0,
});

static TOOLS: Shape = Shape::Map(&MapShape {
    name: "tools_demand",
    noun: "`tools`",
    keys: &[&[
        Key::may(
            "sast",
            &WHOLE,
            "How many tools of this class must have run.",
        ),
        Key::may("sca", &WHOLE, "How many tools of this class must have run."),
        Key::may(
            "secrets",
            &WHOLE,
            "How many tools of this class must have run.",
        ),
        Key::may("iac", &WHOLE, "How many tools of this class must have run."),
        Key::may(
            "container",
            &WHOLE,
            "How many tools of this class must have run.",
        ),
        Key::may(
            "dast",
            &WHOLE,
            "How many tools of this class must have run.",
        ),
        Key::may(
            "license",
            &WHOLE,
            "How many tools of this class must have run.",
        ),
        Key::may(
            "other",
            &WHOLE,
            "How many tools of this class must have run.",
        ),
        Key::may(
            "inventory",
            &BOOL,
            "True: every tool that ran is listed under `tools`, and every listed one ran.",
        ),
    ]],
    least: 1,
});

static DENSITY: Shape = Shape::Map(&MapShape {
    name: "density",
    noun: "`density`",
    keys: &[
        &[
            Key::must(
                "lines",
                &Shape::Map(&MapShape {
                    name: "lines",
                    noun: "`lines`",
                    keys: &[&[
                        Key::must("file", &FILE, "The file that holds the number of lines."),
                        Key::must("pointer", &TEXT, "JSON pointer to it."),
                        Key::must("as_of", &AS_OF, "What says how old it is."),
                    ]],
                    least: 0,
                }),
                "Where the number of lines stands.",
            ),
            Key::may("per", &WHOLE, "Per how many lines; 1000 if left out."),
            Key::may(
                "max_age",
                &DURATION,
                "How old the number may be; `7d` if left out.",
            ),
        ],
        &FILTER_KEYS,
        &DISTINCT_KEYS,
    ],
    least: 0,
});
