//! The one module that changes the user's files.
#![allow(clippy::disallowed_methods)]

mod action;
mod error;

use std::{collections::BTreeMap, fs, io, io::Write as _, path::Path};

use tempfile::{Builder, TempDir};

pub use self::{
    action::{Action, OnConflict},
    error::WriteError,
};

use super::{
    plan::{Plan, PlannedFile},
    provenance::PROVENANCE_FILE,
};

/// What writing a plan into a folder means for each file; nothing is written.
///
/// # Errors
/// When a symbolic link or a file is where a folder has to be, or a file cannot be read.
pub fn preview(
    plan: &Plan,
    folder: &Path,
    on_conflict: OnConflict,
) -> Result<BTreeMap<String, Action>, WriteError> {
    if !check_root(folder)? {
        return Ok(plan
            .files()
            .map(|(path, _)| (path.to_owned(), Action::Create))
            .collect());
    }
    let mut actions = BTreeMap::new();
    for (path, file) in plan.files() {
        check_parents(folder, path)?;
        let place = folder.join(path);
        let action = match fs::symlink_metadata(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Action::Create,
            Err(source) => return Err(unreadable(&place, source)),
            Ok(found) if found.is_dir() => {
                return Err(WriteError::InTheWay {
                    path: place,
                    wanted: "file",
                });
            }
            Ok(found) => {
                let same = if found.is_file() {
                    compared(&place, file)?
                } else {
                    None
                };
                same.unwrap_or(match on_conflict {
                    OnConflict::Refuse => Action::Conflict,
                    OnConflict::Overwrite => Action::Overwrite,
                    OnConflict::Skip => Action::Skip,
                })
            }
        };
        actions.insert(path.to_owned(), action);
    }
    Ok(actions)
}

/// Writes a plan into a folder.
///
/// A folder that is not there appears whole or not at all. In one that is there each file does,
/// the provenance file last, so that the same call completes what a killed one began.
///
/// # Errors
/// [`WriteError::Conflict`] with all files in the way, before anything is written; else what the system refused.
pub fn write(
    plan: &Plan,
    folder: &Path,
    on_conflict: OnConflict,
) -> Result<BTreeMap<String, Action>, WriteError> {
    let actions = preview(plan, folder, on_conflict)?;
    let paths: Vec<String> = actions
        .iter()
        .filter(|(_, action)| **action == Action::Conflict)
        .map(|(path, _)| path.clone())
        .collect();
    if !paths.is_empty() {
        return Err(WriteError::Conflict {
            folder: folder.to_owned(),
            paths,
        });
    }
    if folder.exists() {
        let wanted = |path: &str| matches!(actions[path], Action::Create | Action::Overwrite);
        let (last, first): (Vec<_>, Vec<_>) = plan
            .files()
            .filter(|(path, _)| wanted(path))
            .partition(|(path, _)| *path == PROVENANCE_FILE);
        for (path, file) in first.into_iter().chain(last) {
            replace(&folder.join(path), file)?;
        }
    } else if let Err(error) = create_whole(plan, folder) {
        // Another run may have made the folder meanwhile, of the same files or of others.
        if !folder.is_dir() {
            return Err(error);
        }
        return write(plan, folder, on_conflict);
    }
    Ok(actions)
}

/// Removes files that a plan no longer has, and the folders that this leaves empty.
///
/// # Errors
/// When the system refuses.
pub fn remove(folder: &Path, paths: &[String]) -> Result<(), WriteError> {
    for path in paths {
        check_parents(folder, path)?;
        let place = folder.join(path);
        fs::remove_file(&place).map_err(io_error(&place))?;
        let parents = place.ancestors().skip(1);
        for parent in parents.take_while(|parent| *parent != folder) {
            // It stays where it is not empty.
            if fs::remove_dir(parent).is_err() {
                break;
            }
        }
    }
    Ok(())
}

/// Replaces the content of one file of our own, in place.
///
/// # Errors
/// When the system refuses.
pub fn overwrite(place: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    fs::write(place, bytes).map_err(io_error(place))
}

/// Writes one file that the person named, whole or not at all; what is there is replaced.
///
/// # Errors
/// When the system refuses.
pub fn put(place: &Path, bytes: Vec<u8>) -> Result<(), WriteError> {
    replace(place, &PlannedFile { bytes })
}

/// Removes a folder of our own with all that is in it.
///
/// # Errors
/// When the system refuses.
pub fn remove_folder(folder: &Path) -> Result<(), WriteError> {
    fs::remove_dir_all(folder).map_err(io_error(folder))
}

/// A temporary folder that goes when it is dropped.
///
/// # Errors
/// When the system refuses.
pub fn temporary_folder() -> Result<TempDir, WriteError> {
    Builder::new()
        .prefix("ssojet-gen-")
        .tempdir()
        .map_err(io_error(&std::env::temp_dir()))
}

fn create_whole(plan: &Plan, folder: &Path) -> Result<(), WriteError> {
    let parent = parent_of(folder);
    fs::create_dir_all(parent).map_err(io_error(parent))?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let staging = Builder::new()
        .prefix(&format!(".{name}.unfinished-"))
        .tempdir_in(parent)
        .map_err(io_error(folder))?;
    // The temporary folder is private; the one inside has the permissions that the user's umask gives.
    let draft = staging.path().join("project");
    fs::create_dir(&draft).map_err(io_error(folder))?;
    let mut made = draft.clone();
    for (path, file) in plan.files() {
        let place = draft.join(path);
        // Paths are sorted, so that the files of a folder come together.
        if let Some(parent) = place.parent().filter(|parent| *parent != made) {
            fs::create_dir_all(parent).map_err(io_error(&folder.join(path)))?;
            parent.clone_into(&mut made);
        }
        create(&place, file).map_err(io_error(&folder.join(path)))?;
    }
    fs::rename(&draft, folder).map_err(io_error(folder))
}

fn create(place: &Path, file: &PlannedFile) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, file.mode());
    options.open(place)?.write_all(&file.bytes)
}

fn replace(place: &Path, file: &PlannedFile) -> Result<(), WriteError> {
    let parent = parent_of(place);
    fs::create_dir_all(parent).map_err(io_error(parent))?;
    let mut builder = Builder::new();
    builder.prefix(".ssojet-gen-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(file.mode()));
    let mut draft = builder.tempfile_in(parent).map_err(io_error(place))?;
    draft.write_all(&file.bytes).map_err(io_error(place))?;
    draft
        .persist(place)
        .map_err(|error| io_error(place)(error.error))?;
    Ok(())
}

fn parent_of(place: &Path) -> &Path {
    match place.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// In what way a file that is there is the planned one, if it is.
fn compared(place: &Path, file: &PlannedFile) -> Result<Option<Action>, WriteError> {
    let bytes = fs::read(place).map_err(|source| unreadable(place, source))?;
    Ok(if bytes == file.bytes {
        Some(Action::Same)
    } else if with_unix_line_ends(&bytes) == file.bytes {
        Some(Action::LineEnds)
    } else {
        None
    })
}

fn with_unix_line_ends(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                text.extend_from_slice(line);
                text.push(b'\n');
            }
            None => text.extend_from_slice(line),
        }
    }
    text
}

/// Whether the folder is there. It may be reached through a link, but has to be a folder.
fn check_root(folder: &Path) -> Result<bool, WriteError> {
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(WriteError::InTheWay {
            path: folder.to_owned(),
            wanted: "folder",
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if fs::symlink_metadata(folder).is_ok() {
                return Err(WriteError::Symlink {
                    path: folder.to_owned(),
                });
            }
            if folder.file_name().is_none() {
                return Err(WriteError::Unnamed {
                    path: folder.to_owned(),
                });
            }
            Ok(false)
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(WriteError::InTheWay {
            path: folder.parent().unwrap_or(folder).to_owned(),
            wanted: "folder",
        }),
        Err(source) => Err(unreadable(folder, source)),
    }
}

/// The folders between the root and the file are folders, not links that lead out of it.
fn check_parents(folder: &Path, path: &str) -> Result<(), WriteError> {
    let mut place = folder.to_owned();
    let parents = path.rsplit_once('/').map_or("", |(parents, _)| parents);
    for part in parents.split('/').filter(|part| !part.is_empty()) {
        place.push(part);
        match fs::symlink_metadata(&place) {
            Ok(found) if found.is_dir() => {}
            Ok(found) if found.is_symlink() => return Err(WriteError::Symlink { path: place }),
            Ok(_) => {
                return Err(WriteError::InTheWay {
                    path: place,
                    wanted: "folder",
                });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(unreadable(&place, source)),
        }
    }
    Ok(())
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    move |source| WriteError::Io { path, source }
}

fn unreadable(path: &Path, source: io::Error) -> WriteError {
    WriteError::Unreadable {
        path: path.to_owned(),
        source,
    }
}
