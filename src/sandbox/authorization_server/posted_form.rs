use super::super::Request;
use super::super::form::Form;
use super::oauth_error::OAuthError;

/// Parameters that only a request body may carry (RFC 6749 §2.3.1, §3.2).
const NEVER_IN_A_QUERY: [&str; 6] = [
    "client_assertion",
    "client_id",
    "client_secret",
    "password",
    "refresh_token",
    "token",
];

/// The form that was posted to an endpoint of the authorization server (RFC 6749 §3.2).
///
/// # Errors
/// 405 for another method, else `invalid_request`.
pub(crate) fn posted_form(request: &Request) -> Result<Form, OAuthError> {
    if request.method != "POST" {
        return Err(OAuthError::method_not_allowed());
    }
    if let Some(name) = misplaced(request.query().unwrap_or_default()) {
        return Err(OAuthError::invalid_request(format!(
            "{name} belongs in the body, not in the URL, which ends up in logs"
        )));
    }
    if request.media_type() != "application/x-www-form-urlencoded" {
        return Err(OAuthError::invalid_request(
            "the body's Content-Type is not application/x-www-form-urlencoded",
        ));
    }
    let form = request
        .form()
        .map_err(|_| OAuthError::invalid_request("the body is not form-urlencoded UTF-8"))?;
    match form.repeated() {
        Some(name) => Err(OAuthError::invalid_request(format!("{name} is repeated"))),
        None => Ok(form),
    }
}

/// Looked for without decoding values, so that a query that is no form cannot hide one.
fn misplaced(query: &str) -> Option<&'static str> {
    let names: Vec<&str> = query
        .split('&')
        .map(|field| field.split('=').next().unwrap_or_default())
        .collect();
    NEVER_IN_A_QUERY
        .into_iter()
        .find(|name| names.contains(name))
}
