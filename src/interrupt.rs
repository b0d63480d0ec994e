//! Ctrl-C and SIGTERM: noted here, acted on by whoever waits.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on an interruption is noted and does not end the program at once.
pub fn note_instead_of_dying() {
    // A second call finds the handler in place, which is as good.
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
}

/// Whether the person wants the program to end.
#[must_use]
pub fn is_noted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}
