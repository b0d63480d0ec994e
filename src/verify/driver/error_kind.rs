use std::fmt;

use serde::{Deserialize, Serialize};

/// What went wrong, as a driver tells it (rule F5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
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
