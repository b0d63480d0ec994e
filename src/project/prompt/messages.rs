use serde::Serialize;

use super::{Subject, context::Context, tokens};
use crate::catalog::{CatalogError, Renderer};

/// `prompt --format json`, schema 1.
#[derive(Serialize)]
struct Chat<'a> {
    schema: u32,
    /// `language-client`, or null for what the catalogue does not have.
    target: Option<&'a str>,
    language: Option<&'a str>,
    client: Option<&'a str>,
    task: &'a str,
    /// An estimate, rather too high.
    tokens: usize,
    messages: [Message; 2],
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: String,
}

/// What holds always is the system's message, the task the user's.
pub(super) fn json(
    renderer: &Renderer,
    subject: &Subject<'_>,
    context: &Context,
) -> Result<String, CatalogError> {
    let standing = renderer.render_with("prompts/standing.md.j2", context)?;
    let task = renderer.render_with("prompts/task.md.j2", context)?;
    let is_known = !matches!(subject, Subject::Any | Subject::Placeholders);
    let chat = Chat {
        schema: 1,
        target: context.target.as_deref(),
        language: is_known.then_some(context.language.id.as_str()),
        client: context.client.as_ref().map(|client| client.id.as_str()),
        task: context.task,
        tokens: tokens::estimate(&standing) + tokens::estimate(&task),
        messages: [
            Message {
                role: "system",
                content: standing,
            },
            Message {
                role: "user",
                content: task,
            },
        ],
    };
    // Strings and numbers: nothing in it can fail.
    let text = serde_json::to_string_pretty(&chat).unwrap_or_default();
    Ok(text + "\n")
}
