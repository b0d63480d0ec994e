use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::{Duration, Instant},
};

use super::{counted, load};
use crate::{
    catalog::{Arguments, Target},
    cli::{
        args::TryArgs,
        error::Error,
        exit::Exit,
        output::{self, Progress, bold},
    },
    project::{
        options::Options,
        scaffold,
        writer::{self, OnConflict},
    },
    sandbox::{Algorithm, Sandbox, Settings},
    system::{
        interrupt,
        process::{self, ProcessError},
        shell, toolchain,
    },
};

pub fn run(args: &TryArgs) -> Result<Exit, Error> {
    super::check_system("try")?;
    let began = Instant::now();
    let catalog = load(&args.catalog)?;
    let target = super::asked_target(&catalog, args)?;
    let manifest = target.language().manifest();
    let steps = &manifest.steps;
    super::check_trust(&args.catalog, args.trust, &[target])?;
    let place = args.keep.clone().unwrap_or_else(std::env::temp_dir);
    toolchain::check(&manifest.title, target.requirements(), &place).map_err(|error| {
        // The wizard has Ctrl-C noted, and it ends the program that is asked for its version.
        if interrupt::is_noted() {
            Error::Interrupted
        } else {
            error.into()
        }
    })?;
    interrupt::note_instead_of_dying();

    let temporary;
    let folder = if let Some(folder) = &args.keep {
        folder.as_path()
    } else {
        temporary = writer::temporary_folder()?;
        temporary.path()
    };
    let plan = scaffold::project(&target, &Options::default())?;
    writer::write(&plan, folder, OnConflict::Refuse)
        .map_err(Error::on_write("use another folder for `--keep`"))?;
    output::tell(&format!(
        "Scaffolded {}: {}",
        bold(&target.id()),
        counted(plan.len(), "file")
    ));
    let folder = std::path::absolute(folder).map_err(Error::Output)?;
    let explained = |hint: &str| {
        let keep = if args.keep.is_none() {
            "; `--keep DIR` keeps the project to look into"
        } else {
            ""
        };
        let hint = format!("{hint}{keep}");
        move |error| match error {
            Error::Process(source @ ProcessError::Failed { .. }) => Error::Step { source, hint },
            other => other,
        }
    };
    for command in &steps.install {
        step(command, &folder).map_err(explained(
            "if it is about the network or a registry, check those and try again",
        ))?;
    }
    run_against_sandbox(&target, &folder).map_err(explained(
        "the lines above say what the program and the sandbox saw",
    ))?;

    output::tell(&format!("\nDone in {}.", seconds(began.elapsed())));
    match &args.keep {
        Some(folder) => output::tell(&format!("The project is in {}.", folder.display())),
        None => output::tell(&format!(
            "A project of your own: {} --lang {} --client {}{}",
            super::program(),
            target.language().id(),
            target.client().id,
            match &args.catalog.templates {
                Some(folder) =>
                    format!(" --templates {}", shell::quoted(&folder.to_string_lossy())),
                None => String::new(),
            }
        )),
    }
    Ok(Exit::Done)
}

fn step(command: &Arguments, folder: &Path) -> Result<(), Error> {
    let line = shell::line(command);
    let progress = Progress::begin(&line);
    let began = Instant::now();
    process::run_quietly(command, folder)?;
    progress.end(&seconds(began.elapsed()));
    Ok(())
}

/// Runs the program in front of the person, then shows what the sandbox saw of it.
fn run_against_sandbox(target: &Target<'_>, folder: &Path) -> Result<(), Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .map_err(|source| Error::Port { port: 0, source })?;
    let sandbox = Sandbox::start(listener, Settings::generate(Algorithm::default())?)?;
    output::tell(&format!("Sandbox at http://{}", sandbox.address()));
    for arguments in &target.language().manifest().steps.run {
        let line = shell::line(arguments);
        output::tell(&format!("\n{}", bold(&format!("$ {line}"))));
        let mut command = process::command(arguments, folder);
        for (name, _) in std::env::vars_os() {
            // The user's own account has no part in a trial.
            if name.to_string_lossy().starts_with("SSOJET_") {
                command.env_remove(name);
            }
        }
        command.envs(sandbox.environment());
        let status = process::run(&mut command, &line);
        output::tell(&format!("\n{}", bold("At the sandbox")));
        let exchanges = sandbox.journal().exchanges();
        if exchanges.is_empty() {
            output::tell("  no request came");
        }
        for exchange in exchanges {
            output::tell(&exchange.to_string());
        }
        let status = status?;
        if !status.success() {
            return Err(Error::Process(ProcessError::Failed {
                command: line,
                status,
                output: String::new(),
            }));
        }
    }
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
