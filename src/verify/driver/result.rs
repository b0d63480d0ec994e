use std::fmt;

use serde::{Deserialize, Serialize};

/// What one call came to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CallResult {
    /// Whether it succeeded.
    pub ok: bool,
    /// The token that it got.
    pub token: Option<String>,
    /// The status that the API answered.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<ClientError>,
}

/// An error that a client hands out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClientError {
    /// Its kind.
    pub kind: ErrorKind,
    /// The OAuth error code.
    pub code: Option<String>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The message.
    pub message: String,
}

impl CallResult {
    /// Whether it has what a result of its kind must have.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        if self.ok {
            self.token.is_some() || self.status.is_some()
        } else {
            self.error.is_some()
        }
    }
}

/// What went wrong, as a driver tells it (rule F5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorKind {
    /// The configuration, or a path.
    Configuration,
    /// The token endpoint answered an OAuth error.
    Oauth,
    /// No answer, or none in time, or the endpoint is unavailable.
    Transport,
    /// An answer that is no token response.
    Protocol,
    /// The caller gave up.
    Cancelled,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Configuration => "configuration",
            Self::Oauth => "oauth",
            Self::Transport => "transport",
            Self::Protocol => "protocol",
            Self::Cancelled => "cancelled",
        })
    }
}
