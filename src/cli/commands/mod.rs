//! The commands: each turns what clap parsed into checked values, makes a plan and acts on it.

mod catalog_check;
mod docs;
mod list;
mod new;
mod prompt;
mod sandbox;
mod trial;
mod verify;

use crate::{
    catalog::{Catalog, Target},
    cli::{
        args::{CatalogArgs, CatalogCommand, Cli, Command, OptionArgs, TryArgs},
        error::Error,
        exit::Exit,
        output,
        wizard::{Answers, Wizard},
    },
    project::options::GivenOptions,
    system::{shell, text::printable},
};

/// Runs the command that the command line names.
///
/// # Errors
/// Why it could not be done.
pub fn run(cli: Cli) -> Result<Exit, Error> {
    match cli.command {
        None => new::run(&cli.new),
        Some(Command::New(args)) => new::run(&args.0),
        Some(Command::Try(args)) => trial::run(&args.0),
        Some(Command::Sandbox(args)) => sandbox::run(&args.0),
        Some(Command::Verify(args)) => verify::run(&args.0),
        Some(Command::List(args)) => list::run(&args.0),
        Some(Command::Prompt(args)) => prompt::run(&args.0),
        Some(Command::Docs(args)) => docs::run(&args.0),
        Some(Command::Catalog(CatalogCommand::Check(args))) => catalog_check::run(&args.0),
    }
}

fn load(args: &CatalogArgs) -> Result<Catalog, Error> {
    Ok(Catalog::load(args.templates.as_deref())?)
}

/// The target that `--lang` and `--client` name; at a terminal the person is asked.
fn asked_target<'a>(catalog: &'a Catalog, args: &TryArgs) -> Result<Target<'a>, Error> {
    let mut answers = Answers {
        language: args.lang.clone(),
        client: args.client.clone(),
        ..Answers::default()
    };
    if answers.language.is_none() && output::is_interactive() {
        Wizard::new(catalog).ask_target(&mut answers)?;
    }
    let language = answers.language.ok_or_else(no_language)?;
    Ok(catalog.target(&language, answers.client.as_deref())?)
}

fn no_language() -> Error {
    Error::Usage(
        "say which language with `--lang`, as in `--lang python`; `ssojet-gen list` shows all"
            .to_owned(),
    )
}

/// What runs the commands of projects was never tried on Windows.
fn check_system(command: &str) -> Result<(), Error> {
    if cfg!(windows) {
        return Err(Error::Usage(format!(
            "`{command}` is for Linux and macOS: run it in WSL, the Windows Subsystem for Linux"
        )));
    }
    Ok(())
}

/// Commands of a catalogue that did not come with the program are run only when the person says so; that of a
/// probe, which only asks for a version, is one of them.
fn check_trust(args: &CatalogArgs, is_trusted: bool, targets: &[Target<'_>]) -> Result<(), Error> {
    let Some(folder) = args.templates.as_ref().filter(|_| !targets.is_empty()) else {
        return Ok(());
    };
    let mut lines: Vec<String> = Vec::new();
    for line in targets.iter().flat_map(Target::command_lines) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    // Nothing in a command may hide what comes behind it.
    let (folder, lines) = (folder.display(), printable(&lines.join("\n  ")));
    if is_trusted {
        output::tell(&format!("Commands of `{folder}`:\n  {lines}"));
        return Ok(());
    }
    Err(Error::Usage(format!(
        "the catalogue in `{folder}` names commands to run; look at them, then add `--trust`:\n  {lines}"
    )))
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
        Ok(path) if is_path => shell::quoted(&path.to_string_lossy()),
        _ => "ssojet-gen".to_owned(),
    }
}

/// `1 file`, `2 files`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
