//! The command line: arguments, questions, output, errors and exit codes, and one file a command.

mod args;
mod commands;
mod error;
mod exit;
mod output;
mod wizard;

use std::process::ExitCode;

pub use args::Cli;
use exit::Exit;

use crate::system::child;

/// Runs the command that the command line names, and says why if it fails.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    output::heed_no_color();
    let exit = commands::run(cli).unwrap_or_else(|error| {
        output::tell_error(&error);
        Exit::from(&error)
    });
    // Daemons that a command, an install step or a driver has started.
    child::end_descendants();
    ExitCode::from(u8::from(exit))
}
