//! Objectives and key results.

use super::basics::{AMBITION, BOOL, DATE, ENFORCEMENT, ID, NUMBER, TEXT, TEXTS};
use super::measure::MEASURE;
use crate::diagnostic::Code;
use crate::policy::lexeme::Lexeme;
use crate::policy::shape::{Key, MapShape, Shape, TableShape, Word, WordList};

pub(super) static OBJECTIVES: Shape = Shape::List {
    of: &Shape::Map(&MapShape {
        name: "objective",
        noun: "an objective",
        keys: &[&OBJECTIVE_KEYS],
        least: 0,
    }),
    least: 1,
};

static OBJECTIVE_KEYS: [Key; 19] = [
    Key::must(
        "id",
        &ID,
        "Its id, for ever: another id is another objective.",
    ),
    Key::whole(
        "title",
        &TEXT,
        "The direction, in a sentence that people read.",
    ),
    Key::whole("owner", &TEXT, "Who answers for it.").missing(Code::MissingOwner),
    Key::may("sponsor", &TEXT, "Who stands behind it."),
    Key::may(
        "deputy",
        &TEXT,
        "Who answers for it when the owner is away.",
    ),
    Key::may(
        "pillar",
        &Shape::Words(&WordList {
            noun: "pillar",
            words: &[
                Word::new("risk", "secure the product"),
                Word::new("trust", "assure the customer"),
                Word::new("governance", "protect the company"),
                Word::new("empowerment", "help those who build"),
            ],
        }),
        "What it belongs to.",
    ),
    Key::may(
        "horizon",
        &Shape::Words(&WordList {
            noun: "horizon",
            words: &[
                Word::new("strategic", "several periods"),
                Word::new("tactical", "this period"),
            ],
        }),
        "Strategic or tactical.",
    ),
    Key::may(
        "ambition",
        &AMBITION,
        "The ambition of its key results that state none.",
    ),
    Key::may(
        "business_reason",
        &TEXT,
        "Why it makes sense outside security.",
    ),
    Key::may(
        "derived_from",
        &TEXTS,
        "Threats, risks, requirements that it comes from.",
    ),
    Key::may(
        "requirements",
        &TEXTS,
        "Laws, contracts, standards that ask for it.",
    ),
    Key::may(
        "contributes_to",
        &TEXTS,
        "Objectives that it serves, here or elsewhere.",
    ),
    Key::may(
        "rollup",
        &BOOL,
        "True: it counts in the objectives that `contributes_to` names, like a key result of weight 1.",
    ),
    Key::may(
        "actions",
        &Shape::List {
            of: &Shape::Map(&MapShape {
                name: "action",
                noun: "an action",
                keys: &[&[
                    Key::may("who", &TEXT, "Who does it."),
                    Key::must("what", &TEXT, "What is done."),
                    Key::may("due", &DATE, "By when."),
                    Key::may("how", &TEXT, "How."),
                ]],
                least: 0,
            }),
            least: 1,
        },
        "What is done to get there.",
    ),
    Key::may("budget", &TEXT, "What it may cost."),
    Key::may("playbook", &TEXT, "Where its playbook stands."),
    Key::may(
        "key_results",
        &KEY_RESULTS,
        "What shows whether it is reached.",
    ),
    Key::may(
        "uses",
        &Shape::List {
            of: &Shape::Map(&MapShape {
                name: "use",
                noun: "a use",
                keys: &[&[
                    Key::must(
                        "key_result",
                        &Shape::Scalar(Lexeme::KeyResultRef),
                        "A key result that another objective holds.",
                    ),
                    Key::may("weight", &NUMBER, "Its weight here; 1 if left out."),
                ]],
                least: 0,
            }),
            least: 1,
        },
        "Key results of other objectives that count here too, each with a weight of its own.",
    ),
    Key::may("note", &TEXT, "A remark for readers of the policy."),
];

static KEY_RESULTS: Shape = Shape::List {
    of: &Shape::Map(&MapShape {
        name: "key_result",
        noun: "a key result",
        keys: &[&KEY_RESULT_KEYS],
        least: 0,
    }),
    least: 1,
};

static KEY_RESULT_KEYS: [Key; 24] = [
    Key::must(
        "id",
        &ID,
        "Its id, for ever: another id is another key result.",
    ),
    Key::whole(
        "title",
        &TEXT,
        "What is promised, in a sentence that people read.",
    ),
    Key::whole("measure", &MEASURE, "What is measured."),
    Key::whole(
        "target",
        &Shape::Scalar(Lexeme::Target),
        "What must be reached: `\"<= 0\"`, `\">= 90%\"`, `\"10..20\"`, `\"<= 50% of start\"`, `measured`.",
    ),
    Key::may(
        "start",
        &START,
        "Where it starts from; without it (and without `due`) it is a guardrail.",
    ),
    Key::may(
        "due",
        &DATE,
        "When it must be reached; the period's end if left out.",
    ),
    Key::may(
        "weight",
        &NUMBER,
        "Its weight in the objective; 1 if left out.",
    ),
    Key::may(
        "owner",
        &TEXT,
        "Who answers for it; the objective's owner if left out.",
    ),
    Key::may(
        "roles",
        &Shape::Map(&MapShape {
            name: "roles",
            noun: "`roles`",
            keys: &[&[
                Key::may("check_in", &TEXTS, "Who may check in besides the owner."),
                Key::may("review", &TEXTS, "Who reviews."),
            ]],
            least: 1,
        }),
        "Who may check in, and who reviews.",
    ),
    Key::may("ambition", &AMBITION, "Committed or aspirational."),
    Key::may(
        "carried_from",
        &TEXT,
        "The period that it was carried over from: its start is the figure that it closed with.",
    ),
    Key::may(
        "derived_from",
        &TEXTS,
        "Threats, risks, requirements that it comes from.",
    ),
    Key::may(
        "requirements",
        &TEXTS,
        "Laws, contracts, standards that ask for it.",
    ),
    Key::may(
        "contributes_to",
        &TEXTS,
        "Objectives that it serves, here or elsewhere.",
    ),
    Key::may(
        "kind",
        &Shape::Words(&WordList {
            noun: "kind",
            words: &[Word::new("health", "it never enters the objective's score")],
        }),
        "`health` keeps it out of the objective's score.",
    ),
    Key::may("on_miss", &ENFORCEMENT, "What a miss does."),
    Key::may(
        "on_unknown",
        &ENFORCEMENT,
        "What an unknown does; as a miss if left out.",
    ),
    Key::may(
        "on_regress",
        &Shape::Words(&WordList {
            noun: "enforcement",
            words: &[
                Word::new("block", "a step back fails the gate"),
                Word::new("warn", "a step back is shown as a warning"),
            ],
        }),
        "What a miss does that is worse than the last recorded figure, also while it is not due.",
    ),
    Key::may(
        "enforce_from",
        &DATE,
        "Until that day a block is only a warning.",
    ),
    Key::may(
        "judge",
        &Shape::Words(&WordList {
            noun: "way to judge a change",
            words: &[
                Word::new("introduced", "what the change brought in (the default)"),
                Word::new("all", "everything"),
            ],
        }),
        "What a change is judged on.",
    ),
    Key::may("pattern", &TEXT, "The pattern that it follows."),
    Key::may(
        "decision",
        &Shape::Map(&MapShape {
            name: "decision",
            noun: "`decision`",
            keys: &[&[
                Key::may("risks", &TEXTS, "Which risks it is about."),
                Key::may("mitigations", &TEXTS, "What was weighed against them."),
                Key::may("customer", &TEXTS, "What is best for the customer."),
                Key::may("difficulty", &TEXTS, "How hard it is."),
                Key::may("staff", &TEXTS, "Who does it."),
                Key::may("compliance", &TEXTS, "What compliance asks for."),
                Key::may("mission", &TEXTS, "How it serves the mission."),
                Key::may("cost", &TEXTS, "What it costs."),
            ]],
            least: 1,
        }),
        "Why this one.",
    ),
    Key::may(
        "links",
        &Shape::Table(&TableShape {
            noun: "link name",
            key: &ID,
            value: &TEXT,
            least: 1,
        }),
        "Where to read more, such as `postmortem`.",
    ),
    Key::may("note", &TEXT, "A remark for readers of the policy."),
];

/// Where a key result starts from (rule Q3).
static START: Shape = Shape::Either {
    scalar: &Shape::Scalar(Lexeme::Figure),
    map: &Shape::Map(&MapShape {
        name: "start",
        noun: "`start`",
        keys: &[&[Key::must(
            "baseline",
            &TEXT,
            "The period whose closing figure it is, `previous`, or `first`.",
        )]],
        least: 0,
    }),
};
