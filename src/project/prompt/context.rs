use serde::Serialize;

use super::{
    Format, Subject, Task,
    agents_block::{BEGIN_MARK, END_MARK},
};
use crate::catalog::{Capability, CatalogError};

/// What the text about a language is where the catalogue has none.
const ANY_LANGUAGE: &str = "prompts/any-language.md.j2";

/// What the templates of a prompt may use.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Context {
    /// `language-client`, for a target of the catalogue.
    pub target: Option<String>,
    pub language: Named,
    pub client: Option<Named>,
    /// The template of what is the language's own.
    language_text: String,
    /// The template of the library's traps, if they are known.
    traps_text: Option<String>,
    /// Whether the client keeps tokens in a store that processes share (rule K7).
    pub store: bool,
    /// What the driver's first line says that the client can do.
    capabilities: Vec<&'static str>,
    pub task: &'static str,
    /// Whether the prompt stays in a project.
    stays: bool,
    /// Whether it is part of a skill, which says what is common once.
    pub in_skill: bool,
    /// The marks of headings: the title's, a section's, and that of one within a section.
    h1: &'static str,
    h2: &'static str,
    pub h: &'static str,
    begin_mark: &'static str,
    end_mark: &'static str,
}

/// A language or a library.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Named {
    pub id: String,
    /// Empty where it is not known.
    pub title: String,
}

impl Named {
    fn new(id: &str, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
        }
    }
}

impl Context {
    pub fn new(subject: &Subject<'_>, task: Task, format: Format) -> Result<Self, CatalogError> {
        // An AGENTS.md and the page about placeholders have titles of their own.
        let is_below_a_title = format == Format::Agents || matches!(subject, Subject::Placeholders);
        let (h1, h2, h) = if is_below_a_title {
            ("##", "###", "####")
        } else {
            ("#", "##", "###")
        };
        let any = |language: Named, client: Option<Named>| Self {
            target: None,
            language,
            client,
            language_text: ANY_LANGUAGE.to_owned(),
            traps_text: None,
            store: false,
            capabilities: vec![Capability::Parallel.name()],
            task: task.name(),
            stays: format.stays(),
            in_skill: format == Format::Skill,
            h1,
            h2,
            h,
            begin_mark: BEGIN_MARK,
            end_mark: END_MARK,
        };
        Ok(match subject {
            Subject::Target(target) => {
                let manifest = target.language().manifest();
                let client = target.client();
                let named = Named::new(&client.id, &client.title);
                let capabilities = client.capabilities.iter().map(|word| word.name());
                Self {
                    target: Some(target.id()),
                    language_text: target.language_text()?,
                    traps_text: Some(target.traps_text()?),
                    capabilities: capabilities.collect(),
                    store: client.capabilities.contains(&Capability::Store),
                    ..any(Named::new(&manifest.id, &manifest.title), Some(named))
                }
            }
            Subject::Other(other) => any(
                Named::new(other.id(), &other.title()),
                other.client().map(|client| Named::new(client, client)),
            ),
            Subject::Any => any(Named::new("LANGUAGE", ""), None),
            Subject::Placeholders => any(
                Named::new("[LANGUAGE]", "[LANGUAGE]"),
                Some(Named::new("[LIBRARY]", "[LIBRARY]")),
            ),
        })
    }
}
