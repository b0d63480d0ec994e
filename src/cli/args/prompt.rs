use std::path::PathBuf;

use clap::Args;

use super::CatalogArgs;

/// `prompt`
#[derive(Debug, Args)]
#[command(after_help = "\
What --out names, by format:
  md, json   a file
  skill      the folder of all skills; ssojet-m2m/ is made in it
  agents     a project; a block is put into its AGENTS.md, and replaced later
  cursor     a project; .cursor/rules/ssojet-m2m.mdc
  copilot    a project; .github/instructions/ssojet-m2m.instructions.md

Examples:
  ssojet-gen prompt --lang python                    # to paste or to pipe
  ssojet-gen prompt --lang go --task review --out review.md
  ssojet-gen prompt --lang elixir --client req       # a language not shipped
  ssojet-gen prompt --format skill --out .claude/skills    # all languages
  ssojet-gen prompt --lang java --format agents --out .")]
pub struct PromptArgs {
    /// The language, shipped or not [default: none, a prompt for any language]
    #[arg(long, value_name = "LANG")]
    pub lang: Option<String>,
    /// The client library [default: the language's]
    #[arg(long, value_name = "CLIENT", requires = "lang")]
    pub client: Option<String>,
    /// What to do: write a client, add it to a service, replace another, audit [default: new]
    #[arg(long, value_name = "TASK", value_parser = ["new", "add", "migrate", "review"])]
    pub task: Option<String>,
    /// Who reads it
    #[arg(long, value_name = "FORMAT", default_value = "md",
        value_parser = ["md", "json", "skill", "agents", "cursor", "copilot"])]
    pub format: String,
    /// Write it there [default: standard output]
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Overwrite existing files that differ
    #[arg(long, requires = "out")]
    pub force: bool,
    /// The catalogue
    #[command(flatten)]
    pub catalog: CatalogArgs,
}
