//! The errors that clients have handed out in a run of `verify`, held against the troubleshooting table of the guides.

use std::{fs, io, path::Path, path::PathBuf};

use serde::Deserialize;

use crate::{catalog::Troubleshooting, system::text::printable};

/// The errors in a JSON report of `verify`.
#[derive(Debug, Deserialize)]
pub struct SeenErrors {
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    id: String,
    errors: Vec<SeenError>,
}

#[derive(Debug, Deserialize)]
struct SeenError {
    kind: String,
    message: String,
}

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SeenErrorsError {
    /// The file.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error("`{}` is no report of `verify --report json=FILE`: {source}", path.display())]
    NoReport {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl SeenErrors {
    /// Reads a report.
    ///
    /// # Errors
    /// When there is none, or the file is something else.
    pub fn read(path: &Path) -> Result<Self, SeenErrorsError> {
        let text = fs::read(path).map_err(|source| SeenErrorsError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        serde_json::from_slice(&text).map_err(|source| SeenErrorsError::NoReport {
            path: path.to_owned(),
            source,
        })
    }

    /// The errors that a person would not find in the table. What a caller has cancelled is no error of the client's.
    #[must_use]
    pub fn unexplained(&self, table: &Troubleshooting) -> Vec<String> {
        let errors = self.targets.iter().flat_map(|target| {
            let errors = target.errors.iter();
            errors.map(|error| (&target.id, error))
        });
        let errors = errors.filter(|(_, error)| error.kind != "cancelled");
        let errors = errors.filter(|(_, SeenError { kind, message })| {
            let mut symptoms = table.symptoms.iter();
            !symptoms.any(|symptom| symptom.explains(kind, message))
        });
        let findings = errors.map(|(target, SeenError { kind, message })| {
            let message = printable(message);
            format!(
                "troubleshooting.yaml: no row explains this {kind} error of {target}: `{message}`"
            )
        });
        findings.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn an_error_that_no_row_explains_is_found() {
        let report = r#"{"schema": 1, "targets": [{"id": "a-b", "errors": [
            {"kind": "oauth", "message": "127.0.0.1:1 answered 401: invalid_client"},
            {"kind": "transport", "message": "what nobody has heard of"},
            {"kind": "cancelled", "message": "gone"}
        ]}]}"#;
        let seen: SeenErrors = serde_json::from_str(report).unwrap();
        let catalog = Catalog::load(None).unwrap();
        assert_eq!(
            seen.unexplained(catalog.troubleshooting().unwrap()),
            [
                "troubleshooting.yaml: no row explains this transport error of a-b: `what nobody has heard of`"
            ]
        );
    }
}
