//! Ctrl-D while a question is drawn: it leaves, as Ctrl-C does.
//!
//! dialoguer ignores the key, and console, which reads keys for it, has no hook: it reads whatever terminal is standard
//! input. So that becomes a pseudo-terminal, and a thread types into it what the person types, Ctrl-C in place of Ctrl-D.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    os::fd::AsFd,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use rustix::{
    fs::{Mode, OFlags},
    pty::{self, OpenptFlags},
    stdio,
    termios::{self, OptionalActions, SpecialCodeIndex, Termios},
};

use super::interrupt;

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;

/// While this lives, Ctrl-D reaches a drawn question as Ctrl-C. Dropping it gives the terminal back as it was.
#[derive(Debug)]
pub struct CtrlDLeaves {
    /// The person's terminal.
    terminal: Arc<File>,
    settings: Termios,
    is_over: Arc<AtomicBool>,
    typist: Option<JoinHandle<()>>,
}

impl CtrlDLeaves {
    /// Puts a pseudo-terminal between the person's terminal and standard input.
    ///
    /// # Errors
    /// What the system said, where standard input is no terminal, or there is no pseudo-terminal to be had.
    pub fn start() -> io::Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let keyboard = pty::openpt(flags)?;
        pty::grantpt(&keyboard)?;
        pty::unlockpt(&keyboard)?;
        let name = pty::ptsname(&keyboard, Vec::new())?;
        let input = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())?;
        set_raw(&input, &termios::tcgetattr(&input)?)?;

        let terminal = Arc::new(File::from(rustix::io::dup(stdio::stdin())?));
        let settings = termios::tcgetattr(&*terminal)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let mut this = Self {
            terminal: Arc::clone(&terminal),
            settings,
            is_over: Arc::clone(&is_over),
            typist: None,
        };
        set_raw(&*terminal, &this.settings)?;
        stdio::dup2_stdin(&input)?;
        this.typist = Some(thread::spawn(move || {
            type_on(&terminal, keyboard.into(), &is_over);
        }));
        Ok(this)
    }
}

impl Drop for CtrlDLeaves {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        // This closes the other end of the keyboard, so that a write that waits for room ends too.
        let _ = stdio::dup2_stdin(&*self.terminal);
        if let Some(typist) = self.typist.take() {
            let _ = typist.join();
        }
        let _ = termios::tcsetattr(&*self.terminal, OptionalActions::Now, &self.settings);
    }
}

/// Types what comes from the terminal, until the questions are over or the person leaves.
fn type_on(mut terminal: &File, mut keyboard: File, is_over: &AtomicBool) {
    let mut keys = [0; 1024];
    loop {
        let keys = match terminal.read(&mut keys) {
            Ok(0) if is_idle(terminal) && !is_over.load(Ordering::SeqCst) => continue,
            Ok(count @ 1..) => &mut keys[..count],
            _ => break,
        };
        for key in keys.iter_mut().filter(|key| **key == CTRL_D) {
            *key = CTRL_C;
        }
        if keyboard.write_all(keys).is_err() {
            return;
        }
    }
    let _ = keyboard.write_all(&[CTRL_C]);
}

/// Whether nothing was read because no key was pressed for a tenth of a second: a terminal that has gone has no settings.
fn is_idle(terminal: &File) -> bool {
    !interrupt::is_noted() && termios::tcgetattr(terminal).is_ok()
}

/// Every key is passed on at once and none is shown or acted on, as console would have it. A read waits for a tenth of a second.
fn set_raw(terminal: impl AsFd, settings: &Termios) -> io::Result<()> {
    let mut raw = settings.clone();
    raw.make_raw();
    raw.output_modes = settings.output_modes;
    raw.special_codes[SpecialCodeIndex::VMIN] = 0;
    raw.special_codes[SpecialCodeIndex::VTIME] = 1;
    Ok(termios::tcsetattr(terminal, OptionalActions::Now, &raw)?)
}
