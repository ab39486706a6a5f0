#![no_main]

#[path = "../../tests/fuzz_bodies/mod.rs"]
#[expect(dead_code, unused_imports, reason = "each target calls one of the bodies")]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz_bodies::ledger(bytes));
