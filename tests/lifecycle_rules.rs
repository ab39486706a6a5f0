//! The rules on the life of a finding, one test or more each, on real repositories.

#![cfg(test)]

mod rules_github {
    #[allow(dead_code, reason = "the rules of GitHub use more of it")]
    pub(crate) mod support;
}

mod rules_lifecycle {
    mod support;

    mod changed_lines;
    mod deployed;
    mod false_closures;
    mod false_positives;
    mod files;
    mod first_detected;
    mod former_ids;
    mod gate;
    mod history;
    mod lifecycle;
    mod matching;
    mod recorded;
    mod repositories;
    mod same_ids;
    mod scans;
    mod secrets;
    mod shuffled;
    mod worked_example;
}
