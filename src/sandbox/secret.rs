use std::fmt;

use super::SandboxError;
use super::keys::random_text;

/// Text that cannot be printed by accident: `Debug` hides it and there is no `Display`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a given text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Makes a fresh client secret: 256 random bits behind a prefix that says where it is from.
    ///
    /// # Errors
    /// [`SandboxError::Crypto`] if the system gives no randomness.
    pub fn random() -> Result<Self, SandboxError> {
        Ok(Self(format!("sandbox_secret_{}", random_text::<32>()?)))
    }

    /// The text itself. Every use of it should be easy to find, so there is no other way.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares in a time that depends on the lengths alone.
    pub(crate) fn is(&self, other: &str) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), other.as_bytes())
            .is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}
