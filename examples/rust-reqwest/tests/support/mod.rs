//! One mock server that stands for both, the token endpoint and the API.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use ssojet_m2m::{Client, Config, TokenConfig, TokenProvider, http_builder};
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub const SECRET: &str = "not-a-real-secret";

pub fn token_config(server: &MockServer) -> TokenConfig {
    let mut config = TokenConfig::new("cli_test", SECRET.to_owned());
    config.token_url = format!("{}/oauth/token", server.uri());
    config
}

pub fn client(server: &MockServer) -> Client {
    Client::new(Config {
        api_url: server.uri(),
        token: token_config(server),
    })
    .unwrap()
}

pub fn client_with(server: &MockServer, tokens: &TokenProvider) -> Client {
    Client::with_provider(&server.uri(), tokens.clone(), http_builder()).unwrap()
}

pub fn token_answer(token: &str, expires_in: u64) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(
        json!({"access_token": token, "token_type": "Bearer", "expires_in": expires_in}),
    )
}

/// The token endpoint gives these answers, one after the other, and then 500.
pub async fn token_endpoint(
    server: &MockServer,
    answers: impl IntoIterator<Item = ResponseTemplate>,
) {
    for answer in answers {
        let mock = Mock::given(method("POST"))
            .and(path("/oauth/token"))
            .respond_with(answer);
        mock.up_to_n_times(1).mount(server).await;
    }
    Mock::given(path("/oauth/token"))
        .respond_with(ResponseTemplate::new(500))
        .mount(server)
        .await;
}

/// The API accepts this token, and refuses every other.
pub async fn api_accepts(server: &MockServer, token: &str) {
    let accepted = Mock::given(header("authorization", format!("Bearer {token}")));
    accepted
        .respond_with(ResponseTemplate::new(200))
        .mount(server)
        .await;
    let orders = Mock::given(path("/orders"));
    orders
        .respond_with(ResponseTemplate::new(401))
        .with_priority(6)
        .mount(server)
        .await;
}

pub async fn requests_to(server: &MockServer, path: &str) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests
        .iter()
        .filter(|request| request.url.path() == path)
        .count()
}

/// Time goes on at once. (With `start_paused = true` it would not stand still: tokio moves a paused clock
/// to the next timer as soon as all wait for a socket, so every time limit would end at once.)
pub async fn skip(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// Waits until it is so, for things that happen in the background.
pub async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..1000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not become so");
}

/// What has been logged.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
