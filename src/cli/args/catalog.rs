use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::deferred::Deferred;

/// Where the templates come from.
#[derive(Debug, Clone, Args)]
pub struct CatalogArgs {
    /// Lay the templates of this folder over the built-in ones
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
}

/// `catalog`
#[derive(Debug, Subcommand)]
pub enum CatalogCommand {
    #[command(after_help = "\
Example:
  ssojet-gen catalog check --templates my-templates")]
    /// Lint a catalogue of templates
    Check(Deferred<CatalogCheckArgs>),
}

/// `catalog check`
#[derive(Debug, Args)]
pub struct CatalogCheckArgs {
    /// A JSON report of `verify`: every error in it has to be in the troubleshooting table
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// The catalogue
    #[command(flatten)]
    pub catalog: CatalogArgs,
}
