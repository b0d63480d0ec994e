use super::{counted, load};
use crate::{
    cli::{args::DocsArgs, error::Error, exit::Exit, output},
    project::{
        docs_tree::{self, Others},
        writer::{self, Action, OnConflict, WriteError},
    },
    system::interrupt,
};

const HINT: &str = "look with `--check`, then use `--force`";

pub fn run(args: &DocsArgs) -> Result<Exit, Error> {
    let catalog = load(&args.catalog)?;
    let plan = docs_tree::with_record(docs_tree::examples(&catalog)?, &catalog);
    let folder = &args.out;
    let Others { stale, foreign } = docs_tree::others(&plan, folder)?;
    if !foreign.is_empty() {
        output::tell(&format!(
            "left alone in `{}`, as `docs` did not write it, or it was changed since:\n  {}",
            folder.display(),
            foreign.join("\n  ")
        ));
    }
    if args.check {
        let actions = writer::preview(&plan, folder, OnConflict::Refuse)?;
        let drift = docs_tree::drift(&plan, folder, &actions, &stale)?;
        if drift.is_empty() {
            let files = counted(plan.len(), "file");
            let line_ends = match docs_tree::with_other_line_ends(&actions) {
                0 => String::new(),
                number => format!(", {number} of them with other line ends"),
            };
            output::tell(&format!("{files} as generated{line_ends}"));
            return Ok(Exit::Done);
        }
        output::print(&drift)?;
        output::tell(&format!(
            "{} out of date, {} stale in `{}`; regenerate with `ssojet-gen docs … --force`",
            counted(docs_tree::outdated(&actions), "file"),
            stale.len(),
            folder.display()
        ));
        return Ok(Exit::Findings);
    }
    if !args.force && !stale.is_empty() {
        // Both at once: what is in the way, and what should no longer be there.
        let actions = writer::preview(&plan, folder, OnConflict::Refuse)?;
        let changed = actions
            .into_iter()
            .filter(|(_, action)| *action == Action::Conflict);
        let mut paths: Vec<String> = changed.map(|(path, _)| path).chain(stale).collect();
        paths.sort();
        return Err(Error::on_write(HINT)(WriteError::Conflict {
            folder: folder.clone(),
            paths,
        }));
    }
    let on_conflict = if args.force {
        OnConflict::Overwrite
    } else {
        OnConflict::Refuse
    };
    interrupt::note_instead_of_dying();
    // Before the records are written anew that name them; nothing goes if something is in the way.
    writer::preview(&plan, folder, on_conflict)?;
    writer::remove(folder, &stale)?;
    let actions = writer::write(&plan, folder, on_conflict).map_err(Error::on_write(HINT))?;
    for path in &stale {
        output::tell(&format!("removed {path}"));
    }
    output::tell(&format!(
        "{} in `{}`, {} written",
        counted(plan.len(), "file"),
        folder.display(),
        docs_tree::outdated(&actions)
    ));
    Ok(Exit::Done)
}
