use std::{fs, path::Path};

use ignore::WalkBuilder;

use super::PrepareError;
use crate::project::{plan::Plan, scaffold::DRIVER_FOLDER};

/// The files of a user's project as a plan, but for those that git ignores: what was installed or
/// built there would not fit another folder, and `.env` holds secrets.
pub fn project_copy(folder: &Path) -> Result<Plan, PrepareError> {
    let mut plan = Plan::default();
    let walk = WalkBuilder::new(folder)
        .hidden(false)
        .require_git(false)
        .ignore(false)
        .git_global(false)
        .filter_entry(|entry| {
            let name = entry.file_name();
            name != ".git" && name != ".env" && name != DRIVER_FOLDER
        })
        .build();
    for entry in walk {
        let entry = entry.map_err(|error| PrepareError::Copy {
            path: folder.to_owned(),
            problem: error.to_string(),
        })?;
        let path = entry.path();
        let cannot = |problem: &str| PrepareError::Copy {
            path: path.to_owned(),
            problem: problem.to_owned(),
        };
        match entry.file_type() {
            Some(kind) if kind.is_file() => {}
            Some(kind) if kind.is_symlink() => {
                return Err(cannot(
                    "it is a symbolic link; put a file or a folder in its place",
                ));
            }
            _ => continue,
        }
        let relative = path.strip_prefix(folder).unwrap_or(path);
        let name = relative
            .to_str()
            .ok_or_else(|| cannot("its name is not Unicode"))?;
        let bytes = fs::read(path).map_err(|error| cannot(&error.to_string()))?;
        plan.insert(&name.replace('\\', "/"), bytes)?;
    }
    Ok(plan)
}
