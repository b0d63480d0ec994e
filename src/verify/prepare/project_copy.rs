use std::{
    ffi::OsStr,
    fs,
    path::{MAIN_SEPARATOR, Path},
};

use ignore::WalkBuilder;

use super::PrepareError;
use crate::project::{
    plan::{Plan, check_path},
    provenance::PROVENANCE_FILE,
    scaffold::DRIVER_FOLDER,
};

/// A user's project as a plan.
#[derive(Debug, Default)]
pub struct ProjectCopy {
    /// The files.
    pub plan: Plan,
    /// What is there and not among them, with the reason, for a person.
    pub left_out: Vec<String>,
}

impl ProjectCopy {
    /// Reads a project, all but what git ignores: what was installed or built there would not fit another folder,
    /// and files such as `.env` hold secrets. In place of a link stands what it leads to, if that is copied too.
    ///
    /// # Errors
    /// When a file cannot be read, or git ignores the project itself.
    pub fn of(folder: &Path) -> Result<Self, PrepareError> {
        let root = fs::canonicalize(folder).map_err(|source| PrepareError::Unreadable {
            path: folder.to_owned(),
            source,
        })?;
        let mut copy = Self::default();
        let mut links = Vec::new();
        let walk = WalkBuilder::new(&root)
            .hidden(false)
            .require_git(false)
            .parents(is_in_repository(&root))
            .ignore(false)
            .git_global(false)
            .sort_by_file_path(Ord::cmp)
            .filter_entry(|entry| {
                let name = entry.file_name();
                name != ".git" && name != DRIVER_FOLDER && !holds_secrets(name)
            })
            .build();
        for entry in walk {
            let entry = entry.map_err(|error| PrepareError::Copy {
                path: folder.to_owned(),
                problem: error.to_string(),
            })?;
            let place = entry.path();
            let cannot = |problem: &str| PrepareError::Copy {
                path: place.to_owned(),
                problem: problem.to_owned(),
            };
            let Some(path) = relative(&root, place) else {
                let problem = format!("the name of `{}` is not Unicode", place.display());
                copy.left_out.push(problem);
                continue;
            };
            match entry.file_type() {
                Some(kind) if kind.is_file() => {
                    if let Err(error) = check_path(&path) {
                        copy.left_out.push(error.to_string());
                        continue;
                    }
                    let bytes = fs::read(place).map_err(|error| cannot(&error.to_string()))?;
                    copy.plan.insert(&path, bytes)?;
                }
                Some(kind) if kind.is_symlink() => links.push(path),
                Some(kind) if kind.is_dir() => {}
                _ => copy.left_out.push(format!("`{path}` is not a plain file")),
            }
        }
        copy.follow(&root, links)?;
        if copy.plan.get(PROVENANCE_FILE).is_none() {
            return Err(PrepareError::Copy {
                path: folder.to_owned(),
                problem: "git ignores it; look for the rule with `git check-ignore -v`".to_owned(),
            });
        }
        Ok(copy)
    }

    /// Puts in the place of each link what it leads to.
    fn follow(&mut self, root: &Path, links: Vec<String>) -> Result<(), PrepareError> {
        if links.is_empty() {
            return Ok(()); // and nothing that may be large is copied
        }
        let files = self.plan.clone();
        for link in links {
            let problem = match fs::canonicalize(root.join(&link)) {
                Err(_) => "leads to nothing",
                Ok(target) if !target.starts_with(root) => "leads out of the project",
                Ok(target) => {
                    let target = relative(root, &target).unwrap_or_default();
                    let prefix = format!("{target}/");
                    let below = files
                        .files()
                        .filter_map(|(path, file)| Some((path.strip_prefix(&prefix)?, file)));
                    let below: Vec<_> = below.collect();
                    if let Some(file) = files.get(&target) {
                        self.plan.insert(&link, file.clone())?;
                        continue;
                    } else if target.is_empty() || link.starts_with(&prefix) {
                        "leads round in a circle"
                    } else if below.is_empty() {
                        "leads to what is not copied"
                    } else {
                        for (path, file) in below {
                            let path = format!("{link}/{path}");
                            self.plan.insert(&path, file.clone())?;
                        }
                        continue;
                    }
                }
            };
            self.left_out
                .push(format!("`{link}` is a symbolic link that {problem}"));
        }
        Ok(())
    }
}

/// The rules of folders above count where git would look at them.
fn is_in_repository(root: &Path) -> bool {
    root.ancestors().any(|folder| folder.join(".git").exists())
}

/// What programs read secrets from, by its usual names.
fn holds_secrets(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_dotenv = name == ".env" || name.starts_with(".env.") || name == ".envrc";
    is_dotenv && name != ".env.example"
}

/// A path within the folder, with `/`.
fn relative(root: &Path, place: &Path) -> Option<String> {
    let path = place.strip_prefix(root).unwrap_or(place).to_str()?;
    Some(path.replace(MAIN_SEPARATOR, "/"))
}
