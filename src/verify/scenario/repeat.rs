use serde::{Deserialize, Serialize};

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
