//! Prompts: what an assistant is told, so that it writes a client that keeps the contract.
//!
//! One way through: a [`Subject`] and a [`Task`] → a rendered prompt → a [`Format`]'s files as a plan.

mod agents_block;
mod context;
mod format;
mod lint;
mod messages;
mod pages;
mod skill;
mod subject;
mod task;
mod tokens;

pub use self::{
    agents_block::{AGENTS_FILE, MOST_AGENTS_BYTES, MergeError, existing_agents_file, merge},
    format::Format,
    lint::findings,
    pages::docs_pages,
    subject::{OtherLanguage, Subject, SubjectError},
    task::Task,
    tokens::estimate,
};

use self::context::Context;
use super::{plan::Plan, scaffold::ScaffoldError};
use crate::catalog::{Catalog, Renderer};

/// The prompt's files in one format, as `--out` would write them into an empty folder.
///
/// # Errors
/// When a template cannot be rendered, or the catalogue lacks one for this subject.
pub fn plan(
    catalog: &Catalog,
    renderer: &Renderer,
    subject: &Subject<'_>,
    task: Task,
    format: Format,
) -> Result<Plan, ScaffoldError> {
    let context = Context::new(subject, task, format)?;
    let text = match format {
        Format::Md => markdown(renderer, &context)?,
        Format::Json => messages::json(renderer, subject, &context)?,
        Format::Skill => return skill::plan(catalog, renderer, subject),
        Format::Agents => renderer.render_with("prompts/agents.md.j2", &context)?,
        Format::Cursor => renderer.render_with("prompts/cursor.mdc.j2", &context)?,
        Format::Copilot => renderer.render_with("prompts/copilot.md.j2", &context)?,
    };
    let mut plan = Plan::default();
    insert(&mut plan, format.path(), text)?;
    Ok(plan)
}

/// The whole prompt: what holds always, then the task.
fn markdown(renderer: &Renderer, context: &Context) -> Result<String, ScaffoldError> {
    let standing = renderer.render_with("prompts/standing.md.j2", context)?;
    let task = renderer.render_with("prompts/task.md.j2", context)?;
    Ok(format!("{standing}\n{task}"))
}

fn insert(plan: &mut Plan, path: &str, text: String) -> Result<(), ScaffoldError> {
    plan.insert(path, text.into_bytes())
        .map_err(|source| ScaffoldError::Path {
            path: path.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests;
