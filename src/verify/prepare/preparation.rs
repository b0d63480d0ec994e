use std::{collections::BTreeMap, fs, io, path::Path};

use super::{PrepareError, project_copy::ProjectCopy};
use crate::{
    catalog::{Arguments, Capability, Catalog, Driver, Target},
    project::{
        digest::sha256,
        options::{Options, check_name},
        plan::Plan,
        provenance::{PROVENANCE_FILE, Provenance},
        scaffold,
    },
    system::toolchain,
};

/// What the client must not read (rule C1): a scenario that sets neither sees it if it did.
const DOTENV: &str =
    "SSOJET_SCOPE='read-from-a-dotenv-file'\nSSOJET_AUDIENCE='read-from-a-dotenv-file'\n";

/// Everything that a prepared folder is made of.
#[derive(Debug, Clone)]
pub struct Preparation {
    target: String,
    project: Plan,
    install: Vec<Arguments>,
    beside: Plan,
    driver: Driver,
    capabilities: Vec<Capability>,
    exceptions: BTreeMap<String, String>,
    toolchain: Vec<String>,
    left_out: Vec<String>,
}

impl Preparation {
    /// A target as it is generated, to be made ready in `place`, or in a folder there.
    ///
    /// # Errors
    /// When a toolchain is missing, or the target has no driver.
    pub fn of_target(target: &Target<'_>, place: &Path) -> Result<Self, PrepareError> {
        let options = Options::default();
        let project = scaffold::project(target, &options)?;
        Self::new(target, project, &options, place)
    }

    /// A user's project, which is only read.
    ///
    /// # Errors
    /// The same, and when the folder cannot be read.
    pub fn of_folder(target: &Target<'_>, folder: &Path) -> Result<Self, PrepareError> {
        let provenance = provenance_of(folder)?;
        let ProjectCopy { plan, left_out } = ProjectCopy::of(folder)?;
        // Its name alone: nothing else of the file is checked.
        let options = Options {
            name: provenance.options.name,
            ..Options::default()
        };
        // A file that pins a version is copied with the others. One above the folder is not; that shows at the install.
        let preparation = Self::new(target, plan, &options, folder)?;
        Ok(Self {
            left_out,
            ..preparation
        })
    }

    /// The target that a user's project was scaffolded from. Nothing is run.
    ///
    /// # Errors
    /// When the folder was not scaffolded, or from another catalogue.
    pub fn target_of_folder<'a>(
        catalog: &'a Catalog,
        folder: &Path,
    ) -> Result<Target<'a>, PrepareError> {
        let provenance = provenance_of(folder)?;
        let mut targets = catalog.targets()?.into_iter();
        let target = targets.find(|target| target.id() == provenance.target);
        target.ok_or_else(|| {
            let id = provenance.target;
            wrong_provenance(folder, format!("the catalogue has no target `{id}`"))
        })
    }

    fn new(
        target: &Target<'_>,
        project: Plan,
        options: &Options,
        place: &Path,
    ) -> Result<Self, PrepareError> {
        let manifest = target.language().manifest();
        let toolchain = toolchain::versions(&manifest.title, target.requirements(), place)?;
        let mut beside = scaffold::driver(target, options)?;
        if beside.is_empty() {
            return Err(PrepareError::NoDriver {
                target: target.id(),
                client: target.client().id.clone(),
            });
        }
        beside.insert(".env", DOTENV.as_bytes().to_vec())?;
        Ok(Self {
            target: target.id(),
            project,
            install: manifest.steps.install.clone(),
            beside,
            driver: manifest.driver.clone(),
            capabilities: target.client().capabilities.clone(),
            exceptions: target.client().exceptions.clone(),
            toolchain,
            left_out: Vec::new(),
        })
    }

    /// `language-client`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The project's files.
    #[must_use]
    pub fn project(&self) -> &Plan {
        &self.project
    }

    /// What is laid beside them: the driver, and a `.env` that the client must not read.
    #[must_use]
    pub fn beside(&self) -> &Plan {
        &self.beside
    }

    /// What of the user's project is not among the files, with the reason.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The commands that install the project, in order.
    #[must_use]
    pub fn install(&self) -> &[Arguments] {
        &self.install
    }

    /// How the driver is started.
    #[must_use]
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// What the manifest says that the client can do.
    #[must_use]
    pub fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    /// The rules and scenarios that the manifest says the client cannot keep, with the reasons.
    #[must_use]
    pub fn exceptions(&self) -> &BTreeMap<String, String> {
        &self.exceptions
    }

    /// What tells a prepared folder from every other: files, commands and versions of programs.
    #[must_use]
    pub fn key(&self) -> String {
        let files = self.project.files().chain(self.beside.files());
        let files = files.map(|(path, file)| (path, file.sha256()));
        let files: Vec<_> = files.collect();
        let all = serde_json::json!([files, self.install, self.driver, self.toolchain]);
        sha256(all.to_string().as_bytes())[..16].to_owned()
    }
}

fn provenance_of(folder: &Path) -> Result<Provenance, PrepareError> {
    let path = folder.join(PROVENANCE_FILE);
    let is_special = |found: fs::Metadata| !found.is_file() && !found.is_dir();
    if fs::metadata(&path).is_ok_and(is_special) {
        // Reading a pipe would wait for somebody to write into it.
        return Err(wrong_provenance(
            folder,
            "it is not a plain file".to_owned(),
        ));
    }
    let text = fs::read(&path).map_err(|source| {
        let folder = folder.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound if folder.exists() => PrepareError::NoProvenance { folder },
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                PrepareError::NoFolder { folder }
            }
            _ => PrepareError::Unreadable { path, source },
        }
    })?;
    let provenance: Provenance = serde_json::from_slice(&text)
        .map_err(|error| wrong_provenance(folder, error.to_string()))?;
    // It is written into the driver's package manifest.
    check_name(&provenance.options.name)
        .map_err(|error| wrong_provenance(folder, error.to_string()))?;
    Ok(provenance)
}

fn wrong_provenance(folder: &Path, problem: String) -> PrepareError {
    let path = folder.join(PROVENANCE_FILE);
    PrepareError::Provenance { path, problem }
}
