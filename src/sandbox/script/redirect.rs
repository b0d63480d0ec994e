use serde::Deserialize;

use super::super::Reply;
use super::Placeholders;

/// A redirect (RFC 9110 §15.4).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// The `Location`, such as `http://{decoy}/orders`.
    pub to: String,
    /// The status; by default 307, which keeps method and body.
    pub status: Option<u16>,
}

impl Redirect {
    pub(crate) fn reply(&self, placeholders: &Placeholders<'_>) -> Reply {
        Reply::empty(self.status.unwrap_or(307)).with("Location", placeholders.fill(&self.to))
    }
}
