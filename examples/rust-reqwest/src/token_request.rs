//! One request for a token, and what its answer means.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{ClientBuilder, RequestBuilder, Response, StatusCode, Url, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, value::RawValue};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use url::form_urlencoded;

use super::client::build_http;
use super::config::{CLIENT_SECRET, check_credential};
use super::token_provider::HeldToken;
use super::{AccessToken, AuthMethod, ClientSecret, Error, ErrorKind, OAuthError};
use super::{TokenConfig, limits};

const WORTH_A_RETRY: [u16; 6] = [408, 429, 500, 502, 503, 504];
const INVALID_CLIENT_HINT: &str = "; check id and secret, and whether SSOJET_AUTH_METHOD must be \
    client_secret_basic instead of client_secret_post, or the reverse";
const SIGNS_OF_A_WRONG_URL: [u16; 3] = [404, 405, 415];

pub(crate) struct TokenEndpoint {
    pub config: TokenConfig,
    pub host: String,
    url: Url,
    http: reqwest::Client,
}

impl TokenEndpoint {
    pub fn new(config: TokenConfig, http: ClientBuilder) -> Result<Self, Error> {
        let url = config.check()?;
        let http = http
            .connect_timeout(limits::CONNECT_LIMIT)
            .user_agent(limits::USER_AGENT)
            .redirect(Policy::none())
            // A connection kept for the next token, an hour later, would be dead by then.
            .pool_max_idle_per_host(0);
        let http = build_http(&url, http)?;
        let host = url.authority().to_owned(); // checked: it has no user in it
        Ok(Self {
            config,
            host,
            url,
            http,
        })
    }

    /// One try, which ends at the deadline at the latest.
    pub async fn request_token(self: Arc<Self>, deadline: Instant) -> Result<HeldToken, Error> {
        let secret = self.read_secret(deadline).await?;
        let what = format!("the token request to {}", self.host);
        let ends_at = deadline.min(Instant::now() + limits::TRY_LIMIT);
        let exchange = async move { self.exchange(&secret).await };
        run_apart(ErrorKind::Transport, &what, ends_at, exchange).await
    }

    async fn read_secret(&self, deadline: Instant) -> Result<SecretString, Error> {
        let function = match &self.config.client_secret {
            ClientSecret::Fixed(secret) => return Ok(secret.clone()),
            ClientSecret::Function(function) => Arc::clone(function),
        };
        let what = "the function for the client secret";
        let call = async move {
            function().await.map_err(|cause| {
                let mut error = Error::configuration(format!("{what} failed: {cause}"));
                error.cause = Some(Arc::from(cause));
                error
            })
        };
        let ends_at = deadline.min(Instant::now() + limits::SECRET_LIMIT);
        let secret = run_apart(ErrorKind::Configuration, what, ends_at, call).await?;
        check_credential(CLIENT_SECRET, secret.expose_secret())?;
        Ok(secret)
    }

    async fn exchange(&self, secret: &SecretString) -> Result<HeldToken, Error> {
        let secret = secret.expose_secret();
        let (id, encoded) = (form_encode(&self.config.client_id), form_encode(secret));
        let basic = BASE64.encode(format!("{id}:{encoded}"));
        let sought = vec![secret.to_owned(), encoded, basic];

        let sent_at = Instant::now();
        let sent = self.build_token_request(secret).send().await;
        let response = sent.map_err(|error| transport_error(&self.host, &error))?;
        let answer = self.read_answer(response).await?;
        let (token, life) = parse_token_response(&self.host, &answer, sought)?;

        let expires_at = sent_at + life;
        if expires_at <= Instant::now() {
            let message = format!("the token from {} had expired when it came", self.host);
            return Err(Error::transport(message));
        }
        let early_at = expires_at - limits::EARLY_WINDOW.min(life / limits::EARLY_SHARE);
        Ok(HeldToken {
            token,
            early_at,
            expires_at,
        })
    }

    pub fn build_token_request(&self, secret: &str) -> RequestBuilder {
        let id = self.config.client_id.as_str();
        let scopes = self.config.scope.as_deref().unwrap_or_default();
        let scope = scopes.split_whitespace().collect::<Vec<_>>().join(" ");
        let audience = self.config.audience.as_deref().unwrap_or_default();

        let mut form = vec![("grant_type", "client_credentials")];
        let optional = [("scope", scope.as_str()), ("audience", audience)];
        form.extend(optional.into_iter().filter(|(_, value)| !value.is_empty()));
        let mut request = self.http.post(self.url.clone());
        match self.config.auth_method {
            AuthMethod::ClientSecretPost => {
                form.extend([("client_id", id), ("client_secret", secret)]);
            }
            AuthMethod::ClientSecretBasic => {
                request = request.basic_auth(form_encode(id), Some(form_encode(secret)));
            }
        }
        request.header(ACCEPT, "application/json").form(&form)
    }

    async fn read_answer(&self, mut response: Response) -> Result<Answer, Error> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        let body = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break Ok(body),
                Err(error) if error.is_timeout() => {
                    return Err(transport_error(&self.host, &error));
                }
                Err(_) => break Err("the answer ended early"),
            }
            if body.len() > limits::BODY_LIMIT {
                break Err("the answer is too long");
            }
        };
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

/// Runs what calls your code (a function for the secret, a resolver, a layer of the connector) as a task of its
/// own, so that a panic in it ends nothing else. It is aborted when its time is up, or with who waits for it.
async fn run_apart<T: Send + 'static>(
    kind: ErrorKind,
    what: &str,
    ends_at: Instant,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let mut tasks = JoinSet::new();
    tasks.spawn(work);
    let how = match timeout_at(ends_at, tasks.join_next()).await {
        Ok(Some(Ok(result))) => return result,
        Ok(Some(Err(error))) if error.is_panic() => "panicked",
        Ok(_) => "was stopped: its tokio runtime has ended",
        Err(_) => "did not end in time",
    };
    let mut error = Error::new(kind, format!("{what} {how}"));
    error.is_retryable &= how != "panicked";
    Err(error)
}

pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Or why there is none.
    pub body: Result<Vec<u8>, &'static str>,
}

fn form_encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The library's error is not handed on. Its innermost source says why, and has no URL and no body in it.
fn transport_error(host: &str, error: &reqwest::Error) -> Error {
    let mut innermost: &dyn StdError = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let io_kind = innermost.downcast_ref().map(io::Error::kind);
    // How the libraries for TLS hand on their own errors, which last.
    let is_tls = matches!(
        io_kind,
        Some(io::ErrorKind::Other | io::ErrorKind::InvalidData)
    );
    // Once a connection is there, whatever goes wrong is the network's.
    let is_network = !error.is_connect()
        || error.is_timeout()
        || error.is_dns()
        || (io_kind.is_some() && !is_tls);
    let mut failure = Error::transport(format!("the token request to {host} failed: {innermost}"));
    failure.is_retryable = is_network && !error.is_builder();
    failure
}

/// The token and its life. `sought` is what no error may show.
pub(crate) fn parse_token_response(
    host: &str,
    answer: &Answer,
    mut sought: Vec<String>,
) -> Result<(AccessToken, Duration), Error> {
    // Member by member, so that one that is no text (a lone surrogate) does not spoil the others.
    let body = String::from_utf8_lossy(answer.body.as_deref().unwrap_or_default());
    let members: HashMap<String, Box<RawValue>> = serde_json::from_str(&body).unwrap_or_default();
    let member = |name: &str| Some(members.get(name)?.get()).filter(|raw| *raw != "null");
    let text_member = |name: &str| {
        let text: String = serde_json::from_str(member(name)?).ok()?;
        let is_text = !text.is_empty() && !text.contains(char::REPLACEMENT_CHARACTER);
        is_text.then_some(text)
    };
    let token = text_member("access_token").unwrap_or_default();
    sought.push(token.clone());
    let shown = |text: String| clean_text(&text, &sought);
    let fail = |kind, message: &str| Err(answer_error(host, answer, kind, message));

    if let Some(error) = text_member("error").map(shown) {
        let error_description = text_member("error_description").map(shown);
        let error_uri = text_member("error_uri").map(shown);
        let mut message = error.clone();
        if let Some(description) = &error_description {
            message = format!("{message}: {description}");
        }
        if error == "invalid_client" {
            message += INVALID_CLIENT_HINT;
        }
        let mut failure = answer_error(host, answer, ErrorKind::OAuth, &message);
        let oauth = OAuthError {
            error,
            error_description,
            error_uri,
        };
        failure.oauth = Some(Box::new(oauth));
        return Err(failure);
    }
    if WORTH_A_RETRY.contains(&answer.status.as_u16()) {
        let fault = answer.body.as_ref().err();
        return fail(ErrorKind::Transport, fault.unwrap_or(&"not available"));
    }
    if let Err(fault) = answer.body {
        return fail(ErrorKind::Protocol, fault);
    }
    if answer.status != StatusCode::OK || members.is_empty() {
        return fail(ErrorKind::Protocol, "not a JSON object with status 200");
    }
    let Ok(access_token) = AccessToken::new(&token) else {
        return fail(ErrorKind::Protocol, "no usable access_token");
    };
    let token_type = text_member("token_type").unwrap_or_default();
    if member("token_type").is_some() && !token_type.eq_ignore_ascii_case("Bearer") {
        let message = format!("token_type is not Bearer: {}", shown(token_type));
        return fail(ErrorKind::Protocol, &message);
    }
    match parse_life(member("expires_in")) {
        Some(life) => Ok((access_token, life)),
        None => fail(ErrorKind::Protocol, "expires_in is not a number from 1"),
    }
}

fn parse_life(expires_in: Option<&str>) -> Option<Duration> {
    let seconds = match expires_in.map(serde_json::from_str) {
        None => limits::DEFAULT_LIFE,
        Some(Ok(Value::Number(number))) => number.as_f64()?,
        Some(Ok(Value::String(digits))) if is_all_digits(&digits) => digits.parse().ok()?,
        Some(_) => return None,
    };
    let seconds = seconds.floor().min(limits::LONGEST_LIFE);
    (seconds >= 1.0).then(|| Duration::from_secs_f64(seconds))
}

fn is_all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn answer_error(host: &str, answer: &Answer, kind: ErrorKind, message: &str) -> Error {
    let status = answer.status.as_u16();
    let content_type = header(&answer.headers, CONTENT_TYPE).to_ascii_lowercase();
    let is_web_page = content_type.starts_with("text/html") && status < 500;
    let is_wrong_url = answer.status.is_redirection() || SIGNS_OF_A_WRONG_URL.contains(&status);
    let message = format!("token endpoint {host}, status {status}: {message}");
    let mut error = Error::new(kind, message);
    if is_wrong_url || is_web_page {
        error.message += "; check SSOJET_TOKEN_URL";
    }
    error.status = Some(answer.status);
    error.is_retryable = WORTH_A_RETRY.contains(&status);
    error.retry_after = parse_retry_after(&answer.headers);
    error
}

fn header(headers: &HeaderMap, name: HeaderName) -> &str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

fn parse_retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = header(headers, RETRY_AFTER);
    if is_all_digits(value) {
        // More digits than these are too long a wait, whatever their value.
        let seconds = value.parse().unwrap_or(u32::MAX.into());
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Text of the server as an error may show it.
fn clean_text(text: &str, sought: &[String]) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let is_long = |secret: &&String| secret.chars().count() >= limits::SHORTEST_SOUGHT;
    if sought.iter().filter(is_long).any(|it| text.contains(it)) {
        return "[removed]".to_owned();
    }
    text.chars().take(limits::TEXT_LIMIT).collect()
}
