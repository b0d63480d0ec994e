use std::{io, path::PathBuf};

use crate::{
    catalog::CatalogError,
    project::{plan::PlanError, scaffold::ScaffoldError, writer::WriteError},
    system::{process::ProcessError, toolchain::ToolchainError},
};

/// Why a project could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// A program that has to be installed first.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// The catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The target's files.
    #[error(transparent)]
    Scaffold(#[from] ScaffoldError),
    /// A path of the project.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The disk.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// An install or a build step.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The catalogue has no driver for the target.
    #[error("the catalogue has no driver for `{target}`: put one into `clients/{client}/driver/`")]
    NoDriver {
        /// The target.
        target: String,
        /// Its client.
        client: String,
    },
    /// There is no such folder.
    #[error("there is no folder `{}`; name a project that `ssojet-gen` made, or use `--driver`", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder was not scaffolded.
    #[error(
        "`{}` has no `.ssojet-gen.json`: name a project that `ssojet-gen` made, or use `--driver`",
        folder.display()
    )]
    NoProvenance {
        /// The folder.
        folder: PathBuf,
    },
    /// Its provenance file cannot be read.
    #[error("`{}` is not as `ssojet-gen` writes it: {problem}", path.display())]
    Provenance {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A file of the project cannot be copied.
    #[error("cannot copy `{}`: {problem}", path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// The cache is full, or cannot be written any more.
    #[error("{source}; `XDG_CACHE_HOME` moves the cache, `--keep` names a folder for one target")]
    Cache {
        /// Why.
        source: WriteError,
    },
    /// The folder to keep is in use.
    #[error("`{}` is not empty: name a new folder with `--keep`", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// The system refuses.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
