use serde::Deserialize;

use super::ErrorKind;
use crate::verify::observed::Context;

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

    /// A few words for a person, without secrets.
    #[must_use]
    pub fn described(&self, context: &Context<'_>) -> String {
        match self {
            Self {
                ok: true,
                status: Some(status),
                ..
            } => format!("status {status} of the API"),
            Self {
                ok: true,
                token: Some(token),
                ..
            } => match context.number(token) {
                Some(number) => format!("token {number}"),
                None => "a token that was never issued".to_owned(),
            },
            Self {
                error: Some(error), ..
            } => error.described(context),
            _ => "a result without content".to_owned(),
        }
    }
}

impl ClientError {
    /// The same.
    #[must_use]
    pub fn described(&self, context: &Context<'_>) -> String {
        let code = self
            .code
            .iter()
            .map(|code| format!(", code `{}`", context.masked(code)));
        let status = self
            .status
            .iter()
            .map(|status| format!(", status {status}"));
        let details: String = code.chain(status).collect();
        format!(
            "an error of kind {}{details}: {}",
            self.kind,
            context.masked(&self.message)
        )
    }
}
