//! The record of what was generated, at the root of the tree: what a later run may remove or call outdated.

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize};

use super::{EXAMPLES_PREFIX, Selection};
use crate::{
    catalog::Catalog,
    project::{
        digest::sha256,
        options::Options,
        plan::{self, Plan},
        provenance::{PROVENANCE_FILE, Provenance},
    },
};

/// The record of everything that no example's own provenance file lists.
pub(super) const RECORD_FILE: &str = ".ssojet-gen-docs.json";

/// What a run wrote: what a later one may remove, if it is unchanged.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    /// The shape of this file: 1.
    schema: u32,
    /// The version of the catalogue.
    catalog: String,
    /// The SHA-256 of each file as generated, by path, in lower-case hexadecimal.
    files: BTreeMap<String, String>,
}

/// The hash of each file that an earlier run wrote beside the examples' own, by path.
pub(super) fn recorded(folder: &Path) -> BTreeMap<String, String> {
    let record: Option<Record> = read_json(folder, RECORD_FILE);
    record.map_or_else(BTreeMap::new, |record| record.files)
}

/// Adds the record of all files that no example's own provenance file lists, if there are any. What an earlier run
/// recorded of what is not selected now stays in it.
#[must_use]
pub fn with_record(
    mut plan: Plan,
    catalog: &Catalog,
    selection: &Selection,
    folder: &Path,
) -> Plan {
    let kept = recorded(folder).into_iter();
    let kept = kept.filter(|(path, _)| !selection.covers(path));
    let files = plan.files().filter(|(path, _)| example_of(path).is_none());
    let files = files.map(|(path, file)| (path.to_owned(), file.sha256().into_owned()));
    let record = Record {
        schema: 1,
        catalog: catalog.version().to_owned(),
        files: kept.chain(files).collect(),
    };
    if !record.files.is_empty() {
        // Strings and maps with string keys: nothing in it can fail. No generated file has this name.
        let text = serde_json::to_string_pretty(&record).unwrap_or_default() + "\n";
        let _ = plan.insert(RECORD_FILE, text.into_bytes());
    }
    plan
}

/// The example that a file is of, such as `examples/python-requests`.
pub(super) fn example_of(path: &str) -> Option<&str> {
    let (id, _) = path.strip_prefix(EXAMPLES_PREFIX)?.split_once('/')?;
    Some(&path[..EXAMPLES_PREFIX.len() + id.len()])
}

/// The files that an example's provenance file lists, if it is as an earlier run wrote it: a project that somebody
/// scaffolded there is named otherwise, or has options of its own.
pub(super) fn example_record(folder: &Path, example: &str) -> Option<BTreeMap<String, String>> {
    let path = format!("{example}/{PROVENANCE_FILE}");
    let provenance: Provenance = read_json(folder, &path)?;
    let is_ours = example.strip_prefix(EXAMPLES_PREFIX) == Some(provenance.target.as_str())
        && provenance.options == Options::default()
        && is_unchanged(&plain_file(folder, &path)?, &sha256(&provenance.to_json()));
    let files = provenance.files.into_iter();
    is_ours.then(|| {
        files
            .map(|(path, hash)| (format!("{example}/{path}"), hash.into_owned()))
            .collect()
    })
}

fn read_json<T: serde::de::DeserializeOwned>(folder: &Path, path: &str) -> Option<T> {
    serde_json::from_slice(&plain_file(folder, path)?).ok()
}

/// The bytes of a plain file within the folder, not one beyond a link or a `..`.
pub(super) fn plain_file(folder: &Path, path: &str) -> Option<Vec<u8>> {
    plan::check_path(path).ok()?;
    let mut place = folder.to_owned();
    for part in path.split('/') {
        if place != folder && !fs::symlink_metadata(&place).ok()?.is_dir() {
            return None;
        }
        place.push(part);
    }
    let is_file = fs::symlink_metadata(&place).ok()?.is_file();
    is_file.then(|| fs::read(&place).ok()).flatten()
}

/// Whether these are the bytes of a hash, or were before git changed their line ends.
pub(super) fn is_unchanged(bytes: &[u8], hash: &str) -> bool {
    let with_plain_ends = || {
        let text = std::str::from_utf8(bytes).ok()?;
        Some(sha256(text.replace("\r\n", "\n").as_bytes()))
    };
    sha256(bytes) == hash || with_plain_ends().is_some_and(|found| found == hash)
}
