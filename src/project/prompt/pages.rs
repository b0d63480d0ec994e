use rayon::prelude::*;
use serde::Serialize;

use super::{Context, Format, Subject, Task, insert, markdown};
use crate::{
    catalog::{Catalog, Renderer},
    project::{plan::Plan, scaffold::ScaffoldError},
};

const FOLDER: &str = "prompts";

/// What `prompts/README.md` is rendered with.
#[derive(Serialize)]
struct Contents {
    pages: Vec<Page>,
}

/// The prompt of one target.
#[derive(Serialize)]
struct Page {
    target: String,
    language: String,
    client: String,
}

/// The docs tree's `prompts/`: a README, the general prompt to be filled in by hand, and a prompt a target.
///
/// # Errors
/// When a template cannot be rendered, or a target has no text for its prompt.
pub fn docs_pages(catalog: &Catalog, renderer: &Renderer) -> Result<Plan, ScaffoldError> {
    let mut plan = Plan::default();
    let mut pages = Vec::new();
    let targets = catalog.targets()?;
    let texts = targets.par_iter().map(|target| {
        let context = Context::new(&Subject::Target(*target), Task::New, Format::Md)?;
        markdown(renderer, &context)
    });
    let texts = texts.collect::<Result<Vec<String>, _>>()?;
    for (target, text) in targets.iter().zip(texts) {
        insert(&mut plan, &format!("{FOLDER}/{}.md", target.id()), text)?;
        pages.push(Page {
            target: target.id(),
            language: target.language().manifest().title.clone(),
            client: target.client().title.clone(),
        });
    }
    let readme = renderer.render_with("prompts/pages/README.md.j2", &Contents { pages })?;
    insert(&mut plan, &format!("{FOLDER}/README.md"), readme)?;
    let context = Context::new(&Subject::Placeholders, Task::New, Format::Md)?;
    let template = renderer.render_with("prompts/pages/ai-prompt-template.md.j2", &context)?;
    insert(&mut plan, &format!("{FOLDER}/{TEMPLATE_FILE}"), template)?;
    Ok(plan)
}

/// The one page that holds placeholders.
pub(super) const TEMPLATE_FILE: &str = "ai-prompt-template.md";
