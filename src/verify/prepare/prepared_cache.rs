use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{Preparation, PrepareError};
use crate::{
    catalog::Target,
    project::{
        guide,
        writer::{self, OnConflict, WriteError},
    },
    system::process::run_quietly,
    verify::driver::{Launch, Patience},
};

/// After so long without use a prepared folder is cleared away.
const KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// The folder in the user's cache where projects are prepared.
///
/// Each preparation has a folder of its own, and a pointer file named for its preparation is written
/// when it is done: a half-prepared folder has no pointer, so that nobody uses it, and two runs at
/// once do not meet.
#[derive(Debug)]
pub struct PreparedCache {
    folder: PathBuf,
    /// Why it is not in the user's cache folder.
    problem: Option<String>,
    /// It goes with the run.
    _temporary: Option<TempDir>,
}

/// The pointer file.
#[derive(Serialize, Deserialize)]
struct Pointer {
    folder: PathBuf,
}

impl PreparedCache {
    /// The one in the user's cache folder; where that cannot be written, a temporary one.
    ///
    /// # Errors
    /// When not even a temporary one can be made.
    pub fn in_cache() -> Result<Self, WriteError> {
        let folder = etcetera::choose_base_strategy()
            .map(|strategy| strategy.cache_dir().join("ssojet-gen").join("verify"))
            .map_err(|error| error.to_string());
        let usable = folder.and_then(|folder| {
            let made = writer::make_folder(&folder);
            made.map(|()| folder).map_err(|error| error.to_string())
        });
        match usable {
            Ok(folder) => Ok(Self::at(folder)),
            Err(problem) => {
                let temporary = writer::temporary_folder()?;
                Ok(Self {
                    folder: temporary.path().to_owned(),
                    problem: Some(problem),
                    _temporary: Some(temporary),
                })
            }
        }
    }

    /// One elsewhere.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            problem: None,
            _temporary: None,
        }
    }

    /// Why a temporary folder serves in place of the user's cache folder, if one does.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// A folder in which a preparation is ready to be run: one from before, or a new one.
    ///
    /// # Errors
    /// When it cannot be written, installed or built.
    pub fn prepared(&self, preparation: &Preparation) -> Result<Launch, PrepareError> {
        let name = format!("{}-{}", preparation.target(), preparation.key());
        let pointer = self.folder.join(format!("{name}.json"));
        if let Some(folder) = pointed_at(&pointer) {
            // Its age is that of its last use.
            let text = fs::read(&pointer).unwrap_or_default();
            writer::put(&pointer, text).map_err(in_cache)?;
            return Ok(launch(preparation, folder));
        }
        self.install(preparation)?.finish()
    }

    /// A new folder with a project installed in it and no driver beside it yet: what a user has.
    ///
    /// # Errors
    /// When it cannot be written or installed.
    pub fn install<'a>(&self, preparation: &'a Preparation) -> Result<Installed<'a>, PrepareError> {
        let name = format!("{}-{}", preparation.target(), preparation.key());
        self.clear();
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let folder = self
            .folder
            .join(format!("{name}-{}-{}", process::id(), since.as_millis()));
        let installed = Installed {
            preparation,
            pointer: self.folder.join(format!("{name}.json")),
            folder,
        };
        installed.of_use(install(preparation, &installed.folder))?;
        Ok(installed)
    }

    /// The same in a folder that the person wants to keep; it is new or empty.
    ///
    /// # Errors
    /// The same, and when something is in it.
    pub fn prepared_in(preparation: &Preparation, folder: &Path) -> Result<Launch, PrepareError> {
        match fs::read_dir(folder).map(Iterator::count) {
            Ok(1..) => {
                return Err(PrepareError::NotEmpty {
                    folder: folder.to_owned(),
                });
            }
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(PrepareError::Unreadable {
                    path: folder.to_owned(),
                    source,
                });
            }
            _ => {}
        }
        let folder = std::path::absolute(folder).map_err(|source| PrepareError::Unreadable {
            path: folder.to_owned(),
            source,
        })?;
        install(preparation, &folder)?;
        build_driver(preparation, &folder)?;
        Ok(launch(preparation, folder))
    }

    /// Removes what has not been used for long, half-prepared folders too.
    fn clear(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        let is_old = |path: &Path| {
            let changed = fs::metadata(path).and_then(|found| found.modified());
            let age = changed.ok().and_then(|time| time.elapsed().ok());
            age.is_some_and(|age| age > KEPT)
        };
        let pointers = paths
            .iter()
            .filter(|path| path.extension().is_some_and(|ext| ext == "json"));
        let used: Vec<PathBuf> = pointers
            .filter(|pointer| !is_old(pointer))
            .filter_map(|pointer| pointed_at(pointer))
            .collect();
        for path in paths
            .iter()
            .filter(|path| path.is_dir() && is_old(path) && !used.contains(path))
        {
            // It can wait for the next time.
            let _ = writer::remove_folder(path);
        }
    }
}

/// A folder of the cache in which a project is installed. Nobody else uses it before it is finished.
#[derive(Debug)]
pub struct Installed<'a> {
    preparation: &'a Preparation,
    pointer: PathBuf,
    folder: PathBuf,
}

impl Installed<'_> {
    /// The project's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lays the code of the target's guide beside the project and runs it.
    ///
    /// # Errors
    /// When it cannot be written, or a command of the manifest fails: with what it has printed.
    pub fn run_guide(&self, target: &Target<'_>) -> Result<(), PrepareError> {
        let code = guide::code(target)?;
        writer::write(&code, &self.folder, OnConflict::Overwrite)?;
        for command in &target.language().manifest().guide {
            run_quietly(command, &self.folder)?;
        }
        Ok(())
    }

    /// Lays the driver beside the project, builds it, and lets other runs use the folder.
    ///
    /// # Errors
    /// When it cannot be written or built.
    pub fn finish(self) -> Result<Launch, PrepareError> {
        self.of_use(build_driver(self.preparation, &self.folder))?;
        let text = serde_json::json!(Pointer {
            folder: self.folder.clone()
        });
        writer::put(&self.pointer, text.to_string().into_bytes()).map_err(in_cache)?;
        Ok(launch(self.preparation, self.folder))
    }

    fn of_use(&self, made: Result<(), PrepareError>) -> Result<(), PrepareError> {
        made.map_err(|error| {
            // What is left of it is of no use; if it stays, it is cleared away later.
            let _ = writer::remove_folder(&self.folder);
            match error {
                PrepareError::Write(source) => in_cache(source),
                other => other,
            }
        })
    }
}

fn in_cache(source: WriteError) -> PrepareError {
    match source {
        WriteError::Interrupted => source.into(),
        source => PrepareError::Cache { source },
    }
}

fn pointed_at(pointer: &Path) -> Option<PathBuf> {
    let Pointer { folder } = serde_json::from_slice(&fs::read(pointer).ok()?).ok()?;
    folder.is_dir().then_some(folder)
}

fn install(preparation: &Preparation, folder: &Path) -> Result<(), PrepareError> {
    writer::write(preparation.project(), folder, OnConflict::Refuse)?;
    for command in preparation.install() {
        run_quietly(command, folder)?;
    }
    Ok(())
}

fn build_driver(preparation: &Preparation, folder: &Path) -> Result<(), PrepareError> {
    writer::write(preparation.beside(), folder, OnConflict::Overwrite)?;
    for command in &preparation.driver().build {
        run_quietly(command, folder)?;
    }
    Ok(())
}

fn launch(preparation: &Preparation, folder: PathBuf) -> Launch {
    let driver = preparation.driver();
    let mut command = driver.command.clone();
    if let Some(program) = command.first_mut().filter(|program| program.contains('/')) {
        *program = folder.join(&*program).to_string_lossy().into_owned();
    }
    Launch {
        command,
        folder,
        env: driver.env.clone(),
        pass: driver.pass.clone(),
        has_dotenv: true,
        patience: Patience::default(),
    }
}
