//! Ctrl-C, SIGTERM and SIGHUP: noted here, acted on by whoever waits.
//!
//! One that whoever started us has us ignore, as `nohup` does, stays ignored, by us and by what we start.

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicUsize, Ordering},
};

/// The number of the signal that has come and nobody has taken; 0 is none.
static PENDING: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);
/// The number of the last one that was taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// From now on an interruption is noted and does not end the program at once.
pub fn note_instead_of_dying() {
    system::note();
}

/// From now on an interruption ends the program at once, with this exit code.
pub fn exit_at_once(code: u8) {
    system::exit(code.into());
}

/// Whether the person wants the program to end.
#[must_use]
pub fn is_noted() -> bool {
    last() != 0
}

/// The number of a signal that has come since the last call.
pub(super) fn take() -> Option<i32> {
    let signal = PENDING.swap(0, Ordering::SeqCst);
    if signal == 0 {
        return None;
    }
    TAKEN.store(signal, Ordering::SeqCst);
    number(signal)
}

/// The number of the signal that came last; 0 where none has come.
#[must_use]
pub(super) fn last_signal() -> i32 {
    number(last()).unwrap_or(0)
}

fn last() -> usize {
    match PENDING.load(Ordering::SeqCst) {
        0 => TAKEN.load(Ordering::SeqCst),
        pending => pending,
    }
}

fn number(signal: usize) -> Option<i32> {
    i32::try_from(signal).ok()
}

#[cfg(unix)]
mod system {
    use std::sync::{Arc, LazyLock, Once, atomic::AtomicBool, atomic::Ordering};

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        flag,
    };

    use super::PENDING;

    /// Whether a signal ends the program.
    static EXITS: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
    /// The signals that have a handler. They are chosen before the first of them has.
    static SIGNALS: LazyLock<Vec<i32>> = LazyLock::new(|| {
        let ignored = ignored();
        let is_heeded = |signal: &i32| ignored & (1 << (signal - 1)) == 0;
        [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(is_heeded)
            .collect()
    });

    /// The set of the signals that we ignore; on Linux alone: elsewhere only unsafe code can ask.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mut lines = status.lines();
        let set = lines.find_map(|line| line.strip_prefix("SigIgn:"));
        set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok())
            .unwrap_or(0)
    }

    pub fn note() {
        static HANDLED: Once = Once::new();
        EXITS.store(false, Ordering::SeqCst);
        HANDLED.call_once(|| {
            for signal in SIGNALS.iter().copied() {
                let noted = usize::try_from(signal).unwrap_or(0);
                // Without a handler the system's own does its work, which is to end the program.
                drop(flag::register_usize(signal, Arc::clone(&PENDING), noted));
            }
        });
    }

    pub fn exit(code: i32) {
        for signal in SIGNALS.iter().copied() {
            let exits = Arc::clone(&EXITS);
            drop(flag::register_conditional_shutdown(signal, code, exits));
        }
        EXITS.store(true, Ordering::SeqCst);
    }
}

#[cfg(not(unix))]
mod system {
    use std::sync::atomic::{AtomicI32, Ordering};

    use super::PENDING;

    /// The exit code with which an interruption ends the program; `NOTED`: it does not.
    static EXIT_CODE: AtomicI32 = AtomicI32::new(NOTED);
    const NOTED: i32 = -1;

    pub fn note() {
        handle(NOTED);
    }

    pub fn exit(code: i32) {
        handle(code);
    }

    fn handle(code: i32) {
        EXIT_CODE.store(code, Ordering::SeqCst);
        // A second call finds the handler in place, which is as good.
        let _ = ctrlc::set_handler(|| {
            PENDING.store(1, Ordering::SeqCst);
            let code = EXIT_CODE.load(Ordering::SeqCst);
            if code != NOTED {
                std::process::exit(code);
            }
        });
    }
}
