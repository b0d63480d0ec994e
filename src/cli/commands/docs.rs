use std::{collections::BTreeMap, path::Path};

use super::{counted, load};
use crate::{
    catalog::Catalog,
    cli::{args::DocsArgs, error::Error, exit::Exit, output},
    project::{
        docs_tree::{self, Drift, Others, Part, Selection},
        plan::Plan,
        preview::Actions,
        writer::{self, Action, OnConflict, WriteError},
    },
    system::{interrupt, text::printable},
};

const HINT: &str = "look with `--check`, then use `--force`";

pub fn run(args: &DocsArgs) -> Result<Exit, Error> {
    let catalog = load(&args.catalog)?;
    let folder = &args.out;
    let selection = selection(&catalog, args)?;
    let plan = docs_tree::tree(&catalog, &selection)?;
    let plan = docs_tree::with_record(plan, &catalog, &selection, folder);
    let Others { stale, foreign } = docs_tree::others(&plan, &selection, folder)?;
    if !foreign.is_empty() {
        output::tell(&format!(
            "left alone in `{}`, as `docs` did not write it, or it was changed since:\n  {}",
            folder.display(),
            printable(&foreign.join("\n  "))
        ));
    }
    let actions = writer::preview(&plan, folder, OnConflict::Refuse)?;
    if args.check {
        return check(&plan, folder, &actions, &stale);
    }
    // Both at once: what is in the way, and what should no longer be there.
    let mut paths = docs_tree::in_the_way(folder, &actions);
    paths.extend_from_slice(&stale);
    if !args.force && !paths.is_empty() {
        paths.sort();
        return Err(Error::on_write(HINT)(WriteError::Conflict {
            folder: folder.clone(),
            paths,
        }));
    }
    // Where nothing differs now, what comes up meanwhile is not replaced.
    let on_conflict = if actions.values().any(|action| *action == Action::Conflict) {
        OnConflict::Overwrite
    } else {
        OnConflict::Refuse
    };
    interrupt::note_instead_of_dying();
    if interrupt::is_noted() {
        return Err(Error::Interrupted);
    }
    // Before the records are written anew that name them.
    writer::remove(folder, &stale)?;
    let actions = writer::write(&plan, folder, on_conflict).map_err(Error::on_write(HINT))?;
    for path in &stale {
        output::tell(&format!("removed {}", printable(path)));
    }
    output::tell(&format!(
        "{} in `{}`, {} written",
        counted(plan.len(), "file"),
        folder.display(),
        docs_tree::outdated(&actions)
    ));
    Ok(Exit::Done)
}

fn selection(catalog: &Catalog, args: &DocsArgs) -> Result<Selection, Error> {
    let parts = Part::ALL.into_iter();
    let languages = args.lang.iter();
    let languages = languages.map(|name| Ok(catalog.language(name)?.id().to_owned()));
    Ok(Selection {
        parts: parts
            .filter(|part| args.only.iter().any(|name| name == part.name()))
            .collect(),
        languages: languages.collect::<Result<_, Error>>()?,
    })
}

/// The diff on standard output; on standard error each file in a line, and a count.
fn check(plan: &Plan, folder: &Path, actions: &Actions, stale: &[String]) -> Result<Exit, Error> {
    let drifted = docs_tree::drifted(folder, actions, stale);
    if drifted.is_empty() {
        let files = counted(plan.len(), "file");
        let line_ends = match docs_tree::with_other_line_ends(actions) {
            0 => String::new(),
            number => format!(", {number} of them with other line ends"),
        };
        output::tell(&format!("{files} as generated{line_ends}"));
        return Ok(Exit::Done);
    }
    output::print(&docs_tree::diff(plan, folder, actions, stale)?)?;
    let mut counts: BTreeMap<Drift, usize> = BTreeMap::new();
    for (path, drift) in &drifted {
        output::tell(&format!("{:<8} {}", drift.name(), printable(path)));
        *counts.entry(*drift).or_default() += 1;
    }
    let counts = counts.iter();
    let counts: Vec<String> = counts
        .map(|(drift, number)| format!("{number} {}", drift.name()))
        .collect();
    output::tell(&format!(
        "{} in `{}`; regenerate with `ssojet-gen docs … --force`",
        counts.join(", "),
        folder.display()
    ));
    Ok(Exit::Findings)
}
