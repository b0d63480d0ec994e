//! The YAML at the top of a file: what each reader takes.

use serde_yaml::{Mapping, Value};

use super::Finding;
use crate::project::prompt::{Format, skill};

const MOST_NAME: usize = 64;
const MOST_DESCRIPTION: usize = 1024;
const MOST_COMPATIBILITY: usize = 500;

/// The text below the front matter.
pub fn body(text: &str) -> &str {
    split(text).map_or(text, |(_, body)| body)
}

/// What is wrong with the front matter of a file.
pub fn check(format: Format, path: &str, text: &str) -> Vec<Finding> {
    let is_read = match format {
        Format::Skill => path == skill::SKILL_FILE,
        Format::Cursor | Format::Copilot => true,
        Format::Md | Format::Json | Format::Agents => false,
    };
    let messages = match (is_read, split(text)) {
        (false, None) => Vec::new(),
        (false, Some(_)) => vec!["is not read here".to_owned()],
        (true, None) => vec!["is missing".to_owned()],
        (true, Some((yaml, _))) => match serde_yaml::from_str::<Mapping>(yaml) {
            Err(error) => vec![error.to_string()],
            Ok(keys) => check_keys(format, path, &keys),
        },
    };
    let finding = |message| Finding::FrontMatter { message };
    messages.into_iter().map(finding).collect()
}

/// The YAML, and what follows it.
fn split(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("---\n")?.split_once("\n---\n")
}

fn check_keys(format: Format, path: &str, keys: &Mapping) -> Vec<String> {
    let known: &[&str] = match format {
        Format::Skill => &[
            "name",
            "description",
            "license",
            "compatibility",
            "metadata",
            "allowed-tools",
        ],
        Format::Cursor => &["description", "globs", "alwaysApply"],
        _ => &["name", "description", "applyTo", "excludeAgent"],
    };
    let names = keys.keys().map(|key| key.as_str().unwrap_or_default());
    let mut messages: Vec<String> = names
        .filter(|name| !known.contains(name))
        .map(|name| format!("`{name}` is not known to the reader"))
        .collect();
    let mut text = |key: &str, most: usize| match keys.get(key).map(Value::as_str) {
        Some(Some(text)) if !text.trim().is_empty() && text.chars().count() <= most => {}
        Some(Some(text)) if text.chars().count() > most => {
            messages.push(format!("`{key}` has more than {most} characters"));
        }
        _ => messages.push(format!("`{key}` has to be a text")),
    };
    text("description", MOST_DESCRIPTION);
    match format {
        Format::Skill => {
            text("name", MOST_NAME);
            if keys.contains_key("compatibility") {
                text("compatibility", MOST_COMPATIBILITY);
            }
            let name = keys.get("name").and_then(Value::as_str);
            messages.extend(name.and_then(|name| name_fault(name, path)));
        }
        Format::Cursor => {
            if !keys.get("alwaysApply").is_some_and(Value::is_bool) {
                messages.push("`alwaysApply` has to be true or false".to_owned());
            }
            if keys.get("globs").is_some_and(Value::is_null) {
                messages.push("`globs` is empty; leave it out".to_owned());
            }
        }
        _ => text("applyTo", MOST_DESCRIPTION),
    }
    messages
}

/// What the rules of <https://agentskills.io/specification> have against a skill's name.
fn name_fault(name: &str, path: &str) -> Option<String> {
    let is_part = |part: &str| {
        let is_fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        !part.is_empty() && part.chars().all(is_fit)
    };
    if !name.split('-').all(is_part) {
        return Some(format!(
            "`name` is `{name}`; it has small letters and digits, with single hyphens between"
        ));
    }
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    (folder != name).then(|| format!("`name` is `{name}`, but the folder `{folder}`"))
}
