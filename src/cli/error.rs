//! The top error.

use std::{io, path::PathBuf};

use crate::{
    catalog::CatalogError,
    project::{
        options::OptionError,
        prompt::{AGENTS_FILE, MergeError, SubjectError},
        scaffold::ScaffoldError,
        seen_errors::SeenErrorsError,
        writer::WriteError,
    },
    sandbox::SandboxError,
    system::{process::ProcessError, toolchain::ToolchainError},
    verify::{prepare::PrepareError, scenario::LibraryError},
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The catalogue, or a name that it does not have.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A value on the command line.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// A name that cannot stand in a prompt.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A file into which no block can be put.
    #[error("`{}` {source}", folder.join(AGENTS_FILE).display())]
    Merge {
        /// Where it lies.
        folder: PathBuf,
        /// Why.
        source: MergeError,
    },
    /// A target whose files do not fit together.
    #[error(transparent)]
    Scaffold(#[from] ScaffoldError),
    /// The disk.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Files are in the way, with what the command can do about it.
    #[error("{source}\n{hint}")]
    Conflict {
        /// Which.
        source: WriteError,
        /// What to do about them.
        hint: &'static str,
    },
    /// A report of `verify`, before the run.
    #[error("cannot write the report `{}`: {source}; nothing was run: name another file with `--report`", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A report of `verify` that is to be read.
    #[error(transparent)]
    SeenErrors(#[from] SeenErrorsError),
    /// A missing program.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// A child process.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The command of `sandbox -- CMD`.
    #[error(transparent)]
    Command(ProcessError),
    /// A step of `try`, with the next one to take.
    #[error("{source}\n{hint}")]
    Step {
        /// What failed.
        source: ProcessError,
        /// What to do about it.
        hint: String,
    },
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The sandbox's port.
    #[error(
        "cannot listen on port {port} of 127.0.0.1: {source}; choose another with `--port`, or 0 for any that is free"
    )]
    Port {
        /// Which.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The scenarios of `verify`.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A project that `verify` could not make ready.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The person left.
    #[error("interrupted, nothing was written")]
    Interrupted,
    /// The command line, beyond what the parser sees.
    #[error("{0}")]
    Usage(String),
    /// Standard output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
}

impl Error {
    /// What the writer says, and where files are in the way, what to do about them.
    pub fn on_write(hint: &'static str) -> impl FnOnce(WriteError) -> Self {
        move |source| match source {
            WriteError::Conflict { .. } => Self::Conflict { source, hint },
            other => Self::Write(other),
        }
    }
}
