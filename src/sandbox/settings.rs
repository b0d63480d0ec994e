use std::time::Duration;

use super::keys::random_text;
use super::{Algorithm, SandboxError, Scope, Script, Secret, SigningKey};

/// What one sandbox is: its one client, its one API and how its tokens are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The one registered client.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: Secret,
    /// Signs the access tokens. A clone is the same key, so many sandboxes can share one.
    pub signing_key: SigningKey,
    /// How long an access token lives. Whole seconds count.
    pub token_lifetime: Duration,
    /// The scope that the client may ask for, and gets if it asks for none.
    pub allowed_scope: Scope,
    /// The scope that the protected API demands; empty: any token will do.
    pub required_scope: Scope,
    /// The protected API's own name, and the audience of a token if the client names none.
    pub audience: String,
    /// Audiences that a token can be had for besides; the protected API refuses such a token.
    pub other_audiences: Vec<String>,
    /// What goes wrong at first. The default: nothing.
    pub script: Script,
    /// Whether the other [places](super::Place) than the origin are open too.
    pub extra_places: bool,
}

impl Settings {
    /// Settings for a new sandbox: a client and a secret of its own, a new key, an hour's lifetime.
    ///
    /// # Errors
    /// [`SandboxError::Crypto`] if no key or no randomness is to be had.
    pub fn generate(algorithm: Algorithm) -> Result<Self, SandboxError> {
        Self::with_key(SigningKey::generate(algorithm)?)
    }

    /// The same with a key that is already there: making an RSA key takes a good part of a second.
    ///
    /// # Errors
    /// [`SandboxError::Crypto`] if the system gives no randomness.
    pub fn with_key(signing_key: SigningKey) -> Result<Self, SandboxError> {
        let names = |text: &str| text.parse().unwrap_or_default();
        Ok(Self {
            client_id: format!("cli_sandbox_{}", random_text::<6>()?),
            client_secret: Secret::random()?,
            signing_key,
            token_lifetime: Duration::from_secs(3600),
            allowed_scope: names("orders:read orders:write"),
            required_scope: names("orders:read"),
            audience: "https://orders.sandbox.example".to_owned(),
            other_audiences: Vec::new(),
            script: Script::default(),
            extra_places: false,
        })
    }
}
