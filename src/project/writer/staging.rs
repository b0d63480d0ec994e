use std::{
    fs::{self, File},
    io,
    path::Path,
};

use rayon::prelude::*;
use tempfile::{Builder, TempDir};

use super::{WriteError, create, io_error};
use crate::{project::plan::PlannedFile, system::interrupt};

/// What the names of unfinished folders begin with.
const PREFIX: &str = ".ssojet-gen.unfinished-";
/// The file in one that its maker holds locked while it lives.
const LOCK: &str = "lock";
/// From so many files on, all cores write.
const MANY: usize = 100;
/// The folder in one that holds the files.
const DRAFT: &str = "project";

/// A folder in which files are written before any of them is put in its place. It goes when it is dropped; that of a
/// program that was killed goes the next time that one is made beside it.
pub(super) struct Staging {
    // Unlocked before the folder goes: an open file cannot be removed on every system.
    _lock: File,
    folder: TempDir,
}

impl Staging {
    pub(super) fn new_in(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        loop {
            let folder = Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            let place = folder.path().join(LOCK);
            let lock = match File::create(&place) {
                // Somebody has swept it away before it had its lock.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                made => made?,
            };
            // Where files cannot be locked, nothing is swept.
            let _ = lock.lock();
            if place.exists() {
                // The files lie in a folder of their own, beside the lock.
                fs::create_dir(folder.path().join(DRAFT))?;
                return Ok(Self {
                    _lock: lock,
                    folder,
                });
            }
        }
    }

    /// Where the files are written.
    pub(super) fn draft(&self) -> std::path::PathBuf {
        self.folder.path().join(DRAFT)
    }

    /// Writes files, of which nobody sees anything yet.
    ///
    /// # Errors
    /// When the system refuses, or the person interrupts; paths in messages are those in `folder`.
    pub(super) fn fill<'a>(
        &self,
        files: impl Iterator<Item = (&'a str, &'a PlannedFile)>,
        folder: &Path,
    ) -> Result<(), WriteError> {
        let files: Vec<_> = files.collect();
        if files.len() < MANY {
            return self.fill_one_by_one(&files, folder);
        }
        let size = files.len().div_ceil(rayon::current_num_threads());
        let parts = files.par_chunks(size);
        parts.try_for_each(|files| self.fill_one_by_one(files, folder))
    }

    fn fill_one_by_one(
        &self,
        files: &[(&str, &PlannedFile)],
        folder: &Path,
    ) -> Result<(), WriteError> {
        let draft = self.draft();
        let mut made = draft.clone();
        for (path, file) in files {
            if interrupt::is_noted() {
                return Err(WriteError::Interrupted);
            }
            let place = draft.join(path);
            // Paths are sorted, so that the files of a folder come together.
            if let Some(parent) = place.parent().filter(|parent| *parent != made) {
                fs::create_dir_all(parent).map_err(io_error(&folder.join(path)))?;
                parent.clone_into(&mut made);
            }
            create(&place, file).map_err(io_error(&folder.join(path)))?;
        }
        Ok(())
    }
}

/// Removes what programs that were killed have left.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let folder = entry.path();
        let lock = folder.join(LOCK);
        if fs::symlink_metadata(&lock).is_ok_and(|found| !found.is_file()) {
            continue; // not ours, and perhaps a pipe, which would be waited for
        }
        match File::open(lock) {
            // Its maker does not live any more.
            Ok(lock) if lock.try_lock().is_ok() => {
                drop(lock);
                let _ = fs::remove_dir_all(&folder);
            }
            // Killed before it was locked; one that is not empty stays.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let _ = fs::remove_dir(&folder);
            }
            _ => {}
        }
    }
}
