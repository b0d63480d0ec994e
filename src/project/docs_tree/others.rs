//! What lies in a docs tree beside the plan's files.

use std::{collections::BTreeMap, path::Path};

use ignore::WalkBuilder;

use super::{
    EXAMPLES, Part, Selection,
    record::{RECORD_FILE, example_record, is_unchanged, plain_file, recorded},
};
use crate::project::{plan::Plan, provenance::PROVENANCE_FILE, writer::WriteError};

/// What lies in a docs tree beside the plan's files, by path, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// What an earlier run wrote, nobody has changed since, and is no longer generated: it may go.
    pub stale: Vec<String>,
    /// Everything else: somebody's own, and left alone. A folder of which nothing is ours ends in `/`.
    pub foreign: Vec<String>,
}

/// Looks through the selected folders of the docs tree for what the plan does not have.
///
/// What a `.gitignore` in the tree names (an installed package, a build) does not count.
///
/// # Errors
/// When a folder cannot be read.
pub fn others(plan: &Plan, selection: &Selection, folder: &Path) -> Result<Others, WriteError> {
    let mut others = Others::default();
    if plan.get(RECORD_FILE).is_some() {
        let mut files = recorded(folder);
        files.retain(|path, _| selection.covers(path));
        others.sort_out(plan, folder, &files);
    }
    if selection.has(Part::Examples) {
        others.look_through_examples(plan, selection, folder)?;
    }
    for part in [Part::Guides, Part::Prompts] {
        let root = folder.join(part.name());
        if selection.has(part) && root.exists() {
            let files = walk(folder, &root, None)?.into_iter();
            let files = files.filter(|path| selection.covers(path));
            others.leave(plan, files.collect());
        }
    }
    others.stale.sort();
    others.foreign.sort();
    others.foreign.dedup();
    Ok(others)
}

impl Others {
    fn look_through_examples(
        &mut self,
        plan: &Plan,
        selection: &Selection,
        folder: &Path,
    ) -> Result<(), WriteError> {
        let root = folder.join(EXAMPLES);
        if !root.exists() {
            return Ok(());
        }
        for path in walk(folder, &root, Some(1))? {
            let example = path.trim_end_matches('/');
            if !selection.covers(example) {
                continue;
            }
            if !path.ends_with('/') {
                self.leave(plan, vec![path]);
                continue;
            }
            let record = example_record(folder, example);
            if let Some(files) = &record {
                self.sort_out_example(plan, folder, example, files);
            }
            if record.is_some() || plan.files().any(|(known, _)| known.starts_with(&path)) {
                self.leave(plan, walk(folder, &folder.join(example), None)?);
            } else {
                self.foreign.push(path);
            }
        }
        Ok(())
    }

    /// Files that are neither generated nor stale are somebody's own.
    fn leave(&mut self, plan: &Plan, files: Vec<String>) {
        let is_known = |path: &String| plan.get(path).is_some() || self.stale.contains(path);
        let foreign: Vec<String> = files.into_iter().filter(|path| !is_known(path)).collect();
        self.foreign.extend(foreign);
    }

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

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests may")]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        catalog::Catalog,
        project::{
            digest::sha256,
            docs_tree::with_record,
            writer::{self, OnConflict},
        },
    };

    fn tree(files: &[(&str, &str)], selection: &Selection, folder: &Path) -> Plan {
        let mut plan = Plan::default();
        for (path, text) in files {
            plan.insert(path, text.as_bytes().to_vec()).unwrap();
        }
        with_record(plan, &Catalog::load(None).unwrap(), selection, folder)
    }

    #[test]
    fn files_beside_the_examples_go_only_as_they_were_written() {
        let whole = Selection::default();
        let folder = tempfile::tempdir().unwrap();
        let place = |path: &str| folder.path().join(path);
        let old = [
            ("README.md", "a\n"),
            ("guides/a.md", "a\n"),
            ("guides/b.md", "b\n"),
        ];
        let plan = tree(&old, &whole, folder.path());
        writer::write(&plan, folder.path(), OnConflict::Refuse).unwrap();
        fs::write(place("guides/b.md"), "mine\n").unwrap();
        fs::write(place("guides/mine.md"), "mine\n").unwrap();
        fs::write(place("guides/a.md"), "a\r\n").unwrap();

        let now = tree(&old[..1], &whole, folder.path());
        let found = others(&now, &whole, folder.path()).unwrap();
        assert_eq!(found.stale, ["guides/a.md"]);
        assert_eq!(found.foreign, ["guides/b.md", "guides/mine.md"]);
    }

    #[test]
    fn what_is_not_selected_stays_on_record_and_is_not_looked_at() {
        let (whole, prompts) = (
            Selection::default(),
            Selection {
                parts: vec![Part::Prompts],
                ..Selection::default()
            },
        );
        let folder = tempfile::tempdir().unwrap();
        let old = [("guides/a.md", "a\n"), ("prompts/a.md", "a\n")];
        let plan = tree(&old, &whole, folder.path());
        writer::write(&plan, folder.path(), OnConflict::Refuse).unwrap();
        let plan = tree(&[("prompts/b.md", "b\n")], &prompts, folder.path());
        let found = others(&plan, &prompts, folder.path()).unwrap();
        assert_eq!(found.stale, ["prompts/a.md"]);
        writer::write(&plan, folder.path(), OnConflict::Overwrite).unwrap();
        let recorded: Vec<String> = recorded(folder.path()).into_keys().collect();
        assert_eq!(recorded, ["guides/a.md", "prompts/b.md"]);
    }

    #[test]
    fn a_record_leads_nowhere_else() {
        let whole = Selection::default();
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
        let plan = tree(&[("README.md", "a\n")], &whole, &folder);
        let found = others(&plan, &whole, &folder).unwrap();
        assert_eq!(found, Others::default());
    }
}
