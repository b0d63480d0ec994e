use std::path::{Path, PathBuf};

use super::{counted, load, program};
use crate::{
    catalog::{Catalog, Steps, Target},
    cli::{
        args::NewArgs,
        error::Error,
        exit::Exit,
        output::{self, bold},
        wizard::{Answers, Wizard},
    },
    project::{
        options::Options,
        plan::Plan,
        preview::{self, Actions, PlanReport},
        scaffold,
        writer::{self, Action, OnConflict},
    },
    system::{interrupt, shell},
};

/// What to scaffold and where, checked.
struct Request<'a> {
    target: Target<'a>,
    options: Options,
    folder: PathBuf,
    on_conflict: OnConflict,
}

impl<'a> Request<'a> {
    fn new(catalog: &'a Catalog, answers: Answers, args: &NewArgs) -> Result<Self, Error> {
        let language = answers.language.ok_or_else(super::no_language)?;
        let target = catalog.target(&language, answers.client.as_deref())?;
        let folder = answers.folder;
        Ok(Self {
            target,
            options: answers.options.checked()?,
            // Without a slash or a dot at its end, which the system refuses for a folder that is to be made.
            folder: folder.map_or_else(
                || PathBuf::from(target.id()),
                |folder| folder.components().collect(),
            ),
            on_conflict: match (args.force, args.skip_existing) {
                (true, _) => OnConflict::Overwrite,
                (_, true) => OnConflict::Skip,
                _ => OnConflict::Refuse,
            },
        })
    }
}

pub fn run(args: &NewArgs) -> Result<Exit, Error> {
    let catalog = load(&args.catalog)?;
    let mut answers = Answers {
        language: args.lang.clone(),
        client: args.client.clone(),
        folder: args.out.clone(),
        options: args.options.clone().into(),
        others: others(args),
    };
    if answers.language.is_none() && output::is_interactive() {
        let wizard = Wizard::new(&catalog);
        wizard.ask_all(&mut answers)?;
        output::tell(&format!(
            "\nThe same without questions:\n  {}\n",
            answers.command_line()
        ));
        let only_shows = args.dry_run || args.diff;
        if !only_shows && !wizard.confirm("Write it?")? {
            output::tell("Nothing was written.");
            return Ok(Exit::Done);
        }
    }
    let request = Request::new(&catalog, answers, args)?;
    let plan = scaffold::project(&request.target, &request.options)?;
    let folder = &request.folder;
    if args.diff {
        let actions = writer::preview(&plan, folder, request.on_conflict)?;
        output::print(&preview::diff(&plan, folder, &actions)?)?;
        return Ok(Exit::Done);
    }
    let actions = if args.dry_run {
        writer::preview(&plan, folder, request.on_conflict)?
    } else {
        interrupt::note_instead_of_dying();
        writer::write(&plan, folder, request.on_conflict).map_err(Error::on_write(
            "look with `--diff`, then use `--force` or `--skip-existing`, or another `--out`",
        ))?
    };
    if args.json {
        let id = request.target.id();
        let report = PlanReport::new(&id, folder, &plan, &actions, !args.dry_run);
        output::print_json(&report)?;
    } else if args.dry_run {
        output::print(&preview::list(&plan, &actions))?;
    } else {
        output::tell(&summary(&request, &plan, &actions));
    }
    let is_blocked = actions.values().any(|action| *action == Action::Conflict);
    Ok(if is_blocked {
        Exit::Conflict
    } else {
        Exit::Done
    })
}

/// The flags that the wizard does not ask about.
fn others(args: &NewArgs) -> Vec<String> {
    let templates = args.catalog.templates.iter();
    let templates = templates.flat_map(|folder| {
        let folder = folder.to_string_lossy().into_owned();
        ["--templates".to_owned(), folder]
    });
    let switches = [
        ("--dry-run", args.dry_run),
        ("--diff", args.diff),
        ("--force", args.force),
        ("--skip-existing", args.skip_existing),
        ("--json", args.json),
    ];
    let given = switches.into_iter().filter(|(_, is_given)| *is_given);
    templates
        .chain(given.map(|(switch, _)| switch.to_owned()))
        .collect()
}

/// What was made, and the commands that come next.
fn summary(request: &Request<'_>, plan: &Plan, actions: &Actions) -> String {
    let count = |wanted: Action| actions.values().filter(|action| **action == wanted).count();
    let details = [
        Action::Same,
        Action::LineEnds,
        Action::Overwrite,
        Action::Skip,
    ]
    .into_iter()
    .filter(|action| count(*action) > 0)
    .map(|action| format!(", {} {}", count(action), action.past()));
    let folder = shown(&request.folder);
    let manifest = request.target.language().manifest();
    let mut lines = vec![
        format!(
            "{} {folder}: {} with {}, {}{}",
            bold("Ready"),
            manifest.title,
            request.target.client().title,
            counted(plan.len(), "file"),
            details.collect::<String>(),
        ),
        String::new(),
        "Next:".to_owned(),
        format!("  cd {}", shell::quoted(&folder)),
    ];
    if !cfg!(windows) || are_for_windows(&manifest.steps) {
        let steps = &manifest.steps;
        let commands = steps.install.iter().chain(&steps.test);
        lines.extend(commands.map(|command| format!("  {}", shell::line(command))));
        if let Some(run) = steps.run.last() {
            lines.push(format!("  {} sandbox -- {}", program(), shell::line(run)));
        }
    }
    if actions.get("README.md") != Some(&Action::Skip) {
        lines.push(String::new());
        lines.push("README.md says how to run it against your SSOJet account.".to_owned());
    }
    lines.join("\n")
}

/// Whether the commands name no program that Windows keeps elsewhere, as `.venv/bin/python`: the README has those.
fn are_for_windows(steps: &Steps) -> bool {
    let commands = [&steps.install, &steps.test, &steps.run];
    let mut programs = commands
        .into_iter()
        .flatten()
        .filter_map(|command| command.first());
    programs.all(|program| !program.contains('/'))
}

/// A folder as a person would name it.
fn shown(folder: &Path) -> String {
    let text = folder.display().to_string();
    if folder.is_absolute() || text.starts_with('.') {
        text
    } else {
        format!("./{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_environment_is_elsewhere_on_windows() {
        let catalog = Catalog::load(None).unwrap();
        let steps = |language| &catalog.language(language).unwrap().manifest().steps;
        assert!(!are_for_windows(steps("python")));
        assert!(are_for_windows(steps("go")));
    }
}
