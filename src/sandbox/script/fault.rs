use std::fmt;
use std::str::FromStr;

use super::Script;

/// A fault by name, for a person who wants to see a client suffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Answers that take too long.
    Slow,
    /// A token endpoint that is now and then overloaded.
    Flaky,
    /// Tokens that are dead on arrival.
    Expired,
    /// Tokens that die before their time.
    Revoked,
    /// A token URL that leads to a web page.
    WrongEndpoint,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 5] = [
        Self::Slow,
        Self::Flaky,
        Self::Expired,
        Self::Revoked,
        Self::WrongEndpoint,
    ];

    /// Its name on a command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Flaky => "flaky",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::WrongEndpoint => "wrong-endpoint",
        }
    }

    /// What it does, in one line.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Slow => {
                "every other token response drips in byte by byte for minutes; the API takes 2 s"
            }
            Self::Flaky => "every other token request is answered 503 with Retry-After: 1",
            Self::Expired => {
                "every other token is expired when issued, though expires_in says otherwise"
            }
            Self::Revoked => "every third API call finds its token revoked and is answered 401",
            Self::WrongEndpoint => {
                "the token endpoint answers 404 with a web page, as a mistyped URL would"
            }
        }
    }

    /// The script that does it.
    #[must_use]
    pub fn script(self) -> Script {
        // Written as a file would hold it. A test reads them all, so the default never comes up.
        serde_json::from_str(self.source()).unwrap_or_default()
    }

    fn source(self) -> &'static str {
        match self {
            Self::Slow => {
                r#"{"token": [{"when": {"every": 2}, "wire": {"drip_head_ms": 500, "drip_body_ms": 500}}],
                    "api": [{"wire": {"delay_ms": 2000}}]}"#
            }
            Self::Flaky => {
                r#"{"token": [{"when": {"every": 2},
                               "respond": {"status": 503, "headers": {"Retry-After": "1"}}}]}"#
            }
            Self::Expired => {
                r#"{"token": [{"when": {"every": 2},
                               "issue": {"lifetime_s": -60, "members": {"expires_in": "3600"}}}]}"#
            }
            Self::Revoked => r#"{"api": [{"when": {"every": 3}, "revoke": true}]}"#,
            Self::WrongEndpoint => {
                r#"{"token": [{"respond": {"status": 404, "headers": {"Content-Type": "text/html"},
                                           "text": "<!doctype html><title>Not found</title>\n"}}]}"#
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The name is no fault's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault `{name}`; choose one of {}", Fault::ALL.map(Fault::name).join(", "))]
pub struct UnknownFault {
    name: String,
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL
            .into_iter()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| UnknownFault {
                name: name.to_owned(),
            })
    }
}
