//! The catalogue: the templates and the data that describe them.

mod contract;
pub(crate) mod data;
mod error;
mod files;
mod language;
mod manifest;
mod plain;
mod renderer;
mod suggest;
mod target;
mod target_summary;
mod troubleshooting;
mod vectors;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use minijinja::{Value, context, value::Serde};
use serde::Deserialize;

pub use self::{
    contract::{Contract, Group, Omission, Proof, ProofMeaning, Rule},
    error::CatalogError,
    files::Files,
    language::Language,
    manifest::{Arguments, Capability, Client, Driver, Format, Manifest, Steps},
    renderer::Renderer,
    suggest::did_you_mean,
    target::{Content, RenderedFile, Target},
    target_summary::TargetSummary,
    troubleshooting::{Symptom, Troubleshooting},
};

/// Everything that the program generates from. What a command does not need is not read.
#[derive(Debug)]
pub struct Catalog {
    files: Arc<Files>,
    version: String,
    contract: OnceLock<Contract>,
    troubleshooting: OnceLock<Troubleshooting>,
    /// By id, which is the folder's name.
    languages: BTreeMap<String, OnceLock<Language>>,
}

/// `catalog.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    #[serde(rename = "format")]
    _format: Format<1>,
    version: String,
}

impl Catalog {
    /// The catalogue in the program, with the files of `overlay` laid over it.
    ///
    /// # Errors
    /// When a file cannot be read or does not have its shape.
    pub fn load(overlay: Option<&Path>) -> Result<Self, CatalogError> {
        let files = match overlay {
            Some(folder) => Files::with_overlay(folder)?,
            None => Files::embedded(),
        };
        let heading: Heading = data::load(&files, "catalog.yaml")?;
        let languages = files.folders_in("languages").into_iter();
        let languages = languages
            .map(|id| (id.to_owned(), OnceLock::new()))
            .collect();
        Ok(Self {
            files: Arc::new(files),
            version: heading.version,
            contract: OnceLock::new(),
            troubleshooting: OnceLock::new(),
            languages,
        })
    }

    /// The version of what is generated: in the User-Agent and the provenance file.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The rules that every client keeps.
    ///
    /// # Errors
    /// When `contract.yaml` does not have its shape.
    pub fn contract(&self) -> Result<&Contract, CatalogError> {
        read_once(&self.contract, || data::load(&self.files, "contract.yaml"))
    }

    /// The errors that a client can hand out.
    ///
    /// # Errors
    /// When `troubleshooting.yaml` does not have its shape.
    pub fn troubleshooting(&self) -> Result<&Troubleshooting, CatalogError> {
        read_once(&self.troubleshooting, || {
            data::load(&self.files, "troubleshooting.yaml")
        })
    }

    /// The pages of the docs tree that are about all targets, by path.
    ///
    /// # Errors
    /// When a template cannot be rendered.
    pub(crate) fn pages(&self, renderer: &Renderer) -> Result<Vec<(String, String)>, CatalogError> {
        let targets = self.targets()?;
        let targets: Vec<TargetSummary<'_>> = targets.iter().map(Target::summary).collect();
        let contract = self.contract()?;
        let context = context! {
            catalog_version => self.version(),
            targets => Value::from(Serde(&targets)),
            rules => Value::from(Serde(&contract.rules)),
            groups => Value::from(Serde(&contract.groups)),
        };
        let templates = self.files.below("docs").map(|(template, path)| {
            let path = path
                .strip_suffix(".j2")
                .ok_or_else(|| CatalogError::NotATemplate {
                    path: self.files.shown(template),
                })?;
            Ok((path.to_owned(), renderer.render(template, &context)?))
        });
        templates.collect()
    }

    /// The languages, sorted by id.
    ///
    /// # Errors
    /// When a manifest does not have its shape.
    pub fn languages(&self) -> Result<Vec<&Language>, CatalogError> {
        self.languages.keys().map(|id| self.folder(id)).collect()
    }

    /// Every target, by language and then in the order of the manifest.
    ///
    /// # Errors
    /// When a manifest does not have its shape.
    pub fn targets(&self) -> Result<Vec<Target<'_>>, CatalogError> {
        let languages = self.languages()?.into_iter();
        let targets = languages.flat_map(|language| {
            let clients = language.manifest().clients.iter();
            clients.map(move |client| Target::new(self, language, client))
        });
        Ok(targets.collect())
    }

    /// The language with this id or alias.
    ///
    /// # Errors
    /// When there is none: with the likeliest, and all; when its manifest does not have its shape.
    pub fn language(&self, name: &str) -> Result<&Language, CatalogError> {
        let wanted = name.to_lowercase();
        if self.languages.contains_key(&wanted) {
            return self.folder(&wanted);
        }
        let languages = self.languages()?;
        let names = || languages.iter().flat_map(|language| language.names());
        languages
            .iter()
            .find(|language| language.names().any(|known| known == wanted))
            .copied()
            .ok_or_else(|| CatalogError::UnknownLanguage {
                name: name.to_owned(),
                hint: did_you_mean(name, names()),
                known: joined(self.languages.keys().map(String::as_str)),
            })
    }

    /// The target of a language and a client; without a client, the language's default.
    ///
    /// # Errors
    /// When either is unknown: with the likeliest, and all.
    pub fn target(&self, language: &str, client: Option<&str>) -> Result<Target<'_>, CatalogError> {
        let language = self.language(language)?;
        let client = match client {
            Some(name) => language.client(name)?,
            None => language.default_client()?,
        };
        Ok(Target::new(self, language, client))
    }

    /// The text of `vectors.json`: the rows that every client is tested with.
    ///
    /// # Errors
    /// When the file is missing or not UTF-8.
    pub fn vectors(&self) -> Result<&str, CatalogError> {
        self.files.text("vectors.json")
    }

    /// What `{{ essential_vectors() }}` in a template becomes.
    pub(crate) fn essential_vectors(&self) -> Result<Cow<'static, str>, CatalogError> {
        essential_vectors(&self.files)
    }

    fn folder(&self, id: &str) -> Result<&Language, CatalogError> {
        read_once(&self.languages[id], || Language::load(&self.files, id))
    }

    /// Its files.
    pub(crate) fn files(&self) -> &Arc<Files> {
        &self.files
    }
}

/// Those of the program's own vectors were picked out when it was built.
fn essential_vectors(files: &Files) -> Result<Cow<'static, str>, CatalogError> {
    const VECTORS: &str = "vectors.json";
    if files.is_embedded(VECTORS) {
        return Ok(include_str!(concat!(env!("OUT_DIR"), "/essential-vectors.json")).into());
    }
    let essential = vectors::essential(files.text(VECTORS)?);
    let essential = essential.map_err(|error| CatalogError::Shape {
        path: files.shown(VECTORS),
        line: error.line(),
        column: error.column(),
        message: error.to_string(),
        hint: String::new(),
    })?;
    Ok(essential.into())
}

fn read_once<T>(
    cell: &OnceLock<T>,
    read: impl FnOnce() -> Result<T, CatalogError>,
) -> Result<&T, CatalogError> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = read()?;
    Ok(cell.get_or_init(|| value))
}

fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_picked_out_at_build_time_are_those_of_the_vectors() {
        let catalog = Catalog::load(None).unwrap();
        let picked_now = vectors::essential(catalog.vectors().unwrap()).unwrap();
        assert_eq!(catalog.essential_vectors().unwrap(), picked_now);
    }
}
