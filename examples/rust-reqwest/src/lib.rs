//! Calls an API that `SSOJet` protects, with access tokens of the OAuth 2.0 client-credentials grant
//! (RFC 6749, section 4.4).
//!
//! ```no_run
//! # async fn example() -> Result<(), ssojet_m2m::CallError> {
//! use ssojet_m2m::{Client, Config};
//!
//! let client = Client::new(Config::from_env()?)?;
//! let response = client.get("/orders").send().await?;
//! # Ok(())
//! # }
//! ```

mod client;
mod config;
mod error;
mod limits;
mod token_provider;
mod token_request;

#[cfg(test)]
mod tests;

pub use client::{Client, RequestBuilder, http_builder};
pub use config::{AuthMethod, ClientSecret, Config, TokenConfig};
pub use error::{CallError, Error, ErrorKind, OAuthError};
pub use token_provider::{AccessToken, TokenProvider};
pub use {reqwest, secrecy};
