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
        if record.is_empty() {
            return None;
        }
        // Where another run looks whether it is in use, or removes it, that takes a moment.
        let _ = record.file.lock_shared();
        record.is_ready().then_some(record)
    }

    /// One that nobody uses. On a file system that knows no locks there is none.
    pub fn of_unused(place: &Path) -> Option<Self> {
        Self::open(place).filter(|record| record.file.try_lock().is_ok())
    }

    /// Whether its folder is there and ready to be used.
    pub fn is_ready(&self) -> bool {
        !self.is_empty() && self.place.exists() && self.folder().is_dir()
    }

    /// When its folder was used last.
    pub fn used(&self) -> Option<SystemTime> {
        self.file.metadata().and_then(|found| found.modified()).ok()
    }

    fn is_empty(&self) -> bool {
        self.file.metadata().map_or(true, |found| found.len() == 0)
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
        // Between the two locks another run may look at it, but leaves alone what has just changed.
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
        // Some systems share a lock of readers alone, and have one that excludes for writers alone.
        let options = File::options().read(true).append(true).open(place);
        let file = options.ok()?;
        let place = place.to_owned();
        Some(Self { place, file })
    }
}
