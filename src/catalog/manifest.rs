use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::system::toolchain::Requirement;

/// `languages/<id>/manifest.yaml`: one language, its commands and its client libraries.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format's version: 2.
    pub format: Format<2>,
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
    /// What runs the code that the guide shows, once that lies in `.ssojet-guide` beside an installed project. The
    /// tests do so; this program never does.
    #[serde(default)]
    pub guide: Vec<Arguments>,
    /// The client libraries.
    pub clients: Vec<Client>,
}

/// The one version of a data file's format that this program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct Format<const KNOWN: u64>;

impl<const KNOWN: u64> TryFrom<u64> for Format<KNOWN> {
    type Error = String;

    fn try_from(format: u64) -> Result<Self, String> {
        if format == KNOWN {
            Ok(Self)
        } else {
            Err(format!(
                "format {format} is not known; this program reads format {KNOWN}"
            ))
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
    /// The names of variables that it needs from the user's environment, such as `JAVA_HOME`.
    #[serde(default)]
    pub pass: Vec<String>,
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
    /// The programs that its user needs besides those of the language.
    #[serde(default)]
    pub requires: Vec<Requirement>,
    /// Another client of the language, over whose layers this one's lie.
    #[serde(default)]
    pub extends: Option<String>,
    /// When to choose it, where that is not plain: one or two sentences.
    #[serde(default)]
    pub note: Option<String>,
    /// What the client can do beyond one call after another.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// The paths of the layers below that the client's own layer replaces.
    #[serde(default)]
    pub replaces: Vec<String>,
    /// The rules, or the scenarios of `verify`, that the client cannot meet, with the reason.
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
    /// The library reads the proxy variables of the environment (rule T7).
    Proxy,
}

impl Capability {
    /// The word in manifests and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parallel => "parallel",
            Self::Cancel => "cancel",
            Self::Store => "store",
            Self::Proxy => "proxy",
        }
    }
}
