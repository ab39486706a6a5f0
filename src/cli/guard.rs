//! A fault of krgate's own ends as an exit code, and says nothing of what it was working on.

use std::panic::{self, AssertUnwindSafe, Location};

use super::output::Log;
use crate::decide::ExitCode;

/// Does `work`; if it panics, says where in the source and ends with exit 4.
///
/// The text of a panic can hold a piece of what was being read, and with it a secret, so it is
/// never printed (invariant 7, rule G15).
pub fn guarded(work: impl FnOnce() -> ExitCode) -> ExitCode {
    speak_of_faults();
    // Nothing of what the work was about is looked at again.
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(ExitCode::Environment)
}

/// From here on a panic of this process says where in the source it is, and nothing else.
pub fn speak_of_faults() {
    panic::set_hook(Box::new(|fault| Log::Plain.say(&told(fault.location()))));
}

fn told(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("{}:{}", place.file(), place.line()),
    );
    format!(
        "krgate {} stopped: a fault of krgate's own at {place}, so nothing was decided\n\
         \x20 help: report it with this line and the versions of krgate and of the scanner (exit {})\n",
        env!("CARGO_PKG_VERSION"),
        ExitCode::Environment.number()
    )
}
