//! The docs tree, as a plan.

use std::{collections::BTreeMap, fs, path::Path};

use ignore::WalkBuilder;
use serde::{Deserialize, Serialize};

use super::{
    options::Options,
    plan::{self, Plan},
    preview::{self, Actions},
    provenance::{PROVENANCE_FILE, Provenance, sha256},
    scaffold::{self, ScaffoldError},
    writer::{Action, WriteError},
};
use crate::catalog::Catalog;

/// The folder below the docs tree that holds one project a target.
const EXAMPLES: &str = "examples";
const EXAMPLES_PREFIX: &str = "examples/";
/// The record of everything else that was generated, at the root of the tree.
const RECORD_FILE: &str = ".ssojet-gen-docs.json";

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

/// The projects of all targets, with every option at its default.
///
/// # Errors
/// When a template cannot be rendered.
pub fn examples(catalog: &Catalog) -> Result<Plan, ScaffoldError> {
    let mut plan = Plan::default();
    for target in catalog.targets()? {
        let project = scaffold::project(&target, &Options::default())?;
        let folder = format!("{EXAMPLES}/{}", target.id());
        plan.insert_below(&folder, project)
            .map_err(|source| ScaffoldError::Path {
                path: folder,
                source,
            })?;
    }
    Ok(plan)
}

/// Adds the record of all files that no example's own provenance file lists, if there are any.
#[must_use]
pub fn with_record(mut plan: Plan, catalog: &Catalog) -> Plan {
    let files = plan
        .files()
        .filter(|(path, _)| !path.starts_with(EXAMPLES_PREFIX));
    let files = files.map(|(path, file)| (path.to_owned(), sha256(&file.bytes)));
    let record = Record {
        schema: 1,
        catalog: catalog.version().to_owned(),
        files: files.collect(),
    };
    if !record.files.is_empty() {
        // Strings and maps with string keys: nothing in it can fail. No generated file has this name.
        let text = serde_json::to_string_pretty(&record).unwrap_or_default() + "\n";
        let _ = plan.insert(RECORD_FILE, text.into_bytes());
    }
    plan
}

/// What lies in a docs tree beside the plan's files, by path, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// What an earlier run wrote, nobody has changed since, and is no longer generated: it may go.
    pub stale: Vec<String>,
    /// Everything else: somebody's own, and left alone. A folder of which nothing is ours ends in `/`.
    pub foreign: Vec<String>,
}

/// Looks through the folders of the docs tree for what the plan does not have.
///
/// What a `.gitignore` in the tree names (an installed package, a build) does not count.
///
/// # Errors
/// When a folder cannot be read.
pub fn others(plan: &Plan, folder: &Path) -> Result<Others, WriteError> {
    let mut others = Others::default();
    if plan.get(RECORD_FILE).is_some()
        && let Some(record) = read_json::<Record>(folder, RECORD_FILE)
    {
        others.sort_out(plan, folder, &record.files);
    }
    let root = folder.join(EXAMPLES);
    if !root.exists() {
        return Ok(others);
    }
    for path in walk(folder, &root, Some(1))? {
        let example = path.trim_end_matches('/');
        if !path.ends_with('/') {
            others
                .foreign
                .extend(plan.get(&path).is_none().then_some(path));
            continue;
        }
        let record = example_record(folder, example);
        if let Some(files) = &record {
            others.sort_out_example(plan, folder, example, files);
        }
        if record.is_some() || plan.files().any(|(known, _)| known.starts_with(&path)) {
            let files = walk(folder, &folder.join(example), None)?;
            let known = |path: &String| plan.get(path).is_some() || others.stale.contains(path);
            let foreign: Vec<String> = files.into_iter().filter(|path| !known(path)).collect();
            others.foreign.extend(foreign);
        } else {
            others.foreign.push(path);
        }
    }
    others.stale.sort();
    others.foreign.sort();
    others.foreign.dedup();
    Ok(others)
}

impl Others {
    /// Files of a record that the plan does not have: those that are as they were written may go.
    /// Whether all of them may.
    fn sort_out(&mut self, plan: &Plan, folder: &Path, files: &BTreeMap<String, String>) -> bool {
        let mut all = true;
        for (path, hash) in files.iter().filter(|(path, _)| plan.get(path).is_none()) {
            match plain_file(folder, path) {
                Some(bytes) if is_unchanged(&bytes, hash) => self.stale.push(path.clone()),
                Some(_) => {
                    all = false;
                    self.foreign.push(path.clone());
                }
                None => {}
            }
        }
        all
    }

    /// The same for an example; its record goes with the last of its files.
    fn sort_out_example(
        &mut self,
        plan: &Plan,
        folder: &Path,
        example: &str,
        files: &BTreeMap<String, String>,
    ) {
        let may_go = self.sort_out(plan, folder, files);
        let record = format!("{example}/{PROVENANCE_FILE}");
        if may_go && plan.get(&record).is_none() {
            self.stale.push(record);
        }
    }
}

/// The files that an example's provenance file lists, if it is as an earlier run wrote it: a project that somebody
/// scaffolded there is named otherwise, or has options of its own.
fn example_record(folder: &Path, example: &str) -> Option<BTreeMap<String, String>> {
    let path = format!("{example}/{PROVENANCE_FILE}");
    let provenance: Provenance = read_json(folder, &path)?;
    let is_ours = example.strip_prefix(EXAMPLES_PREFIX) == Some(provenance.target.as_str())
        && provenance.options == Options::default()
        && is_unchanged(&plain_file(folder, &path)?, &sha256(&provenance.to_json()));
    let files = provenance.files.into_iter();
    is_ours.then(|| {
        files
            .map(|(path, hash)| (format!("{example}/{path}"), hash))
            .collect()
    })
}

fn read_json<T: serde::de::DeserializeOwned>(folder: &Path, path: &str) -> Option<T> {
    serde_json::from_slice(&plain_file(folder, path)?).ok()
}

/// The bytes of a plain file within the folder, not one beyond a link or a `..`.
fn plain_file(folder: &Path, path: &str) -> Option<Vec<u8>> {
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
fn is_unchanged(bytes: &[u8], hash: &str) -> bool {
    let with_plain_ends = || {
        let text = std::str::from_utf8(bytes).ok()?;
        Some(sha256(text.replace("\r\n", "\n").as_bytes()))
    };
    sha256(bytes) == hash || with_plain_ends().is_some_and(|found| found == hash)
}

/// The paths below a folder that git does not ignore: files and links, and at the greatest depth folders, with `/` at
/// their end.
fn walk(folder: &Path, root: &Path, depth: Option<usize>) -> Result<Vec<String>, WriteError> {
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .parents(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .max_depth(depth)
        .sort_by_file_path(Ord::cmp)
        .build();
    let mut paths = Vec::new();
    for entry in walk {
        let entry = entry.map_err(|error| WriteError::Unreadable {
            path: root.to_owned(),
            source: error
                .into_io_error()
                .unwrap_or_else(|| std::io::Error::other("cannot be listed")),
        })?;
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        if is_folder && (Some(entry.depth()) != depth || entry.depth() == 0) {
            continue;
        }
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let path = path.to_string_lossy().replace('\\', "/");
        paths.push(if is_folder { path + "/" } else { path });
    }
    Ok(paths)
}

/// How a folder differs from the plan, both ways, as a unified diff; empty where it does not.
///
/// # Errors
/// When a file cannot be read.
pub fn drift(
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

/// How many files of the plan differ from theirs by line ends alone.
#[must_use]
pub fn with_other_line_ends(actions: &Actions) -> usize {
    actions
        .values()
        .filter(|action| **action == Action::LineEnds)
        .count()
}

/// How many files of the plan are not there as they should be.
#[must_use]
pub fn outdated(actions: &Actions) -> usize {
    actions.values().filter(|action| !action.is_same()).count()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests may")]
mod tests {
    use super::*;
    use crate::project::writer::{self, OnConflict};

    fn tree(files: &[(&str, &str)], catalog: &Catalog) -> Plan {
        let mut plan = Plan::default();
        for (path, text) in files {
            plan.insert(path, text.as_bytes().to_vec()).unwrap();
        }
        with_record(plan, catalog)
    }

    #[test]
    fn files_beside_the_examples_go_only_as_they_were_written() {
        let catalog = Catalog::load(None).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let place = |path: &str| folder.path().join(path);
        let old = [
            ("README.md", "a\n"),
            ("guides/a.md", "a\n"),
            ("guides/b.md", "b\n"),
        ];
        let plan = tree(&old, &catalog);
        writer::write(&plan, folder.path(), OnConflict::Refuse).unwrap();
        fs::write(place("guides/b.md"), "mine\n").unwrap();
        fs::write(place("guides/mine.md"), "mine\n").unwrap();
        fs::write(place("guides/a.md"), "a\r\n").unwrap();

        let others = others(&tree(&old[..1], &catalog), folder.path()).unwrap();
        assert_eq!(others.stale, ["guides/a.md"]);
        assert_eq!(others.foreign, ["guides/b.md"]);
    }

    #[test]
    fn a_record_leads_nowhere_else() {
        let catalog = Catalog::load(None).unwrap();
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("tree");
        fs::create_dir(&folder).unwrap();
        fs::write(outside.path().join("precious"), "x").unwrap();
        let hash = sha256(b"x");
        let record = serde_json::json!({
            "schema": 1, "catalog": "1", "files": {"../precious": hash, "link/precious": hash},
        });
        fs::write(folder.join(RECORD_FILE), record.to_string()).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.path(), folder.join("link")).unwrap();
        let others = others(&tree(&[("README.md", "a\n")], &catalog), &folder).unwrap();
        assert_eq!(others, Others::default());
    }

    #[test]
    fn examples_alone_have_no_record_beside_their_own() {
        let catalog = Catalog::load(None).unwrap();
        let plan = with_record(examples(&catalog).unwrap(), &catalog);
        assert!(plan.get(RECORD_FILE).is_none());
    }
}
