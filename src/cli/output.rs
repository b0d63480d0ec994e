//! The one module that prints. What programs read goes to standard output, all else to standard error.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use console::{Style, style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{cli::error::Error, system::text::printable};

/// Lets an empty `NO_COLOR` count as absent (<https://no-color.org>); `console` looks only whether it is set.
pub fn heed_no_color() {
    if std::env::var_os("NO_COLOR").is_some_and(|value| value.is_empty()) {
        let has_colors = std::env::var_os("TERM").is_some_and(|term| term != "dumb");
        console::set_colors_enabled(has_colors && io::stdout().is_terminal());
        console::set_colors_enabled_stderr(has_colors && io::stderr().is_terminal());
    }
}

/// Prints text to standard output, as it is.
///
/// # Errors
/// When it cannot be written; a reader that has gone is no error.
pub fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
        _ => Ok(()),
    }
}

/// Prints a value to standard output as JSON.
///
/// # Errors
/// As [`print`].
pub fn print_json(value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::Output(error.into()))?;
    print(&format!("{text}\n"))
}

/// Prints a value to standard output as JSON in one line.
///
/// # Errors
/// As [`print`].
pub fn print_json_line(value: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string(value).map_err(|error| Error::Output(error.into()))?;
    print(&format!("{text}\n"))
}

/// Whether whoever read standard output has gone.
#[cfg(unix)]
#[must_use]
pub fn has_no_reader() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let stdout = io::stdout();
    let mut streams = [PollFd::new(&stdout, PollFlags::empty())];
    let now = Timespec::default();
    let gone = PollFlags::ERR | PollFlags::HUP;
    poll(&mut streams, Some(&now)).is_ok() && streams[0].revents().intersects(gone)
}

/// Whether whoever read standard output has gone: nobody can tell here.
#[cfg(not(unix))]
#[must_use]
pub fn has_no_reader() -> bool {
    false
}

/// Tells the person something, on standard error.
pub fn tell(text: &str) {
    // Nobody can be told that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Tells the person why the command failed.
pub fn tell_error(error: &Error) {
    // Some of it may be a child process's own text.
    tell(&format!(
        "{} {}",
        style("error:").for_stderr().red().bold(),
        printable(&error.to_string())
    ));
}

/// Bold on a terminal that has it, else plain; for standard error.
#[must_use]
pub fn bold(text: &str) -> String {
    Style::new().for_stderr().bold().apply_to(text).to_string()
}

/// Whether a person can answer.
#[must_use]
pub fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Shows that something is under way: a spinner on a terminal, plain lines elsewhere.
#[derive(Debug)]
pub struct Progress {
    what: String,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins.
    #[must_use]
    pub fn begin(what: &str) -> Self {
        let bar = io::stderr().is_terminal().then(ProgressBar::new_spinner);
        match &bar {
            None => tell(&format!("… {what}")),
            Some(bar) => {
                if let Ok(look) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
                    bar.set_style(look);
                }
                bar.set_message(what.to_owned());
                bar.enable_steady_tick(Duration::from_millis(100));
            }
        }
        let what = what.to_owned();
        Self { what, bar }
    }

    /// Ends well, with what there is to say about it.
    pub fn end(self, outcome: &str) {
        match &self.bar {
            None => tell(&format!("  {outcome}")),
            Some(bar) => {
                bar.finish_and_clear();
                tell(&format!(
                    "{} {} {outcome}",
                    style("✓").for_stderr().green(),
                    self.what
                ));
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows how many of many things are done: a bar on a terminal, plain lines elsewhere.
#[derive(Debug)]
pub struct Count {
    all: usize,
    done: AtomicUsize,
    bar: Option<ProgressBar>,
}

impl Count {
    /// Begins; `what` is one of them.
    #[must_use]
    pub fn begin(what: &'static str, all: usize) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let bar = is_terminal.then(|| ProgressBar::new(u64::try_from(all).unwrap_or(u64::MAX)));
        match &bar {
            None => tell(&format!(
                "… {all} {what}{}",
                if all == 1 { "" } else { "s" }
            )),
            Some(bar) => {
                let look = "{spinner} {pos}/{len} {msg} {wide_bar} {elapsed}";
                if let Ok(look) = ProgressStyle::with_template(look) {
                    bar.set_style(look);
                }
                bar.set_message(what);
                bar.enable_steady_tick(Duration::from_millis(100));
            }
        }
        Self {
            all,
            done: AtomicUsize::new(0),
            bar,
        }
    }

    /// One more is done, with news or not.
    pub fn step(&self, news: Option<&str>) {
        let done = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        match (&self.bar, news) {
            (Some(bar), news) => {
                bar.inc(1);
                if let Some(news) = news {
                    bar.suspend(|| tell(news));
                }
            }
            (None, Some(news)) => tell(&format!("  {news}")),
            (None, None) if done == self.all || done.is_multiple_of(100) => {
                tell(&format!("  {done} of {}", self.all));
            }
            (None, None) => {}
        }
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
