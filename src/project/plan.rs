//! What a command would write, as a value.

use std::{borrow::Cow, collections::BTreeMap, ops::Bound};

use super::digest::sha256;
use crate::catalog::Content;

/// What a command would write: files by their path, nothing written yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    files: BTreeMap<String, PlannedFile>,
    /// Each path in lower case with the path as it is, to find clashes.
    folded: BTreeMap<String, String>,
}

/// One file of a plan.
#[derive(Debug, Clone)]
pub struct PlannedFile {
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    /// Its SHA-256, where that is known without looking.
    known_sha256: Option<&'static str>,
}

/// Wherever they come from, the same bytes are the same file.
impl PartialEq for PlannedFile {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for PlannedFile {}

impl From<Vec<u8>> for PlannedFile {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes: bytes.into(),
            known_sha256: None,
        }
    }
}

impl From<Content> for PlannedFile {
    fn from(content: Content) -> Self {
        match content {
            Content::Embedded { bytes, sha256 } => Self {
                bytes: bytes.into(),
                known_sha256: Some(sha256),
            },
            Content::Rendered(text) => text.into_bytes().into(),
        }
    }
}

impl PlannedFile {
    /// The SHA-256 of its content in lower-case hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> Cow<'static, str> {
        match self.known_sha256 {
            Some(known) => known.into(),
            None => sha256(&self.bytes).into(),
        }
    }

    /// The permissions, of which the user's umask takes its part: a script has a `#!` line.
    #[must_use]
    pub fn mode(&self) -> u32 {
        if self.bytes.starts_with(b"#!") {
            0o777
        } else {
            0o666
        }
    }
}

/// Why a path cannot be in a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It leaves the folder, or may do so on some system.
    #[error("the path `{path}` is not a plain relative path within the folder")]
    Outside {
        /// Which.
        path: String,
    },
    /// Some system has no such name.
    #[error("the path `{path}` has a part that some system cannot name: `{part}`")]
    Reserved {
        /// Which.
        path: String,
        /// The part of it.
        part: String,
    },
    /// It is part of a repository's own folder, where a file could become a command that git runs.
    #[error("the path `{path}` lies in a `.git` folder; give it another name")]
    Git {
        /// Which.
        path: String,
    },
    /// Two paths are one, at least on a system that does not tell `A` from `a`.
    #[error("the paths `{path}` and `{other}` clash")]
    Clash {
        /// One.
        path: String,
        /// The other.
        other: String,
    },
}

impl Plan {
    /// Adds a file.
    ///
    /// # Errors
    /// When the path could leave the folder, could not be written on every system, or is there already.
    pub fn insert(&mut self, path: &str, file: impl Into<PlannedFile>) -> Result<(), PlanError> {
        check_path(path)?;
        let folded = path.to_lowercase();
        if let Some(other) = self.clashing(&folded) {
            return Err(PlanError::Clash {
                path: path.to_owned(),
                other: other.to_owned(),
            });
        }
        self.folded.insert(folded, path.to_owned());
        self.files.insert(path.to_owned(), file.into());
        Ok(())
    }

    /// A path that is this one, a folder that it lies in, or a file that would lie in it.
    fn clashing(&self, folded: &str) -> Option<&str> {
        let folders = folded.match_indices('/').map(|(end, _)| &folded[..end]);
        let outer = folders
            .chain([folded])
            .find_map(|path| self.folded.get(path));
        let prefix = format!("{folded}/");
        let inner = || {
            let from = (Bound::Included(&*prefix), Bound::Unbounded);
            let (path, shown) = self.folded.range::<str, _>(from).next()?;
            path.starts_with(&prefix).then_some(shown)
        };
        outer.or_else(inner).map(String::as_str)
    }

    /// Adds every file of another plan below a folder.
    ///
    /// # Errors
    /// As [`Plan::insert`].
    pub fn insert_below(&mut self, folder: &str, plan: Plan) -> Result<(), PlanError> {
        for (path, file) in plan.files {
            self.insert(&format!("{folder}/{path}"), file)?;
        }
        Ok(())
    }

    /// The files, sorted by path, for another plan.
    pub fn into_files(self) -> impl Iterator<Item = (String, PlannedFile)> {
        self.files.into_iter()
    }

    /// The files, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &PlannedFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// One file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&PlannedFile> {
        self.files.get(path)
    }

    /// How many files there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The size of all files together, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.files.values().map(|file| file.bytes.len()).sum()
    }
}

/// The names of devices on Windows, with any extension.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8",
    "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Whether a path can be in a plan.
///
/// # Errors
/// When it could leave the folder, or could not be written on every system.
pub fn check_path(path: &str) -> Result<(), PlanError> {
    let outside = || PlanError::Outside {
        path: path.to_owned(),
    };
    if path.starts_with('/') || path.contains(['\\', ':']) {
        return Err(outside());
    }
    for part in path.split('/') {
        if matches!(part, "" | "." | "..") {
            return Err(outside());
        }
        // `git~1` is `.git` by its short name on Windows.
        let bare = part.trim_end_matches(['.', ' ']);
        if is_one_of(bare, &[".git", "git~1"]) {
            return Err(PlanError::Git {
                path: path.to_owned(),
            });
        }
        let stem = part.split('.').next().unwrap_or_default();
        let is_unfit = |c: char| c.is_control() || "<>\"|?*".contains(c);
        if is_one_of(stem, &DEVICES) || part.ends_with(['.', ' ']) || part.contains(is_unfit) {
            return Err(PlanError::Reserved {
                path: path.to_owned(),
                part: part.to_owned(),
            });
        }
    }
    Ok(())
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_paths_that_could_leave_the_folder_or_not_exist_on_some_system() {
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a//b",
            "./a",
            "a/",
            r"a\b",
            "C:/x",
            "aux",
            "a/NUL.txt",
            "a.",
            "a ",
            "a\nb",
            "a*",
            ".git/hooks/pre-commit",
            "sub/.GIT/config",
            "GIT~1/config",
        ] {
            assert!(Plan::default().insert(path, vec![]).is_err(), "{path:?}");
        }
        for path in [".gitignore", "src/a.b/c-d_e.py", "auxiliary", "ünïcode/ä"] {
            assert!(Plan::default().insert(path, vec![]).is_ok(), "{path:?}");
        }
    }

    #[test]
    fn refuses_a_second_file_in_one_place() {
        let mut plan = Plan::default();
        plan.insert("src/a", vec![]).unwrap();
        for path in ["src/a", "SRC/A", "src", "src/a/b"] {
            assert!(
                matches!(plan.insert(path, vec![]), Err(PlanError::Clash { .. })),
                "{path}"
            );
        }
        plan.insert("src/ab", vec![]).unwrap();
        assert_eq!(plan.len(), 2);
    }
}
