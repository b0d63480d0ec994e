//! The client for the protected API.

use std::fmt;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Body, ClientBuilder, Method, Proxy, Request, Response, StatusCode, Url};
use serde::Serialize;

use super::config::parse_api_url;
use super::{CallError, Config, Error, TokenProvider, limits};

/// A [`reqwest::Client`] for one API, whose requests carry the access token. Clones share connections and token.
#[derive(Clone)]
pub struct Client {
    api_url: Url,
    http: reqwest::Client,
    tokens: TokenProvider,
}

impl Client {
    /// Sends nothing yet.
    ///
    /// # Errors
    /// A setting is missing or wrong.
    pub fn new(config: Config) -> Result<Self, Error> {
        let tokens = TokenProvider::new(config.token)?;
        Self::with_provider(&config.api_url, tokens, http_builder())
    }

    /// With a provider that other clients may share, and the library's own builder:
    /// `Client::with_provider(url, tokens, http_builder().timeout(limit))`.
    ///
    /// # Errors
    /// The URL is not one that may get a token, or reqwest refuses the builder.
    pub fn with_provider(
        api_url: &str,
        tokens: TokenProvider,
        http: ClientBuilder,
    ) -> Result<Self, Error> {
        let api_url = parse_api_url(api_url)?;
        let http = build_http(&api_url, http)?;
        Ok(Self {
            api_url,
            http,
            tokens,
        })
    }

    pub fn tokens(&self) -> &TokenProvider {
        &self.tokens
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// `path` is appended to the API URL; an empty one is the API URL itself. A whole URL must lie below it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = self.resolve(path);
        let request = url.map(|url| self.http.request(method, url));
        RequestBuilder {
            client: self.clone(),
            request,
        }
    }

    /// Sends a request that is built already, with the token, and once more with another if the API answers 401.
    ///
    /// # Errors
    /// There is no token, the request is not for the API, or reqwest's own error.
    pub async fn execute(&self, request: Request) -> Result<Response, CallError> {
        if !self.is_below_the_api(request.url()) {
            return Err(outside_the_api().into());
        }
        if request.headers().contains_key(AUTHORIZATION) {
            return Ok(self.http.execute(request).await?);
        }
        let token = self.tokens.token().await?;
        let (method, url) = (request.method().clone(), request.url().clone());
        let again = request.try_clone(); // None for a stream
        let response = self
            .http
            .execute(authorized(request, &token.header))
            .await?;

        // Redirected to another origin, the request had lost its token, so the 401 says nothing about it.
        let is_from_the_api = response.url().origin() == self.api_url.origin();
        if response.status() != StatusCode::UNAUTHORIZED || !is_from_the_api {
            return Ok(response);
        }
        let another = self.tokens.handle_unauthorized(&token);
        // If this came from the target of a redirect, the first URL has carried out a POST already.
        let is_read = method == Method::GET || method == Method::HEAD;
        let may_repeat = is_read || *response.url() == url;
        let (Some(another), Some(again)) = (another, again.filter(|_| may_repeat)) else {
            return Ok(response);
        };
        drop(response);
        let token = another.await?;
        Ok(self.http.execute(authorized(again, &token.header)).await?)
    }

    fn resolve(&self, path: &str) -> Result<Url, Error> {
        let base = self.api_url.as_str().trim_end_matches('/');
        let url = match Url::parse(path) {
            Ok(whole) if whole.has_host() => Ok(whole),
            _ if path.is_empty() => Ok(self.api_url.clone()),
            _ => Url::parse(&format!("{base}/{}", path.trim_start_matches('/'))),
        };
        let url = url.ok().filter(|url| self.is_below_the_api(url));
        url.ok_or_else(outside_the_api)
    }

    fn is_below_the_api(&self, url: &Url) -> bool {
        let base = self.api_url.path().trim_end_matches('/');
        let rest = url.path().strip_prefix(base);
        let is_below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        url.origin() == self.api_url.origin() && is_below
    }
}

impl fmt::Debug for Client {
    /// Not derived: reqwest prints the default headers of your builder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

/// A request to the API. Its [`send`](Self::send) adds the token, which that of reqwest's own builder would not.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    client: Client,
    request: Result<reqwest::RequestBuilder, Error>,
}

impl RequestBuilder {
    /// Whatever else reqwest's own builder can do: `.with(|request| request.form(&form))`.
    pub fn with(
        mut self,
        change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Self {
        self.request = self.request.map(change);
        self
    }

    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        self.with(|request| request.header(name, value))
    }

    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.with(|request| request.query(query))
    }

    pub fn json<T: Serialize + ?Sized>(self, json: &T) -> Self {
        self.with(|request| request.json(json))
    }

    pub fn body(self, body: impl Into<Body>) -> Self {
        self.with(|request| request.body(body))
    }

    /// For the whole call, from the connection to the end of the body; not for the wait for a token.
    pub fn timeout(self, limit: Duration) -> Self {
        self.with(|request| request.timeout(limit))
    }

    /// # Errors
    /// There is no token, the path is not one of the API, or reqwest's own error.
    pub async fn send(self) -> Result<Response, CallError> {
        let request = self.request?.build()?;
        self.client.execute(request).await
    }
}

/// The library's own builder, with this crate's limits for a request to the API, for you to go on with.
pub fn http_builder() -> ClientBuilder {
    let builder = reqwest::Client::builder().connect_timeout(limits::CONNECT_LIMIT);
    builder.read_timeout(limits::API_LIMIT)
}

pub(crate) fn build_http(url: &Url, mut builder: ClientBuilder) -> Result<reqwest::Client, Error> {
    if url.scheme() == "http" {
        // Plain http stays on this machine. A proxy that takes nothing keeps those of the environment out,
        // and comes after your own, which `no_proxy` would clear.
        builder = builder.proxy(Proxy::custom(|_| None::<Url>));
    }
    let failed =
        |error| Error::configuration(format!("reqwest refuses its configuration: {error}"));
    builder.build().map_err(failed)
}

fn outside_the_api() -> Error {
    Error::configuration(
        "the request is outside api_url (SSOJET_API_URL); write a path like /orders",
    )
}

fn authorized(mut request: Request, header: &HeaderValue) -> Request {
    request.headers_mut().insert(AUTHORIZATION, header.clone());
    request
}
