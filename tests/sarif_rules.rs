//! The reading rules of SARIF: at least one test for each, named after it, written from the
//! rules alone. What a test feeds is built by `support`, read through the door of `ingest`
//! or judged by the whole gate.
#![cfg(test)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "what builds a document takes the values that `json!` makes"
)]

#[path = "rules/sarif/mod.rs"]
mod sarif;
#[path = "rules/support.rs"]
mod support;
