use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::super::form::{self, Form};
use super::super::{Request, Settings};
use super::oauth_error::OAuthError;

/// Checks who asks, by `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1).
///
/// # Errors
/// `invalid_request` for credentials given twice or in the query, else `invalid_client`.
pub(crate) fn authenticate(
    request: &Request,
    form: &Form,
    settings: &Settings,
) -> Result<(), OAuthError> {
    let (id, secret) = credentials(request, form)?;
    if id == settings.client_id && settings.client_secret.is(&secret) {
        Ok(())
    } else {
        Err(OAuthError::invalid_client(
            "unknown client or wrong secret: check both, and how they are encoded",
        ))
    }
}

fn credentials(request: &Request, form: &Form) -> Result<(String, String), OAuthError> {
    let given = request.header_values("authorization").count();
    let posted = form.get("client_secret");
    if given > 1 {
        return Err(OAuthError::invalid_request(
            "the Authorization header is repeated",
        ));
    }
    if given == 1 && posted.is_some() {
        return Err(OAuthError::invalid_request(
            "the client authenticates in two ways: by Authorization and by client_secret",
        ));
    }
    if given == 1 {
        let (id, secret) = basic(request)?;
        if form.get("client_id").is_some_and(|posted| posted != id) {
            return Err(OAuthError::invalid_request(
                "client_id is not the client of the Authorization header",
            ));
        }
        return Ok((id, secret));
    }
    match (form.get("client_id"), posted) {
        (Some(id), Some(secret)) => Ok((id.to_owned(), secret.to_owned())),
        _ => Err(OAuthError::invalid_client(
            "no client authentication: send Basic, or client_id and client_secret in the body",
        )),
    }
}

fn basic(request: &Request) -> Result<(String, String), OAuthError> {
    let value = request
        .authorization("Basic")
        .ok_or_else(|| OAuthError::invalid_client("the Authorization scheme is not Basic"))?;
    decoded(value).ok_or_else(|| {
        OAuthError::invalid_client(
            "the Basic value is not Base64 of form-urlencoded id and secret with `:` between",
        )
    })
}

fn decoded(value: &str) -> Option<(String, String)> {
    let bytes = BASE64_STANDARD.decode(value).ok()?;
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let id = form::decode(&bytes[..colon]).ok()?;
    let secret = form::decode(&bytes[colon + 1..]).ok()?;
    Some((id, secret))
}
