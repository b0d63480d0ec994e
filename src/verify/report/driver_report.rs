use std::collections::BTreeMap;

use serde::Serialize;

use crate::verify::driver::Ready;

/// What a driver says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DriverReport {
    /// The language of the client.
    pub language: String,
    /// Its library.
    pub client: String,
    /// What it was run with.
    pub versions: BTreeMap<String, String>,
    /// What it can do.
    pub capabilities: Vec<String>,
}

impl From<&Ready> for DriverReport {
    fn from(ready: &Ready) -> Self {
        Self {
            language: ready.language.clone(),
            client: ready.client.clone(),
            versions: ready.versions.clone(),
            capabilities: ready.capabilities.clone(),
        }
    }
}
