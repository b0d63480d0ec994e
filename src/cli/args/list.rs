use clap::Args;

use super::CatalogArgs;

/// `list`
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The catalogue
    #[command(flatten)]
    pub catalog: CatalogArgs,
}
