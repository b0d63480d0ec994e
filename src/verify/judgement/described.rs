use super::Context;
use crate::verify::driver::{CallResult, ClientError};

impl CallResult {
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
