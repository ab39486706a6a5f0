//! The rules of reports, one test or more each.

#![cfg(test)]

#[path = "render/markup.rs"]
mod markup;

mod rules_reports {
    mod bad_input;
    mod bytes;
    mod change;
    mod cli;
    mod formats;
    mod pages;
    mod sample;
    mod shop;
    mod status;
    mod structure;
}
