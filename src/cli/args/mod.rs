//! The command line: what clap parses, and nothing else; the arguments of a command in a file each.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help text, which is not Markdown"
)]

mod catalog;
mod deferred;
mod docs;
mod list;
mod new;
mod prompt;
mod sandbox;
mod trial;
mod verify;

use clap::{Parser, Subcommand};

use deferred::Deferred;

pub use self::{
    catalog::{CatalogArgs, CatalogCheckArgs, CatalogCommand},
    docs::DocsArgs,
    list::ListArgs,
    new::{NewArgs, OptionArgs},
    prompt::PromptArgs,
    sandbox::SandboxArgs,
    trial::TryArgs,
    verify::VerifyArgs,
};

/// A working, tested OAuth 2.0 client-credentials (machine-to-machine) integration with SSOJet
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = "\
Examples:
  ssojet-gen try --lang python            # see it work, no account needed
  ssojet-gen --lang python                # a project in ./python-requests
  ssojet-gen list                         # what there is

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
  ssojet-gen new --lang python --diff   # how an existing project would change")]
    /// Scaffold a project (the same as without a command)
    New(Deferred<NewArgs>),
    #[command(after_help = "\
Examples:
  ssojet-gen try --lang python
  ssojet-gen try --lang python --keep trial   # keeps the project")]
    /// Scaffold into a temporary folder and run it against a sandbox
    Try(Deferred<TryArgs>),
    #[command(after_help = "\
Examples:
  ssojet-gen sandbox -- .venv/bin/python -m ssojet_m2m
  ssojet-gen sandbox --port 9000 --print-env   # for a second terminal
  ssojet-gen sandbox --fault flaky -- go run .")]
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
  ssojet-gen docs                     # the whole tree in ./m2m
  ssojet-gen docs --check             # in CI: exit 1 and a diff on drift
  ssojet-gen docs --force             # again, after a change of templates
  ssojet-gen docs --lang go --force   # the files of one language alone")]
    /// Write README, examples, guides and prompts into a folder
    Docs(Deferred<DocsArgs>),
    /// Check a catalogue of templates for mistakes
    #[command(subcommand)]
    Catalog(CatalogCommand),
}
