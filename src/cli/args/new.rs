use std::path::PathBuf;

use clap::Args;

use super::CatalogArgs;

/// `new`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct NewArgs {
    /// The language, or an alias of it; `ssojet-gen list` shows all
    #[arg(long, value_name = "LANG")]
    pub lang: Option<String>,
    /// The client library [default: the language's]
    #[arg(long, value_name = "CLIENT")]
    pub client: Option<String>,
    /// The folder [default: ./LANG-CLIENT]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What the project may be told
    #[command(flatten)]
    pub options: OptionArgs,
    /// Print what would be written, and write nothing
    #[arg(long, conflicts_with = "diff")]
    pub dry_run: bool,
    /// Print how existing files would change, and write nothing
    #[arg(long)]
    pub diff: bool,
    /// Overwrite existing files that differ
    #[arg(long)]
    pub force: bool,
    /// Leave existing files that differ as they are
    #[arg(long, conflicts_with = "force")]
    pub skip_existing: bool,
    /// Print the plan as JSON; the files are written too, unless --dry-run is given
    #[arg(long, conflicts_with = "diff")]
    pub json: bool,
    /// The catalogue
    #[command(flatten)]
    pub catalog: CatalogArgs,
}

/// What a project may be told.
#[derive(Debug, Clone, Args)]
pub struct OptionArgs {
    /// The project's name [default: ssojet-m2m]
    #[arg(long, value_name = "NAME", help_heading = "Project")]
    pub name: Option<String>,
    /// The token endpoint [default: https://api.ssojet.com/oauth/token]
    #[arg(long, value_name = "URL", help_heading = "Project")]
    pub token_url: Option<String>,
    /// The base URL of the protected API [default: https://api.example.com]
    #[arg(long, value_name = "URL", help_heading = "Project")]
    pub api_url: Option<String>,
    /// The scope to ask for, such as "orders:read orders:write" [default: none]
    #[arg(long, value_name = "SCOPE", help_heading = "Project")]
    pub scope: Option<String>,
    /// The audience to ask for [default: none]
    #[arg(long, value_name = "AUDIENCE", help_heading = "Project")]
    pub audience: Option<String>,
    /// client_secret_post or client_secret_basic [default: client_secret_post]
    #[arg(long, value_name = "METHOD", help_heading = "Project")]
    pub auth_method: Option<String>,
}
