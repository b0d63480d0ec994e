//! Settings by code; those of the environment are tested in `src/tests.rs`.

mod support;

use std::error::Error as _;
use std::io;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use ssojet_m2m::{ClientSecret, ErrorKind, TokenConfig, TokenProvider, secrecy};
use support::{SECRET, client, requests_to, token_answer, token_config, token_endpoint};
use wiremock::MockServer;

#[tokio::test]
async fn a_rotated_secret_is_used_without_a_restart() {
    let server = MockServer::start().await;
    token_endpoint(
        &server,
        [token_answer("token-1", 3600), token_answer("token-2", 3600)],
    )
    .await;
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let mut config = token_config(&server);
    config.client_secret = ClientSecret::from_fn(move || {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move { Ok::<_, io::Error>(SecretString::from(format!("secret-{call}"))) }
    });
    let tokens = TokenProvider::new(config).unwrap();
    let token = tokens.token().await.unwrap();
    tokens.invalidate(&token);
    assert_eq!(tokens.token().await.unwrap().expose_secret(), "token-2");

    let requests = server.received_requests().await.unwrap();
    let bodies: Vec<_> = requests
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body))
        .collect();
    assert!(
        bodies[0].ends_with("client_secret=secret-0"),
        "{}",
        bodies[0]
    );
    assert!(
        bodies[1].ends_with("client_secret=secret-1"),
        "{}",
        bodies[1]
    );
}

/// A secret function that fails so, and what the error says.
async fn failure_of(secret: ClientSecret) -> ssojet_m2m::Error {
    let server = MockServer::start().await;
    let mut config = token_config(&server);
    config.client_secret = secret;
    let error = TokenProvider::new(config)
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Configuration, "{error}");
    assert!(!error.is_retryable);
    assert_eq!(requests_to(&server, "/oauth/token").await, 0);
    error
}

#[tokio::test]
async fn what_a_secret_function_does_wrong_is_a_configuration_error() {
    let error = failure_of(ClientSecret::from_fn(async || {
        Err::<String, _>("vault is sealed")
    }))
    .await;
    assert!(
        error
            .to_string()
            .contains("function for the client secret failed: vault is sealed"),
        "{error}"
    );
    assert_eq!(error.source().unwrap().to_string(), "vault is sealed");

    let error = failure_of(ClientSecret::from_fn(async || {
        Ok::<_, io::Error>(String::new())
    }))
    .await;
    assert!(
        error
            .to_string()
            .contains("(SSOJET_CLIENT_SECRET) is missing or empty"),
        "{error}"
    );

    let error = failure_of(ClientSecret::from_fn(async || {
        Ok::<_, io::Error>("a\n".to_owned())
    }))
    .await;
    assert!(error.to_string().contains("'\\n'"), "{error}");

    let panicking = ClientSecret::from_fn(async || -> io::Result<String> { panic!("no vault") });
    let error = failure_of(panicking).await;
    assert!(
        error
            .to_string()
            .contains("function for the client secret panicked"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_secret_function_that_hangs_is_named() {
    // No socket is needed here, so the clock may be paused from the start.
    let hanging = ClientSecret::from_fn(std::future::pending::<io::Result<String>>);
    let tokens = TokenProvider::new(TokenConfig::new("cli_test", hanging)).unwrap();
    let started = tokio::time::Instant::now();
    let error = tokens.token().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("function for the client secret did not end in time"),
        "{error}"
    );
    assert_eq!(error.kind, ErrorKind::Configuration);
    assert!(started.elapsed() <= Duration::from_secs(11));
}

#[test]
fn a_secret_by_code_is_checked_before_the_first_call() {
    let message = |id: &str, secret: &str| {
        let built = TokenProvider::new(TokenConfig::new(id, secret.to_owned()));
        built.unwrap_err().to_string()
    };
    assert_eq!(
        message("cli_test", ""),
        "client_secret (SSOJET_CLIENT_SECRET) is missing or empty"
    );
    assert_eq!(
        message("", SECRET),
        "client_id (SSOJET_CLIENT_ID) is missing or empty"
    );
    assert!(
        message("cli_test", "secret\n").contains("client_secret (SSOJET_CLIENT_SECRET) contains")
    );
}

#[tokio::test]
async fn nothing_prints_the_secret_or_the_token() {
    let server = MockServer::start().await;
    token_endpoint(&server, [token_answer("token-that-is-secret", 3600)]).await;
    let client = client(&server);
    let token = client.tokens().token().await.unwrap();
    let config = token_config(&server);
    let request = client.get("/orders");
    let printed = format!(
        "{client:?} {:?} {config:#?} {token:?} {request:?}",
        client.tokens()
    );
    assert!(!printed.contains(SECRET), "{printed}");
    assert!(!printed.contains("token-that-is-secret"), "{printed}");
    assert!(printed.contains("cli_test"), "{printed}");
}
