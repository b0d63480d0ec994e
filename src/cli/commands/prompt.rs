use std::path::{Path, PathBuf};

use super::{counted, load};
use crate::{
    catalog::{Catalog, CatalogError, Renderer},
    cli::{args::PromptArgs, error::Error, exit::Exit, output},
    project::{
        plan::Plan,
        prompt::{self, AGENTS_FILE, Format, MOST_AGENTS_BYTES, OtherLanguage, Subject, Task},
        scaffold::ScaffoldError,
        writer::{self, OnConflict},
    },
    system::interrupt,
};

pub fn run(args: &PromptArgs) -> Result<Exit, Error> {
    let catalog = load(&args.catalog)?;
    let format = Format::named(&args.format).unwrap_or(Format::Md);
    if format == Format::Skill && args.task.is_some() {
        return Err(Error::Usage(
            "a skill holds every task; leave `--task` out".to_owned(),
        ));
    }
    let task = args.task.as_deref().and_then(Task::named);
    let subject = subject(&catalog, args)?;
    let renderer = Renderer::new(catalog.files())?;
    let plan = prompt::plan(
        &catalog,
        &renderer,
        &subject,
        task.unwrap_or(Task::New),
        format,
    )?;
    let is_stdout = |out: &Path| out == Path::new("-") || writer::is_stdout(out);
    let out = args.out.as_deref();
    let Some(out) = out.filter(|out| !(format.is_one_named_file() && is_stdout(out))) else {
        return print(format, &plan);
    };
    let (folder, plan) = placed(format, plan, out)?;
    write(format, &folder, &plan, args.force)?;
    Ok(Exit::Done)
}

/// A target of the catalogue; or the names that the user gives, told that it is none.
fn subject<'a>(catalog: &'a Catalog, args: &PromptArgs) -> Result<Subject<'a>, Error> {
    let Some(name) = &args.lang else {
        return Ok(Subject::Any);
    };
    let client = args.client.as_deref();
    match catalog.target(name, client) {
        Ok(target) => Ok(Subject::Target(target)),
        Err(CatalogError::UnknownLanguage { hint, .. }) => {
            let other = OtherLanguage::new(name, client)?;
            output::tell(&format!(
                "`{name}` is not shipped{hint}\nThis is the general prompt, with which `ssojet-gen verify --driver` can prove the result."
            ));
            Ok(Subject::Other(other))
        }
        Err(error) => Err(error.into()),
    }
}

fn print(format: Format, plan: &Plan) -> Result<Exit, Error> {
    let mut files = plan.files();
    match (files.next(), files.next()) {
        (Some((_, file)), None) => {
            output::print(&String::from_utf8_lossy(&file.bytes))?;
            Ok(Exit::Done)
        }
        _ => Err(Error::Usage(format!(
            "`--format {}` is a folder of files; say where with `--out`, as in `--out .claude/skills`",
            format.name()
        ))),
    }
}

/// The folder to write into, and the plan with the name that the user gives.
fn placed(format: Format, plan: Plan, out: &Path) -> Result<(PathBuf, Plan), Error> {
    if !format.is_one_named_file() {
        return Ok((out.to_owned(), plan));
    }
    let name = out.file_name().ok_or_else(|| {
        Error::Usage(format!(
            "`{}` names no file; say which with `--out`, as in `--out prompt.md`",
            out.display()
        ))
    })?;
    let name = name.to_string_lossy();
    let mut renamed = Plan::default();
    for (_, file) in plan.files() {
        renamed
            .insert(&name, file.clone())
            .map_err(|source| ScaffoldError::Path {
                path: out.display().to_string(),
                source,
            })?;
    }
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok((folder.unwrap_or(Path::new(".")).to_owned(), renamed))
}

fn write(format: Format, folder: &Path, plan: &Plan, is_forced: bool) -> Result<(), Error> {
    let mut on_conflict = if is_forced {
        OnConflict::Overwrite
    } else {
        OnConflict::Refuse
    };
    let mut merged = None;
    if format == Format::Agents
        && let Some(existing) = prompt::existing_agents_file(folder)?
    {
        merged = Some(merge(folder, &existing, plan)?);
        // All but the block stays as it is.
        on_conflict = OnConflict::Overwrite;
    }
    interrupt::note_instead_of_dying();
    let actions = writer::write(merged.as_ref().unwrap_or(plan), folder, on_conflict).map_err(
        Error::on_write("look at it, then use `--force`, or another `--out`"),
    )?;
    for (path, action) in &actions {
        let what = if merged.is_some() && !action.is_same() {
            "the block is written"
        } else {
            action.past()
        };
        output::tell(&format!("{}: {what}", folder.join(path).display()));
    }
    let size = merged.map_or(0, |merged| merged.size());
    if size > MOST_AGENTS_BYTES {
        output::tell(&format!(
            "`{AGENTS_FILE}` has {size} bytes now, and Codex reads {MOST_AGENTS_BYTES} unless told otherwise: \
             a skill (`--format skill`) is read only when it is needed"
        ));
    }
    let tokens: usize = plan
        .files()
        .map(|(_, file)| prompt::estimate(&String::from_utf8_lossy(&file.bytes)))
        .sum();
    output::tell(&format!(
        "{}, about {tokens} tokens",
        counted(plan.len(), "file")
    ));
    Ok(())
}

/// The plan of an `AGENTS.md` that is there, with the block in it.
fn merge(folder: &Path, existing: &[u8], block: &Plan) -> Result<Plan, Error> {
    let mut merged = Plan::default();
    for (path, file) in block.files() {
        let block = String::from_utf8_lossy(&file.bytes);
        let bytes = prompt::merge(existing, &block).map_err(|source| Error::Merge {
            folder: folder.to_owned(),
            source,
        })?;
        merged
            .insert(path, bytes)
            .map_err(|source| ScaffoldError::Path {
                path: AGENTS_FILE.to_owned(),
                source,
            })?;
    }
    Ok(merged)
}
