//! Ctrl-C and SIGTERM: noted here, acted on by whoever waits.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// The exit code with which an interruption ends the program; `NOTED`: it does not.
static EXIT_CODE: AtomicI32 = AtomicI32::new(NOTED);
const NOTED: i32 = -1;

/// From now on an interruption is noted and does not end the program at once.
pub fn note_instead_of_dying() {
    EXIT_CODE.store(NOTED, Ordering::SeqCst);
    handle();
}

/// From now on an interruption ends the program at once, with this exit code.
pub fn exit_at_once(code: u8) {
    EXIT_CODE.store(code.into(), Ordering::SeqCst);
    handle();
}

/// Whether the person wants the program to end.
#[must_use]
pub fn is_noted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

fn handle() {
    // A second call finds the handler in place, which is as good.
    let _ = ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let code = EXIT_CODE.load(Ordering::SeqCst);
        if code != NOTED {
            std::process::exit(code);
        }
    });
}
