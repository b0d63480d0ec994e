//! The programs that a language needs on the machine.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Version, process};

/// A program that has to be on the machine.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// What it is called, where that is not the command: an extension, say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Prints the version.
    pub probe: Vec<String>,
    /// The lowest version that will do, such as `3.10`.
    pub at_least: String,
    /// Where a person gets it.
    pub get: String,
}

impl Requirement {
    /// Its name for people.
    #[must_use]
    pub fn shown(&self) -> &str {
        let command = self.probe.first();
        self.name.as_ref().or(command).map_or("", String::as_str)
    }
}

/// A required program that a person has to install first.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// It is not there.
    #[error(
        "{language} needs `{program}` {at_least} or later, which was not found: get it from {get}"
    )]
    Missing {
        /// The language.
        language: String,
        /// The program.
        program: String,
        /// The lowest version that will do.
        at_least: String,
        /// Where to get it.
        get: String,
    },
    /// It is too old, or does not tell its version.
    #[error(
        "{language} needs `{program}` {at_least} or later, but it is {found}: get it from {get}"
    )]
    TooOld {
        /// The language.
        language: String,
        /// The program.
        program: String,
        /// The lowest version that will do.
        at_least: String,
        /// What is there.
        found: String,
        /// Where to get it.
        get: String,
    },
}

/// Looks for every program that a target needs in `folder`, which need not be there yet.
///
/// # Errors
/// For the first that is missing or too old.
pub fn check<'a>(
    language: &str,
    requires: impl IntoIterator<Item = &'a Requirement>,
    folder: &Path,
) -> Result<(), ToolchainError> {
    versions(language, requires, folder).map(|_| ())
}

/// The version of every program that a target needs in `folder`, which need not be there yet.
///
/// # Errors
/// For the first that is missing or too old.
pub fn versions<'a>(
    language: &str,
    requires: impl IntoIterator<Item = &'a Requirement>,
    folder: &Path,
) -> Result<Vec<String>, ToolchainError> {
    requires
        .into_iter()
        .map(|requirement| version(language, requirement, folder))
        .collect()
}

/// The version of one program that a language, or something else, needs in `folder`, which need not be there yet:
/// version managers, `dotnet` among them, choose by the folder that a program is run in.
///
/// # Errors
/// When it is missing or too old.
pub fn version(
    language: &str,
    requirement: &Requirement,
    folder: &Path,
) -> Result<String, ToolchainError> {
    if requirement.probe.is_empty() {
        return Ok(String::new()); // a finding of `catalog check`
    }
    let mut folders = folder.ancestors();
    let folder = folders.find(|folder| folder.is_dir());
    let folder = folder.unwrap_or(Path::new("."));
    let Ok(output) = process::command(&requirement.probe, folder).output() else {
        return Err(ToolchainError::Missing {
            language: language.to_owned(),
            program: requirement.shown().to_owned(),
            at_least: requirement.at_least.clone(),
            get: requirement.get.clone(),
        });
    };
    // `java -version` prints to standard error.
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let found = Version::find(&text);
    let wanted = Version::parse(&requirement.at_least);
    match &found {
        Some((version, shown)) if output.status.success() && Some(version) >= wanted.as_ref() => {
            Ok((*shown).to_owned())
        }
        _ => Err(ToolchainError::TooOld {
            language: language.to_owned(),
            program: requirement.shown().to_owned(),
            at_least: requirement.at_least.clone(),
            found: found
                .map_or("of no known version", |(_, text)| text)
                .to_owned(),
            get: requirement.get.clone(),
        }),
    }
}
