use std::fmt;

use serde::Deserialize;

use crate::sandbox::{Exchange, Place};

/// Whom a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The token endpoint, however it is reached.
    Token,
    /// The protected API at its own origin.
    Api,
    /// The other origin.
    Decoy,
    /// The listener whose certificate no client trusts.
    Tls,
    /// The origin as an HTTP proxy, asked for a tunnel.
    Tunnel,
}

impl Party {
    /// Whom this request was for.
    #[must_use]
    pub fn of(exchange: &Exchange) -> Self {
        match exchange.place {
            _ if exchange.request.method == "CONNECT" => Self::Tunnel,
            Place::Tls => Self::Tls,
            Place::Origin if exchange.request.path() == "/oauth/token" => Self::Token,
            Place::Origin => Self::Api,
            _ => Self::Decoy,
        }
    }

    /// The place where its connections are counted.
    #[must_use]
    pub fn place(self) -> Place {
        match self {
            Self::Token | Self::Api | Self::Tunnel => Place::Origin,
            Self::Decoy => Place::Decoy,
            Self::Tls => Place::Tls,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Token => "the token endpoint",
            Self::Api => "the API",
            Self::Decoy => "another origin",
            Self::Tls => "the origin with the untrusted certificate",
            Self::Tunnel => "the proxy",
        })
    }
}
