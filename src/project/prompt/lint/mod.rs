//! The lint of prompts: of their files in each format, and of all that a catalogue renders.

mod finding;
mod front_matter;
mod secrets;

pub use self::finding::Finding;

use std::collections::BTreeSet;

use super::{
    Format, OtherLanguage, Subject, Task,
    agents_block::{self, AGENTS_FILE, MOST_AGENTS_BYTES},
    docs_pages,
    pages::TEMPLATE_FILE,
    skill,
    tokens::{self, MOST_TOKENS},
};
use crate::{
    catalog::{Catalog, Renderer},
    project::{links, plan::Plan, scaffold::ScaffoldError},
};

/// The most lines of a skill's or a rule's text: what their readers advise.
const MOST_LINES: usize = 500;

/// Every prompt of a catalogue: what is wrong with each. What is told of a subject once is not told again for its other
/// tasks and formats.
///
/// # Errors
/// When one cannot be rendered.
pub fn findings(catalog: &Catalog, renderer: &Renderer) -> Result<Vec<String>, ScaffoldError> {
    let mut findings = Vec::new();
    let mut told = BTreeSet::new();
    for (name, subject) in subjects(catalog)? {
        let mut told_here = BTreeSet::new();
        for (format, task) in formats_and_tasks() {
            let plan = super::plan(catalog, renderer, &subject, task, format)?;
            for (path, finding) in check(format, &plan) {
                let text = finding.to_string();
                // The last subject is the skill of all languages, which repeats what the others say.
                let is_news = !matches!(subject, Subject::Any) || !told.contains(&text);
                if told_here.insert(text.clone()) && is_news {
                    let (format, task) = (format.name(), task.name());
                    findings.push(format!(
                        "prompt for {name} ({format}, {task}): {path}: {text}"
                    ));
                }
            }
        }
        told.append(&mut told_here);
    }
    for (path, finding) in check(Format::Md, &docs_pages(catalog, renderer)?) {
        let text = finding.to_string();
        if !told.contains(&text) {
            findings.push(format!("docs: {path}: {text}"));
        }
    }
    Ok(findings)
}

/// Every format with every task; a skill holds all tasks.
fn formats_and_tasks() -> impl Iterator<Item = (Format, Task)> {
    let all = Format::ALL
        .into_iter()
        .flat_map(|format| Task::ALL.map(|task| (format, task)));
    all.filter(|(format, task)| *format != Format::Skill || *task == Task::New)
}

/// All that a prompt can be about, by name.
fn subjects(catalog: &Catalog) -> Result<Vec<(String, Subject<'_>)>, ScaffoldError> {
    let targets = catalog.targets()?.into_iter();
    let mut subjects: Vec<(String, Subject<'_>)> = targets
        .map(|target| (target.id(), Subject::Target(target)))
        .collect();
    if let Ok(other) = OtherLanguage::new("other", Some("library")) {
        subjects.push((
            "a language that is not shipped".to_owned(),
            Subject::Other(other),
        ));
    }
    subjects.push(("any language".to_owned(), Subject::Any));
    Ok(subjects)
}

/// What is wrong with the files of one prompt.
#[must_use]
pub fn check(format: Format, plan: &Plan) -> Vec<(String, Finding)> {
    let mut findings = Vec::new();
    let mut names_grant = false;
    for (path, file) in plan.files() {
        let mut add = |finding| findings.push((path.to_owned(), finding));
        let Ok(mut text) = String::from_utf8(file.bytes.to_vec()) else {
            add(Finding::NotText);
            continue;
        };
        if format == Format::Json {
            let Some(contents) = contents(&text) else {
                add(Finding::Messages);
                continue;
            };
            text = contents;
        }
        names_grant |= text.contains("client_credentials");
        let may_have_blanks = path.ends_with(TEMPLATE_FILE);
        placeholders(&text, may_have_blanks).for_each(&mut add);
        secrets::search(&text).into_iter().for_each(&mut add);
        other_grants(&text).for_each(&mut add);
        links::broken(path, &text, plan)
            .into_iter()
            .map(|target| Finding::Link { target })
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
