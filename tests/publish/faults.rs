//! The fault script (rules G59, G84 to G101, G150): for each fault the number of requests,
//! the pauses, what is told, and what stands in the end.

use std::net::TcpListener;
use std::time::Duration;

use krgate::diagnostic::Code;
use krgate::publish::{Outcome, Views};

use crate::fake::{Fault, TOKEN};
use crate::scene::{
    Played, Scene, failure, now, on_every_server, sentence, with_check_run, with_comment,
};

/// A comment whose requests meet these faults, which must fail; what is told and the hint.
fn fails(scene: &Scene, script: impl IntoIterator<Item = Fault>) -> (String, String, Played) {
    scene.fake.script(script);
    let played = scene.play(&with_comment("one"));
    let fault = failure(played.outcomes.comment.as_ref());
    assert_eq!(fault.code, Code::PublishFailed);
    let hint = sentence(fault.hint.as_ref().expect("a next step"));
    (sentence(&fault.message), hint, played)
}

/// How many GET, POST and PATCH there were.
fn counts(scene: &Scene) -> (usize, usize, usize) {
    let requests = scene.fake.take_requests();
    let of = |method: &str| requests.iter().filter(|r| r.starts_with(method)).count();
    (of("GET "), of("POST "), of("PATCH "))
}

fn seconds(pauses: &[Duration]) -> Vec<u64> {
    pauses.iter().map(Duration::as_secs).collect()
}

#[test]
fn github_g094_and_g150_what_is_refused_for_good_is_not_asked_again() {
    on_every_server(|scene| {
        for (status, wanted) in [
            (401, "GitHub refused the token (401), ‹no›"),
            (403, "GitHub answered 403, ‹no›"),
            (404, "GitHub answered 404, ‹no›"),
            (410, "GitHub answered 410, ‹no›"),
            (422, "GitHub answered 422, ‹no›"),
            (451, "GitHub answered 451, ‹no›"),
        ] {
            // Of a POST, and of a GET.
            let (told, _, played) = fails(scene, [Fault::Pass, Fault::refuse(status, "no")]);
            let start = format!("could not write the comment: {wanted} (request ");
            assert!(told.starts_with(&start), "{told}");
            assert_eq!(counts(scene), (1, 1, 0), "{status}");
            assert_eq!(played.pauses, Vec::<Duration>::new());
            let (told, ..) = fails(scene, [Fault::refuse(status, "no")]);
            assert!(told.starts_with("could not list the comments"), "{told}");
            assert_eq!(counts(scene), (1, 0, 0), "{status}");
            assert_eq!(scene.fake.state().comments.len(), 0);
        }
    });
}

#[test]
fn github_g059_a_missing_permission_is_named() {
    on_every_server(|scene| {
        for status in [403, 404] {
            let (_, hint, _) = fails(scene, [Fault::Pass, Fault::refuse(status, "no")]);
            assert_eq!(hint, "give the job `permissions: { pull-requests: write }`");
        }
        let (_, hint, _) = fails(scene, [Fault::refuse(401, "Bad credentials")]);
        assert!(hint.contains("token"), "{hint}");
        let _ = scene.fake.take_requests();
    });
}

#[test]
fn github_g085_a_redirect_is_not_followed() {
    on_every_server(|scene| {
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", elsewhere.local_addr().unwrap());
        elsewhere.set_nonblocking(true).unwrap();
        for status in [301, 302, 307, 308] {
            let moved = Fault::refuse_with(status, &[("location", &address)]);
            let (told, hint, _) = fails(scene, [moved]);
            let wanted = format!("the repository has moved (GitHub answered {status})");
            assert!(told.contains(&wanted), "{told}");
            assert!(hint.contains("new name"), "{hint}");
            assert_eq!(counts(scene), (1, 0, 0));
        }
        assert!(elsewhere.accept().is_err(), "nobody came");
    });
}

#[test]
fn github_g094_a_get_that_breaks_is_tried_three_times() {
    on_every_server(|scene| {
        for fault in [
            Fault::Drop,
            Fault::refuse(502, "bad"),
            Fault::refuse(500, "bad"),
            Fault::refuse(408, "bad"),
            Fault::CutBody,
            Fault::CutJson,
        ] {
            let (_, _, played) = fails(scene, [fault.clone(), fault.clone(), fault.clone()]);
            assert_eq!(counts(scene), (3, 0, 0));
            assert_eq!(seconds(&played.pauses).len(), 2);
            assert!((1000..=1500).contains(&played.pauses[0].as_millis()));
            assert!((2000..=3000).contains(&played.pauses[1].as_millis()));

            scene.fake.state().comments.clear();
            scene.fake.script([fault.clone(), fault]);
            let played = scene.play(&with_comment("one"));
            assert_eq!(played.outcomes.comment, Some(Outcome::Published));
            assert_eq!(counts(scene), (3, 1, 0));
            scene.fake.state().comments.clear();
        }
    });
}

#[test]
fn github_g084_a_post_that_breaks_is_sent_no_more_than_three_times() {
    on_every_server(|scene| {
        let script = [
            Fault::Pass,
            Fault::Drop,
            Fault::Pass,
            Fault::Drop,
            Fault::Pass,
            Fault::Drop,
        ];
        let (told, ..) = fails(scene, script);
        assert_eq!(
            told,
            "could not write the comment: the connection to GitHub broke"
        );
        assert_eq!(counts(scene), (4, 3, 0));
        assert_eq!(scene.fake.state().comments.len(), 0);
    });
}

#[test]
fn github_g094_an_update_of_a_comment_is_sent_again_as_it_is() {
    on_every_server(|scene| {
        scene.play(&with_comment("one"));
        let _ = scene.fake.take_requests();
        scene
            .fake
            .script([Fault::Pass, Fault::StoreThen(502), Fault::Drop]);
        let played = scene.play(&with_comment("two"));
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert_eq!(counts(scene), (1, 0, 3));
        assert!(scene.fake.state().comments[0].body.ends_with("\ntwo"));
    });
}

#[test]
fn github_g095_a_rate_limit_is_waited_for() {
    on_every_server(|scene| {
        let reset = (now().as_second() + 33).to_string();
        let date = "Sat, 28 Nov 2026 12:00:12 GMT";
        for (fault, wait) in [
            (Fault::refuse_with(429, &[("retry-after", "7")]), 7),
            (Fault::refuse_with(403, &[("retry-after", date)]), 12),
            (
                Fault::refuse_with(
                    403,
                    &[
                        ("x-ratelimit-remaining", "0"),
                        ("x-ratelimit-reset", &reset),
                    ],
                ),
                33,
            ),
            (Fault::refuse_with(429, &[("retry-after", "soon")]), 60),
        ] {
            scene.fake.state().comments.clear();
            scene.fake.script([Fault::Pass, fault]);
            let played = scene.play(&with_comment("one"));
            assert_eq!(played.outcomes.comment, Some(Outcome::Published));
            assert_eq!(counts(scene), (1, 2, 0), "a refused POST needs no look");
            assert_eq!(seconds(&played.pauses), [wait]);
            assert_eq!(scene.fake.state().comments.len(), 1);
        }
    });
}

#[test]
fn github_g096_a_pause_past_the_deadline_is_not_begun() {
    on_every_server(|scene| {
        let (told, hint, played) =
            fails(scene, [Fault::refuse_with(429, &[("retry-after", "3600")])]);
        assert!(
            told.ends_with("; it asks to wait until 2026-11-28T13:00:00Z"),
            "{told}"
        );
        assert_eq!(hint, "run the job again after 2026-11-28T13:00:00Z");
        assert_eq!(counts(scene), (1, 0, 0));
        assert_eq!(played.pauses, Vec::<Duration>::new());

        // 60 s fit once into 90 s.
        let (told, ..) = fails(scene, [Fault::refuse(429, "x"), Fault::refuse(429, "x")]);
        assert!(told.ends_with("; no time was left to try again"), "{told}");
        assert_eq!(counts(scene), (2, 0, 0));

        let huge = "99999999999999999999";
        let (..) = fails(
            scene,
            [Fault::refuse_with(429, &[("retry-after", &huge[..19])])],
        );
        assert_eq!(counts(scene), (1, 0, 0));
    });
}

#[test]
fn github_g086_the_views_share_one_deadline() {
    on_every_server(|scene| {
        let mut views = with_comment("one");
        views.check_run = with_check_run(1).check_run;
        let wait = Fault::refuse_with(429, &[("retry-after", "80")]);
        scene.fake.script([
            wait,
            Fault::Pass,
            Fault::refuse_with(429, &[("retry-after", "20")]),
        ]);
        let played = scene.play(&views);
        assert_eq!(played.outcomes.check_run, Some(Outcome::Published));
        failure(played.outcomes.comment.as_ref());
        assert_eq!(seconds(&played.pauses), [80]);
        assert_eq!(counts(scene), (1, 2, 0));
    });
}

#[test]
fn github_g097_writes_are_a_second_apart() {
    on_every_server(|scene| {
        let mut views = with_comment("one");
        views.check_run = with_check_run(100).check_run;
        let played = scene.play(&views);
        assert_eq!(played.outcomes.check_run, Some(Outcome::Published));
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert_eq!(seconds(&played.pauses), [1, 1]);
        assert_eq!(played.tokens_read, 1);
        // G100: a typical run.
        assert_eq!(counts(scene), (1, 2, 1));
    });
}

#[test]
fn github_g094_where_nobody_listens_it_is_tried_again_and_told() {
    on_every_server(|scene| {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        scene.target.api_url = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        for views in [with_comment("one"), with_check_run(1)] {
            let played = scene.play(&views);
            let outcomes = &played.outcomes;
            let fault = failure(outcomes.comment.as_ref().or(outcomes.check_run.as_ref()));
            let told = sentence(&fault.message);
            assert!(told.ends_with(": no connection to GitHub"), "{told}");
            // Also for the POST of a check run: nothing was sent, so nothing is looked for.
            assert_eq!(played.pauses.len(), 2);
        }
    });
}

#[test]
fn github_g086_an_answer_that_never_ends_is_given_up() {
    on_every_server(|scene| {
        // The one limit that a clock of ours does not hold: how long a socket is waited for.
        scene.limits.request = Duration::from_millis(40);
        let (told, ..) = fails(scene, [Fault::Stall, Fault::Stall, Fault::Stall]);
        assert!(told.ends_with("GitHub took too long to answer"), "{told}");
        assert_eq!(counts(scene), (3, 0, 0));
    });
}

#[test]
fn github_g088_an_answer_over_the_limit_is_a_failed_request() {
    on_every_server(|scene| {
        scene.limits.body = 10_000;
        let (told, ..) = fails(scene, [Fault::Flood(10_001)]);
        assert!(
            told.ends_with("GitHub's answer is larger than krgate reads"),
            "{told}"
        );
        assert_eq!(counts(scene), (1, 0, 0));
    });
}

#[test]
fn github_g091_a_page_on_another_server_is_not_asked() {
    on_every_server(|scene| {
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let link = format!("http://{}/page", elsewhere.local_addr().unwrap());
        scene.fake.state().next_link = Some(link);
        for _ in 0..101 {
            scene.fake.add_comment("somebody", "x");
        }
        let (told, ..) = fails(scene, []);
        assert!(told.contains("goes on at another server"), "{told}");
        assert_eq!(counts(scene), (1, 0, 0));
        assert!(elsewhere.accept().is_err(), "nobody came");
    });
}

#[test]
fn github_g101_the_faults_of_a_422_are_listed() {
    on_every_server(|scene| {
        let body = r#"{"message": "Validation Failed", "errors": [
            {"resource": "CheckRun", "field": "summary", "code": "too_long"}, "text", {"field": 1},
            {"field": "name", "code": "invalid"}]}"#;
        let refusal = Fault::Refuse(422, Vec::new(), body.to_owned());
        let (told, hint, _) = fails(scene, [Fault::Pass, refusal]);
        assert_eq!(
            told,
            "could not write the comment: GitHub answered 422, ‹Validation Failed›; \
             ‹summary› is ‹too_long›; ‹name› is ‹invalid› (request ‹AB12:CD34›)"
        );
        assert!(hint.starts_with("this is a fault of krgate"), "{hint}");
        let _ = scene.fake.take_requests();
    });
}

#[test]
fn github_g093_what_github_says_is_cut_and_foreign_and_never_the_token() {
    on_every_server(|scene| {
        let said = format!("{TOKEN} {}", "é".repeat(300));
        let (told, ..) = fails(scene, [Fault::refuse(403, &said)]);
        assert!(
            told.contains(&format!("‹‹token› {}…›", "é".repeat(192))),
            "{told}"
        );
        assert!(!told.contains(TOKEN));
        // Neither HTML nor anything else of a body without a message.
        let html = Fault::Refuse(403, Vec::new(), format!("<html>{TOKEN}"));
        let (told, ..) = fails(scene, [html]);
        assert_eq!(
            told,
            "could not list the comments of the pull request: GitHub answered 403 (request ‹AB12:CD34›)"
        );
        let _ = scene.fake.take_requests();
    });
}

#[test]
fn github_g092_without_a_token_nothing_is_asked() {
    on_every_server(|scene| {
        scene.token = String::new();
        let mut views = with_comment("one");
        views.check_run = with_check_run(1).check_run;
        let played = scene.play(&views);
        let codes: Vec<_> = played.outcomes.diagnostics().map(|d| d.code).collect();
        assert_eq!(codes, [Code::PublishFailed]);
        assert_eq!(counts(scene), (0, 0, 0));

        scene.token = format!("{TOKEN}\n");
        let played = scene.play(&views);
        let codes: Vec<_> = played.outcomes.diagnostics().map(|d| d.code).collect();
        assert_eq!(codes, [Code::TokenTrimmed]);
    });
}

#[test]
fn github_g007_without_views_nothing_is_read_and_nothing_opened() {
    on_every_server(|scene| {
        scene.target.api_url = "no address".to_owned();
        let played = scene.play(&Views::default());
        assert_eq!(played.outcomes, krgate::publish::Outcomes::default());
        assert_eq!(played.tokens_read, 0);
    });
}

#[test]
fn github_g091_an_address_that_cannot_be_used_is_a_wrong_request() {
    on_every_server(|scene| {
        scene.target.api_url = "http://github.example".to_owned();
        let played = scene.play(&with_comment("one"));
        assert_eq!(failure(played.outcomes.comment.as_ref()).code, Code::Usage);
        assert_eq!(played.tokens_read, 0);
    });
}

#[test]
fn github_g059_one_view_that_fails_does_not_stop_the_other() {
    on_every_server(|scene| {
        let mut views = with_comment("one");
        views.check_run = with_check_run(1).check_run;
        scene.fake.script([Fault::refuse(403, "no")]);
        let played = scene.play(&views);
        failure(played.outcomes.check_run.as_ref());
        assert_eq!(played.outcomes.comment, Some(Outcome::Published));
        assert_eq!(counts(scene), (1, 2, 0));
    });
}
