//! The rules of the ledger, one test or more each.

#![cfg(test)]

mod rules_records {
    mod cli;
    mod dir;
    mod history;
    mod suite;
    mod support;
}
