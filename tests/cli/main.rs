//! The binary as people run it: exit codes, streams, files.
#![cfg(test)]

mod check;
mod commands;
mod doctor;
mod support;
