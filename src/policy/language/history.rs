//! The measures that are made from the ledger.

use super::basics::{BOOL, CLASSES, DURATION, ID, WHOLE};
use super::filter::{DISTINCT_PAST_KEYS, FILTER_KEYS};
use crate::policy::lexeme::Lexeme;
use crate::policy::shape::{Key, MapShape, Shape, Word, WordList};

const WINDOW: Key = Key::must(
    "window",
    &DURATION,
    "The time that is looked at, up to now.",
);
const MIN_N: Key = Key::may(
    "min_n",
    &WHOLE,
    "Fewer than this is too little to tell; 5 if left out.",
);
const IF_NONE: Key = Key::may(
    "if_none",
    &IF_NONE_WORDS,
    "What having nothing to measure means.",
);
const UNTIL: Key = Key::may("until", &UNTIL_WORDS, "What ends the clock of a finding.");

static IF_NONE_WORDS: Shape = Shape::Words(&WordList {
    noun: "meaning",
    words: &[
        Word::new("unknown", "nothing was measured (the default)"),
        Word::new("met", "there was nothing to do, and that is fine"),
    ],
});

static UNTIL_WORDS: Shape = Shape::Words(&WordList {
    noun: "end",
    words: &[
        Word::new("fixed", "the finding is gone (the default)"),
        Word::new("revoked", "the secret does not work any more"),
        Word::new(
            "triaged",
            "somebody fixed, waived, dismissed or accepted it",
        ),
        Word::new("deployed", "the fix is deployed"),
    ],
});

static STATISTIC: Shape = Shape::Words(&WordList {
    noun: "statistic",
    words: &[
        Word::new("median", "half are at most this"),
        Word::new("p75", "three of four are at most this"),
        Word::new("p90", "nine of ten are at most this"),
        Word::new("p95", "nineteen of twenty are at most this"),
        Word::new("max", "all are at most this"),
    ],
});

static STATISTIC_OF_FIXES: Shape = Shape::Words(&WordList {
    noun: "statistic",
    words: &[
        Word::new("median", "half are at most this"),
        Word::new("p75", "three of four are at most this"),
        Word::new("p90", "nine of ten are at most this"),
        Word::new("p95", "nineteen of twenty are at most this"),
        Word::new("max", "all are at most this"),
        Word::new("restricted_mean", "mean time up to `horizon`"),
    ],
});

pub(super) static TIME_TO_FIX: Shape = Shape::Map(&MapShape {
    name: "time_to_fix",
    noun: "`time_to_fix`",
    keys: &[
        &[
            Key::must(
                "statistic",
                &STATISTIC_OF_FIXES,
                "Which figure of the distribution.",
            ),
            WINDOW,
            UNTIL,
            Key::may(
                "horizon",
                &DURATION,
                "Up to where `restricted_mean` looks; `90d` if left out.",
            ),
            MIN_N,
            IF_NONE,
        ],
        &FILTER_KEYS,
        &DISTINCT_PAST_KEYS,
    ],
    least: 0,
});

pub(super) static TIME_TO_DETECT: Shape = Shape::Map(&MapShape {
    name: "time_to_detect",
    noun: "`time_to_detect`",
    keys: &[
        &[
            Key::must(
                "from",
                &Shape::Words(&WordList {
                    noun: "begin",
                    words: &[
                        Word::new("introduced", "the commit that brought it in"),
                        Word::new("advisory", "the day on which its advisory came out"),
                    ],
                }),
                "What begins the clock.",
            ),
            Key::must("statistic", &STATISTIC, "Which figure of the distribution."),
            WINDOW,
            MIN_N,
        ],
        &FILTER_KEYS,
        &DISTINCT_PAST_KEYS,
    ],
    least: 0,
});

pub(super) static AGE: Shape = Shape::Map(&MapShape {
    name: "age",
    noun: "`age`",
    keys: &[
        // A filter has a key `age` too, so `statistic` alone is the measure's own.
        &[Key::must(
            "statistic",
            &STATISTIC,
            "Which figure of the distribution.",
        )],
        &FILTER_KEYS,
        &DISTINCT_PAST_KEYS,
    ],
    least: 0,
});

pub(super) static SLA: Shape = Shape::Map(&MapShape {
    name: "sla",
    noun: "`sla`",
    keys: &[
        &[
            Key::must(
                "limits",
                &Shape::Map(&MapShape {
                    name: "limits",
                    noun: "`limits`",
                    keys: &[&[
                        Key::may("critical", &DURATION, "Time for findings of this band."),
                        Key::may("high", &DURATION, "Time for findings of this band."),
                        Key::may("medium", &DURATION, "Time for findings of this band."),
                        Key::may("low", &DURATION, "Time for findings of this band."),
                        Key::may("none", &DURATION, "Time for findings of this band."),
                    ]],
                    least: 1,
                }),
                "How long a finding of each band may stay open.",
            ),
            WINDOW,
            UNTIL,
            IF_NONE,
        ],
        &FILTER_KEYS,
        &DISTINCT_PAST_KEYS,
    ],
    least: 0,
});

pub(super) static FIX_RATE: Shape = Shape::Map(&MapShape {
    name: "fix_rate",
    noun: "`fix_rate`",
    keys: &[&[WINDOW], &FILTER_KEYS, &DISTINCT_PAST_KEYS],
    least: 0,
});

pub(super) static NET_FLOW: Shape = Shape::Map(&MapShape {
    name: "net_flow",
    noun: "`net_flow`",
    keys: &[&[WINDOW], &FILTER_KEYS, &DISTINCT_PAST_KEYS],
    least: 0,
});

pub(super) static RECURRENCE: Shape = Shape::Map(&MapShape {
    name: "recurrence",
    noun: "`recurrence`",
    keys: &[
        &[
            WINDOW,
            Key::may(
                "within",
                &DURATION,
                "How long a fix must last; `90d` if left out.",
            ),
        ],
        &FILTER_KEYS,
        &DISTINCT_PAST_KEYS,
    ],
    least: 0,
});

pub(super) static ESCAPE_RATE: Shape = Shape::Map(&MapShape {
    name: "escape_rate",
    noun: "`escape_rate`",
    keys: &[&[WINDOW], &FILTER_KEYS, &DISTINCT_PAST_KEYS],
    least: 0,
});

pub(super) static FRESHNESS: Shape = Shape::Map(&MapShape {
    name: "freshness",
    noun: "`freshness`",
    keys: &[&[
        Key::may("class", &CLASSES, "The scans whose last one counts."),
        Key::may("event", &ID, "The event whose last one counts."),
        Key::may(
            "inventory",
            &BOOL,
            "True: the worst repository of the inventory counts.",
        ),
    ]],
    least: 1,
});

pub(super) static COVERAGE: Shape = Shape::Map(&MapShape {
    name: "coverage",
    noun: "`coverage`",
    keys: &[&[
        Key::must(
            "class",
            &CLASSES,
            "The scans that a repository must have had.",
        ),
        Key::must("within", &DURATION, "How long ago at most."),
        Key::may(
            "depth",
            &Shape::Words(&WordList {
                noun: "depth",
                words: &[
                    Word::new("head", "the newest commit (the default)"),
                    Word::new("history", "all commits"),
                ],
            }),
            "How much of a repository the scan must have read.",
        ),
    ]],
    least: 0,
});

pub(super) static EVENTS: Shape = Shape::Map(&MapShape {
    name: "events",
    noun: "`events`",
    keys: &[&[
        Key::must("name", &ID, "The name of the event."),
        Key::must(
            "per",
            &Shape::Scalar(Lexeme::Cadence),
            "The windows: `week`, `month`, `iteration`, or a duration.",
        ),
        Key::may(
            "at_least",
            &WHOLE,
            "How many a window must hold; 1 if left out.",
        ),
    ]],
    least: 0,
});

pub(super) static FRICTION: Shape = Shape::Map(&MapShape {
    name: "friction",
    noun: "`friction`",
    keys: &[&[
        Key::must(
            "of",
            &Shape::Words(&WordList {
                noun: "kind of friction",
                words: &[
                    Word::new(
                        "overturned",
                        "share of blocked changes whose findings were all waived as false positives",
                    ),
                    Word::new("duration", "time that a run takes"),
                    Word::new("feedback", "time from push to first annotation"),
                ],
            }),
            "Which cost.",
        ),
        Key::may(
            "statistic",
            &STATISTIC,
            "Which figure of the distribution; not for `overturned`.",
        ),
        WINDOW,
        MIN_N,
    ]],
    least: 0,
});
