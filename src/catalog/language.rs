use super::{CatalogError, Client, Files, Manifest, data, did_you_mean, joined};

/// One folder below `languages/`.
#[derive(Debug)]
pub struct Language {
    manifest: Manifest,
    manifest_path: String,
}

impl Language {
    /// Reads the manifest of the folder `languages/<id>`.
    ///
    /// # Errors
    /// When it is missing, does not have its shape or is that of another folder.
    pub(super) fn load(files: &Files, id: &str) -> Result<Self, CatalogError> {
        let path = format!("languages/{id}/manifest.yaml");
        let manifest: Manifest = data::load(files, &path)?;
        let manifest_path = files.shown(&path);
        if manifest.id != id {
            return Err(CatalogError::Inconsistent {
                path: manifest_path,
                key: "id".to_owned(),
                message: format!("is `{}`, but the folder is `{id}`", manifest.id),
            });
        }
        Ok(Self {
            manifest,
            manifest_path,
        })
    }

    /// The name on the command line.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// What the manifest says.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The manifest's path, for messages.
    pub(crate) fn manifest_path(&self) -> &str {
        &self.manifest_path
    }

    /// The folder in the catalogue.
    pub(super) fn folder(&self) -> String {
        format!("languages/{}", self.manifest.id)
    }

    /// The id and the aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let aliases = self.manifest.aliases.iter().map(String::as_str);
        std::iter::once(self.id()).chain(aliases)
    }

    /// The client library with this id.
    ///
    /// # Errors
    /// When there is none: with the likeliest, and all.
    pub fn client(&self, name: &str) -> Result<&Client, CatalogError> {
        let wanted = name.to_lowercase();
        let clients = &self.manifest.clients;
        clients
            .iter()
            .find(|client| client.id == wanted)
            .ok_or_else(|| CatalogError::UnknownClient {
                name: name.to_owned(),
                language: self.manifest.title.clone(),
                hint: did_you_mean(name, clients.iter().map(|client| client.id.as_str())),
                known: joined(clients.iter().map(|client| client.id.as_str())),
            })
    }

    /// A client and those that it extends, the lowest layer first.
    ///
    /// # Errors
    /// When one of them names a client that there is not, or that extends it in turn.
    pub(crate) fn extended<'a>(
        &'a self,
        client: &'a Client,
    ) -> Result<Vec<&'a Client>, CatalogError> {
        let clients = &self.manifest.clients;
        let mut chain = vec![client];
        while let Some(name) = &chain[chain.len() - 1].extends {
            let upper = &chain[chain.len() - 1].id;
            let wrong = |message: String| {
                let index = clients.iter().position(|known| known.id == *upper);
                CatalogError::Inconsistent {
                    path: self.manifest_path.clone(),
                    key: format!("clients[{}].extends", index.unwrap_or(0)),
                    message,
                }
            };
            let Some(lower) = clients.iter().find(|known| known.id == *name) else {
                let hint = did_you_mean(name, clients.iter().map(|client| client.id.as_str()));
                return Err(wrong(format!("there is no client `{name}`{hint}")));
            };
            if chain.iter().any(|above| above.id == lower.id) {
                return Err(wrong(format!("`{name}` extends `{upper}` in turn")));
            }
            chain.push(lower);
        }
        chain.reverse();
        Ok(chain)
    }

    /// The client library that a user gets who names none.
    ///
    /// # Errors
    /// When the manifest marks none, or more than one.
    pub fn default_client(&self) -> Result<&Client, CatalogError> {
        let mut defaults = self.manifest.clients.iter().filter(|client| client.default);
        match (defaults.next(), defaults.next()) {
            (Some(client), None) => Ok(client),
            (first, _) => Err(CatalogError::Inconsistent {
                path: self.manifest_path.clone(),
                key: "clients".to_owned(),
                message: format!(
                    "{} marked `default: true`; mark just one",
                    if first.is_some() {
                        "more than one is"
                    } else {
                        "none is"
                    }
                ),
            }),
        }
    }
}
