//! The rules of the ledger, one test or more each.

#![cfg(test)]

mod rules_records {
    mod dir;
    mod history;
    mod suite;
    mod support;
}
