//! The docs tree, as a plan: README, examples, guides and prompts.

mod drift;
mod others;
mod record;
mod selection;

use std::path::Path;

use rayon::prelude::*;

pub use self::{
    drift::{Drift, diff, drifted},
    others::{Others, others},
    record::with_record,
    selection::{Part, Selection},
};

use super::{
    guide,
    options::Options,
    plan::{Plan, PlannedFile},
    preview::Actions,
    prompt,
    scaffold::{self, ScaffoldError},
    writer::Action,
};
use crate::catalog::{Catalog, Renderer, Target};
use record::RECORD_FILE;

/// The folder of the docs tree that holds one project a target.
const EXAMPLES: &str = "examples";
const EXAMPLES_PREFIX: &str = "examples/";

/// What is selected of the tree, with every option at its default.
///
/// # Errors
/// When a template cannot be rendered.
pub fn tree(catalog: &Catalog, selection: &Selection) -> Result<Plan, ScaffoldError> {
    tree_with(&Renderer::new(catalog.files())?, catalog, selection)
}

/// The same with a renderer that is there already.
///
/// # Errors
/// As [`tree`].
pub fn tree_with(
    renderer: &Renderer,
    catalog: &Catalog,
    selection: &Selection,
) -> Result<Plan, ScaffoldError> {
    let mut plan = Plan::default();
    if selection.is_of_all_languages() {
        let pages = catalog.pages(renderer)?.into_iter();
        for (path, text) in pages.filter(|(path, _)| selection.covers(path)) {
            insert(&mut plan, path, text.into_bytes())?;
        }
    }
    let is_wanted = |target: &Target<'_>| selection.has_language(target.language().id());
    let targets = catalog.targets()?;
    let targets = targets.par_iter().filter(|target| is_wanted(target));
    let plans = targets.map(|target| of_target(renderer, target, selection));
    for of_target in plans.collect::<Result<Vec<Plan>, ScaffoldError>>()? {
        for (path, file) in of_target.into_files() {
            insert(&mut plan, path, file)?;
        }
    }
    if selection.has(Part::Prompts) {
        let prompts = prompt::docs_pages(catalog, renderer)?;
        let files = prompts.into_files();
        for (path, file) in files.filter(|(path, _)| selection.covers(path)) {
            insert(&mut plan, path, file)?;
        }
    }
    Ok(plan)
}

/// The guide and the example of a target, as far as they are selected.
fn of_target(
    renderer: &Renderer,
    target: &Target<'_>,
    selection: &Selection,
) -> Result<Plan, ScaffoldError> {
    let mut plan = Plan::default();
    if !selection.has(Part::Guides) && !selection.has(Part::Examples) {
        return Ok(plan);
    }
    let project = scaffold::project_with(renderer, target, &Options::default())?;
    if selection.has(Part::Guides) {
        let text = guide::page(renderer, target, &project)?;
        let path = format!("guides/{}.md", target.id());
        insert(&mut plan, path, text.into_bytes())?;
    }
    if selection.has(Part::Examples) {
        let folder = format!("{EXAMPLES}/{}", target.id());
        plan.insert_below(&folder, project)
            .map_err(|source| ScaffoldError::Path {
                path: folder,
                source,
            })?;
    }
    Ok(plan)
}

fn insert(
    plan: &mut Plan,
    path: String,
    file: impl Into<PlannedFile>,
) -> Result<(), ScaffoldError> {
    plan.insert(&path, file)
        .map_err(|source| ScaffoldError::Path { path, source })
}

/// The files that somebody would lose: all that differ but the record of earlier runs, which each run writes anew.
#[must_use]
pub fn in_the_way(folder: &Path, actions: &Actions) -> Vec<String> {
    let has_record = !record::recorded(folder).is_empty();
    let conflicts = actions.iter().filter(|(path, action)| {
        **action == Action::Conflict && !(has_record && *path == RECORD_FILE)
    });
    conflicts.map(|(path, _)| path.clone()).collect()
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
