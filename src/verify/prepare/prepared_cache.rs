use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use etcetera::BaseStrategy as _;
use tempfile::TempDir;

use super::{Preparation, PrepareError, record::Record};
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
/// So many of each target are kept beside a new one: an installed project takes hundreds of megabytes, and every change
/// of it makes another.
const KEPT_OF_EACH_TARGET: usize = 3;

/// The folder in the user's cache where projects are prepared.
///
/// Each preparation has a folder of its own, and a record beside it that says when it is ready: nobody uses a
/// half-prepared folder, and two runs at once do not meet. What is in use, here or in another run, is not cleared away.
#[derive(Debug)]
pub struct PreparedCache {
    folder: PathBuf,
    /// Why it is not in the user's cache folder.
    problem: Option<String>,
    /// The records of the folders that this run uses, with their locks.
    in_use: Mutex<Vec<Record>>,
    /// It goes with the run.
    _temporary: Option<TempDir>,
}

impl PreparedCache {
    /// The one in the user's cache folder; where that cannot be written, a temporary one.
    ///
    /// # Errors
    /// When not even a temporary one can be made.
    pub fn in_cache() -> Result<Self, WriteError> {
        let usable = usual_folder().and_then(|folder| {
            let made = writer::make_private_folder(&folder);
            made.map(|()| folder).map_err(|error| error.to_string())
        });
        match usable {
            Ok(folder) => Ok(Self::at(folder)),
            Err(problem) => {
                let temporary = writer::temporary_folder()?;
                Ok(Self {
                    folder: temporary.path().to_owned(),
                    problem: Some(problem),
                    in_use: Mutex::default(),
                    _temporary: Some(temporary),
                })
            }
        }
    }

    /// Where projects are made ready unless something else is said; it need not be there yet.
    #[must_use]
    pub fn usual_place() -> PathBuf {
        usual_folder().unwrap_or_else(|_| std::env::temp_dir())
    }

    /// One elsewhere.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            problem: None,
            in_use: Mutex::default(),
            _temporary: None,
        }
    }

    /// Why a temporary folder serves in place of the user's cache folder, if one does.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// A folder from before in which a preparation is ready to be run. It stays as long as this does.
    #[must_use]
    pub fn ready(&self, preparation: &Preparation) -> Option<Launch> {
        let name = format!("{}-{}", preparation.target(), preparation.key());
        let records = self.records().into_iter();
        let of_this = records.filter(|(_, place)| preparation_of(place) == name);
        let found = of_this
            .map(|(_, place)| place)
            .find_map(|place| Record::of_ready(&place));
        let record = found?;
        record.touch();
        let folder = record.folder();
        self.use_until_dropped(record);
        Some(launch(preparation, folder))
    }

    /// A new folder with a project installed in it and no driver beside it yet: what a user has.
    ///
    /// # Errors
    /// When it cannot be written or installed.
    pub fn install<'a>(
        &'a self,
        preparation: &'a Preparation,
    ) -> Result<Installed<'a>, PrepareError> {
        self.clear();
        let record = self.new_record(preparation)?;
        let installed = Installed {
            preparation,
            folder: record.folder(),
            record,
            cache: self,
        };
        match install(preparation, &installed.folder) {
            Ok(()) => Ok(installed),
            Err(error) => Err(installed.of_no_use(error)),
        }
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
            Err(source)
                if !matches!(
                    source.kind(),
                    // The writer says what is in the way.
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
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

    /// The record of a new folder.
    fn new_record(&self, preparation: &Preparation) -> Result<Record, PrepareError> {
        loop {
            let since = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            let name = format!(
                "{}-{}-{}-{}.record",
                preparation.target(),
                preparation.key(),
                process::id(),
                since.as_nanos()
            );
            if let Some(record) = Record::create(&self.folder.join(name)).map_err(in_cache)? {
                return Ok(record);
            }
        }
    }

    fn use_until_dropped(&self, record: Record) {
        self.in_use
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(record);
    }

    /// The records with the times of their last use, the newest first.
    fn records(&self) -> Vec<(SystemTime, PathBuf)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let paths = paths.filter(|path| path.extension().is_some_and(|end| end == "record"));
        let with_time = |path: PathBuf| {
            let used = fs::metadata(&path).and_then(|found| found.modified());
            Some((used.ok()?, path))
        };
        let mut records: Vec<_> = paths.filter_map(with_time).collect();
        records.sort();
        records.reverse();
        records
    }

    /// Removes what nobody uses: half-prepared folders, those of the same preparation or too many of the same target,
    /// and what has not been used for long.
    fn clear(&self) {
        let mut preparations = BTreeSet::new();
        let mut kept_of_target = BTreeMap::<String, usize>::new();
        for (used, place) in self.records() {
            let preparation = preparation_of(&place);
            let target = preparation
                .rsplit_once('-')
                .map_or("", |(target, _)| target);
            let kept = kept_of_target.entry(target.to_owned()).or_default();
            let is_first = preparations.insert(preparation.to_owned());
            // One that has changed since it was listed has just been used.
            let unused = Record::of_unused(&place).filter(|record| record.used() == Some(used));
            let Some(record) = unused else {
                *kept += 1;
                continue;
            };
            let is_old = used.elapsed().is_ok_and(|age| age > KEPT);
            if record.is_ready() && is_first && !is_old && *kept < KEPT_OF_EACH_TARGET {
                *kept += 1;
            } else {
                record.clear();
            }
        }
    }
}

fn usual_folder() -> Result<PathBuf, String> {
    etcetera::choose_base_strategy()
        .map(|strategy| strategy.cache_dir().join("ssojet-gen").join("verify"))
        .map_err(|error| error.to_string())
}

/// Of a record's path, what it is the record of: target and key.
fn preparation_of(record: &Path) -> &str {
    let name = record
        .file_stem()
        .and_then(OsStr::to_str)
        .unwrap_or_default();
    // Behind them are the number of the process and the time.
    name.rsplitn(3, '-').last().unwrap_or_default()
}

/// A folder of the cache in which a project is installed. Nobody else uses it before it is finished.
#[derive(Debug)]
pub struct Installed<'a> {
    preparation: &'a Preparation,
    folder: PathBuf,
    record: Record,
    cache: &'a PreparedCache,
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
    pub fn finish(mut self) -> Result<Launch, PrepareError> {
        let built = build_driver(self.preparation, &self.folder);
        if let Err(error) = built.and_then(|()| Ok(self.record.set_ready()?)) {
            return Err(self.of_no_use(error));
        }
        self.cache.use_until_dropped(self.record);
        Ok(launch(self.preparation, self.folder))
    }

    /// Removes it; if that fails, it is cleared away later.
    fn of_no_use(self, error: PrepareError) -> PrepareError {
        self.record.clear();
        match error {
            PrepareError::Write(source) => in_cache(source),
            other => other,
        }
    }
}

fn in_cache(source: WriteError) -> PrepareError {
    match source {
        WriteError::Interrupted => source.into(),
        source => PrepareError::Cache { source },
    }
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
