//! What a user may choose about a project, checked.

use serde::{Deserialize, Serialize};

use super::endpoint::{self, Query};
use crate::catalog::did_you_mean;

/// What a user may choose about a project. It reaches data files alone, never program text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// The project's name in its package manifest and README: `^[a-z][a-z0-9-]{0,62}$`.
    pub name: String,
    /// The token endpoint (RFC 6749 §3.2).
    pub token_url: String,
    /// The base URL of the protected resource.
    pub api_url: String,
    /// The scope, space separated (RFC 6749 §3.3); empty: none is asked for.
    pub scope: String,
    /// The audience; empty: none is asked for.
    pub audience: String,
    /// How the client authenticates (RFC 6749 §2.3.1).
    pub auth_method: AuthMethod,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "ssojet-m2m".to_owned(),
            token_url: "https://api.ssojet.com/oauth/token".to_owned(),
            api_url: "https://api.example.com".to_owned(),
            scope: String::new(),
            audience: String::new(),
            auth_method: AuthMethod::ClientSecretPost,
        }
    }
}

/// Client authentication at the token endpoint, by the names of OpenID Connect Core §9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Id and secret in the body.
    ClientSecretPost,
    /// Id and secret in the `Authorization` header.
    ClientSecretBasic,
}

impl AuthMethod {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::ClientSecretPost, Self::ClientSecretBasic];

    /// The registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretBasic => "client_secret_basic",
        }
    }
}

/// Why an option's value is refused.
#[derive(Debug, thiserror::Error)]
#[error("invalid `--{option}`: {problem}")]
pub struct OptionError {
    /// The flag without its dashes.
    pub option: &'static str,
    /// What is wrong and what would do; the value itself may hold a password and is not repeated.
    pub problem: String,
}

/// Values as a user gives them; what is left out has a default.
#[derive(Debug, Clone, Default)]
pub struct GivenOptions {
    /// `--name`
    pub name: Option<String>,
    /// `--token-url`
    pub token_url: Option<String>,
    /// `--api-url`
    pub api_url: Option<String>,
    /// `--scope`
    pub scope: Option<String>,
    /// `--audience`
    pub audience: Option<String>,
    /// `--auth-method`
    pub auth_method: Option<String>,
}

impl GivenOptions {
    /// Checks every value.
    ///
    /// # Errors
    /// For the first value that is refused.
    pub fn checked(self) -> Result<Options, OptionError> {
        let default = Options::default();
        let checked = |given: Option<String>, default: String, check: Check| match given {
            Some(value) => check(&value).map(|()| value),
            None => Ok(default),
        };
        Ok(Options {
            name: checked(self.name, default.name, check_name)?,
            token_url: checked(self.token_url, default.token_url, check_token_url)?,
            api_url: checked(self.api_url, default.api_url, check_api_url)?,
            scope: checked(self.scope, default.scope, check_scope)?,
            audience: checked(self.audience, default.audience, check_audience)?,
            auth_method: match self.auth_method {
                Some(name) => parse_auth_method(&name)?,
                None => default.auth_method,
            },
        })
    }
}

/// Whether a value is fit for its option.
pub type Check = fn(&str) -> Result<(), OptionError>;

fn refused(option: &'static str, problem: impl Into<String>) -> OptionError {
    let problem = problem.into();
    OptionError { option, problem }
}

/// The name of a package in every registry: `^[a-z][a-z0-9-]{0,62}$`, without a `-` at its end.
///
/// # Errors
/// When it is not one.
pub fn check_name(name: &str) -> Result<(), OptionError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(plain)
        && !name.ends_with('-')
    {
        return Ok(());
    }
    Err(refused(
        "name",
        "use a to z, 0 to 9 and `-`, a letter first, no `-` last, at most 63 characters, as in `billing-worker`",
    ))
}

/// The token endpoint's URL (rule C3).
///
/// # Errors
/// When a generated client would refuse it.
pub fn check_token_url(text: &str) -> Result<(), OptionError> {
    check_quotable("token-url", text)?;
    endpoint::check(text, Query::Allowed).map_err(|error| refused("token-url", error.to_string()))
}

/// The protected resource's URL (rule C3).
///
/// # Errors
/// When a generated client would refuse it.
pub fn check_api_url(text: &str) -> Result<(), OptionError> {
    check_quotable("api-url", text)?;
    endpoint::check(text, Query::Refused).map_err(|error| refused("api-url", error.to_string()))
}

/// Scope tokens with one space between (RFC 6749 §3.3).
///
/// # Errors
/// When it is something else.
pub fn check_scope(scope: &str) -> Result<(), OptionError> {
    check_quotable("scope", scope)?;
    let token = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| matches!(c, '!' | '#'..='[' | ']'..='~'))
    };
    if scope.is_empty() || scope.split(' ').all(token) {
        return Ok(());
    }
    Err(refused(
        "scope",
        "give scopes with one space between, of visible ASCII without `\"` and `\\` (RFC 6749 section 3.3), as in `orders:read orders:write`",
    ))
}

/// Any text of one line.
///
/// # Errors
/// When it cannot stand in `.env`.
pub fn check_audience(audience: &str) -> Result<(), OptionError> {
    check_quotable("audience", audience)
}

/// A folder's name.
///
/// # Errors
/// When it is empty.
pub fn check_folder(folder: &str) -> Result<(), OptionError> {
    if folder.is_empty() {
        return Err(refused("out", "name a folder"));
    }
    Ok(())
}

/// The authentication method of this name.
///
/// # Errors
/// When there is none: with the likeliest.
pub fn parse_auth_method(name: &str) -> Result<AuthMethod, OptionError> {
    let names = AuthMethod::ALL.map(AuthMethod::name);
    AuthMethod::ALL
        .into_iter()
        .find(|method| method.name() == name)
        .ok_or_else(|| {
            let hint = did_you_mean(name, names);
            refused("auth-method", format!("use {}{hint}", names.join(" or ")))
        })
}

/// Values stand in `.env` between single quotes, which have no escapes.
fn check_quotable(option: &'static str, text: &str) -> Result<(), OptionError> {
    if text.chars().any(char::is_control) {
        return Err(refused(
            option,
            "give one line of text, without a line break or other control characters",
        ));
    }
    if text.contains('\'') {
        return Err(refused(
            option,
            "leave out the `'`, which cannot stand in `.env`",
        ));
    }
    Ok(())
}
