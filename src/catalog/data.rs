use serde::de::DeserializeOwned;

use super::{CatalogError, Files};
use crate::suggest::did_you_mean;

/// Reads one YAML file of the catalogue; JSON is YAML too.
///
/// # Errors
/// When it is missing or does not have the shape of `T`, with file, line and column.
pub fn load<T: DeserializeOwned>(files: &Files, path: &str) -> Result<T, CatalogError> {
    parse(files.text(path)?, &files.shown(path))
}

/// Reads a YAML text that came from `path`.
///
/// # Errors
/// When it does not have the shape of `T`, with file, line and column.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, path: &str) -> Result<T, CatalogError> {
    serde_yaml::from_str(text).map_err(|error| {
        let place = error.location();
        let text = error.to_string();
        // The library ends its message with the place, which we put in front.
        let message = text
            .rfind(" at line ")
            .map_or(text.as_str(), |end| &text[..end]);
        CatalogError::Shape {
            path: path.to_owned(),
            line: place.as_ref().map_or(0, serde_yaml::Location::line),
            column: place.as_ref().map_or(0, serde_yaml::Location::column),
            hint: hint(message),
            message: message.to_owned(),
        }
    })
}

/// serde names an unknown word first and then all that it knows, in backticks.
fn hint(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    match words.next() {
        Some(word) if message.contains("unknown ") => did_you_mean(word, words),
        _ => String::new(),
    }
}
