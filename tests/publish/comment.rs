//! One comment a pull request and gate (rules G73 to G81).

use krgate::diagnostic::Code;
use krgate::publish::{Comment, Outcome, ReadOnly, Views};

use crate::fake::{Fault, StoredComment};
use crate::scene::{
    check_run, comment, failure, marker, on_every_server, sentence, skipped, with_check_run,
    with_comment,
};

const LIST: &str = "GET /repos/acme/pay/issues/7/comments?per_page=100";
const POST: &str = "POST /repos/acme/pay/issues/7/comments";
const OURS: &str = "github-actions[bot]";

#[test]
fn github_g073_one_comment_is_made_and_then_updated_in_place() {
    on_every_server(|scene| {
        let first = scene.play(&with_comment("one"));
        assert_eq!(first.outcomes.comment, Some(Outcome::Published));
        assert_eq!(scene.fake.take_requests(), [LIST, POST]);

        scene.target.run.attempt += 1;
        let second = scene.play(&with_comment("two"));
        assert_eq!(second.outcomes.comment, Some(Outcome::Published));
        let patch = "PATCH /repos/acme/pay/issues/comments/1";
        assert_eq!(scene.fake.take_requests(), [LIST, patch]);

        let comments = scene.fake.state().comments.clone();
        assert_eq!(comments.len(), 1);
        let (line, body) = comments[0].body.split_once('\n').unwrap();
        assert!(line.starts_with("<!-- krgate:v1 key="), "{line}");
        assert!(line.contains(" run=17.3 digest="), "{line}");
        assert_eq!(body, "two");
    });
}

#[test]
fn github_g078_the_same_text_sends_nothing() {
    on_every_server(|scene| {
        scene.play(&with_comment("one\n"));
        let _ = scene.fake.take_requests();
        scene.target.run.run += 1;
        let again = scene.play(&with_comment("one\n"));
        assert_eq!(again.outcomes.comment, Some(Outcome::Unchanged));
        assert_eq!(scene.fake.take_requests(), [LIST]);
    });
}

#[test]
fn github_g078_a_text_that_somebody_edited_is_written_anew() {
    on_every_server(|scene| {
        scene.play(&with_comment("missed"));
        let mut state = scene.fake.state();
        let edited = state.comments[0].body.replace("missed", "all is well");
        state.comments[0].body = edited;
        drop(state);
        let again = scene.play(&with_comment("missed"));
        assert_eq!(again.outcomes.comment, Some(Outcome::Published));
        assert!(scene.fake.state().comments[0].body.ends_with("\nmissed"));
    });
}

#[test]
fn github_g075_a_planted_marker_is_left_alone() {
    on_every_server(|scene| {
        let planted = format!("{}\nmine", marker("1.1"));
        for author in ["mallory", "github-actions", "ghost"] {
            scene.fake.add_comment(author, &planted);
        }
        scene.fake.add_comment(OURS, &format!("see\n{planted}"));
        scene
            .fake
            .add_comment(OURS, &planted.replacen("key=", "key=000000000000 x=", 1));
        let before = scene.fake.state().comments.clone();
        let played = scene.play(&with_comment("one"));
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert_eq!(scene.fake.take_requests(), [LIST, POST]);
        let after = scene.fake.state().comments.clone();
        assert_eq!(after[..before.len()], before[..]);
        assert_eq!(after.len(), before.len() + 1);
    });
}

#[test]
fn github_g075_another_account_may_be_named() {
    on_every_server(|scene| {
        scene
            .fake
            .add_comment("Acme-Gate[bot]", &format!("{}\nx", marker("1.1")));
        let mut views = with_comment("one");
        views.comment.as_mut().unwrap().author = "acme-gate[bot]".to_owned();
        let played = scene.play(&views);
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert_eq!(scene.fake.state().comments.len(), 1);
    });
}

#[test]
fn github_g076_ours_is_found_on_the_third_page() {
    on_every_server(|scene| {
        for number in 0..230 {
            scene.fake.add_comment("somebody", &format!("{number}"));
        }
        let id = scene
            .fake
            .add_comment(OURS, &format!("{}\nold", marker("1.1")));
        let played = scene.play(&with_comment("new"));
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        let page = |n| format!("GET /repositories/1/issues/7/comments?per_page=100&page={n}");
        let patch = format!("PATCH /repos/acme/pay/issues/comments/{id}");
        assert_eq!(
            scene.fake.take_requests(),
            [LIST.to_owned(), page(2), page(3), patch]
        );
        assert!(scene.fake.state().comments[230].body.ends_with("\nnew"));
    });
}

#[test]
fn github_g076_of_several_the_lowest_is_updated_and_the_others_named() {
    on_every_server(|scene| {
        for run in ["1.1", "2.1", "3.1"] {
            scene
                .fake
                .add_comment(OURS, &format!("{}\nold", marker(run)));
        }
        let played = scene.play(&with_comment("new"));
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        let [note] = played.outcomes.notes.as_slice() else {
            panic!("{:?}", played.outcomes.notes);
        };
        assert_eq!(note.code, Code::CommentRepeated);
        let text = sentence(&note.message);
        assert!(
            text.starts_with("comment 1 is kept") && text.ends_with(": 2, 3"),
            "{text}"
        );
        let state = scene.fake.state();
        let ends: Vec<&str> = state
            .comments
            .iter()
            .map(|c| &c.body[c.body.len() - 3..])
            .collect();
        assert_eq!(ends, ["new", "old", "old"]);
    });
}

#[test]
fn github_g077_a_newer_run_is_not_overwritten() {
    on_every_server(|scene| {
        for newer in ["18.1", "17.3"] {
            scene.fake.state().comments.clear();
            scene
                .fake
                .add_comment(OURS, &format!("{}\nnewer", marker(newer)));
            let played = scene.play(&with_comment("late"));
            let note = skipped(played.outcomes.comment.as_ref());
            assert_eq!(note.code, Code::PublishSkipped);
            assert_eq!(scene.fake.take_requests(), [LIST], "{newer}");
        }
        for older in ["16.9", "17.1", "17.2"] {
            scene.fake.state().comments.clear();
            scene
                .fake
                .add_comment(OURS, &format!("{}\nolder", marker(older)));
            let played = scene.play(&with_comment("next"));
            assert_eq!(played.outcomes.comment, Some(Outcome::Published), "{older}");
        }
    });
}

#[test]
fn github_g079_nothing_to_say_makes_no_comment_but_updates_one() {
    on_every_server(|scene| {
        let mut views = with_comment("passed");
        views.comment.as_mut().unwrap().nothing_to_say = true;
        let played = scene.play(&views);
        assert_eq!(played.outcomes.comment, Some(Outcome::Unchanged));
        assert_eq!(scene.fake.take_requests(), [LIST]);

        scene
            .fake
            .add_comment(OURS, &format!("{}\nmissed", marker("1.1")));
        let played = scene.play(&views);
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert!(scene.fake.state().comments[0].body.ends_with("\npassed"));
    });
}

#[test]
fn github_g080_a_body_that_is_too_long_is_never_sent() {
    on_every_server(|scene| {
        let long = "é".repeat(Comment::ROOM / 2 + 1);
        let played = scene.play(&with_comment(&long));
        let fault = failure(played.outcomes.comment.as_ref());
        assert_eq!(fault.code, Code::PublishFailed);
        assert_eq!(
            (scene.fake.take_requests().len(), played.tokens_read),
            (0, 0)
        );

        let most = "x".repeat(Comment::ROOM);
        for body in [most.clone(), most.replacen('x', "y", 1)] {
            let played = scene.play(&with_comment(&body));
            assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        }
        let stored = scene.fake.state().comments[0].body.len();
        assert!(stored <= 64_000, "{stored}");
    });
}

#[test]
fn github_g057_without_a_pull_request_there_is_no_comment_and_no_request() {
    on_every_server(|scene| {
        scene.target.pull_request = None;
        let played = scene.play(&with_comment("one"));
        let note = skipped(played.outcomes.comment.as_ref());
        assert_eq!(note.code, Code::PublishSkipped);
        assert_eq!(
            (scene.fake.take_requests().len(), played.tokens_read),
            (0, 0)
        );

        let mut both = with_comment("one");
        both.check_run = with_check_run(1).check_run;
        let played = scene.play(&both);
        assert_eq!(played.outcomes.check_run, Some(Outcome::Published));
        assert_eq!(scene.fake.state().comments, Vec::<StoredComment>::new());
    });
}

#[test]
fn github_g058_where_the_event_may_not_write_nothing_is_tried() {
    on_every_server(|scene| {
        for why in [ReadOnly::Fork, ReadOnly::Dependabot] {
            scene.target.read_only = Some(why);
            let mut views = with_comment("one");
            views.check_run = with_check_run(1).check_run;
            let played = scene.play(&views);
            let codes: Vec<_> = played.outcomes.diagnostics().map(|d| d.code).collect();
            assert_eq!(codes, [Code::PublishReadOnly]);
            assert_eq!(
                (scene.fake.take_requests().len(), played.tokens_read),
                (0, 0)
            );
        }
    });
}

#[test]
fn github_g081_a_lost_answer_to_the_post_leaves_one_comment() {
    on_every_server(|scene| {
        for lost in [Fault::StoreThen(502), Fault::StoreThenDrop, Fault::CutBody] {
            scene.fake.state().comments.clear();
            scene.fake.script([Fault::Pass, lost]);
            let played = scene.play(&with_comment("one"));
            assert_eq!(played.outcomes.comment, Some(Outcome::Published));
            assert_eq!(scene.fake.take_requests(), [LIST, POST, LIST]);
            assert_eq!(scene.fake.state().comments.len(), 1);
        }
    });
}

#[test]
fn github_g081_a_post_that_was_not_carried_out_is_sent_again() {
    on_every_server(|scene| {
        scene.fake.script([
            Fault::Pass,
            Fault::Drop,
            Fault::Pass,
            Fault::refuse(502, "bad"),
        ]);
        let played = scene.play(&with_comment("one"));
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert_eq!(
            scene.fake.take_requests(),
            [LIST, POST, LIST, POST, LIST, POST]
        );
        assert_eq!(scene.fake.state().comments.len(), 1);
    });
}

#[test]
fn github_g081_the_last_try_is_looked_for_too() {
    on_every_server(|scene| {
        let pass = Fault::Pass;
        let script = [
            &pass,
            &Fault::Drop,
            &pass,
            &Fault::Drop,
            &pass,
            &Fault::StoreThen(504),
        ];
        scene.fake.script(script.map(Clone::clone));
        let played = scene.play(&with_comment("one"));
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert_eq!(scene.fake.take_requests().len(), 7);
        assert_eq!(scene.fake.state().comments.len(), 1);
    });
}

#[test]
fn github_g083_and_g090_and_g100_a_run_costs_few_requests_and_each_has_its_headers_once() {
    on_every_server(|scene| {
        let both = Views {
            check_run: Some(check_run(100)),
            comment: Some(comment("one")),
        };
        let played = scene.play(&both);
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert_eq!(played.outcomes.check_run, Some(Outcome::Published));
        // The fake refuses a request without its four headers, or with one of them twice.
        let seen = scene.fake.take_requests();
        assert_eq!(seen.len(), 4, "{seen:?}");
        assert_eq!(played.tokens_read, 1);
    });
}

#[test]
fn github_g087_what_is_not_known_of_an_answer_is_passed_over() {
    on_every_server(|scene| {
        let odd = r#"[{"id": 5, "body": null, "user": null, "performed_via_github_app": null,
            "reactions": {"new": [1, null]}, "author_association": "NEW_WORD"}]"#;
        scene
            .fake
            .script([Fault::Refuse(200, Vec::new(), odd.to_owned())]);
        let played = scene.play(&with_comment("one"));
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert_eq!(scene.fake.take_requests(), [LIST, POST]);
    });
}
