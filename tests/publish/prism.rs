//! An independent judge: Prism holds our requests to GitHub's description (rule G151).
//! `prism.sh` beside this file starts it and names it; without it there is nothing to ask.

use krgate::publish::Outcome;

use crate::scene::{on_every_server, with_check_run, with_comment};

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a switch of the test run, not of the program"
)]
fn github_g151_prism_takes_every_request() {
    let Ok(address) = std::env::var("KRGATE_PRISM") else {
        println!("skipped: KRGATE_PRISM names no Prism (tests/publish/prism.sh starts one)");
        return;
    };
    on_every_server(|scene| {
        scene.target.api_url.clone_from(&address);
        let mut views = with_comment("one");
        views.check_run = with_check_run(100).check_run;
        let played = scene.play(&views);
        assert_eq!(
            played.outcomes.check_run,
            Some(Outcome::Published),
            "{played:?}"
        );
        assert_eq!(
            played.outcomes.comment,
            Some(Outcome::Published),
            "{played:?}"
        );
    });
}
