use std::path::PathBuf;

use clap::Args;

use super::CatalogArgs;

/// `docs`
#[derive(Debug, Args)]
pub struct DocsArgs {
    /// The folder to write into or check
    #[arg(long, value_name = "DIR", default_value = "m2m")]
    pub out: PathBuf,
    /// Only these parts, separated by commas: readme, examples, guides, prompts
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    #[arg(value_parser = ["readme", "examples", "guides", "prompts"])]
    pub only: Vec<String>,
    /// Only what belongs to these languages; pages about all of them are left as they are
    #[arg(long, value_name = "LANG", value_delimiter = ',')]
    pub lang: Vec<String>,
    /// Write nothing; exit 1 with a diff where the folder differs
    #[arg(long, conflicts_with = "force")]
    pub check: bool,
    /// Overwrite files that differ and remove those that were generated, are no longer, and were not changed since
    #[arg(long)]
    pub force: bool,
    /// The catalogue
    #[command(flatten)]
    pub catalog: CatalogArgs,
}
