use serde::Serialize;

use crate::verify::driver::ErrorKind;

/// An error that the client has handed out, as its user sees it: what the troubleshooting table has to explain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ClientErrorReport {
    /// Its kind.
    pub kind: ErrorKind,
    /// Its message, secrets masked, with `PORT` for the sandbox's port.
    pub message: String,
}
