//! The lint of a catalogue: its manifests, and the projects that come of it.

mod hostile_options;
mod manifests;
mod pages;
mod projects;

use std::fmt;

use super::scaffold::ScaffoldError;
use crate::catalog::{Catalog, CatalogError, Contract, Language, Renderer};

/// Files of the catalogue that are data and not templates.
const DATA: [&str; 4] = [
    "catalog.yaml",
    "contract.yaml",
    "troubleshooting.yaml",
    "vectors.json",
];

/// Everything that is wrong with a catalogue beyond the shape of its files.
///
/// # Errors
/// When a data file does not have its shape.
pub fn findings(catalog: &Catalog) -> Result<Vec<String>, CatalogError> {
    let languages = catalog.languages()?;
    let mut check = Check {
        catalog,
        contract: catalog.contract()?,
        renderer: Renderer::new(catalog.files())?,
        findings: Vec::new(),
        has_failed: false,
    };
    check.names(&languages);
    check.vectors()?;
    for language in languages {
        check.manifest(language);
    }
    for target in catalog.targets()? {
        check.target(&target);
    }
    check.prompts()?;
    check.docs();
    check.reachability();
    Ok(check.findings)
}

struct Check<'a> {
    catalog: &'a Catalog,
    contract: &'a Contract,
    renderer: Renderer,
    findings: Vec<String>,
    /// Whether some target could not be rendered.
    has_failed: bool,
}

impl Check<'_> {
    /// Two targets of one language share their faults: each is told once.
    fn add(&mut self, finding: impl Into<String>) {
        let finding = finding.into();
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn fail(&mut self, error: &ScaffoldError) {
        self.has_failed = true;
        self.add(error.to_string());
    }

    fn key(&mut self, language: &Language, key: &str, message: impl fmt::Display) {
        self.add(format!("{}: `{key}`: {message}", language.manifest_path()));
    }

    /// Every file is data, or was read while the targets were rendered.
    fn reachability(&mut self) {
        let used = self.renderer.used();
        let files = self.catalog.files();
        if self.has_failed {
            return; // it is not known what the target would have read
        }
        let mut unreached = Vec::new();
        for path in files.paths() {
            let is_manifest = path.starts_with("languages/") && path.ends_with("/manifest.yaml");
            if !DATA.contains(&path) && !is_manifest && !used.contains(path) {
                unreached.push(files.shown(path));
            }
        }
        for path in unreached {
            self.add(format!("{path}: nothing reaches this file"));
        }
    }
}
