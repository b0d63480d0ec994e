use serde_json::json;

use super::super::Reply;

/// The realm named in every challenge of the sandbox.
pub(crate) const REALM: &str = "ssojet-sandbox";

/// An error of the authorization server (RFC 6749 §5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OAuthError {
    status: u16,
    code: &'static str,
    description: String,
}

impl OAuthError {
    fn new(status: u16, code: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            code,
            description: description.into(),
        }
    }

    /// The request is malformed: 400.
    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", description)
    }

    /// The client is not who it says: 401 with a challenge.
    pub(crate) fn invalid_client(description: impl Into<String>) -> Self {
        Self::new(401, "invalid_client", description)
    }

    /// The grant is none of this server's: 400.
    pub(crate) fn unsupported_grant_type(description: impl Into<String>) -> Self {
        Self::new(400, "unsupported_grant_type", description)
    }

    /// The scope is malformed, unknown or not for this client: 400.
    pub(crate) fn invalid_scope(description: impl Into<String>) -> Self {
        Self::new(400, "invalid_scope", description)
    }

    /// The audience is unknown (RFC 8707 §2): 400.
    pub(crate) fn invalid_target(description: impl Into<String>) -> Self {
        Self::new(400, "invalid_target", description)
    }

    /// The method is not the endpoint's: 405, which RFC 6749 leaves to HTTP.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(405, "invalid_request", "use POST")
    }

    /// The server itself failed: 500.
    pub(crate) fn server_error() -> Self {
        Self::new(500, "server_error", "the sandbox could not sign a token")
    }
}

impl From<OAuthError> for Reply {
    fn from(error: OAuthError) -> Self {
        // RFC 6749 §5.2 allows neither `"` nor `\` nor anything but ASCII in a description.
        let plain = |character| matches!(character, ' '..='!' | '#'..='[' | ']'..='~');
        let description = error.description.replace(|c| !plain(c), "?");
        let body = json!({"error": error.code, "error_description": description});
        let reply = Reply::json(error.status, &body).not_stored();
        match error.status {
            // RFC 9110 §15.5.2 wants a challenge with every 401, not only after Basic.
            401 => reply.with("WWW-Authenticate", format!("Basic realm=\"{REALM}\"")),
            405 => reply.with("Allow", "POST"),
            _ => reply,
        }
    }
}

impl Reply {
    /// The same, never to be kept by a cache (RFC 6749 §5.1).
    pub(crate) fn not_stored(self) -> Self {
        self.with("Cache-Control", "no-store")
            .with("Pragma", "no-cache")
    }
}
