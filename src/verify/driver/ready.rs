use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ClientError;
use crate::{catalog::Capability, system::text::printable};

/// A driver's first line when its client could be built.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Ready {
    /// The protocol's version: 1. No report has it: there is no other.
    #[serde(skip_serializing)]
    pub protocol: u64,
    /// The language of the client.
    #[serde(default)]
    pub language: String,
    /// Its library.
    #[serde(default)]
    pub client: String,
    /// What it was run with.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// What it can do.
    #[serde(default = "parallel")]
    pub capabilities: Vec<Capability>,
}

fn parallel() -> Vec<Capability> {
    vec![Capability::Parallel]
}

impl Ready {
    /// The same with every text fit for a terminal.
    #[must_use]
    pub fn printable(self) -> Self {
        let versions = self.versions.iter();
        let versions = versions.map(|(name, version)| (printable(name), printable(version)));
        Self {
            protocol: self.protocol,
            language: printable(&self.language),
            client: printable(&self.client),
            versions: versions.collect(),
            capabilities: self.capabilities,
        }
    }
}

/// A driver's first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstLine {
    /// The client is built.
    Ready(Ready),
    /// The client refuses to be built.
    Refused(ClientError),
}

impl FirstLine {
    /// Reads the line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Beginning {
            ready: bool,
            error: Option<ClientError>,
        }
        let wrong = |error: serde_json::Error| error.to_string();
        let beginning: Beginning = serde_json::from_str(line).map_err(wrong)?;
        match beginning {
            Beginning { ready: true, .. } => {
                let ready: Ready = serde_json::from_str(line).map_err(wrong)?;
                match ready.protocol {
                    1 => Ok(Self::Ready(ready)),
                    other => Err(format!("protocol {other} is not known; this is protocol 1")),
                }
            }
            Beginning {
                error: Some(error), ..
            } => Ok(Self::Refused(error)),
            Beginning { error: None, .. } => Err("`ready` is false and `error` missing".to_owned()),
        }
    }
}
