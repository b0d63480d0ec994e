use std::{io, path::PathBuf};

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Files are in the way.
    #[error("{} in `{}`, nothing was written:\n{}",
        if paths.len() == 1 { "a file is in the way" } else { "files are in the way" }, folder.display(), indented(paths))]
    Conflict {
        /// The folder.
        folder: PathBuf,
        /// The files' paths in it.
        paths: Vec<String>,
    },
    /// A part of a path leads elsewhere.
    #[error("`{}` is a symbolic link; nothing was written through it: remove it, or use another folder", path.display())]
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// A file is where a folder has to be, or the other way round.
    #[error("`{}` is in the way: it is not a {wanted}; move it, or use another folder", path.display())]
    InTheWay {
        /// What is there.
        path: PathBuf,
        /// What has to be there.
        wanted: &'static str,
    },
    /// A folder that is to be made has no name of its own.
    #[error("`{}` is not there and ends in no name: name the folder itself", path.display())]
    Unnamed {
        /// Which.
        path: PathBuf,
    },
    /// The person wants the program to end.
    #[error("interrupted, nothing was written")]
    Interrupted,
    /// The system refuses.
    #[error("cannot write `{}`: {source}{}", path.display(), advice(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no place for temporary folders.
    #[error("cannot make a temporary folder in `{}`: {source}; `TMPDIR` names another place", path.display())]
    Temporary {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is there cannot be compared.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; name another place, or make this one writable"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room on the disk",
        _ => "",
    }
}

fn indented(paths: &[String]) -> String {
    let lines: Vec<String> = paths.iter().map(|path| format!("  {path}")).collect();
    lines.join("\n")
}
