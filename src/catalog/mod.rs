//! The catalogue: the templates and the data that describe them.

mod contract;
mod data;
mod error;
mod files;
mod findings;
mod language;
mod manifest;
mod renderer;
mod target;

use std::{path::Path, sync::Arc};

use serde::Deserialize;

pub use self::{
    contract::{Contract, Group, Omission, Proof, ProofMeaning, Rule},
    error::CatalogError,
    files::Files,
    language::Language,
    manifest::{Arguments, Capability, Client, Driver, Format, Manifest, Requirement, Steps},
    target::Target,
};
use crate::suggest::did_you_mean;

/// Everything that the program generates from.
#[derive(Debug)]
pub struct Catalog {
    files: Arc<Files>,
    version: String,
    contract: Contract,
    languages: Vec<Language>,
}

/// `catalog.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    #[serde(rename = "format")]
    _format: Format,
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
        let contract = data::load(&files, "contract.yaml")?;
        let mut ids: Vec<String> = files
            .below("languages")
            .filter_map(|(_, path)| path.split_once('/'))
            .map(|(id, _)| id.to_owned())
            .collect();
        ids.dedup();
        let languages = ids
            .iter()
            .map(|id| Language::load(&files, id))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            files: Arc::new(files),
            version: heading.version,
            contract,
            languages,
        })
    }

    /// The version of what is generated: in the User-Agent and the provenance file.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The rules that every client keeps.
    #[must_use]
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The languages, sorted by id.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// Every target, by language and then in the order of the manifest.
    pub fn targets(&self) -> impl Iterator<Item = Target<'_>> {
        self.languages.iter().flat_map(move |language| {
            language
                .manifest()
                .clients
                .iter()
                .map(move |client| Target::new(self, language, client))
        })
    }

    /// The language with this id or alias.
    ///
    /// # Errors
    /// When there is none: with the likeliest, and all.
    pub fn language(&self, name: &str) -> Result<&Language, CatalogError> {
        let wanted = name.to_lowercase();
        self.languages
            .iter()
            .find(|language| language.names().any(|known| known == wanted))
            .ok_or_else(|| CatalogError::UnknownLanguage {
                name: name.to_owned(),
                hint: did_you_mean(name, self.languages.iter().flat_map(Language::names)),
                known: joined(self.languages.iter().map(Language::id)),
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

    fn files(&self) -> &Arc<Files> {
        &self.files
    }
}

fn joined<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
