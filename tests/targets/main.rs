//! Every target of the catalogue as its user gets it: scaffolded, installed, linted, its own tests,
//! its program against the sandbox, the code of its guide.
//!
//! A target whose toolchain is missing is shown as `ignored`, with what to install. With
//! `SSOJET_GEN_REQUIRE=1` it fails instead. `SSOJET_GEN_TEMPLATES=DIR` takes the templates from there, without a build.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests may")]

use std::{path::Path, process::Command, sync::Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use ssojet_gen::{
    catalog::{Catalog, CatalogError},
    system::{process, shell, toolchain},
    verify::{Preparation, PreparedCache},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ssojet-gen");

fn main() {
    let catalog = catalog().unwrap();
    let is_required = std::env::var_os("SSOJET_GEN_REQUIRE").is_some_and(|value| value == "1");
    let targets = catalog.targets().unwrap();
    let place = PreparedCache::usual_place();
    let trials = targets.iter().map(|target| {
        let (language, client) = (target.language(), target.client());
        let manifest = language.manifest();
        let names = (language.id().to_owned(), client.id.clone());
        match toolchain::check(&manifest.title, target.requirements(), &place) {
            Ok(()) => Trial::test(target.id(), move || whole(&names.0, &names.1)),
            Err(error) if is_required => {
                Trial::test(target.id(), move || Err(error.to_string().into()))
            }
            Err(error) => {
                let name = format!("{} (not run: {error})", target.id());
                Trial::test(name, || Ok(())).with_ignored_flag(true)
            }
        }
    });
    let mut trials: Vec<Trial> = trials.collect();
    let python = catalog.target("python", None).unwrap();
    let title = &python.language().manifest().title;
    trials.push(
        match toolchain::check(title, python.requirements(), &std::env::temp_dir()) {
            Ok(()) => Trial::test("README", readme),
            Err(error) if is_required => {
                Trial::test("README", move || Err(error.to_string().into()))
            }
            Err(error) => {
                Trial::test(format!("README (not run: {error})"), || Ok(())).with_ignored_flag(true)
            }
        },
    );
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn catalog() -> Result<Catalog, CatalogError> {
    let folder = std::env::var_os("SSOJET_GEN_TEMPLATES");
    Catalog::load(folder.as_ref().map(Path::new))
}

fn whole(language: &str, client: &str) -> Result<(), Failed> {
    let catalog = catalog()?;
    let target = catalog.target(language, Some(client))?;
    let steps = &target.language().manifest().steps;
    let preparation = Preparation::of_target(&target, &PreparedCache::usual_place())?;
    // `verify` uses what is installed here, once its driver is laid beside.
    let cache = PreparedCache::in_cache()?;
    let installed = cache.install(&preparation)?;
    let folder = installed.folder();
    lint(&steps.lint, folder)?;
    for command in &steps.test {
        process::run_quietly(command, folder)?;
    }
    for run in &steps.run {
        let printed = against_sandbox(run, folder)?;
        if !printed.contains("ord_") {
            return Err(format!("`{}` shows no order:\n{printed}", shell::line(run)).into());
        }
    }
    installed.run_guide(&target)?;
    installed.finish()?;
    Ok(())
}

/// One target at a time: linters keep caches in the temporary folder, and `PHPStan` trips over one that is half-written.
fn lint(commands: &[Vec<String>], folder: &Path) -> Result<(), Failed> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    for command in commands {
        process::run_quietly(command, folder)?;
    }
    Ok(())
}

/// The README's commands, word for word, one after another in an empty folder.
fn readme() -> Result<(), Failed> {
    let commands = shell_blocks(include_str!("../../README.md"));
    // These build this program and run these tests: they have happened, or are happening.
    let commands = commands
        .replace("cargo run -- ", "ssojet-gen ")
        .replace("cargo test\n", "")
        .replace("cargo install --path .\n", "")
        // The part on the repository itself is for the repository's own folder.
        .replace(
            "ssojet-gen docs --only examples,guides,prompts --out . --force",
            "ssojet-gen docs --only examples,guides,prompts --out .",
        );
    let workspace = tempfile::tempdir()?;
    let folder = Path::new(PROGRAM)
        .parent()
        .ok_or("the program has no folder")?;
    let path = format!("{}:{}", folder.display(), std::env::var("PATH")?);
    let mut shell = Command::new("sh");
    shell
        .args(["-euxc", &commands])
        .env("PATH", path)
        .current_dir(workspace.path());
    let printed = output_of(&mut shell)?;
    for expected in ["ord_1001", "passed", "python", "access_token"] {
        if !printed.contains(expected) {
            return Err(format!("the README's commands print no `{expected}`:\n{printed}").into());
        }
    }
    Ok(())
}

/// The text of all fenced blocks that are marked `sh`.
fn shell_blocks(markdown: &str) -> String {
    let blocks = markdown.split("```sh\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).collect()
}

fn against_sandbox(run: &[String], folder: &Path) -> Result<String, Failed> {
    let mut command = Command::new(PROGRAM);
    command
        .args(["sandbox", "--"])
        .args(run)
        .current_dir(folder);
    output_of(&mut command)
}

fn output_of(command: &mut Command) -> Result<String, Failed> {
    let output = command.output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !output.status.success() {
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        return Err(format!("{command:?}: {}\n{stdout}{stderr}", output.status).into());
    }
    Ok(text(&output.stdout))
}
