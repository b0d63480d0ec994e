use std::{collections::BTreeMap, path::PathBuf, time::Duration};

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
    /// The variables of the user's that it needs besides, such as `JAVA_HOME`.
    pub pass: Vec<String>,
    /// Whether a `.env` file lies in that folder that the client must not read (rule C1).
    #[serde(skip)]
    pub has_dotenv: bool,
    /// How long it is waited for.
    #[serde(skip)]
    pub patience: Patience,
}

/// How long a driver is waited for before it is said to hang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until its first line.
    pub ready: Duration,
    /// Until the reply to one operation.
    pub reply: Duration,
    /// Until its end, after the end of its input.
    pub end: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            // A virtual machine on a busy one.
            ready: Duration::from_secs(60),
            // Its own waits are 30 s (rule T6), and the API's answer comes on top.
            reply: Duration::from_secs(90),
            end: Duration::from_secs(20),
        }
    }
}
