use serde_json::json;

use super::super::Reply;
use super::super::state::State;
use super::{INTROSPECTION_PATH, KEYS_PATH, TOKEN_PATH};

/// The authorization server's metadata (RFC 8414 §2).
pub(super) fn metadata(state: &State) -> Reply {
    let issuer = &state.issuer;
    let methods = ["client_secret_basic", "client_secret_post"];
    let scopes: Vec<&str> = state.settings.allowed_scope.names().collect();
    let metadata = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}{TOKEN_PATH}"),
        "jwks_uri": format!("{issuer}{KEYS_PATH}"),
        "introspection_endpoint": format!("{issuer}{INTROSPECTION_PATH}"),
        "scopes_supported": scopes,
        // Required by the RFC, though a server without an authorization endpoint has none.
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
    });
    Reply::json(200, &metadata)
}

/// The keys that tokens are signed with, as a JWK Set (RFC 7517 §5).
pub(super) fn keys(state: &State) -> Reply {
    let keys = json!({"keys": [state.settings.signing_key.to_jwk()]});
    Reply::new(200, "application/jwk-set+json", keys.to_string())
}
