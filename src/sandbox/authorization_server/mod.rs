//! The authorization server: functions of state, request and time to a reply.

mod client_authentication;
mod oauth_error;
mod posted_form;
#[cfg(test)]
mod tests;
mod token_endpoint;

pub(crate) use oauth_error::REALM;
pub(crate) use token_endpoint::token_endpoint;

/// The token endpoint's path.
pub(crate) const TOKEN_PATH: &str = "/oauth/token";
