use serde::Serialize;

use super::{Format, Subject, Task, context::Context, insert};
use crate::{
    catalog::{Catalog, Renderer},
    project::{plan::Plan, scaffold::ScaffoldError},
};

/// The skill's name, which is that of its folder.
pub(super) const SKILL: &str = "ssojet-m2m";
/// The one file that a skill has to have.
pub(super) const SKILL_FILE: &str = "ssojet-m2m/SKILL.md";

/// What `SKILL.md` is rendered with.
#[derive(Serialize)]
struct SkillContext {
    #[serde(flatten)]
    common: Context,
    references: Vec<Reference>,
}

/// A file about a language and its library.
#[derive(Serialize)]
struct Reference {
    id: String,
    title: String,
}

/// A folder with `SKILL.md`, which is read first, and `references/`, which is read when needed: one file a target.
pub(super) fn plan(
    catalog: &Catalog,
    renderer: &Renderer,
    subject: &Subject<'_>,
) -> Result<Plan, ScaffoldError> {
    let context = |subject: &Subject<'_>| Context::new(subject, Task::New, Format::Skill);
    let mut subjects: Vec<Subject<'_>> = match subject {
        Subject::Any => catalog
            .targets()?
            .into_iter()
            .map(Subject::Target)
            .collect(),
        one => vec![one.clone()],
    };
    if matches!(subject, Subject::Any) {
        subjects.push(Subject::Any);
    }
    let mut plan = Plan::default();
    let mut references = Vec::new();
    for subject in subjects {
        let mut context = context(&subject)?;
        context.h = "##";
        let text = renderer.render_with("prompts/skill/target.md.j2", &context)?;
        let reference = reference(&context);
        insert(&mut plan, &path(&reference.id), text)?;
        references.push(reference);
    }
    let mut common = context(subject)?;
    if let Subject::Target(_) = subject {
        common.target = None; // told in its own file
    }
    common.h = "##";
    // One text of the rules for all languages.
    common.store |= matches!(subject, Subject::Any);
    for part in ["rules", "driver"] {
        let text = renderer.render_with(&format!("prompts/skill/{part}.md.j2"), &common)?;
        insert(&mut plan, &path(part), text)?;
    }
    let context = SkillContext { common, references };
    let text = renderer.render_with("prompts/skill/SKILL.md.j2", &context)?;
    insert(&mut plan, SKILL_FILE, text)?;
    Ok(plan)
}

fn path(reference: &str) -> String {
    format!("{SKILL}/references/{reference}.md")
}

fn reference(context: &Context) -> Reference {
    let Some(target) = &context.target else {
        let title = match context.language.title.as_str() {
            "" => "Any other language",
            title => title,
        };
        return Reference {
            id: "any-language".to_owned(),
            title: title.to_owned(),
        };
    };
    let client = context.client.as_ref().map(|client| &*client.title);
    Reference {
        id: target.clone(),
        title: format!(
            "{} with {}",
            context.language.title,
            client.unwrap_or_default()
        ),
    }
}
