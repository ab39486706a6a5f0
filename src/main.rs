//! The binary: the clock, the arguments, and an exit code; all else is the library's.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the clock is read here, once")]
    let now = jiff::Timestamp::now();
    let code = krgate::cli::guarded(|| krgate::cli::run(std::env::args_os(), now));
    ExitCode::from(code.number())
}
