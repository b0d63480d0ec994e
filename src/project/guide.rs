//! The guide of a target: a page, and the code on it, which the tests run.

use std::collections::BTreeMap;

use super::{
    options::Options,
    plan::Plan,
    scaffold::{self, ScaffoldError},
};
use crate::catalog::{Renderer, Target};

/// The folder beside a project's files in which its guide's code lies.
pub const GUIDE_FOLDER: &str = ".ssojet-guide";

/// The page of a target. What it shows of code is part of `project` or of the guide's own code.
///
/// # Errors
/// When a template is missing or cannot be rendered.
pub fn page(
    renderer: &Renderer,
    target: &Target<'_>,
    project: &Plan,
) -> Result<String, ScaffoldError> {
    let code = code_with(renderer, target)?;
    let files = project.files().chain(code.files());
    let files: BTreeMap<&str, String> = files
        .map(|(path, file)| (path, String::from_utf8_lossy(&file.bytes).into_owned()))
        .collect();
    Ok(target.guide(renderer, &Options::default(), &files)?)
}

/// The code on the page, below [`GUIDE_FOLDER`], for the tests to run.
///
/// # Errors
/// When a template cannot be rendered.
pub fn code(target: &Target<'_>) -> Result<Plan, ScaffoldError> {
    code_with(&Renderer::new(target.catalog().files())?, target)
}

fn code_with(renderer: &Renderer, target: &Target<'_>) -> Result<Plan, ScaffoldError> {
    let rendered = target.guide_code(renderer, &Options::default())?;
    scaffold::below(GUIDE_FOLDER, target, rendered)
}
