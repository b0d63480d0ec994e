//! The programs that a language needs on the machine.

use std::process::{Command, Stdio};

use crate::catalog::{Manifest, Requirement};

/// Numbers with dots between, compared one by one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<u64>);

impl Version {
    /// A whole text such as `3.10`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Result<_, _> = text.split('.').map(str::parse).collect();
        numbers.ok().map(Self)
    }

    /// The first version in what a program prints, such as that of `go version go1.26.8 linux/amd64`.
    #[must_use]
    pub fn find(text: &str) -> Option<(Self, &str)> {
        let is_part = |c: char| c.is_ascii_digit() || c == '.';
        let candidates = text
            .split(|c| !is_part(c))
            .map(|part| part.trim_matches('.'));
        candidates
            .filter(|part| part.contains('.'))
            .find_map(|part| Some((Self::parse(part)?, part)))
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

/// Looks for every program that a language needs.
///
/// # Errors
/// For the first that is missing or too old.
pub fn check(manifest: &Manifest) -> Result<(), ToolchainError> {
    manifest
        .requires
        .iter()
        .try_for_each(|requirement| check_one(&manifest.title, requirement))
}

fn check_one(language: &str, requirement: &Requirement) -> Result<(), ToolchainError> {
    let Some((program, arguments)) = requirement.probe.split_first() else {
        return Ok(()); // a finding of `catalog check`
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let Ok(output) = output else {
        return Err(ToolchainError::Missing {
            language: language.to_owned(),
            program: program.clone(),
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
        Some((version, _)) if output.status.success() && Some(version) >= wanted.as_ref() => Ok(()),
        _ => Err(ToolchainError::TooOld {
            language: language.to_owned(),
            program: program.clone(),
            at_least: requirement.at_least.clone(),
            found: found
                .map_or("of no known version", |(_, text)| text)
                .to_owned(),
            get: requirement.get.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_version_in_what_programs_print() {
        for (printed, version) in [
            ("Python 3.11.7", "3.11.7"),
            ("go version go1.26.8 linux/amd64", "1.26.8"),
            ("v20.20.2\n", "20.20.2"),
            ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
            (
                "ruby 3.1.2p20 (2022-04-12 revision 4491) [x86_64-linux]",
                "3.1.2",
            ),
        ] {
            assert_eq!(Version::find(printed).unwrap().1, version);
        }
        assert_eq!(Version::find("no version"), None);
    }

    #[test]
    fn compares_numbers_and_not_text() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("3.10") > version("3.9.9"));
        assert!(version("3.10.0") > version("3.10"));
        assert_eq!(Version::parse("3.x"), None);
    }
}
