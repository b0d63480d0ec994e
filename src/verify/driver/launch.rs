use std::{collections::BTreeMap, path::PathBuf};

use serde::Serialize;

/// How a driver is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Launch {
    /// The program and its arguments, run without a shell.
    pub command: Vec<String>,
    /// The folder that it is run in.
    #[serde(rename = "cwd")]
    pub folder: PathBuf,
    /// The variables that it needs besides `PATH`, `HOME`, `LANG` and its configuration.
    pub env: BTreeMap<String, String>,
    /// Whether a `.env` file lies in that folder that the client must not read (rule C1).
    #[serde(skip)]
    pub has_dotenv: bool,
}
