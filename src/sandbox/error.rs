use std::io;

/// Why a sandbox could not be made or started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The cryptographic library gave no key, no randomness or no certificate.
    #[error("cannot make `{what}` for the sandbox: the cryptographic library refused")]
    Crypto {
        /// What was being made.
        what: &'static str,
    },
    /// TLS could not be set up.
    #[error("cannot set up TLS for the sandbox: {0}")]
    Tls(#[from] rustls::Error),
    /// The operating system refused a socket, a thread or a timer.
    #[error("cannot {action} for the sandbox: {source}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// The system's own reason.
        source: io::Error,
    },
}

impl SandboxError {
    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}
