//! The rules of the ledger, one test or more each.

#![cfg(test)]

mod rules_records {
    mod cli;
    mod cli_git;
    mod crowd;
    mod dir;
    mod git;
    mod git_branch;
    mod ground;
    mod history;
    mod periods;
    mod quarter;
    mod status;
    mod suite;
    mod support;
}
