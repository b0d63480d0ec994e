//! The docs tree, as a plan.

use std::path::Path;

use ignore::WalkBuilder;

use super::{
    options::Options,
    plan::Plan,
    preview::{self, Actions},
    scaffold::{self, ScaffoldError},
    writer::{Action, WriteError},
};
use crate::catalog::Catalog;

/// The folder below the docs tree that holds one project a target.
const EXAMPLES: &str = "examples";

/// The projects of all targets, with every option at its default.
///
/// # Errors
/// When a template cannot be rendered.
pub fn examples(catalog: &Catalog) -> Result<Plan, ScaffoldError> {
    let mut plan = Plan::default();
    for target in catalog.targets()? {
        let project = scaffold::project(&target, &Options::default())?;
        let folder = format!("{EXAMPLES}/{}", target.id());
        plan.insert_below(&folder, project)
            .map_err(|source| ScaffoldError::Path {
                path: folder,
                source,
            })?;
    }
    Ok(plan)
}

/// The files in the folders of the docs tree that the plan does not have, sorted.
///
/// What a `.gitignore` in the tree names (an installed package, a build) does not count.
///
/// # Errors
/// When a folder cannot be read.
pub fn stale(plan: &Plan, folder: &Path) -> Result<Vec<String>, WriteError> {
    let root = folder.join(EXAMPLES);
    if !root.exists() {
        return Ok(Vec::new());
    }
    let walk = WalkBuilder::new(&root)
        .hidden(false)
        .parents(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .sort_by_file_path(Ord::cmp)
        .build();
    let mut stale = Vec::new();
    for entry in walk {
        let entry = entry.map_err(|error| WriteError::Unreadable {
            path: root.clone(),
            source: error
                .into_io_error()
                .unwrap_or_else(|| std::io::Error::other("cannot be listed")),
        })?;
        if entry.file_type().is_some_and(|kind| kind.is_dir()) {
            continue;
        }
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let path = path.to_string_lossy().replace('\\', "/");
        if plan.get(&path).is_none() {
            stale.push(path);
        }
    }
    Ok(stale)
}

/// How a folder differs from the plan, both ways, as a unified diff; empty where it does not.
///
/// # Errors
/// When a file cannot be read.
pub fn drift(
    plan: &Plan,
    folder: &Path,
    actions: &Actions,
    stale: &[String],
) -> Result<String, WriteError> {
    let mut text = preview::diff(plan, folder, actions)?;
    for path in stale {
        let diff = preview::file_diff(folder, path, None)?;
        // An empty file has no lines to show.
        text += if diff.is_empty() {
            format!("--- a/{path}\n+++ /dev/null\n")
        } else {
            diff
        }
        .as_str();
    }
    Ok(text)
}

/// How many files of the plan differ from theirs by line ends alone.
#[must_use]
pub fn with_other_line_ends(actions: &Actions) -> usize {
    actions
        .values()
        .filter(|action| **action == Action::LineEnds)
        .count()
}

/// How many files of the plan are not there as they should be.
#[must_use]
pub fn outdated(actions: &Actions) -> usize {
    actions.values().filter(|action| !action.is_same()).count()
}
