//! The settings, from the environment or by code, and what is refused before any request.

use std::error::Error as StdError;
use std::ffi::OsString;
use std::pin::Pin;
use std::sync::Arc;
use std::{env, fmt};

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use url::Host;

use super::Error;

const DEFAULT_TOKEN_URL: &str = "https://api.ssojet.com/oauth/token";

const CLIENT_ID: &str = "SSOJET_CLIENT_ID";
pub(crate) const CLIENT_SECRET: &str = "SSOJET_CLIENT_SECRET";
const API_URL: &str = "SSOJET_API_URL";
const TOKEN_URL: &str = "SSOJET_TOKEN_URL";

/// A fault of a setting, which is named by its field and by its variable.
fn fault(variable: &str, what: &str) -> Error {
    let field = variable.trim_start_matches("SSOJET_").to_ascii_lowercase();
    Error::configuration(format!("{field} ({variable}) {what}"))
}

/// What [`super::Client::new`] needs: an API, and how to get a token for it.
#[derive(Debug, Clone)]
pub struct Config {
    /// The API's base URL; paths are appended to it.
    pub api_url: String,
    pub token: TokenConfig,
}

/// How to get a token. [`super::TokenProvider::new`] checks it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenConfig {
    pub client_id: String,
    pub client_secret: ClientSecret,
    pub token_url: String,
    /// The scopes, separated by white space.
    pub scope: Option<String>,
    pub audience: Option<String>,
    pub auth_method: AuthMethod,
}

/// How the client authenticates itself to the token endpoint (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuthMethod {
    /// Id and secret in the form.
    #[default]
    ClientSecretPost,
    /// Id and secret by HTTP Basic.
    ClientSecretBasic,
}

impl TokenConfig {
    /// The other fields have their defaults, and are yours to set.
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<ClientSecret>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            token_url: DEFAULT_TOKEN_URL.to_owned(),
            scope: None,
            audience: None,
            auth_method: AuthMethod::default(),
        }
    }

    /// The token URL, once everything that can be judged without a request has been.
    pub(crate) fn check(&self) -> Result<Url, Error> {
        check_credential(CLIENT_ID, &self.client_id)?;
        if let ClientSecret::Fixed(secret) = &self.client_secret {
            check_credential(CLIENT_SECRET, secret.expose_secret())?;
        }
        parse_url(TOKEN_URL, &self.token_url)
    }
}

impl Config {
    /// Reads the variables `SSOJET_*`. An empty one counts as absent.
    ///
    /// # Errors
    /// A required variable is missing, or one cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| env::var_os(name).unwrap_or_default())
    }

    /// The same with variables from elsewhere; an absent one is empty.
    ///
    /// # Errors
    /// As for [`Self::from_env`].
    pub fn from_variables(variable: impl Fn(&str) -> OsString) -> Result<Self, Error> {
        let mut missing = vec![CLIENT_ID, CLIENT_SECRET, API_URL];
        missing.retain(|name| variable(name).is_empty());
        if !missing.is_empty() {
            let message = format!("missing or empty: {}", missing.join(", "));
            return Err(Error::configuration(message));
        }
        // The error of `into_string` is the value itself, which must not be shown.
        let read = |name: &str| {
            let text = variable(name).into_string();
            text.map_err(|_| fault(name, "is not valid Unicode"))
        };
        let read_optional = |name: &str| {
            let text = read(name)?;
            Ok(Some(text).filter(|text| !text.is_empty()))
        };
        let mut token = TokenConfig::new(read(CLIENT_ID)?, read(CLIENT_SECRET)?);
        token.scope = read_optional("SSOJET_SCOPE")?;
        token.audience = read_optional("SSOJET_AUDIENCE")?;
        if let Some(token_url) = read_optional(TOKEN_URL)? {
            token.token_url = token_url;
        }
        let auth_method = "SSOJET_AUTH_METHOD";
        let unknown = "must be client_secret_post or client_secret_basic";
        token.auth_method = match read(auth_method)?.as_str() {
            "" | "client_secret_post" => AuthMethod::ClientSecretPost,
            "client_secret_basic" => AuthMethod::ClientSecretBasic,
            _ => return Err(fault(auth_method, unknown)),
        };
        let api_url = read(API_URL)?;
        parse_api_url(&api_url)?;
        token.check()?;
        Ok(Self { api_url, token })
    }
}

type Cause = Box<dyn StdError + Send + Sync>;
type SecretFuture = Pin<Box<dyn Future<Output = Result<SecretString, Cause>> + Send>>;
type SecretFunction = Arc<dyn Fn() -> SecretFuture + Send + Sync>;

/// The client secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum ClientSecret {
    Fixed(SecretString),
    /// See [`ClientSecret::from_fn`].
    Function(SecretFunction),
}

impl ClientSecret {
    /// Called for each token request, so that a rotated secret is used without a restart. A function
    /// that blocks, as a file's reading does, belongs into [`tokio::task::spawn_blocking`].
    pub fn from_fn<Function, Pending, Secret, Failure>(function: Function) -> Self
    where
        Function: Fn() -> Pending + Send + Sync + 'static,
        Pending: Future<Output = Result<Secret, Failure>> + Send + 'static,
        Secret: Into<SecretString>,
        Failure: Into<Cause>,
    {
        Self::Function(Arc::new(move || {
            let pending = function();
            Box::pin(async move { pending.await.map(Into::into).map_err(Into::into) })
        }))
    }
}

impl From<SecretString> for ClientSecret {
    fn from(secret: SecretString) -> Self {
        Self::Fixed(secret)
    }
}

impl From<String> for ClientSecret {
    fn from(secret: String) -> Self {
        SecretString::from(secret).into()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret([REDACTED])")
    }
}

pub(crate) fn check_credential(name: &str, text: &str) -> Result<(), Error> {
    if text.is_empty() {
        return Err(fault(name, "is missing or empty"));
    }
    let Some(control) = text.chars().find(|c| c.is_control()) else {
        return Ok(());
    };
    let what = format!("contains {control:?}, a control character, perhaps the line end of a file");
    Err(fault(name, &what))
}

pub(crate) fn parse_api_url(text: &str) -> Result<Url, Error> {
    if text.contains('?') {
        return Err(fault(API_URL, "must not have a query"));
    }
    parse_url(API_URL, text)
}

/// The error does not repeat the URL: there may be a password in it.
fn parse_url(name: &str, text: &str) -> Result<Url, Error> {
    let is_odd = |c: char| c.is_ascii_whitespace() || c.is_control() || c == '\\' || c == '#';
    let what = match Url::parse(text) {
        _ if text.contains(is_odd) => {
            "must have no fragment, white space, backslash or control character"
        }
        Ok(url) if is_written_so(&url, text) && is_safe(&url) => return Ok(url),
        Ok(url) if is_written_so(&url, text) => {
            "must be https (http is for localhost, 127.0.0.0/8 and [::1] alone)"
        }
        _ => "must be a URL with a host in ASCII, a port from 1 to 65535 if any, and no user",
    };
    Err(fault(name, what))
}

/// The parser mends a good deal without a word: `http:/x`, `http://@x`, `:080`, `locaſhost`. So the host
/// that it found is compared with what was written.
fn is_written_so(url: &Url, text: &str) -> bool {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return false;
    };
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host_and_port = format!("{host}:{port}");
    let is_same = |expected| authority.eq_ignore_ascii_case(expected);
    scheme.eq_ignore_ascii_case(url.scheme())
        && port != 0
        && (is_same(host) || is_same(&host_and_port))
}

fn is_safe(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback)
}
