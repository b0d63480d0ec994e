//! What `verify` keeps in the user's cache, and for how long.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::{
    verify::{PASSED, verify, workspace},
    workspace::Workspace,
};

/// With a project, which `verify_version` changes.
fn with_project() -> Workspace {
    let workspace = workspace();
    workspace.succeed(&[
        "--lang",
        "demo",
        "--out",
        "project",
        "--templates",
        "templates",
    ]);
    workspace
}

/// The record of the folder in which this version was prepared.
fn verify_version(workspace: &Workspace, version: usize) -> PathBuf {
    let before = records(workspace);
    workspace.write("project/version", &version.to_string());
    let run = verify(workspace, &[&["project"][..], &PASSED].concat());
    assert_eq!(run.code, 0, "{run:#?}");
    let mut new = records(workspace);
    new.retain(|record| !before.contains(record));
    assert_eq!(new.len(), 1, "one new folder: {new:#?}");
    // Two versions within a tick of the clock would be of the same age.
    set_age(&new[0], Duration::from_secs(1000 - version as u64));
    new.remove(0)
}

fn records(workspace: &Workspace) -> Vec<PathBuf> {
    let mut paths = entries(workspace);
    paths.retain(|path| path.extension().is_some());
    paths
}

fn entries(workspace: &Workspace) -> Vec<PathBuf> {
    let folder = workspace.path("cache/ssojet-gen/verify");
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn set_age(record: &Path, age: Duration) {
    let file = File::options().append(true).open(record).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

fn folder(record: &Path) -> PathBuf {
    record.with_extension("")
}

#[test]
fn the_last_three_of_a_target_are_kept() {
    let workspace = with_project();
    let versions: Vec<PathBuf> = (0..5)
        .map(|version| verify_version(&workspace, version))
        .collect();
    // Three stood there when the last one was added.
    let mut kept: Vec<PathBuf> = versions[1..]
        .iter()
        .flat_map(|record| [record.clone(), folder(record)])
        .collect();
    kept.sort();
    assert_eq!(entries(&workspace), kept);
}

#[test]
fn what_is_in_use_stays() {
    let workspace = with_project();
    let versions: Vec<PathBuf> = (0..3)
        .map(|version| verify_version(&workspace, version))
        .collect();
    // As another run does.
    let other = File::open(&versions[0]).unwrap();
    other.lock_shared().unwrap();
    for version in 3..6 {
        verify_version(&workspace, version);
    }
    assert!(folder(&versions[0]).is_dir() && !folder(&versions[1]).exists());

    drop(other);
    verify_version(&workspace, 6);
    assert!(!folder(&versions[0]).exists() && !versions[0].exists());
}

#[test]
fn what_is_old_or_half_prepared_goes() {
    let workspace = with_project();
    let old = verify_version(&workspace, 0);
    set_age(&old, Duration::from_secs(15 * 24 * 60 * 60));
    let half = old.with_file_name("demo-plain-0123456789abcdef-1-1.record");
    fs::write(&half, "").unwrap();
    fs::create_dir(folder(&half)).unwrap();
    fs::write(folder(&half).join("file"), "").unwrap();

    let new = verify_version(&workspace, 1);
    assert_eq!(entries(&workspace), [folder(&new), new]);
}

#[test]
fn a_folder_that_is_used_again_is_young_again() {
    let workspace = with_project();
    let record = verify_version(&workspace, 0);
    set_age(&record, Duration::from_secs(13 * 24 * 60 * 60));
    let run = verify(&workspace, &[&["project"][..], &PASSED].concat());
    assert_eq!(run.code, 0, "{run:#?}");
    assert_eq!(records(&workspace), std::slice::from_ref(&record));
    let age = fs::metadata(&record).unwrap().modified().unwrap().elapsed();
    assert!(age.is_ok_and(|age| age < Duration::from_secs(24 * 60 * 60)));
}

/// A dot in the name of a client is no ending of a file's name.
#[test]
fn a_folder_with_a_dot_in_its_name_stays_while_it_is_prepared() {
    let workspace = with_project();
    let record = verify_version(&workspace, 0);
    let dotted = record.with_file_name("demo-vert.x-0123456789abcdef-1-1.record");
    let preparing = File::create(&dotted).unwrap();
    preparing.lock().unwrap();
    fs::create_dir(folder(&dotted)).unwrap();

    verify_version(&workspace, 1);
    assert!(dotted.exists() && folder(&dotted).is_dir());
    drop(preparing);
    verify_version(&workspace, 2);
    assert!(!dotted.exists() && !folder(&dotted).exists());
}

#[test]
fn a_folder_that_has_broken_since_is_prepared_anew() {
    let workspace = with_project();
    let record = verify_version(&workspace, 0);
    fs::remove_file(folder(&record).join(".ssojet-verify/driver.sh")).unwrap();
    let run = verify(&workspace, &[&["project"][..], &PASSED].concat());
    assert_eq!(run.code, 0, "{run:#?}");
}

/// A project may have secrets in files that git does not ignore.
#[cfg(unix)]
#[test]
fn nobody_else_can_look_into_it_and_usual_files_of_secrets_are_not_copied() {
    use std::os::unix::fs::PermissionsExt as _;

    let workspace = with_project();
    for name in [".env.local", ".envrc", "sub/.env.production"] {
        workspace.write(&format!("project/{name}"), "my own\n");
    }
    workspace.write("project/.env.example", "an example\n");
    let prepared = folder(&verify_version(&workspace, 0));
    let kept = |name: &str| prepared.join(name).exists();
    assert!(kept(".env.example"));
    assert!(!kept(".env.local") && !kept(".envrc") && !kept("sub"));
    let mode = |path: &str| {
        fs::metadata(workspace.path(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("cache/ssojet-gen/verify"), 0o700);
}
