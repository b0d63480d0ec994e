//! The program: parses the command line, runs the command, returns its exit code.

use std::process::ExitCode;

use clap::Parser as _;
use ssojet_gen::{cli::Cli, commands, output};

fn main() -> ExitCode {
    let exit = commands::run(Cli::parse()).unwrap_or_else(|error| {
        output::tell_error(&error);
        error.exit()
    });
    ExitCode::from(u8::from(exit))
}
