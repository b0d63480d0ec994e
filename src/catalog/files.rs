use std::{borrow::Cow, collections::BTreeMap, fs, ops::Bound, path::Path};

use ignore::{DirEntry, WalkBuilder};
use include_dir::{Dir, include_dir};

use super::CatalogError;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// What stands at the top of a catalogue.
const TOP: [&str; 8] = [
    "catalog.yaml",
    "contract.yaml",
    "docs",
    "languages",
    "prompts",
    "shared",
    "troubleshooting.yaml",
    "vectors.json",
];

/// The catalogue's files by their path with `/`, relative to its root: the embedded ones, and over
/// them those of the folder that the user names.
#[derive(Debug, Clone)]
pub struct Files {
    files: BTreeMap<Cow<'static, str>, File>,
    /// Where the files that lie over the embedded ones were read from, for messages.
    overlay: Option<String>,
}

#[derive(Debug, Clone)]
enum File {
    Embedded(&'static [u8]),
    Overlay(Vec<u8>),
}

impl Files {
    /// The files compiled into the program.
    #[must_use]
    pub fn embedded() -> Self {
        let mut files = BTreeMap::new();
        collect(&EMBEDDED, &mut files);
        Self {
            files,
            overlay: None,
        }
    }

    /// The embedded files with those of `folder` laid over them.
    ///
    /// # Errors
    /// When the folder cannot be read, or holds a symbolic link or a name that is not Unicode.
    pub fn with_overlay(folder: &Path) -> Result<Self, CatalogError> {
        let mut files = Self::embedded().files;
        let unreadable = |path: &Path, source| CatalogError::Unreadable {
            path: path.to_owned(),
            source,
        };
        fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
        let mut has_catalog = false;
        // A catalogue may be a repository of its own.
        let is_catalog = |entry: &DirEntry| entry.depth() != 1 || entry.file_name() != ".git";
        let walk = WalkBuilder::new(folder)
            .standard_filters(false)
            .filter_entry(is_catalog)
            .build();
        for entry in walk {
            let entry = entry.map_err(|error| {
                let source = error
                    .into_io_error()
                    .unwrap_or_else(|| std::io::Error::other("cannot be listed"));
                unreadable(folder, source)
            })?;
            let path = entry.path();
            match entry.file_type() {
                Some(kind) if kind.is_file() => {}
                Some(kind) if kind.is_symlink() => {
                    return Err(CatalogError::Symlink {
                        path: path.to_owned(),
                    });
                }
                _ => continue,
            }
            let relative = path.strip_prefix(folder).unwrap_or(path);
            let name = relative.to_str().ok_or_else(|| CatalogError::NotUnicode {
                path: path.to_owned(),
            })?;
            let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
            let name = name.replace('\\', "/");
            let top = name.split('/').next().unwrap_or_default();
            has_catalog |= TOP.contains(&top);
            files.insert(name.into(), File::Overlay(bytes));
        }
        if !has_catalog {
            return Err(CatalogError::NoCatalog {
                path: folder.to_owned(),
            });
        }
        Ok(Self {
            files,
            overlay: Some(folder.display().to_string()),
        })
    }

    /// Whether it is the file compiled into the program.
    pub(super) fn is_embedded(&self, path: &str) -> bool {
        matches!(self.files.get(path), Some(File::Embedded(_)))
    }

    /// Every path, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(AsRef::as_ref)
    }

    /// The paths below `folder` (given without a `/` at its end), sorted, with the part that follows it.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let prefix = format!("{folder}/");
        self.files
            .range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded))
            .map(|(path, _)| path.as_ref())
            .take_while({
                let prefix = prefix.clone();
                move |path| path.starts_with(&prefix)
            })
            .map(move |path| (path, &path[prefix.len()..]))
    }

    /// The bytes of one file.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(|file| match file {
            File::Embedded(bytes) => bytes,
            File::Overlay(bytes) => bytes.as_slice(),
        })
    }

    /// The text of one file.
    ///
    /// # Errors
    /// When there is no such file or it is not UTF-8.
    pub fn text(&self, path: &str) -> Result<&str, CatalogError> {
        let bytes = self.bytes(path).ok_or_else(|| CatalogError::NoSuchFile {
            path: self.shown(path),
        })?;
        std::str::from_utf8(bytes).map_err(|_| CatalogError::NotUtf8 {
            path: self.shown(path),
        })
    }

    /// The path as a message shows it, with the folder that it was read from.
    #[must_use]
    pub fn shown(&self, path: &str) -> String {
        let root = match (self.files.get(path), &self.overlay) {
            (Some(File::Overlay(_)), Some(folder)) => folder,
            _ => "templates",
        };
        format!("{}/{path}", root.trim_end_matches('/'))
    }
}

fn collect(dir: &'static Dir<'_>, files: &mut BTreeMap<Cow<'static, str>, File>) {
    for file in dir.files() {
        if let Some(path) = file.path().to_str() {
            let path = if path.contains('\\') {
                path.replace('\\', "/").into()
            } else {
                Cow::Borrowed(path)
            };
            files.insert(path, File::Embedded(file.contents()));
        }
    }
    for dir in dir.dirs() {
        collect(dir, files);
    }
}
