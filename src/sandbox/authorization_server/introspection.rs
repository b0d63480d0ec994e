use std::time::SystemTime;

use serde_json::{Value, json};

use super::super::state::State;
use super::super::{Reply, Request};
use super::client_authentication::authenticate;
use super::oauth_error::OAuthError;
use super::posted_form::posted_form;

/// Says what a token is good for (RFC 7662 §2). Whoever asks authenticates as at the token endpoint.
pub(super) fn introspection(state: &State, request: &Request, now: SystemTime) -> Reply {
    match look_up(state, request, now) {
        Ok(found) => Reply::json(200, &found).not_stored(),
        Err(error) => error.into(),
    }
}

fn look_up(state: &State, request: &Request, now: SystemTime) -> Result<Value, OAuthError> {
    let form = posted_form(request)?;
    authenticate(request, &form, &state.settings)?;
    let token = form
        .get("token")
        .ok_or_else(|| OAuthError::invalid_request("token is missing"))?;
    // §2.2: of a token that is no good nothing is told but that.
    let Ok(claims) = state.check(token, now) else {
        return Ok(json!({"active": false}));
    };
    Ok(json!({
        "active": true,
        "token_type": "Bearer",
        "iss": claims.iss,
        "sub": claims.sub,
        "client_id": claims.client_id,
        "aud": claims.aud,
        "iat": claims.iat,
        "exp": claims.exp,
        "jti": claims.jti,
        "scope": claims.scope,
    }))
}
