//! Where a project comes from, as a file in it.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::{options::Options, plan::Plan};

/// The provenance file's path in a project.
pub const PROVENANCE_FILE: &str = ".ssojet-gen.json";

/// Where a project comes from: what a later update works from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The shape of this file: 1.
    pub schema: u32,
    /// The version of the catalogue.
    pub catalog: String,
    /// `language-client`.
    pub target: String,
    /// What the user chose.
    pub options: Options,
    /// The SHA-256 of each file as generated, by path, in lower-case hexadecimal.
    pub files: BTreeMap<String, Cow<'static, str>>,
}

impl Provenance {
    /// That of a plan.
    #[must_use]
    pub fn new(catalog: &str, target: &str, options: &Options, plan: &Plan) -> Self {
        let files = plan
            .files()
            .map(|(path, file)| (path.to_owned(), file.sha256()))
            .collect();
        Self {
            schema: 1,
            catalog: catalog.to_owned(),
            target: target.to_owned(),
            options: options.clone(),
            files,
        }
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Strings and maps with string keys: nothing in it can fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::Catalog,
        project::{digest::sha256, scaffold},
    };

    #[test]
    fn digests_that_were_made_with_the_program_are_right() {
        let catalog = Catalog::load(None).unwrap();
        let (mut known, mut files) = (0, 0);
        for target in catalog.targets().unwrap() {
            let plan = scaffold::project(&target, &Options::default()).unwrap();
            for (path, file) in plan.files() {
                assert_eq!(file.sha256(), sha256(&file.bytes), "{path}");
                known += usize::from(matches!(file.bytes, Cow::Borrowed(_)));
            }
            files += plan.len();
        }
        assert!(known > files / 2, "{known} of {files}");
    }
}
