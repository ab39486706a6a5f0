//! Check run and comment against a GitHub that keeps what it is told in memory, holds every
//! request to GitHub's own description of its API, and fails on demand (rules G149, G150).
#![cfg(test)]
#![cfg(feature = "github")]

mod description;
mod fake;
mod scene;

mod check_run;
mod comment;
mod faults;
mod prism;
mod proxy;
