use std::{
    fs::{File, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::project::writer::{self, WriteError};

/// The file beside a prepared folder. It is empty until the folder is ready, its age is that of the folder's last use,
/// and who prepares or uses the folder holds a lock on it, which goes with the process.
#[derive(Debug)]
pub struct Record {
    place: PathBuf,
    file: File,
}

impl Record {
    /// A new one, which this run alone holds; nothing if another run has just taken it for left over.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn create(place: &Path) -> Result<Option<Self>, WriteError> {
        let file = writer::create_own(place)?;
        let is_taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        // The other run may have removed it before the lock was ours.
        let is_ours = !is_taken && place.exists();
        let place = place.to_owned();
        Ok(is_ours.then_some(Self { place, file }))
    }

    /// One whose folder is ready, with a lock that other users of the folder share.
    pub fn of_ready(place: &Path) -> Option<Self> {
        let record = Self::open(place)?;
        let is_free = !matches!(record.file.try_lock_shared(), Err(TryLockError::WouldBlock));
        (is_free && record.is_ready()).then_some(record)
    }

    /// One that nobody uses. On a file system that knows no locks there is none.
    pub fn of_unused(place: &Path) -> Option<Self> {
        Self::open(place).filter(|record| record.file.try_lock().is_ok())
    }

    /// Whether its folder is there and ready to be used.
    pub fn is_ready(&self) -> bool {
        let is_filled = self.file.metadata().is_ok_and(|found| found.len() > 0);
        is_filled && self.place.exists() && self.folder().is_dir()
    }

    /// The folder that it stands beside.
    pub fn folder(&self) -> PathBuf {
        self.place.with_extension("")
    }

    /// Its folder is being used.
    pub fn touch(&self) {
        // A folder whose age is not renewed is cleared away too early, and prepared again.
        let _ = self.file.set_modified(SystemTime::now());
    }

    /// Lets other runs use the folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn set_ready(&mut self) -> Result<(), WriteError> {
        let written = self.file.write_all(b"ready\n");
        written.map_err(|source| WriteError::Io {
            path: self.place.clone(),
            source,
        })?;
        // A run that clears away leaves the newest alone, so that nothing can happen in between.
        let _ = self.file.unlock().and_then(|()| self.file.lock_shared());
        Ok(())
    }

    /// Removes the folder and this. What cannot be removed is left to a later run.
    pub fn clear(self) {
        let folder = self.folder();
        if !folder.exists() || writer::remove_folder(&folder).is_ok() {
            let _ = writer::remove_file(&self.place);
        }
    }

    fn open(place: &Path) -> Option<Self> {
        let file = File::options().append(true).open(place).ok()?;
        let place = place.to_owned();
        Some(Self { place, file })
    }
}
