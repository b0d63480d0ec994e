use std::path::PathBuf;

use clap::Args;

use super::CatalogArgs;

/// `try`
#[derive(Debug, Args)]
pub struct TryArgs {
    /// The language, or an alias of it; `ssojet-gen list` shows all
    #[arg(long, value_name = "LANG")]
    pub lang: Option<String>,
    /// The client library [default: the language's]
    #[arg(long, value_name = "CLIENT")]
    pub client: Option<String>,
    /// Scaffold into this folder and keep it
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// The catalogue
    #[command(flatten)]
    pub catalog: CatalogArgs,
    /// Run the commands of the catalogue that `--templates` names
    #[arg(long, requires = "templates")]
    pub trust: bool,
}
