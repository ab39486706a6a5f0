//! Where figures are sent to: other tools for objectives and key results (rule K36).

use super::basics::{ID, TEXT};
use crate::policy::lexeme::Lexeme;
use crate::policy::shape::{Key, MapShape, Shape, TableShape, Word, WordList};

static WEB: Shape = Shape::Scalar(Lexeme::Web);
static VARIABLE: Shape = Shape::Scalar(Lexeme::Variable);

pub(super) static SYNC: Shape = Shape::Map(&MapShape {
    name: "sync",
    noun: "`sync`",
    keys: &[&[
        Key::may(
            "page",
            &WEB,
            "Where readers find more; it goes out as `url`. `{external_id}` may stand in it.",
        ),
        Key::may(
            "http",
            &HTTP,
            "`krgate sync --to http`: a request of your own making for each key result.",
        ),
        Key::may(
            "tability",
            &TABILITY,
            "`krgate sync --to tability`: Tability's check-ins API.",
        ),
    ]],
    least: 1,
});

static HTTP: Shape = Shape::Map(&MapShape {
    name: "sync_http",
    noun: "`http`",
    keys: &[&[
        Key::must(
            "to",
            &WEB,
            "The address; `{external_id}` and the other parts of the event may stand in it.",
        ),
        Key::may(
            "method",
            &Shape::Words(&WordList {
                noun: "method",
                words: &[
                    Word::new("POST", "the default"),
                    Word::new("PUT", "a figure is put in the place of the last one"),
                    Word::new("PATCH", "a part is changed"),
                ],
            }),
            "The method of the request.",
        ),
        Key::may(
            "body",
            &Shape::Free,
            "What is sent, as JSON. In its texts stand `{external_id}`, `{value}`, `{at}`, `{confidence}`, `{comment}`, `{url}`; a text that is one of them alone takes its type. The whole event if left out.",
        ),
        Key::may(
            "token",
            &VARIABLE,
            "The environment variable that holds the token.",
        ),
        Key::may(
            "header",
            &ID,
            "The header that carries the token; `Authorization`, with `Bearer` before it, if left out.",
        ),
        Key::may(
            "key_results",
            &Shape::Table(&TableShape {
                noun: "key result",
                key: &Shape::Scalar(Lexeme::KeyResultRef),
                value: &TEXT,
                least: 1,
            }),
            "Which key results are sent, each with the id that it has there; all of them, as `objective/id`, if left out.",
        ),
    ]],
    least: 0,
});

static TABILITY: Shape = Shape::Map(&MapShape {
    name: "sync_tability",
    noun: "`tability`",
    keys: &[&[
        Key::must(
            "token",
            &VARIABLE,
            "The environment variable that holds the personal API token.",
        ),
        Key::must(
            "key_results",
            &Shape::Table(&TableShape {
                noun: "key result",
                key: &Shape::Scalar(Lexeme::KeyResultRef),
                value: &VARIABLE,
                least: 1,
            }),
            "Which key results are sent, each with the environment variable that holds the remote check-ins token of its outcome.",
        ),
        Key::may("to", &WEB, "The address, where it is not Tability's own."),
    ]],
    least: 0,
});
