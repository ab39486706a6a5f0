//! What attackers and accidents put into reports, by the number of the row that says what
//! must happen: `files` has the files H01 to H40 of the corpus, `made` what is made here.

#![cfg(test)]

mod bench;
mod files;
#[cfg(unix)]
mod made;

#[path = "../render/runner.rs"]
mod runner;
