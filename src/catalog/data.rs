use serde::de::DeserializeOwned;

use super::{CatalogError, Files, did_you_mean};

/// The YAML files that come with the program, by their paths, as JSON.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/data.rs"));

/// Reads one YAML file of the catalogue; JSON is YAML too.
///
/// # Errors
/// When it is missing or does not have the shape of `T`, with file, line and column.
pub fn load<T: DeserializeOwned>(files: &Files, path: &str) -> Result<T, CatalogError> {
    if files.is_embedded(path)
        && let Ok(at) = EMBEDDED.binary_search_by_key(&path, |(name, _)| name)
        && let Ok(data) = serde_json::from_str(EMBEDDED[at].1)
    {
        return Ok(data);
    }
    // What does not have its shape is told with its place in the YAML.
    parse(files.text(path)?, &files.shown(path))
}

/// Reads a YAML text that came from `path`.
///
/// # Errors
/// When it does not have the shape of `T`, with file, line and column.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, path: &str) -> Result<T, CatalogError> {
    serde_yaml::from_str(text).map_err(|error| {
        let place = error.location();
        let line = place.as_ref().map_or(0, serde_yaml::Location::line);
        let column = place.as_ref().map_or(0, serde_yaml::Location::column);
        shape(&error, path, line, column)
    })
}

/// Reads a YAML value that was made from what stands at `line` of `path`.
///
/// # Errors
/// When it does not have the shape of `T`, with file and line.
pub(crate) fn from_value<T: DeserializeOwned>(
    value: serde_yaml::Value,
    path: &str,
    line: usize,
) -> Result<T, CatalogError> {
    serde_yaml::from_value(value).map_err(|error| shape(&error, path, line, 1))
}

fn shape(error: &serde_yaml::Error, path: &str, line: usize, column: usize) -> CatalogError {
    let text = error.to_string();
    // The library ends its message with the place, which we put in front.
    let message = text
        .rfind(" at line ")
        .map_or(text.as_str(), |end| &text[..end]);
    CatalogError::Shape {
        path: path.to_owned(),
        line,
        column,
        hint: hint(message),
        message: message.to_owned(),
    }
}

/// serde names an unknown word first and then all that it knows, in backticks.
fn hint(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    match words.next() {
        Some(word) if message.contains("unknown ") => did_you_mean(word, words),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Contract, Manifest, Troubleshooting};

    #[test]
    fn what_comes_with_the_program_has_its_shape_as_json() {
        for (path, json) in EMBEDDED {
            let problem = match *path {
                "catalog.yaml" => None,
                "contract.yaml" => serde_json::from_str::<Contract>(json).err(),
                "troubleshooting.yaml" => serde_json::from_str::<Troubleshooting>(json).err(),
                _ => serde_json::from_str::<Manifest>(json).err(),
            };
            assert!(problem.is_none(), "{path}: {problem:?}");
        }
    }
}
