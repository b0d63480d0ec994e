use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Finding;

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What is wrong with the permissions of a token store (rule K7).
#[cfg(unix)]
pub fn findings(folder: &Path) -> Vec<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode =
        |path: &Path| fs::metadata(path).map_or(0, |found| found.permissions().mode() & 0o777);
    let finding = |expected: &str, found: String| Finding {
        expected: expected.to_owned(),
        found,
        rule: Some("K7".to_owned()),
        exchanges: Vec::new(),
    };
    let files = files(folder);
    if files.is_empty() {
        return vec![finding(
            "a store in `SSOJET_CACHE_DIR`",
            "no file there".to_owned(),
        )];
    }
    let mut findings = Vec::new();
    let folders = files.iter().filter_map(|file| file.parent());
    let mut folders: Vec<&Path> = folders.collect();
    folders.dedup();
    if let Some(folder) = folders.into_iter().find(|folder| mode(folder) != 0o700) {
        findings.push(finding(
            "the store's folder with mode 0700",
            format!("{:04o}", mode(folder)),
        ));
    }
    if let Some(file) = files.iter().find(|file| mode(file) != 0o600) {
        findings.push(finding(
            "the store's files with mode 0600",
            format!("{:04o}", mode(file)),
        ));
    }
    findings
}

/// There are no such permissions on this system.
#[cfg(not(unix))]
pub fn findings(_: &Path) -> Vec<Finding> {
    Vec::new()
}
