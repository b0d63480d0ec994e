//! The command line: what clap parses, and nothing else.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help text, which is not Markdown"
)]

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use super::deferred::Deferred;

/// A working, tested OAuth 2.0 client-credentials (machine-to-machine) integration with SSOJet
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = "\
Examples:
  ssojet-gen try --lang python            see it work, no account needed
  ssojet-gen --lang python                a project in ./python-requests
  ssojet-gen list                         what there is

Exit codes: 0 done, 1 findings, 2 usage or bad input, 3 conflict with existing
files, 4 a toolchain is missing, 5 input/output, 130 interrupted"
)]
pub struct Cli {
    /// Without a command: that of `new`.
    #[command(flatten)]
    pub new: NewArgs,
    /// The command.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    #[command(after_help = "\
Examples:
  ssojet-gen new --lang python --out billing --name billing-worker
  ssojet-gen new --lang python --scope \"orders:read orders:write\" --dry-run
  ssojet-gen new --lang python --diff     how an existing project would change")]
    /// Scaffold a project (the same as without a command)
    New(Deferred<NewArgs>),
    #[command(after_help = "\
Examples:
  ssojet-gen try --lang python
  ssojet-gen try --lang python --keep trial    and look into it afterwards")]
    /// Scaffold into a temporary folder and run it against a sandbox
    Try(Deferred<TryArgs>),
    #[command(after_help = "\
Examples:
  ssojet-gen sandbox -- .venv/bin/python -m ssojet_m2m
  ssojet-gen sandbox --port 9000 --print-env   for a second terminal
  ssojet-gen sandbox --fault flaky -- npm start")]
    /// Run an authorization server and a protected API to develop against
    Sandbox(Deferred<SandboxArgs>),
    /// Run a client, in any language, against a misbehaving sandbox, rule by rule
    Verify(Deferred<VerifyArgs>),
    #[command(after_help = "\
Example:
  ssojet-gen list --json | jq -r '.targets[].id'")]
    /// List languages and client libraries
    List(Deferred<ListArgs>),
    /// Print a prompt that makes an AI assistant write such a client
    Prompt(Deferred<PromptArgs>),
    #[command(after_help = "\
Examples:
  ssojet-gen docs                     the whole tree in ./m2m
  ssojet-gen docs --check             in CI: exit 1 and a diff on drift
  ssojet-gen docs --force             again, after a change of templates
  ssojet-gen docs --lang go --force   the files of one language alone")]
    /// Regenerate the docs tree
    Docs(Deferred<DocsArgs>),
    /// Look after a catalogue of templates
    #[command(subcommand)]
    Catalog(CatalogCommand),
}

/// Where the templates come from.
#[derive(Debug, Clone, Args)]
pub struct CatalogArgs {
    /// Lay the templates of this folder over the built-in ones
    #[arg(long, value_name = "DIR")]
    pub templates: Option<PathBuf>,
}

/// `new`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct NewArgs {
    /// The language, or an alias of it
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
    /// Print the plan as JSON
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

/// `try`
#[derive(Debug, Args)]
pub struct TryArgs {
    /// The language, or an alias of it
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

/// `sandbox`
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// The port on 127.0.0.1; 0 is any that is free
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub port: u16,
    /// How access tokens are signed: RS256, ES256 or EdDSA
    #[arg(long, value_name = "ALG", default_value = "RS256")]
    pub alg: String,
    /// How long an access token lives
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..))]
    pub token_lifetime: u32,
    /// The scope that the API demands; "" is none
    #[arg(long, value_name = "SCOPE", default_value = "orders:read")]
    pub require_scope: String,
    /// The API's audience
    #[arg(
        long,
        value_name = "AUDIENCE",
        default_value = "https://orders.sandbox.example"
    )]
    pub audience: String,
    /// The client's id [default: SSOJET_CLIENT_ID, or a new one]
    #[arg(long, value_name = "ID")]
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub client_id: Option<String>,
    /// Misbehave in one way; `list` explains them all
    #[arg(long, value_name = "NAME")]
    pub fault: Option<String>,
    /// Print the journal as one JSON object a line on standard output
    #[arg(long, conflicts_with_all = ["command", "print_env"])]
    pub json: bool,
    /// Print the environment of a client as `export` lines, the sandbox's own secret among them
    #[arg(long, conflicts_with = "command")]
    pub print_env: bool,
    /// Run this command with the environment of a client, and stop when it ends
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// `verify`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(after_help = "\
Examples:
  ssojet-gen verify                          the project in this folder
  ssojet-gen verify --lang python            every Python client as it is generated
  ssojet-gen verify --driver \"python3 driver.py\" --rule K2

Exit codes: 0 every rule that could be tried holds, 1 one does not, 4 (with --require) a
toolchain is missing, 5 something else could not be tried")]
pub struct VerifyArgs {
    /// A scaffolded project; it is copied, never written [default: this folder]
    #[arg(value_name = "DIR", conflicts_with_all = ["lang", "all", "driver"])]
    pub dir: Option<PathBuf>,
    /// Every client of this language, as generated
    #[arg(long, value_name = "LANG", conflicts_with_all = ["all", "driver"])]
    pub lang: Option<String>,
    /// One client of it
    #[arg(long, value_name = "CLIENT", requires = "lang")]
    pub client: Option<String>,
    /// Every target of the catalogue, as generated
    #[arg(long, conflicts_with = "driver")]
    pub all: bool,
    /// Any program that speaks the driver protocol, with its arguments, as one word
    #[arg(long, value_name = "CMD")]
    pub driver: Option<String>,
    /// Only scenarios of this rule; may be repeated
    #[arg(long, value_name = "RULE")]
    pub rule: Vec<String>,
    /// Only this scenario; may be repeated
    #[arg(long, value_name = "ID")]
    pub scenario: Vec<String>,
    /// List the scenarios that would be run, and run none
    #[arg(long)]
    pub list: bool,
    /// Write a report; FORMAT is json, markdown, junit or html; may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<String>,
    /// Exit 4 where a toolchain is missing
    #[arg(long)]
    pub require: bool,
    /// Install and build, print one JSON line that tells how to start the driver, and stop
    #[arg(long, requires = "keep", conflicts_with = "driver")]
    pub prepare_only: bool,
    /// Prepare in this folder, which is new or empty, and keep it [default: the user's cache]
    #[arg(long, value_name = "DIR", conflicts_with = "driver")]
    pub keep: Option<PathBuf>,
    /// The catalogue
    #[command(flatten)]
    pub catalog: CatalogArgs,
    /// Run the commands of the catalogue that `--templates` names
    #[arg(long, requires = "templates")]
    pub trust: bool,
}

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
  ssojet-gen prompt --lang python                    to paste or to pipe
  ssojet-gen prompt --lang go --task review --out review.md
  ssojet-gen prompt --lang elixir --client req       a language not shipped
  ssojet-gen prompt --format skill --out .claude/skills    all languages
  ssojet-gen prompt --lang java --format agents --out .")]
pub struct PromptArgs {
    /// The language, shipped or not [default: whatever the project has]
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

/// `docs`
#[derive(Debug, Args)]
pub struct DocsArgs {
    /// The folder
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
