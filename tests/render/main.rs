//! One sample evaluation through every output, checked by schemas, parsers and the runner's
//! own grammar; snapshots guard the rest.
#![cfg(test)]

mod sample;

mod json;
mod text;
