use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Deserialize;

use super::one_or_many::OneOrMany;
use crate::sandbox::Request;

/// The credentials of `client_secret_basic` (RFC 6749 §2.3.1) in any allowed spelling.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasicPattern {
    /// The spellings of the encoded id.
    pub id: OneOrMany<String>,
    /// The spellings of the encoded secret.
    pub secret: OneOrMany<String>,
}

impl BasicPattern {
    /// Whether a request bears them.
    pub fn fits(&self, request: &Request) -> bool {
        let given = request.authorization("Basic").unwrap_or_default();
        let Ok(decoded) = BASE64_STANDARD.decode(given) else {
            return false;
        };
        let decoded = with_upper_escapes(&String::from_utf8_lossy(&decoded));
        self.id.iter().any(|id| {
            let mut secrets = self.secret.iter();
            secrets.any(|secret| with_upper_escapes(&format!("{id}:{secret}")) == decoded)
        })
    }
}

/// `%2b` is `%2B` (RFC 3986 §2.1).
fn with_upper_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let digits = part.char_indices().nth(2).map_or(part.len(), |(at, _)| at);
        let (digits, rest) = part.split_at(digits);
        text + "%" + &digits.to_ascii_uppercase() + rest
    })
}
