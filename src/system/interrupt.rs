//! Ctrl-C, SIGTERM and SIGHUP: noted here, acted on by whoever waits.

use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

/// How many have come.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// The number of the last signal.
static LAST: AtomicI32 = AtomicI32::new(0);
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
    count() > 0
}

/// How many interruptions have come.
#[must_use]
pub(super) fn count() -> usize {
    COUNT.load(Ordering::SeqCst)
}

/// The number of the signal that came last; 0 where the system has none, or none has come.
#[must_use]
pub(super) fn last_signal() -> i32 {
    LAST.load(Ordering::SeqCst)
}

fn come(signal: i32) {
    LAST.store(signal, Ordering::SeqCst);
    COUNT.fetch_add(1, Ordering::SeqCst);
    let code = EXIT_CODE.load(Ordering::SeqCst);
    if code != NOTED {
        std::process::exit(code);
    }
}

#[cfg(unix)]
fn handle() {
    use std::{sync::Once, thread};

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        iterator::Signals,
    };

    static HANDLED: Once = Once::new();
    HANDLED.call_once(|| {
        // Without a handler the system's own does its work, which is to end the program.
        if let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) {
            thread::spawn(move || signals.forever().for_each(come));
        }
    });
}

#[cfg(not(unix))]
fn handle() {
    // A second call finds the handler in place, which is as good.
    let _ = ctrlc::set_handler(|| come(0));
}
