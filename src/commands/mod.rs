//! The commands: each turns what clap parsed into checked values, makes a plan and acts on it.

mod catalog_check;
mod docs;
mod list;
mod new;

use crate::{
    catalog::Catalog,
    cli::{CatalogArgs, CatalogCommand, Cli, Command, OptionArgs},
    error::Error,
    exit::Exit,
    options::GivenOptions,
};

/// Runs the command that the command line names.
///
/// # Errors
/// Why it could not be done.
pub fn run(cli: Cli) -> Result<Exit, Error> {
    match cli.command {
        None => new::run(&cli.new),
        Some(Command::New(args)) => new::run(&args),
        Some(Command::List(args)) => list::run(&args),
        Some(Command::Docs(args)) => docs::run(&args),
        Some(Command::Catalog(CatalogCommand::Check(args))) => catalog_check::run(&args),
    }
}

fn load(args: &CatalogArgs) -> Result<Catalog, Error> {
    Ok(Catalog::load(args.templates.as_deref())?)
}

impl From<OptionArgs> for GivenOptions {
    fn from(args: OptionArgs) -> Self {
        Self {
            name: args.name,
            token_url: args.token_url,
            api_url: args.api_url,
            scope: args.scope,
            audience: args.audience,
            auth_method: args.auth_method,
        }
    }
}

/// How this program is called, for commands that a person pastes from anywhere.
fn program() -> String {
    let called = std::env::args_os().next().unwrap_or_default();
    let is_path = std::path::Path::new(&called).components().count() > 1;
    match std::env::current_exe() {
        Ok(path) if is_path => crate::shell::quoted(&path.to_string_lossy()),
        _ => "ssojet-gen".to_owned(),
    }
}

/// `1 file`, `2 files`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
