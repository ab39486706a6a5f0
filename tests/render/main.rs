//! One sample evaluation through every output, checked by schemas, parsers and the runner's
//! own grammar; snapshots guard the rest.
#![cfg(test)]

mod sample;

mod annotations;
mod check_run;
mod explain;
mod hostile;
mod inspect;
mod json;
mod junit;
mod log;
mod markdown;
mod markup;
mod page;
mod runner;
mod sarif;
mod text;
mod visible_form;
