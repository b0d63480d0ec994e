use serde::Deserialize;

use super::{CallResult, ClientError, Operation};

/// What a driver replied to an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// One result a call.
    Results(Vec<CallResult>),
    /// Done.
    Done,
    /// The text forms.
    Text(String),
    /// The client is built.
    Built,
    /// The client refuses to be built.
    Refused(ClientError),
    /// It does not know the operation.
    Unsupported,
}

#[derive(Deserialize)]
struct Written {
    results: Option<Vec<CallResult>>,
    #[serde(default)]
    ok: bool,
    text: Option<String>,
    ready: Option<bool>,
    error: Option<ClientError>,
    #[serde(default)]
    unsupported: bool,
    id: Option<u64>,
}

impl Reply {
    /// Reads the line that answers an operation.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &str, operation: &Operation, id: u64) -> Result<Self, String> {
        let written: Written = serde_json::from_str(line).map_err(|error| error.to_string())?;
        if written.id != Some(id) {
            return Err(format!(
                "the request's `id` is {id}, but the reply does not repeat it"
            ));
        }
        if written.unsupported {
            return Ok(Self::Unsupported);
        }
        match (operation, written) {
            (Operation::Invalidate { .. }, Written { ok: true, .. }) => Ok(Self::Done),
            (
                Operation::Configure { .. },
                Written {
                    ready: Some(true), ..
                },
            ) => Ok(Self::Built),
            (
                Operation::Configure { .. },
                Written {
                    ready: Some(false),
                    error: Some(error),
                    ..
                },
            ) => Ok(Self::Refused(error)),
            (
                Operation::Describe,
                Written {
                    text: Some(text), ..
                },
            ) => Ok(Self::Text(text)),
            (
                Operation::Token(_) | Operation::Call { .. },
                Written {
                    results: Some(results),
                    ..
                },
            ) => {
                let wanted = operation.results().unwrap_or(0);
                if results.len() != wanted {
                    return Err(format!(
                        "{} results where {wanted} were asked for",
                        results.len()
                    ));
                }
                if let Some(at) = results.iter().position(|result| !result.is_whole()) {
                    return Err(format!(
                        "result {} has neither `token` nor `status` nor `error`",
                        at + 1
                    ));
                }
                Ok(Self::Results(results))
            }
            _ => Err(format!("it is no reply to `{}`", operation.name())),
        }
    }
}
