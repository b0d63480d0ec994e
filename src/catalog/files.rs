use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{MAIN_SEPARATOR, Path},
};

use ignore::WalkBuilder;
use include_dir::{Dir, DirEntry, include_dir};

use super::CatalogError;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The project files in it that have no tag, by path, with their SHA-256 in lower-case hexadecimal.
static DIGESTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/digests.rs"));

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
#[derive(Debug, Clone, Default)]
pub struct Files {
    overlay: Option<Overlay>,
}

#[derive(Debug, Clone)]
struct Overlay {
    /// The folder as the user named it, for messages.
    folder: String,
    files: BTreeMap<String, Vec<u8>>,
}

impl Files {
    /// The files compiled into the program. They are looked up where they lie: a scaffold needs few of them.
    #[must_use]
    pub fn embedded() -> Self {
        Self::default()
    }

    /// The embedded files with those of `folder` laid over them.
    ///
    /// # Errors
    /// When the folder cannot be read, or holds a symbolic link or a name that is not Unicode.
    pub fn with_overlay(folder: &Path) -> Result<Self, CatalogError> {
        let mut files = BTreeMap::new();
        let unreadable = |path: &Path, source| CatalogError::Unreadable {
            path: path.to_owned(),
            source,
        };
        fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
        let mut has_catalog = false;
        // A catalogue may be a repository of its own.
        let is_catalog =
            |entry: &ignore::DirEntry| entry.depth() != 1 || entry.file_name() != ".git";
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
            let name = name.replace(MAIN_SEPARATOR, "/");
            let top = name.split('/').next().unwrap_or_default();
            has_catalog |= TOP.contains(&top);
            files.insert(name, bytes);
        }
        if !has_catalog {
            return Err(CatalogError::NoCatalog {
                path: folder.to_owned(),
            });
        }
        let folder = folder.display().to_string();
        Ok(Self {
            overlay: Some(Overlay { folder, files }),
        })
    }

    /// Whether it is the file compiled into the program.
    pub(super) fn is_embedded(&self, path: &str) -> bool {
        self.overlaid(path).is_none() && embedded(path).is_some()
    }

    /// A file of a project that is written as it is in the program, and its SHA-256 in lower-case hexadecimal.
    pub(super) fn plain(&self, path: &str) -> Option<(&'static [u8], &'static str)> {
        if self.overlaid(path).is_some() {
            return None;
        }
        let at = DIGESTS.binary_search_by_key(&path, |(name, _)| name).ok()?;
        match embedded(path)? {
            DirEntry::File(file) => Some((file.contents(), DIGESTS[at].1)),
            DirEntry::Dir(_) => None,
        }
    }

    /// Every path, sorted.
    #[must_use]
    pub fn paths(&self) -> BTreeSet<&str> {
        let mut paths = BTreeSet::new();
        collect(&EMBEDDED, &mut paths);
        let overlay = self.overlay.iter();
        paths.extend(overlay.flat_map(|overlay| overlay.files.keys().map(String::as_str)));
        paths
    }

    /// The paths below `folder` (given without a `/` at its end), sorted, with the part that follows it.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut paths = BTreeSet::new();
        if let Some(DirEntry::Dir(dir)) = embedded(folder) {
            collect(dir, &mut paths);
        }
        let prefix = format!("{folder}/");
        if let Some(overlay) = &self.overlay {
            let files = overlay.files.range(prefix.clone()..);
            let files = files.map(|(path, _)| path.as_str());
            paths.extend(files.take_while(|path| path.starts_with(&prefix)));
        }
        let length = prefix.len();
        paths.into_iter().map(move |path| (path, &path[length..]))
    }

    /// The names of the folders directly below `folder`, sorted.
    #[must_use]
    pub fn folders_in(&self, folder: &str) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        let length = folder.len() + 1;
        if let Some(DirEntry::Dir(dir)) = embedded(folder) {
            let paths = dir.dirs().filter_map(|dir| dir.path().to_str());
            names.extend(paths.map(|path| &path[length..]));
        }
        let overlay = self.overlay.iter().flat_map(|overlay| overlay.files.keys());
        let below = overlay.filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/'));
        names.extend(below.filter_map(|path| Some(path.split_once('/')?.0)));
        names
    }

    /// The bytes of one file.
    #[must_use]
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.overlaid(path).or_else(|| match embedded(path)? {
            DirEntry::File(file) => Some(file.contents()),
            DirEntry::Dir(_) => None,
        })
    }

    fn overlaid(&self, path: &str) -> Option<&[u8]> {
        let overlay = self.overlay.as_ref()?;
        overlay.files.get(path).map(Vec::as_slice)
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
        let overlay = self.overlay.as_ref();
        let overlay = overlay.filter(|overlay| overlay.files.contains_key(path));
        let root = overlay.map_or("templates", |overlay| &overlay.folder);
        format!("{}/{path}", root.trim_end_matches('/'))
    }
}

/// What is embedded at a path. `include_dir` looks through all entries before it enters a folder; this goes down.
fn embedded(path: &str) -> Option<&'static DirEntry<'static>> {
    let mut entries = EMBEDDED.entries();
    let ends = path.match_indices('/').map(|(at, _)| at);
    for end in ends.chain([path.len()]) {
        let name = &path.as_bytes()[..end];
        // The entries of a folder are sorted.
        let name_of = |entry: &DirEntry<'static>| entry.path().as_os_str().as_encoded_bytes();
        let at = entries.binary_search_by(|entry| name_of(entry).cmp(name));
        match &entries[at.ok()?] {
            entry if end == path.len() => return Some(entry),
            DirEntry::Dir(dir) => entries = dir.entries(),
            DirEntry::File(_) => return None,
        }
    }
    None
}

fn collect(dir: &'static Dir<'_>, paths: &mut BTreeSet<&str>) {
    paths.extend(dir.files().filter_map(|file| file.path().to_str()));
    for dir in dir.dirs() {
        collect(dir, paths);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_embedded_is_found_by_its_path() {
        let files = Files::embedded();
        for path in files.paths() {
            assert!(files.bytes(path).is_some(), "{path}");
        }
        for path in [
            "",
            "languages",
            "languages/python/",
            "languages/pytho",
            "catalog.yaml/x",
        ] {
            assert!(files.bytes(path).is_none(), "{path}");
        }
        let languages = files.folders_in("languages");
        assert!(languages.contains("python") && !languages.contains("manifest.yaml"));
        let below: Vec<_> = files
            .below("languages/python/clients/requests/project")
            .collect();
        assert!(below.contains(&(
            "languages/python/clients/requests/project/README.md.j2",
            "README.md.j2"
        )));
    }
}
