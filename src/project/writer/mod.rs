//! The one module that changes the user's files.
#![allow(clippy::disallowed_methods)]

mod action;
mod error;
mod named_file;
mod replace;
mod staging;

use std::{collections::BTreeMap, fs, io, io::Write as _, path::Path};

use tempfile::{Builder, TempDir};

pub use self::{
    action::{Action, OnConflict},
    error::WriteError,
    named_file::{check_writable, is_stdout, put},
};

use staging::Staging;

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
            Ok(found) if !found.is_file() && !found.is_symlink() => {
                // A device, a pipe or a socket: neither read nor replaced.
                return Err(WriteError::InTheWay {
                    path: place,
                    wanted: "plain file",
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
/// the provenance file last, so that the same call completes what a killed one began. Where interruptions
/// are noted, one leaves nothing behind.
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
        replace_all(first.into_iter().chain(last).collect(), folder)?;
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

/// Makes an empty file of our own, which must not be there, open for reading and writing.
///
/// # Errors
/// When the system refuses.
pub fn create_own(place: &Path) -> Result<fs::File, WriteError> {
    let mut options = fs::OpenOptions::new();
    let options = options.read(true).write(true).create_new(true);
    options.open(place).map_err(io_error(place))
}

/// Removes a file of our own.
///
/// # Errors
/// When the system refuses.
pub fn remove_file(place: &Path) -> Result<(), WriteError> {
    fs::remove_file(place).map_err(io_error(place))
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
        .map_err(|source| WriteError::Temporary {
            path: std::env::temp_dir(),
            source,
        })
}

/// Makes a folder of our own, if it is not there, which nobody else can look into, and sees that files can be
/// written in it.
///
/// # Errors
/// When the system refuses.
pub fn make_private_folder(folder: &Path) -> Result<(), WriteError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .and_then(|()| tempfile::tempfile_in(folder))
        .map(drop)
        .map_err(io_error(folder))
}

fn create_whole(plan: &Plan, folder: &Path) -> Result<(), WriteError> {
    let parent = parent_of(folder);
    fs::create_dir_all(parent).map_err(io_error(parent))?;
    let staging = Staging::new_in(parent).map_err(io_error(folder))?;
    staging.fill(plan.files(), folder)?;
    fs::rename(staging.draft(), folder).map_err(io_error(folder))
}

/// Writes files into a folder that is there: all of them beside it first, then each in its place, in this order.
fn replace_all(files: Vec<(&str, &PlannedFile)>, folder: &Path) -> Result<(), WriteError> {
    let Some((first, _)) = files.first() else {
        return Ok(());
    };
    let staging = Staging::new_in(folder).map_err(io_error(&folder.join(first)))?;
    staging.fill(files.iter().copied(), folder)?;
    let draft = staging.draft();
    for (path, file) in files {
        let place = folder.join(path);
        let cannot = io_error(&place);
        let parent = parent_of(&place);
        fs::create_dir_all(parent).map_err(io_error(parent))?;
        let moved = replace::keep_rights(&draft.join(path), &place)
            .and_then(|()| fs::rename(draft.join(path), &place));
        match moved {
            // Another disk is mounted there.
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                replace::replace(&place, file)?;
            }
            moved => moved.map_err(cannot)?,
        }
    }
    Ok(())
}

fn create(place: &Path, file: &PlannedFile) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, file.mode());
    options.open(place)?.write_all(&file.bytes)
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
    Ok(if bytes == *file.bytes {
        Some(Action::Same)
    } else if with_unix_line_ends(&bytes) == *file.bytes {
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
    move |source| WriteError::Io {
        path,
        // The library for temporary files adds a path that nobody has asked for.
        source: match source.raw_os_error() {
            Some(_) => source,
            None => source.kind().into(),
        },
    }
}

fn unreadable(path: &Path, source: io::Error) -> WriteError {
    WriteError::Unreadable {
        path: path.to_owned(),
        source,
    }
}
