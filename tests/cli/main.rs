//! The program as a person uses it: command lines in, texts, files and exit codes out.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests may")]

mod cache;
mod catalog;
mod conflicts;
mod docs;
mod errors;
mod interrupted;
mod options;
mod prompt;
mod reports;
mod sandbox;
#[cfg(unix)]
mod signals;
mod trial;
mod verify;
#[cfg(unix)]
mod wizard;
mod workspace;
