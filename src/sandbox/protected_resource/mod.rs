//! The protected API: two orders behind bearer tokens (RFC 6750), and a health check that needs none.

mod bearer_error;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use serde_json::{Value, json};

use self::bearer_error::BearerError;
use super::claims::Claims;
use super::state::State;
use super::{Reply, Request, Scope};

/// Answers at the protected API.
pub(crate) fn protected_resource(state: &State, request: &Request, now: SystemTime) -> Reply {
    let allowed = match request.path() {
        "/health" => "GET, HEAD",
        "/orders" => "GET, HEAD, POST",
        _ => {
            return Reply::json(
                404,
                &problem(
                    "no such resource: there are /orders, /health and /.well-known/oauth-authorization-server",
                ),
            );
        }
    };
    let method = request.method.as_str();
    if !allowed.split(", ").any(|known| known == method) {
        return Reply::json(405, &problem("no such method here")).with("Allow", allowed);
    }
    if request.path() == "/health" {
        return Reply::json(200, &json!({"status": "ok"}));
    }
    match authorize(state, request, now) {
        Ok(_) if method == "POST" => create_order(request),
        Ok(_) => Reply::json(200, &orders()),
        Err(error) => error.into(),
    }
}

fn problem(message: &str) -> Value {
    json!({"message": message})
}

fn orders() -> Value {
    json!({"orders": [
        {"id": "ord_1001", "item": "Espresso beans, 1 kg", "quantity": 2},
        {"id": "ord_1002", "item": "Paper filters, 100", "quantity": 1},
    ]})
}

/// Takes an order and says it back. It is not kept: the sandbox's answers never depend on earlier calls.
fn create_order(request: &Request) -> Reply {
    if request.media_type() != "application/json" {
        return Reply::json(415, &problem("send the order as application/json"));
    }
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(order) => Reply::json(201, &json!({"id": "ord_1003", "order": order})),
        Err(_) => Reply::json(400, &problem("the order is not JSON")),
    }
}

/// Checks the request's token: present once and in the header, in force, for this API, with its scope.
fn authorize(state: &State, request: &Request, now: SystemTime) -> Result<Claims, BearerError> {
    let token = bearer_token(request)?;
    let malformed = |byte: u8| !(byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    if token.is_empty() || token.bytes().any(malformed) && state.tokens.number(token).is_none() {
        return Err(BearerError::InvalidRequest("the bearer token is malformed"));
    }
    let claims = state.check(token, now).map_err(BearerError::InvalidToken)?;
    if claims.aud != state.settings.audience {
        return Err(BearerError::InvalidToken(
            "the token is for another audience",
        ));
    }
    let granted: Scope = claims.scope.parse().unwrap_or_default();
    let needed = &state.settings.required_scope;
    if needed.beyond(&granted).next().is_some() {
        return Err(BearerError::InsufficientScope(needed.clone()));
    }
    Ok(claims)
}

/// The token, which this API takes in the `Authorization` header alone (RFC 6750 §2.1).
fn bearer_token(request: &Request) -> Result<&str, BearerError> {
    let named = |text: &str| {
        text.split('&')
            .any(|field| field.starts_with("access_token="))
    };
    let posted = request.media_type() == "application/x-www-form-urlencoded"
        && named(&String::from_utf8_lossy(&request.body));
    if posted || named(request.query().unwrap_or_default()) {
        return Err(BearerError::InvalidRequest(
            "an access token belongs in the Authorization header and nowhere else",
        ));
    }
    if request.header_values("authorization").count() > 1 {
        return Err(BearerError::InvalidRequest("Authorization is repeated"));
    }
    request.authorization("Bearer").ok_or(BearerError::NoToken)
}
