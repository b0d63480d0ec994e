//! The program: parses the command line, runs the command, returns its exit code.

use std::process::ExitCode;

use clap::Parser as _;
use ssojet_gen::cli::{self, Cli};

fn main() -> ExitCode {
    cli::run(Cli::parse())
}
