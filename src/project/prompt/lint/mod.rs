//! The lint of prompts: of their files in each format, and of all that a catalogue renders.

mod finding;
mod front_matter;
mod links;
mod secrets;

pub use self::finding::Finding;

use super::{
    Format, OtherLanguage, Subject, Task,
    agents_block::{self, AGENTS_FILE},
    docs_pages,
    pages::TEMPLATE_FILE,
    skill,
    tokens::{self, MOST_TOKENS},
};
use crate::{
    catalog::{Catalog, Renderer},
    project::{plan::Plan, scaffold::ScaffoldError},
};

/// Codex reads no more of all `AGENTS.md` together, and says nothing about the rest.
const MOST_AGENTS_BYTES: usize = 32 * 1024;
/// The most lines of a skill's or a rule's text: what their readers advise.
const MOST_LINES: usize = 500;

/// Every prompt of a catalogue: what is wrong with each, by subject, format and path.
///
/// # Errors
/// When one cannot be rendered.
pub fn findings(catalog: &Catalog, renderer: &Renderer) -> Result<Vec<String>, ScaffoldError> {
    let mut findings = Vec::new();
    let mut add = |what: &str, found: Vec<(String, Finding)>| {
        let lines = found
            .into_iter()
            .map(|(path, finding)| format!("{what}: {path}: {finding}"));
        findings.extend(lines);
    };
    let targets = catalog.targets()?;
    let mut subjects: Vec<(String, Subject<'_>)> = targets
        .into_iter()
        .map(|target| (target.id(), Subject::Target(target)))
        .collect();
    if let Ok(other) = OtherLanguage::new("unshipped", None) {
        subjects.push((
            "a language that is not shipped".to_owned(),
            Subject::Other(other),
        ));
    }
    subjects.push(("any language".to_owned(), Subject::Any));
    for (name, subject) in &subjects {
        for task in Task::ALL {
            let plan = super::plan(catalog, renderer, subject, task, Format::Md)?;
            let what = format!("prompt for {name} (`--task {}`)", task.name());
            add(&what, check(Format::Md, &plan));
        }
        for format in Format::ALL
            .into_iter()
            .filter(|format| *format != Format::Md)
        {
            let plan = super::plan(catalog, renderer, subject, Task::New, format)?;
            let what = format!("prompt for {name} (`--format {}`)", format.name());
            add(&what, check(format, &plan));
        }
    }
    add("docs", check(Format::Md, &docs_pages(catalog, renderer)?));
    Ok(findings)
}

/// What is wrong with the files of one prompt.
#[must_use]
pub fn check(format: Format, plan: &Plan) -> Vec<(String, Finding)> {
    let mut findings = Vec::new();
    let mut names_grant = false;
    for (path, file) in plan.files() {
        let mut add = |finding| findings.push((path.to_owned(), finding));
        let Ok(text) = String::from_utf8(file.bytes.clone()) else {
            add(Finding::NotText);
            continue;
        };
        let text = match format {
            Format::Json => match contents(&text) {
                Some(contents) => contents,
                None => {
                    add(Finding::Messages);
                    continue;
                }
            },
            _ => text,
        };
        names_grant |= text.contains("client_credentials");
        let may_have_blanks = path.ends_with(TEMPLATE_FILE);
        placeholders(&text, may_have_blanks).for_each(&mut add);
        secrets::search(&text).into_iter().for_each(&mut add);
        other_grants(&text).for_each(&mut add);
        links::broken(path, &text, plan)
            .into_iter()
            .for_each(&mut add);
        let tokens = tokens::estimate(&text);
        if tokens > MOST_TOKENS {
            add(Finding::TooManyTokens { tokens });
        }
        front_matter::check(format, path, &text)
            .into_iter()
            .for_each(&mut add);
        let is_limited = path == skill::SKILL_FILE || format == Format::Cursor;
        let lines = front_matter::body(&text).lines().count();
        if is_limited && lines >= MOST_LINES {
            add(Finding::TooManyLines { lines });
        }
        if path == AGENTS_FILE {
            let bytes = text.len();
            if bytes > MOST_AGENTS_BYTES {
                add(Finding::TooManyBytes { bytes });
            }
            let (begin, end) = (agents_block::BEGIN_MARK, agents_block::END_MARK);
            if !text.starts_with(begin) || !text.trim_end().ends_with(end) {
                add(Finding::Marks);
            }
        }
    }
    if !names_grant {
        let path = plan.files().next().map_or("", |(path, _)| path);
        findings.push((path.to_owned(), Finding::NoGrantType));
    }
    findings.extend(unlinked_references(plan));
    findings
}

/// The texts of all messages.
fn contents(json: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(json).ok()?;
    let messages = json.get("messages")?.as_array()?;
    let mut contents = String::new();
    for message in messages {
        let role = message.get("role")?.as_str()?;
        if !["system", "user"].contains(&role) {
            return None;
        }
        contents += message.get("content")?.as_str()?;
        contents.push('\n');
    }
    (!contents.is_empty()).then_some(contents)
}

/// What a template engine, a shell or a person should have replaced.
fn placeholders(text: &str, may_have_blanks: bool) -> impl Iterator<Item = Finding> {
    const ALWAYS: [&str; 5] = ["{{", "{%", "{#", "${", "$Any"];
    const BLANKS: [&str; 3] = ["[LANGUAGE]", "[LIBRARY]", "[TASK]"];
    let blanks = BLANKS.into_iter().filter(move |_| !may_have_blanks);
    ALWAYS
        .into_iter()
        .chain(blanks)
        .filter(|mark| text.contains(mark))
        .map(|mark| Finding::Placeholder {
            mark: mark.to_owned(),
        })
}

/// Another grant than that of a machine.
fn other_grants(text: &str) -> impl Iterator<Item = Finding> {
    text.split("grant_type=").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_:-".contains(c));
        let found = &rest[..end.unwrap_or(rest.len())];
        (found != "client_credentials").then(|| Finding::OtherGrantType {
            found: found.to_owned(),
        })
    })
}

/// A reference of a skill that `SKILL.md` does not name is never read.
fn unlinked_references(plan: &Plan) -> Vec<(String, Finding)> {
    let Some(skill) = plan.get(skill::SKILL_FILE) else {
        return Vec::new();
    };
    let skill = String::from_utf8_lossy(&skill.bytes);
    let prefix = format!("{}/", skill::SKILL);
    plan.files()
        .filter(|(path, _)| *path != skill::SKILL_FILE)
        .filter(|(path, _)| {
            let path = path.strip_prefix(&prefix).unwrap_or(path);
            !skill.contains(&format!("]({path})"))
        })
        .map(|(path, _)| (path.to_owned(), Finding::Unlinked))
        .collect()
}

#[cfg(test)]
mod tests;
