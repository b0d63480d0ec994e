use std::collections::BTreeMap;

use serde::Deserialize;

use super::Placeholders;

/// How a token is issued and what the token response says of it. The default is the truth.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Issue {
    /// How long the API takes the token, in seconds, instead of the sandbox's own lifetime; 0 or
    /// less: it is expired when issued. `expires_in` says the same, but never less than 0.
    pub lifetime_s: Option<i64>,
    /// This text instead of a JWT. The API takes it as it takes any token of the sandbox.
    pub access_token: Option<String>,
    /// The API refuses the token from the start.
    pub revoked: bool,
    /// Members of the token response, each as raw JSON text (`'"3600"'`, `'3.6e3'`, `'null'`),
    /// that replace its own or come after them; no text (`~` in YAML) leaves the member out.
    pub members: BTreeMap<String, Option<String>>,
}

impl Issue {
    /// The same with its placeholders replaced.
    pub(crate) fn filled(&self, placeholders: &Placeholders<'_>) -> Self {
        let fill = |raw: &String| placeholders.fill_json(raw);
        Self {
            lifetime_s: self.lifetime_s,
            access_token: self.access_token.as_deref().map(|t| placeholders.fill(t)),
            revoked: self.revoked,
            members: self
                .members
                .iter()
                .map(|(name, raw)| (name.clone(), raw.as_ref().map(fill)))
                .collect(),
        }
    }
}
