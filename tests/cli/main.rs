//! The program as a person uses it: command lines in, texts, files and exit codes out.

mod catalog;
mod conflicts;
mod errors;
mod interrupted;
mod options;
mod workspace;
