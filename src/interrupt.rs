//! Ctrl-C and SIGTERM: noted here, acted on by whoever waits.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Exit;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static EXIT_AT_ONCE: AtomicBool = AtomicBool::new(false);

/// From now on an interruption is noted and does not end the program at once.
pub fn note_instead_of_dying() {
    EXIT_AT_ONCE.store(false, Ordering::SeqCst);
    handle();
}

/// From now on an interruption ends the program with its exit code.
pub fn exit_at_once() {
    EXIT_AT_ONCE.store(true, Ordering::SeqCst);
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
        if EXIT_AT_ONCE.load(Ordering::SeqCst) {
            std::process::exit(u8::from(Exit::Interrupted).into());
        }
    });
}
