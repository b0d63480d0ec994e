//! How a plan is shown before it is written: as a list, as JSON, as a diff.

use std::{borrow::Cow, collections::BTreeMap, fs, io, path::Path};

use serde::Serialize;
use similar::TextDiff;

use super::{
    plan::{Plan, PlannedFile},
    writer::{Action, WriteError},
};

/// What happens to each file, by path.
pub type Actions = BTreeMap<String, Action>;

/// A plan as `--json` prints it.
#[derive(Debug, Serialize)]
pub struct PlanReport<'a> {
    schema: u32,
    target: &'a str,
    folder: String,
    written: bool,
    files: Vec<FileReport<'a>>,
}

#[derive(Debug, Serialize)]
struct FileReport<'a> {
    path: &'a str,
    action: Action,
    bytes: usize,
    sha256: Cow<'static, str>,
}

impl<'a> PlanReport<'a> {
    /// The report, schema 1.
    #[must_use]
    pub fn new(
        target: &'a str,
        folder: &Path,
        plan: &'a Plan,
        actions: &Actions,
        written: bool,
    ) -> Self {
        let files = plan.files().map(|(path, file)| FileReport {
            path,
            action: actions[path],
            bytes: file.bytes.len(),
            sha256: file.sha256(),
        });
        Self {
            schema: 1,
            target,
            folder: folder.display().to_string(),
            written,
            files: files.collect(),
        }
    }
}

/// One line a file: action, size, path.
#[must_use]
pub fn list(plan: &Plan, actions: &Actions) -> String {
    plan.files().fold(String::new(), |text, (path, file)| {
        let size = file.bytes.len();
        text + &format!("{:<9} {size:>7}  {path}\n", actions[path].name())
    })
}

/// How the files in `folder` would change, as a unified diff; empty where they would not, or are skipped.
///
/// # Errors
/// When a file that is there cannot be read.
pub fn diff(plan: &Plan, folder: &Path, actions: &Actions) -> Result<String, WriteError> {
    let mut text = String::new();
    for (path, file) in plan.files() {
        if !actions[path].is_same() && actions[path] != Action::Skip {
            text += &file_diff(folder, path, Some(file))?;
        }
    }
    Ok(text)
}

/// How one file would change; without a planned file, how it would go.
///
/// # Errors
/// When the file that is there cannot be read.
pub fn file_diff(
    folder: &Path,
    path: &str,
    file: Option<&PlannedFile>,
) -> Result<String, WriteError> {
    let place = folder.join(path);
    if fs::metadata(&place).is_ok_and(|found| !found.is_file()) {
        // Reading a pipe would wait for somebody to write into it.
        return Ok(format!("--- a/{path}\n# not a regular file\n"));
    }
    let old = match fs::read(&place) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => {
            return Err(WriteError::Unreadable {
                path: place,
                source,
            });
        }
    };
    let name = |side: &str, there: bool| {
        if there {
            format!("{side}/{path}")
        } else {
            "/dev/null".to_owned()
        }
    };
    let (before, after) = (name("a", old.is_some()), name("b", file.is_some()));
    let old = String::from_utf8_lossy(old.as_deref().unwrap_or_default()).into_owned();
    let new = file.map(|file| String::from_utf8_lossy(&file.bytes));
    let new = new.unwrap_or_default();
    let diff = TextDiff::from_lines(old.as_str(), new.as_ref());
    Ok(diff.unified_diff().header(&before, &after).to_string())
}
