//! The authorization server: functions of state, request and time to a reply.

mod client_authentication;
mod introspection;
mod metadata;
mod oauth_error;
mod posted_form;
#[cfg(test)]
mod tests;
mod token_endpoint;

use std::time::SystemTime;

use self::introspection::introspection;
use self::metadata::{keys, metadata};
use super::state::State;
use super::{Reply, Request};

pub(crate) use oauth_error::REALM;
pub(crate) use token_endpoint::token_endpoint;

/// The token endpoint's path.
pub(crate) const TOKEN_PATH: &str = "/oauth/token";
const INTROSPECTION_PATH: &str = "/oauth/introspect";
const METADATA_PATH: &str = "/.well-known/oauth-authorization-server";
const KEYS_PATH: &str = "/.well-known/jwks.json";

/// Whether a path is one of [`authorization_server`]'s.
pub(crate) fn has(path: &str) -> bool {
    matches!(path, INTROSPECTION_PATH | METADATA_PATH | KEYS_PATH)
}

/// Answers at all endpoints but the token endpoint.
pub(crate) fn authorization_server(state: &State, request: &Request, now: SystemTime) -> Reply {
    if request.path() == INTROSPECTION_PATH {
        return introspection(state, request, now);
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Reply::empty(405).with("Allow", "GET, HEAD");
    }
    match request.path() {
        METADATA_PATH => metadata(state),
        _ => keys(state),
    }
}
