use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;

/// Why there is no token. It holds neither the secret nor a token, so it can be logged.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Error {
    pub kind: ErrorKind,
    pub message: String,
    /// The status of the token endpoint's answer, if there was one.
    pub status: Option<StatusCode>,
    /// What the token endpoint said, if it said it in the form of OAuth.
    pub oauth: Option<Box<OAuthError>>,
    /// Whether the same call may succeed later.
    pub is_retryable: bool,
    /// How long the token endpoint asked to be left alone.
    pub retry_after: Option<Duration>,
    /// The error of your function for the secret.
    #[source]
    pub cause: Option<Arc<dyn StdError + Send + Sync>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing or wrong, or your function for the secret failed.
    Configuration,
    /// The token endpoint answered with an OAuth error; see `oauth`.
    OAuth,
    /// No answer, not in time, or a passing failure of the server.
    Transport,
    /// An answer that is neither a token nor an OAuth error.
    Protocol,
}

/// What the token endpoint said (RFC 6749, section 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OAuthError {
    pub error: String,
    pub error_description: Option<String>,
    pub error_uri: Option<String>,
}

impl Error {
    /// The client makes its own; this is for your stubs.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            oauth: None,
            is_retryable: kind == ErrorKind::Transport,
            retry_after: None,
            cause: None,
        }
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    pub(crate) fn transport(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Transport, message)
    }
}

/// Why a call of the API has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// There is no token, so the request was not sent; or it is none for this API.
    #[error(transparent)]
    Token(#[from] Error),
    /// reqwest's own error, as it came.
    #[error(transparent)]
    Request(#[from] reqwest::Error),
}
