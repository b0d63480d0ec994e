//! The files of a target as a plan: what a user gets, and what `verify` lays beside it.

use super::{
    options::Options,
    plan::{Plan, PlanError, PlannedFile},
    provenance::{PROVENANCE_FILE, Provenance},
};
use crate::catalog::{CatalogError, RenderedFile, Renderer, Target};

/// The folder beside a project's files in which its driver lies.
pub const DRIVER_FOLDER: &str = ".ssojet-verify";

/// Why a target has no plan.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The catalogue.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A project's files do not fit together.
    #[error("`{path}`: {source}")]
    Path {
        /// The template.
        path: String,
        /// What is wrong with its path.
        source: PlanError,
    },
    /// The package manifest has the project's name for something else.
    #[error(
        "invalid `--name`: `{package}` uses `{name}` already, as for a dependency; choose another, as in `{name}-worker`"
    )]
    NameTaken {
        /// The name.
        name: String,
        /// The package manifest's path.
        package: String,
    },
}

/// The project: every layer's templates rendered, and the provenance file.
///
/// # Errors
/// When the templates do not fit together or cannot be rendered.
pub fn project(target: &Target<'_>, options: &Options) -> Result<Plan, ScaffoldError> {
    let renderer = Renderer::new(target.catalog().files())?;
    let usual = Options::default();
    if options.name != usual.name {
        check_name(
            &options.name,
            target,
            &project_with(&renderer, target, &usual)?,
        )?;
    }
    project_with(&renderer, target, options)
}

/// A package that is called as one of its dependencies is refused by its package manager, or worse, taken for it.
fn check_name(name: &str, target: &Target<'_>, usual: &Plan) -> Result<(), ScaffoldError> {
    let package = &target.language().manifest().package;
    let bytes = usual.get(package).map_or(&[][..], |file| &file.bytes);
    let text = String::from_utf8_lossy(bytes);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.@/".contains(c);
    if text.split(|c| !is_part(c)).any(|word| word == name) {
        return Err(ScaffoldError::NameTaken {
            name: name.to_owned(),
            package: package.clone(),
        });
    }
    Ok(())
}

/// The same with a renderer that is there already.
///
/// # Errors
/// As [`project`].
pub fn project_with(
    renderer: &Renderer,
    target: &Target<'_>,
    options: &Options,
) -> Result<Plan, ScaffoldError> {
    let mut plan = Plan::default();
    for RenderedFile {
        template,
        path,
        content,
    } in target.project(renderer, options)?
    {
        insert(&mut plan, target, template, path, content)?;
    }
    let version = target.catalog().version();
    let provenance = Provenance::new(version, &target.id(), options, &plan);
    insert(
        &mut plan,
        target,
        PROVENANCE_FILE,
        PROVENANCE_FILE,
        provenance.to_json(),
    )?;
    Ok(plan)
}

/// What `verify` lays beside the project, below [`DRIVER_FOLDER`]. The options are the project's: a driver may have to
/// name its package.
///
/// # Errors
/// When the templates cannot be rendered.
pub fn driver(target: &Target<'_>, options: &Options) -> Result<Plan, ScaffoldError> {
    driver_with(&Renderer::new(target.catalog().files())?, target, options)
}

/// The same with a renderer that is there already.
///
/// # Errors
/// As [`driver`].
pub fn driver_with(
    renderer: &Renderer,
    target: &Target<'_>,
    options: &Options,
) -> Result<Plan, ScaffoldError> {
    let files = target.driver(renderer, options)?;
    below(DRIVER_FOLDER, target, files)
}

/// Rendered files as a plan, below a folder.
pub(super) fn below(
    folder: &str,
    target: &Target<'_>,
    files: Vec<RenderedFile<'_>>,
) -> Result<Plan, ScaffoldError> {
    let mut plan = Plan::default();
    for RenderedFile {
        template,
        path,
        content,
    } in files
    {
        let path = format!("{folder}/{path}");
        insert(&mut plan, target, template, &path, content)?;
    }
    Ok(plan)
}

fn insert(
    plan: &mut Plan,
    target: &Target<'_>,
    template: &str,
    path: &str,
    file: impl Into<PlannedFile>,
) -> Result<(), ScaffoldError> {
    plan.insert(path, file)
        .map_err(|source| ScaffoldError::Path {
            path: target.catalog().files().shown(template),
            source,
        })
}
