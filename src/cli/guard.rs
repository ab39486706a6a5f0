//! A fault of krgate's own ends as an exit code, and says nothing of what it was working on.

use std::panic::{self, AssertUnwindSafe, Location};

use super::output;
use crate::decide::ExitCode;

/// Does `work`; if it panics, says where in the source and ends with exit 4.
///
/// The text of a panic can hold a piece of what was being read, and with it a secret, so it is
/// never printed (invariant 7).
pub fn guarded(work: impl FnOnce() -> ExitCode) -> ExitCode {
    panic::set_hook(Box::new(|fault| output::to_stderr(&told(fault.location()))));
    // Nothing of what the work was about is looked at again.
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(ExitCode::Environment)
}

fn told(place: Option<&Location<'_>>) -> String {
    let place = place.map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("{}:{}", place.file(), place.line()),
    );
    format!(
        "error: a fault of krgate's own at {place}; nothing that was written counts\n\
         \x20 help: report it with this place and the versions of krgate and of the scanner\n\
         stopped (exit {})\n",
        ExitCode::Environment.number()
    )
}
