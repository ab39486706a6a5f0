//! The check run (rules G65 to G72).

use std::num::NonZeroU32;

use krgate::diagnostic::Code;
use krgate::publish::{Columns, Conclusion, MOST_ANNOTATIONS, MOST_TEXT_BYTES, Outcome, Views};
use serde_json::json;

use crate::fake::Fault;
use crate::scene::{HEAD, failure, on_every_server, sentence, with_check_run};

const POST: &str = "POST /repos/acme/pay/check-runs";
const PATCH: &str = "PATCH /repos/acme/pay/check-runs/900";
const READ: &str = "GET /repos/acme/pay/check-runs/900";

fn list() -> String {
    format!(
        "GET /repos/acme/pay/commits/{HEAD}/check-runs?check_name=krgate%20findings&filter=all&per_page=100"
    )
}

#[test]
fn github_g066_it_is_made_as_completed_with_a_conclusion() {
    on_every_server(|scene| {
        for (conclusion, word) in [
            (Conclusion::Success, "success"),
            (Conclusion::Failure, "failure"),
        ] {
            scene.fake.state().check_runs.clear();
            let mut views = with_check_run(1);
            views.check_run.as_mut().unwrap().conclusion = conclusion;
            let played = scene.play(&views);
            assert_eq!(played.outcomes.check_run, Some(Outcome::Published));
            assert_eq!(scene.fake.take_requests(), [POST]);
            let fields = scene.fake.state().check_runs[0].fields.clone();
            assert_eq!(fields["status"], "completed");
            assert_eq!(fields["conclusion"], word);
        }
    });
}

#[test]
fn github_g072_it_carries_the_run_and_stands_on_the_head() {
    on_every_server(|scene| {
        scene.play(&with_check_run(0));
        let fields = scene.fake.state().check_runs[0].fields.clone();
        assert_eq!(fields["external_id"], "krgate/17/2");
        assert_eq!(fields["head_sha"], HEAD);
        assert_eq!(fields["name"], "krgate findings");
    });
}

#[test]
fn github_g071_a_hundred_annotations_take_two_requests() {
    on_every_server(|scene| {
        for (count, requests) in [
            (0, vec![POST]),
            (50, vec![POST]),
            (51, vec![POST, PATCH]),
            (100, vec![POST, PATCH]),
        ] {
            scene.fake.state().check_runs.clear();
            let played = scene.play(&with_check_run(count));
            assert_eq!(played.outcomes.check_run, Some(Outcome::Published));
            assert_eq!(scene.fake.take_requests(), requests, "{count}");
            let run = scene.fake.state().check_runs[0].clone();
            let lines: Vec<_> = run
                .annotations
                .iter()
                .map(|a| a["start_line"].clone())
                .collect();
            let wanted: Vec<_> = (1..=count).map(|line| json!(line)).collect();
            assert_eq!(lines, wanted, "in order, none twice");
        }
    });
}

#[test]
fn github_g071_columns_stand_only_where_both_lines_are_one() {
    on_every_server(|scene| {
        let mut views = with_check_run(2);
        let annotations = &mut views.check_run.as_mut().unwrap().annotations;
        annotations[1].end_line = NonZeroU32::new(9).unwrap();
        scene.play(&views);
        let run = scene.fake.state().check_runs[0].clone();
        assert_eq!(run.annotations[0]["start_column"], 1);
        assert_eq!(run.annotations[0]["annotation_level"], "failure");
        assert_eq!(run.annotations[1]["end_line"], 9);
        assert_eq!(run.annotations[1].get("start_column"), None);
        assert_eq!(run.annotations[1].get("end_column"), None);
    });
}

#[test]
fn github_g071_what_does_not_fit_is_refused_and_never_cut_in_silence() {
    on_every_server(|scene| {
        let long = "x".repeat(MOST_TEXT_BYTES + 1);
        let changes: [&dyn Fn(&mut Views); 7] = [
            &|views| *views = with_check_run(u32::try_from(MOST_ANNOTATIONS).unwrap() + 1),
            &|views| views.check_run.as_mut().unwrap().summary.clone_from(&long),
            &|views| views.check_run.as_mut().unwrap().text = Some(long.clone()),
            &|views| {
                views.check_run.as_mut().unwrap().annotations[1]
                    .message
                    .clear();
            },
            &|views| {
                views.check_run.as_mut().unwrap().annotations[1]
                    .message
                    .clone_from(&long);
            },
            &|views| views.check_run.as_mut().unwrap().annotations[1].title = Some("x".repeat(256)),
            &|views| {
                let turned = Columns {
                    start: NonZeroU32::MAX,
                    end: NonZeroU32::MIN,
                };
                views.check_run.as_mut().unwrap().annotations[1].columns = Some(turned);
            },
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut views = with_check_run(2);
            change(&mut views);
            let played = scene.play(&views);
            let fault = failure(played.outcomes.check_run.as_ref());
            assert_eq!(fault.code, Code::PublishFailed, "{number}");
            assert_eq!(
                (scene.fake.take_requests().len(), played.tokens_read),
                (0, 0)
            );
        }
    });
}

#[test]
fn github_g072_a_lost_answer_to_the_post_leaves_one_check_run() {
    on_every_server(|scene| {
        for lost in [
            Fault::StoreThen(502),
            Fault::StoreThenDrop,
            Fault::CutBody,
            Fault::CutJson,
        ] {
            scene.fake.state().check_runs.clear();
            scene.fake.script([lost]);
            let played = scene.play(&with_check_run(60));
            assert_eq!(played.outcomes.check_run, Some(Outcome::Published));
            assert_eq!(
                scene.fake.take_requests(),
                [POST.to_owned(), list(), PATCH.to_owned()]
            );
            let runs = scene.fake.state().check_runs.clone();
            assert_eq!((runs.len(), runs[0].annotations.len()), (1, 60));
        }
    });
}

#[test]
fn github_g072_the_check_run_of_another_run_is_not_taken_for_ours() {
    on_every_server(|scene| {
        scene.play(&with_check_run(1));
        let _ = scene.fake.take_requests();
        scene.target.run.attempt = 3;
        scene.fake.script([Fault::Drop]);
        let played = scene.play(&with_check_run(1));
        assert_eq!(played.outcomes.check_run, Some(Outcome::Published));
        assert_eq!(
            scene.fake.take_requests(),
            [POST.to_owned(), list(), POST.to_owned()]
        );
        assert_eq!(scene.fake.state().check_runs.len(), 2);
    });
}

#[test]
fn github_g072_annotations_are_counted_before_they_are_sent_again() {
    on_every_server(|scene| {
        for (lost, more) in [
            (Fault::StoreThen(502), vec![PATCH, READ]),
            (Fault::StoreThenDrop, vec![PATCH, READ]),
            (Fault::Drop, vec![PATCH, READ, PATCH]),
            (Fault::refuse(503, "later"), vec![PATCH, READ, PATCH]),
        ] {
            scene.fake.state().check_runs.clear();
            scene.fake.script([Fault::Pass, lost]);
            let played = scene.play(&with_check_run(100));
            assert_eq!(played.outcomes.check_run, Some(Outcome::Published));
            assert_eq!(scene.fake.take_requests(), [vec![POST], more].concat());
            assert_eq!(scene.fake.state().check_runs[0].annotations.len(), 100);
        }
    });
}

#[test]
fn github_g059_a_refused_check_run_names_its_permission() {
    on_every_server(|scene| {
        scene
            .fake
            .script([Fault::refuse(403, "Resource not accessible by integration")]);
        let played = scene.play(&with_check_run(1));
        let fault = failure(played.outcomes.check_run.as_ref());
        assert_eq!(
            sentence(&fault.message),
            "could not create the check run: GitHub answered 403, \
             ‹Resource not accessible by integration› (request ‹AB12:CD34›)"
        );
        let hint = sentence(fault.hint.as_ref().unwrap());
        assert_eq!(hint, "give the job `permissions: { checks: write }`");
        assert_eq!(scene.fake.take_requests(), [POST]);
    });
}
