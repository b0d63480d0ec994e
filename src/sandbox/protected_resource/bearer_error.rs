use serde_json::json;

use super::super::authorization_server::REALM;
use super::super::{Reply, Scope};

/// Why the protected API turns a request away (RFC 6750 §3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BearerError {
    /// No token came: 401 and a challenge without an error code.
    NoToken,
    /// The request is malformed, or carries its token in a way that is not supported: 400.
    InvalidRequest(&'static str),
    /// The token is forged, expired, revoked or another's: 401.
    InvalidToken(&'static str),
    /// The token is good, but not for this: 403.
    InsufficientScope(Scope),
}

impl From<BearerError> for Reply {
    fn from(error: BearerError) -> Self {
        let (status, code, description, scope) = match &error {
            BearerError::NoToken => {
                let body = json!({"message": "send an access token: Authorization: Bearer …"});
                return Reply::json(401, &body)
                    .with("WWW-Authenticate", format!("Bearer realm=\"{REALM}\""));
            }
            BearerError::InvalidRequest(why) => (400, "invalid_request", *why, None),
            BearerError::InvalidToken(why) => (401, "invalid_token", *why, None),
            BearerError::InsufficientScope(needed) => {
                let why = "the token's scope does not reach";
                (403, "insufficient_scope", why, Some(needed))
            }
        };
        let scope = scope.map_or_else(String::new, |scope| format!(", scope=\"{scope}\""));
        let challenge = format!(
            "Bearer realm=\"{REALM}\", error=\"{code}\", error_description=\"{description}\"{scope}"
        );
        Reply::json(
            status,
            &json!({"error": code, "error_description": description}),
        )
        .with("WWW-Authenticate", challenge)
    }
}
