use std::{
    fs,
    io::{self, Write as _},
    path::Path,
};

use tempfile::Builder;

use super::{WriteError, io_error, parent_of};
use crate::project::plan::PlannedFile;

/// Writes a file whole or not at all. What is there is replaced, be it a link; a file's permissions and
/// owner stay.
pub(super) fn replace(place: &Path, file: &PlannedFile) -> Result<(), WriteError> {
    let parent = parent_of(place);
    fs::create_dir_all(parent).map_err(io_error(parent))?;
    let mut builder = Builder::new();
    builder.prefix(".ssojet-gen-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(file.mode()));
    let mut draft = builder.tempfile_in(parent).map_err(io_error(place))?;
    draft.write_all(&file.bytes).map_err(io_error(place))?;
    keep_rights(draft.path(), place).map_err(io_error(place))?;
    draft
        .persist(place)
        .map_err(|error| io_error(place)(error.error))?;
    Ok(())
}

/// Gives a draft the permissions and the owner of the file that it will replace, if there is one.
#[cfg(unix)]
pub(super) fn keep_rights(draft: &Path, place: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, lchown};

    let Ok(found) = fs::symlink_metadata(place) else {
        return Ok(());
    };
    if !found.is_file() {
        return Ok(());
    }
    let own = fs::symlink_metadata(draft)?;
    if (own.uid(), own.gid()) != (found.uid(), found.gid()) {
        // Only root may give a file away; for everybody else it becomes theirs.
        let _ = lchown(draft, Some(found.uid()), Some(found.gid()));
    }
    // After the owner: a change of that takes rights away.
    fs::set_permissions(draft, found.permissions())
}

#[cfg(not(unix))]
pub(super) fn keep_rights(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
