//! Child processes that end when the person interrupts.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{child::ChildGroup, interrupt, shell};

/// How often a child is looked at.
const PACE: Duration = Duration::from_millis(10);
/// How long a child that was interrupted has to end by itself.
const GRACE: Duration = Duration::from_secs(2);
/// Signals that come within so long are one interruption.
const ONE: Duration = Duration::from_millis(250);
/// The number of SIGINT, everywhere.
const INTERRUPT: i32 = 2;

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It could not be started.
    #[error("cannot run `{command}`: {source}")]
    NotStarted {
        /// The command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// There is no place for what it prints.
    #[error("cannot make a temporary file in `{}`: {source}; `TMPDIR` names another place", path.display())]
    Temporary {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It ended with another status than 0.
    #[error("`{command}` failed ({status}){}", indented(output))]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it printed, if that was kept.
        output: String,
    },
    /// The person wants the program to end.
    #[error("interrupted")]
    Interrupted,
}

fn indented(output: &str) -> String {
    let lines = output.lines().map(|line| format!("\n  | {line}"));
    lines.collect()
}

/// A command of a manifest, to be run in a project's folder.
#[must_use]
pub fn command(arguments: &[String], folder: &Path) -> Command {
    let (program, rest) = arguments
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (&**first, rest));
    // Whether a relative program is looked for before or after the change of folder differs by system.
    let mut command = if program.contains('/') {
        Command::new(folder.join(program))
    } else {
        Command::new(program)
    };
    command.args(rest).current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command of a manifest to its end and keeps what it prints for the error.
///
/// # Errors
/// When it cannot be started, fails, or the person interrupts.
pub fn run_quietly(arguments: &[String], folder: &Path) -> Result<(), ProcessError> {
    let line = shell::line(arguments);
    let not_started = |source| ProcessError::NotStarted {
        command: line.clone(),
        source,
    };
    // Both streams in one file: they stay in order, and no pipe can fill up.
    let mut printed = tempfile::tempfile().map_err(|source| ProcessError::Temporary {
        path: std::env::temp_dir(),
        source,
    })?;
    let mut command = command(arguments, folder);
    command.stdout(printed.try_clone().map_err(not_started)?);
    command.stderr(printed.try_clone().map_err(not_started)?);
    let status = run(&mut command, &line)?;
    if status.success() {
        return Ok(());
    }
    Err(ProcessError::Failed {
        command: line,
        status,
        output: text_of(&mut printed),
    })
}

/// What is in a file, or why that cannot be said: whoever asks has something worse to tell.
fn text_of(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("what it printed cannot be read: {error}"),
    }
}

/// Runs a command to its end, and with it what it has started.
///
/// # Errors
/// When it cannot be started, or the person interrupts.
pub fn run(command: &mut Command, line: &str) -> Result<ExitStatus, ProcessError> {
    let not_started = |source| ProcessError::NotStarted {
        command: line.to_owned(),
        source,
    };
    let mut child = ChildGroup::spawn(command).map_err(not_started)?;
    loop {
        if let Some(status) = child.try_wait().map_err(not_started)? {
            // Whoever interrupts may have meant us both; then the child's end is the interruption's.
            return if interrupt::is_noted() {
                Err(ProcessError::Interrupted)
            } else {
                Ok(status)
            };
        }
        if interrupt::is_noted() {
            end(&mut child);
            return Err(ProcessError::Interrupted);
        }
        thread::sleep(PACE);
    }
}

/// Runs a command that a person works with to its end. An interruption goes to it, with all that it has started, and
/// it is waited for; a second one ends it.
///
/// # Errors
/// When it cannot be started.
pub fn run_for_a_person(command: &mut Command, line: &str) -> Result<ExitStatus, ProcessError> {
    let not_started = |source| ProcessError::NotStarted {
        command: line.to_owned(),
        source,
    };
    let mut child = ChildGroup::spawn_for_a_person(command).map_err(not_started)?;
    let mut last = None::<Instant>;
    loop {
        if let Some(status) = child.try_wait().map_err(not_started)? {
            return Ok(status);
        }
        if let Some(signal) = interrupt::take() {
            match last {
                // The terminal has sent it to both of us.
                None if signal == INTERRUPT && child.shares_our_terminal() => {}
                None => child.signal(signal),
                // One interruption may come twice, as `timeout` sends it to us and to our group.
                Some(last) if last.elapsed() < ONE => continue,
                Some(_) => child.kill(),
            }
            last = Some(Instant::now());
        }
        thread::sleep(PACE);
    }
}

fn end(child: &mut ChildGroup) {
    child.signal(interrupt::last_signal());
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        thread::sleep(PACE);
    }
    child.kill();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_hides_no_failure() {
        let place = tempfile::NamedTempFile::new().unwrap();
        let mut file = File::options().write(true).open(place.path()).unwrap();
        let text = text_of(&mut file);
        assert!(
            text.starts_with("what it printed cannot be read: "),
            "{text}"
        );
    }
}
