//! The rules of the ledger, one test or more each.

#![cfg(test)]

mod rules_records {
    mod cli;
    mod cli_git;
    #[cfg(all(unix, feature = "postgres"))]
    mod cli_postgres;
    mod conflicts;
    mod crowd;
    #[cfg(all(unix, feature = "postgres"))]
    mod database;
    mod dir;
    mod findings;
    mod git;
    mod git_branch;
    mod git_size;
    mod ground;
    mod history;
    mod identities;
    mod inventory;
    mod lasting;
    mod months;
    mod overturned;
    mod periods;
    #[cfg(all(unix, feature = "postgres"))]
    mod postgres;
    mod quarter;
    mod several;
    mod status;
    mod suite;
    mod support;
}
