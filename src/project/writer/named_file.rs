//! Files that the person named: a report may as well go to a device, a pipe or standard output.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use super::{WriteError, io_error, parent_of, replace::replace};
use crate::project::plan::PlannedFile;

/// Writes one file that the person named.
///
/// A plain file, or one that is not there yet, appears whole or not at all and keeps its permissions. A link is
/// followed. Anything else (a device, a pipe, standard output) is opened and written to.
///
/// # Errors
/// When the system refuses.
pub fn put(place: &Path, bytes: Vec<u8>) -> Result<(), WriteError> {
    if let Some(mut stdout) = stdout_named(place) {
        return stdout.write_all(&bytes).map_err(io_error(place));
    }
    let file = PlannedFile::from(bytes);
    match fs::metadata(place) {
        Ok(found) if found.is_file() => {
            let target = fs::canonicalize(place).map_err(io_error(place))?;
            match replace(&target, &file) {
                Err(WriteError::Io { source, .. }) if is_about_the_folder(&source) => {
                    write_in_place(place, &file.bytes)
                }
                replaced => replaced,
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && !place.is_symlink() => {
            replace(place, &file)
        }
        _ => write_in_place(place, &file.bytes),
    }
}

/// Finds out whether [`put`] could write there, and changes nothing.
///
/// # Errors
/// Why it could not.
pub fn check_writable(place: &Path) -> Result<(), WriteError> {
    if is_stdout(place) {
        return Ok(());
    }
    let cannot = io_error(place);
    match fs::metadata(place) {
        Ok(found) if found.is_dir() => Err(cannot(io::ErrorKind::IsADirectory.into())),
        Ok(found) if found.is_file() => {
            let opened = OpenOptions::new().append(true).open(place);
            let can_replace = || {
                let target = fs::canonicalize(place)?;
                tempfile::tempfile_in(parent_of(&target))
            };
            opened.or_else(|_| can_replace()).map_err(cannot)?;
            Ok(())
        }
        // Opening a pipe would wait for its reader.
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let target = fs::read_link(place).map(|target| parent_of(place).join(target));
            let target = target.unwrap_or_else(|_| place.to_owned());
            let mut folder = parent_of(&target);
            // Folders that are missing are made.
            while !place.is_symlink() && !folder.exists() && folder != parent_of(folder) {
                folder = parent_of(folder);
            }
            tempfile::tempfile_in(folder).map_err(cannot)?;
            Ok(())
        }
        Err(source) => Err(cannot(source)),
    }
}

/// Whether this is the program's standard output by another name, such as `/dev/stdout`.
#[must_use]
pub fn is_stdout(place: &Path) -> bool {
    stdout_named(place).is_some()
}

#[cfg(unix)]
fn stdout_named(place: &Path) -> Option<File> {
    use std::{
        io::IsTerminal as _,
        os::{
            fd::AsFd as _,
            unix::fs::{FileTypeExt as _, MetadataExt as _},
        },
    };

    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned().ok()?);
    let (found, own) = (fs::metadata(place).ok()?, stdout.metadata().ok()?);
    let is_same = (found.dev(), found.ino()) == (own.dev(), own.ino());
    // `/dev/null` may well be both and is not meant as standard output.
    let is_other_device = own.file_type().is_char_device() && !stdout.is_terminal();
    (is_same && !is_other_device).then_some(stdout)
}

#[cfg(not(unix))]
fn stdout_named(_: &Path) -> Option<File> {
    None
}

/// Whether a file might be written though nothing can be put in its place: its folder is not ours, or a container
/// has mounted the one file.
fn is_about_the_folder(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    matches!(
        error.kind(),
        PermissionDenied | ReadOnlyFilesystem | ResourceBusy
    )
}

fn write_in_place(place: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    fs::write(place, bytes).map_err(io_error(place))
}
