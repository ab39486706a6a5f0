//! The binary as people run it: exit codes, streams, files.
#![cfg(test)]

mod actions;
mod check;
mod commands;
mod doctor;
mod lint;
mod network;
mod pages;
#[path = "../render/runner.rs"]
mod runner;
mod support;
mod sync;
mod waivers;
