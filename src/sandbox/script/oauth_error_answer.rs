use serde::Deserialize;
use serde_json::json;

use super::super::Reply;
use super::Placeholders;

/// An OAuth error as a JSON object (RFC 6749 §5.2).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthErrorAnswer {
    /// `error`
    pub code: String,
    /// `error_description`
    pub description: Option<String>,
    /// `error_uri`
    pub uri: Option<String>,
    /// The status; by default 401 for `invalid_client` and 400 for the others.
    pub status: Option<u16>,
}

impl OAuthErrorAnswer {
    pub(crate) fn reply(&self, placeholders: &Placeholders<'_>) -> Reply {
        let mut body = json!({"error": placeholders.fill(&self.code)});
        if let Some(description) = &self.description {
            body["error_description"] = placeholders.fill(description).into();
        }
        if let Some(uri) = &self.uri {
            body["error_uri"] = placeholders.fill(uri).into();
        }
        let usual = if self.code == "invalid_client" {
            401
        } else {
            400
        };
        Reply::json(self.status.unwrap_or(usual), &body).not_stored()
    }
}
