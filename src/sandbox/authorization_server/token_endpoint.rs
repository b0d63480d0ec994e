use std::time::SystemTime;

use serde_json::json;

use super::super::state::{Granted, State};
use super::super::{Issue, Reply, Request, Scope};
use super::client_authentication::authenticate;
use super::oauth_error::OAuthError;
use super::posted_form::posted_form;

/// Answers at the token endpoint (RFC 6749 §3.2, §4.4). `how` is what a script may bend.
pub(crate) fn token_endpoint(
    state: &mut State,
    request: &Request,
    how: &Issue,
    now: SystemTime,
) -> Reply {
    let (scope, audience) = match asked_for(state, request) {
        Ok(asked) => asked,
        Err(error) => return error.into(),
    };
    match state.grant(&scope, &audience, how, now) {
        Ok(granted) => Reply::new(
            200,
            "application/json",
            token_response(&granted, &scope, how),
        )
        .not_stored(),
        Err(_) => OAuthError::server_error().into(),
    }
}

/// The scope and the audience that this client may have.
fn asked_for(state: &State, request: &Request) -> Result<(Scope, String), OAuthError> {
    let form = posted_form(request)?;
    let settings = &state.settings;
    authenticate(request, &form, settings)?;
    match form.get("grant_type") {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(OAuthError::unsupported_grant_type(
                "this server grants client_credentials alone",
            ));
        }
        None => return Err(OAuthError::invalid_request("grant_type is missing")),
    }
    let scope = match form.get("scope") {
        Some(text) => text
            .parse()
            .map_err(|problem: super::super::MalformedScope| {
                OAuthError::invalid_scope(problem.to_string())
            })?,
        None => settings.allowed_scope.clone(),
    };
    let unknown: Vec<&str> = scope.beyond(&settings.allowed_scope).collect();
    if !unknown.is_empty() {
        return Err(OAuthError::invalid_scope(format!(
            "not for this client: {}; it may ask for: {}",
            unknown.join(" "),
            settings.allowed_scope
        )));
    }
    let audience = form.get("audience").unwrap_or(&settings.audience);
    if audience != settings.audience && !settings.other_audiences.iter().any(|a| a == audience) {
        return Err(OAuthError::invalid_target(format!(
            "unknown audience; this server's API is {}",
            settings.audience
        )));
    }
    Ok((scope, audience.to_owned()))
}

/// The members of RFC 6749 §5.1, with those that a script gives as raw JSON.
fn token_response(granted: &Granted, scope: &Scope, how: &Issue) -> String {
    let mut members = vec![
        ("access_token", json!(granted.token).to_string()),
        ("token_type", json!("Bearer").to_string()),
        ("expires_in", granted.lifetime.max(0).to_string()),
        ("scope", json!(scope.to_string()).to_string()),
    ];
    for (name, raw) in &how.members {
        let known = members.iter().position(|(member, _)| member == name);
        match (known, raw) {
            (Some(at), Some(raw)) => members[at].1.clone_from(raw),
            (Some(at), None) => drop(members.remove(at)),
            (None, Some(raw)) => members.push((name, raw.clone())),
            (None, None) => {}
        }
    }
    let members: Vec<String> = members
        .iter()
        .map(|(name, raw)| format!("{}:{raw}", json!(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}
