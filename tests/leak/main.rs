//! No secret of any report reaches anything that krgate writes (invariant 7, G23).
//!
//! The secrets are taken from the reports without krgate's readers (`secrets`), every command
//! is run on each report in every format, on paths of success and of failure (`sweep`), and
//! all that was written is searched for every form that a value can take (`search`).
//! `KRGATE_CORPUS` adds the reports of real scanners; without it that part says that it was
//! skipped.

#![cfg(test)]

mod panics;
mod search;
mod secrets;
mod sweep;
