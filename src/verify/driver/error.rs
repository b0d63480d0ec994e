use std::{io, process::ExitStatus, time::Duration};

/// How a driver breaks the protocol. Texts of the driver's own are masked by whoever shows them.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// It could not be started.
    #[error("cannot run `{command}`: {source}")]
    NotStarted {
        /// The command line.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// It said nothing for too long.
    #[error("the driver hangs: no {what} after {} s; it was ended{}", after.as_secs(), shown(stderr))]
    Hangs {
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
        /// The end of its standard error.
        stderr: String,
    },
    /// It ended, or closed its standard output, too early.
    #[error("the driver ended ({status}) where a {what} was due{}", shown(stderr))]
    Died {
        /// What was waited for.
        what: String,
        /// How it ended.
        status: String,
        /// The end of its standard error.
        stderr: String,
    },
    /// It printed something that is not in the protocol.
    #[error(
        "the driver printed `{line}` where a {what} was due: {problem}{}",
        shown(stderr)
    )]
    Garbage {
        /// What was waited for.
        what: String,
        /// The line.
        line: String,
        /// What is wrong with it.
        problem: String,
        /// The end of its standard error.
        stderr: String,
    },
    /// It did not end as it should.
    #[error(
        "the driver ended with {status} where exit code {wanted} was due{}",
        shown(stderr)
    )]
    WrongExit {
        /// How it ended.
        status: ExitStatus,
        /// The exit code that was due.
        wanted: i32,
        /// The end of its standard error.
        stderr: String,
    },
    /// The client refused its configuration.
    #[error("the client refuses to be built: {error}")]
    Refused {
        /// The error.
        error: String,
    },
    /// The person wants the program to end.
    #[error("interrupted")]
    Interrupted,
}

impl DriverError {
    /// Whether it tells anything about the driver: what could not be tried, or was not waited for, does not.
    #[must_use]
    pub fn is_about_the_driver(&self) -> bool {
        !matches!(self, Self::NotStarted { .. } | Self::Interrupted)
    }
}

fn shown(stderr: &str) -> String {
    let lines = stderr.lines().map(|line| format!("\n  | {line}"));
    lines.collect()
}
