//! What every text that krgate writes must be, and what reading a policy must be.

use krgate::diagnostic::{Level, draw};
use krgate::model::is_hidden;
use krgate::policy as language;

use super::runner::assert_no_command;

/// Fails if a terminal, a log or a runner would act on the text (rules E3, E11, E12, E25).
#[track_caller]
pub(super) fn assert_harmless(what: &str, text: &str) {
    let hidden = text.chars().find(|c| is_hidden(*c) && *c != '\n');
    assert_eq!(hidden, None, "{what} holds a character that acts or hides");
    assert!(!text.contains("##["), "{what} holds an old command");
    assert_no_command(text);
}

/// A policy is there exactly if there is no fault; what is said of it is harmless; what is
/// shown of it says the same.
pub(crate) fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let loaded = language::parse("krgate.yaml", text);
    assert_eq!(loaded.policy.is_some(), loaded.faults() == 0);
    let drawn = draw(&loaded.diagnostics, &loaded.sources, false);
    assert_harmless("the faults of a policy", &drawn);
    let shown = language::show(&loaded);
    assert_eq!(shown.is_empty(), loaded.policy.is_none());
    assert_harmless("a shown policy", &shown);

    let again = language::parse("krgate.yaml", text);
    assert_eq!(
        format!("{:?}", loaded.diagnostics),
        format!("{:?}", again.diagnostics)
    );
    if loaded.policy.is_some() {
        let merged = language::parse("krgate.yaml", &shown);
        let faults: Vec<_> = merged
            .diagnostics
            .iter()
            .filter(|d| d.level == Level::Error)
            .collect();
        assert!(faults.is_empty(), "{shown}\n{faults:?}");
    }
}
