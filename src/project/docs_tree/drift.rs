//! How a docs tree differs from what is generated.

use std::{collections::BTreeMap, path::Path};

use super::record::{example_of, example_record, is_unchanged, plain_file, recorded};
use crate::project::{
    plan::Plan,
    preview::{self, Actions},
    writer::{Action, WriteError},
};

/// Why a file of the tree is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drift {
    /// Somebody has changed it since it was generated.
    Edited,
    /// It is as an earlier run wrote it; the templates have changed since.
    Outdated,
    /// It is not there.
    Missing,
    /// An earlier run wrote it, and it is no longer generated.
    Stale,
}

impl Drift {
    /// The word in lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Outdated => "outdated",
            Self::Missing => "missing",
            Self::Stale => "stale",
        }
    }
}

/// Every file that is not as it should be, by path.
#[must_use]
pub fn drifted(folder: &Path, actions: &Actions, stale: &[String]) -> BTreeMap<String, Drift> {
    let beside_examples = recorded(folder);
    let mut examples = BTreeMap::new();
    let changed = actions.iter().filter(|(_, action)| !action.is_same());
    let changed = changed.map(|(path, action)| {
        let hash = match example_of(path) {
            Some(example) => {
                let record = examples.entry(example.to_owned());
                let record = record.or_insert_with(|| example_record(folder, example));
                record.as_ref().and_then(|files| files.get(path).cloned())
            }
            None => beside_examples.get(path).cloned(),
        };
        // A record is in no record.
        let is_record = path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.starts_with(".ssojet-gen"));
        let is_as_written = is_record
            || hash.is_some_and(|hash| {
                plain_file(folder, path).is_some_and(|bytes| is_unchanged(&bytes, &hash))
            });
        let drift = match action {
            Action::Create => Drift::Missing,
            _ if is_as_written => Drift::Outdated,
            _ => Drift::Edited,
        };
        (path.clone(), drift)
    });
    let stale = stale.iter().map(|path| (path.clone(), Drift::Stale));
    changed.chain(stale).collect()
}

/// How a folder differs from the plan, both ways, as a unified diff; empty where it does not.
///
/// # Errors
/// When a file cannot be read.
pub fn diff(
    plan: &Plan,
    folder: &Path,
    actions: &Actions,
    stale: &[String],
) -> Result<String, WriteError> {
    let mut text = preview::diff(plan, folder, actions)?;
    for path in stale {
        let diff = preview::file_diff(folder, path, None)?;
        // An empty file has no lines to show.
        text += if diff.is_empty() {
            format!("--- a/{path}\n+++ /dev/null\n")
        } else {
            diff
        }
        .as_str();
    }
    Ok(text)
}
