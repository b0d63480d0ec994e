use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::system::toolchain::Requirement;

/// `languages/<id>/manifest.yaml`: one language, its commands and its client libraries.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format's version: 1.
    pub format: Format,
    /// The name on the command line; that of the folder too.
    pub id: String,
    /// The name for people.
    pub title: String,
    /// Other names on the command line.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The programs that a user needs.
    pub requires: Vec<Requirement>,
    /// The package manifest's path in a project, one of the few files that options reach.
    pub package: String,
    /// The commands of a project.
    pub steps: Steps,
    /// How `verify` starts a client.
    pub driver: Driver,
    /// The client libraries.
    pub clients: Vec<Client>,
}

/// The one version of the manifest's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct Format;

impl TryFrom<u64> for Format {
    type Error = String;

    fn try_from(format: u64) -> Result<Self, String> {
        match format {
            1 => Ok(Self),
            other => Err(format!(
                "format {other} is not known; this program reads format 1"
            )),
        }
    }
}

/// An argument list, run without a shell.
pub type Arguments = Vec<String>;

/// Argument lists, run in the project's folder.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Installs what the project needs.
    pub install: Vec<Arguments>,
    /// Checks format, style and types.
    pub lint: Vec<Arguments>,
    /// Runs the project's own tests.
    pub test: Vec<Arguments>,
    /// Runs the program.
    pub run: Vec<Arguments>,
}

/// How `verify` starts the client under test.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    /// Builds what the command starts, after the project's own install steps.
    #[serde(default)]
    pub build: Vec<Arguments>,
    /// The argument list, run in the project's folder.
    pub command: Arguments,
    /// Variables that the command needs.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// One client library of a language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The name on the command line; that of the folder below `clients/` too.
    pub id: String,
    /// The name for people.
    pub title: String,
    /// Whether it is the language's default.
    #[serde(default)]
    pub default: bool,
    /// The library's versions that the package manifest allows.
    pub version: String,
    /// What the client can do beyond one call after another.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// The paths of the language's layer that the client's own layer replaces.
    #[serde(default)]
    pub replaces: Vec<String>,
    /// The rules that the client cannot meet, with the reason.
    #[serde(default)]
    pub exceptions: BTreeMap<String, String>,
}

/// What a client can do, as its driver says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// Calls are in flight together.
    Parallel,
    /// A caller can give up by the language's own means.
    Cancel,
    /// Tokens are kept in a store that processes share (rule K7).
    Store,
}

impl Capability {
    /// The word in manifests and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parallel => "parallel",
            Self::Cancel => "cancel",
            Self::Store => "store",
        }
    }
}
