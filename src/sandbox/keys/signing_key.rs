use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RsaKeyPair, VerificationAlgorithm,
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

use super::super::SandboxError;
use super::Algorithm;

/// A private key with its public half, parsed once. Cloning shares it; it cannot be printed.
#[derive(Clone)]
pub struct SigningKey(Arc<Held>);

struct Held {
    pair: Pair,
    public: ParsedPublicKey,
    thumbprint: String,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`SandboxError::Crypto`] if the library cannot.
    pub fn generate(algorithm: Algorithm) -> Result<Self, SandboxError> {
        Self::try_generate(algorithm).ok_or(SandboxError::Crypto {
            what: "a signing key",
        })
    }

    fn try_generate(algorithm: Algorithm) -> Option<Self> {
        let pair = match algorithm {
            Algorithm::Rs256 => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).ok()?),
            Algorithm::Es256 => {
                Pair::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?)
            }
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate().ok()?),
        };
        let public = ParsedPublicKey::new(pair.verification(), pair.public_bytes()).ok()?;
        let thumbprint = digest::digest(&digest::SHA256, pair.public_jwk().as_bytes());
        Some(Self(Arc::new(Held {
            thumbprint: BASE64_URL_SAFE_NO_PAD.encode(thumbprint),
            pair,
            public,
        })))
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.0.pair {
            Pair::Rsa(_) => Algorithm::Rs256,
            Pair::Ecdsa(_) => Algorithm::Es256,
            Pair::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// The key's id: its JWK thumbprint (RFC 7638 §3).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.thumbprint
    }

    /// Signs as the algorithm's JWS form wants it (RFC 7518 §3.3, §3.4, RFC 8037 §3.1).
    ///
    /// # Errors
    /// [`SandboxError::Crypto`] if the library cannot.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SandboxError> {
        self.0.pair.sign(message).ok_or(SandboxError::Crypto {
            what: "a signature",
        })
    }

    /// Whether `signature` is this key's signature of `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.public.verify_sig(message, signature).is_ok()
    }

    /// The public half as a JSON object for a JWK Set (RFC 7517 §4).
    #[must_use]
    pub fn to_jwk(&self) -> serde_json::Value {
        let mut jwk: serde_json::Value =
            serde_json::from_str(&self.0.pair.public_jwk()).unwrap_or_default();
        jwk["kid"] = self.id().into();
        jwk["alg"] = self.algorithm().name().into();
        jwk["use"] = "sig".into();
        jwk
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({} {})", self.algorithm(), self.id())
    }
}

impl Pair {
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .ok()?;
                Some(signature)
            }
            Self::Ecdsa(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).ok()?;
                Some(signature.as_ref().to_vec())
            }
            Self::Ed25519(pair) => Some(pair.try_sign(message).ok()?.as_ref().to_vec()),
        }
    }

    fn verification(&self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Rsa(_) => &RSA_PKCS1_2048_8192_SHA256,
            Self::Ecdsa(_) => &ECDSA_P256_SHA256_FIXED,
            Self::Ed25519(_) => &ED25519,
        }
    }

    fn public_bytes(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::Ecdsa(pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// The required members alone, sorted and without white space: what a thumbprint is taken of
    /// (RFC 7638 §3.2).
    fn public_jwk(&self) -> String {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(pair) => {
                let public = pair.public_key();
                let modulus = public.modulus();
                let exponent = public.exponent();
                format!(
                    r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
                    text(exponent.big_endian_without_leading_zero()),
                    text(modulus.big_endian_without_leading_zero()),
                )
            }
            Self::Ecdsa(pair) => {
                // An uncompressed point (SEC 1 §2.3.3): 04, then x and y.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                format!(
                    r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                    text(x),
                    text(y)
                )
            }
            Self::Ed25519(pair) => {
                let x = text(pair.public_key().as_ref());
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_signs_what_it_verifies_and_nothing_else() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap();
            let other = SigningKey::generate(algorithm).unwrap();
            let signature = key.sign(b"message").unwrap();
            assert!(key.verifies(b"message", &signature), "{algorithm}");
            assert!(!key.verifies(b"messagf", &signature), "{algorithm}");
            assert!(!other.verifies(b"message", &signature), "{algorithm}");
            assert_eq!(key.algorithm(), algorithm);
        }
    }

    #[test]
    fn a_jwk_holds_the_public_half_alone() {
        let members = |algorithm| {
            let jwk = SigningKey::generate(algorithm).unwrap().to_jwk();
            let mut names: Vec<&str> = jwk.as_object().unwrap().keys().map(|n| &n[..]).collect();
            names.sort_unstable();
            names.join(" ")
        };
        assert_eq!(members(Algorithm::Rs256), "alg e kid kty n use");
        assert_eq!(members(Algorithm::Es256), "alg crv kid kty use x y");
        assert_eq!(members(Algorithm::EdDsa), "alg crv kid kty use x");
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        assert_eq!(
            format!("{key:?}"),
            format!("SigningKey(EdDSA {})", key.id())
        );
    }
}
