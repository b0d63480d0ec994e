use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One request to a driver.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Get tokens.
    Token(Repeat),
    /// Call the API.
    Call {
        /// The method.
        method: String,
        /// The path, as a user gives it.
        path: String,
        /// The body, JSON as text.
        body: Option<String>,
        /// How often.
        repeat: Repeat,
    },
    /// Forget a token.
    Invalidate {
        /// Which.
        token: String,
    },
    /// Show the text forms of everything.
    Describe,
    /// Build the client anew, of these variables; what a driver need not know.
    Configure {
        /// The `SSOJET_*` variables.
        environment: BTreeMap<String, String>,
    },
}

impl Operation {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Call { .. } => "call",
            Self::Invalidate { .. } => "invalidate",
            Self::Describe => "describe",
            Self::Configure { .. } => "configure",
        }
    }

    /// How many results it has; `None`: it has none.
    #[must_use]
    pub fn results(&self) -> Option<usize> {
        match self {
            Self::Token(repeat) | Self::Call { repeat, .. } => Some(repeat.n),
            _ => None,
        }
    }

    /// The line that asks for it.
    #[must_use]
    pub fn line(&self, id: u64) -> String {
        let mut request = match self {
            Self::Token(repeat) => json!(repeat),
            Self::Call {
                method,
                path,
                body,
                repeat,
            } => {
                let mut request = json!(repeat);
                request["method"] = json!(method);
                request["path"] = json!(path);
                request["body"] = json!(body);
                request
            }
            Self::Invalidate { token } => json!({"token": token}),
            Self::Describe => Value::Object(serde_json::Map::new()),
            Self::Configure { environment } => json!({"environment": environment}),
        };
        request["op"] = json!(self.name());
        request["id"] = json!(id);
        format!("{request}\n")
    }
}

/// How often an operation is done, and how many at once.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Repeat {
    /// How often.
    pub n: usize,
    /// How many at most are in flight together.
    pub parallel: usize,
    /// After how many milliseconds each gives up; `null`: it does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timeout_ms: Vec<Option<u64>>,
}

impl Default for Repeat {
    fn default() -> Self {
        Self {
            n: 1,
            parallel: 1,
            timeout_ms: Vec::new(),
        }
    }
}
