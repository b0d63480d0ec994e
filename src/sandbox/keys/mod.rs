//! Keys, made once and held ready: parsing an RSA key costs more than a signature with it.

mod algorithm;
mod signing_key;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use signing_key::SigningKey;

use super::SandboxError;

/// `BYTES` random bytes as base64url.
pub(crate) fn random_text<const BYTES: usize>() -> Result<String, SandboxError> {
    let mut bytes = [0; BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SandboxError::Crypto { what: "randomness" })?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
