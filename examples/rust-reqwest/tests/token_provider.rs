//! When a token is fetched, reused, renewed and dropped.

mod support;

use std::error::Error as _;
use std::time::Duration;

use secrecy::ExposeSecret;
use ssojet_m2m::{AccessToken, ClientSecret, ErrorKind, TokenProvider, secrecy};
use support::{Log, SECRET, requests_to, skip, token_answer, token_config, token_endpoint, until};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn server_with(
    answers: impl IntoIterator<Item = ResponseTemplate>,
) -> (MockServer, TokenProvider) {
    let server = MockServer::start().await;
    token_endpoint(&server, answers).await;
    let tokens = TokenProvider::new(token_config(&server)).unwrap();
    (server, tokens)
}

async fn text(tokens: &TokenProvider) -> String {
    tokens.token().await.unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn a_token_is_reused_until_it_expires() {
    let answers = [token_answer("token-1", 3600), token_answer("token-2", 3600)];
    let (server, tokens) = server_with(answers).await;
    assert_eq!(
        requests_to(&server, "/oauth/token").await,
        0,
        "none before the first call"
    );
    assert_eq!(text(&tokens).await, "token-1");
    skip(3000).await;
    assert_eq!(text(&tokens).await, "token-1");
    skip(600).await;
    assert_eq!(text(&tokens).await, "token-2");
    assert_eq!(requests_to(&server, "/oauth/token").await, 2);
}

#[tokio::test]
async fn fifty_callers_share_one_request_and_some_give_up() {
    let slow = token_answer("token-1", 3600).set_delay(Duration::from_millis(300));
    let (server, tokens) = server_with([slow]).await;
    let mut callers = JoinSet::new();
    for number in 0..50 {
        let tokens = tokens.clone();
        callers.spawn(async move {
            // The first one, whose call starts the request, gives up too.
            let limit = Duration::from_millis(if number % 2 == 0 { 50 } else { 30_000 });
            let result = tokio::time::timeout(limit, tokens.token()).await;
            assert!(number % 2 == 0 || result.is_ok_and(|result| result.is_ok()));
        });
    }
    callers.join_all().await;
    assert_eq!(requests_to(&server, "/oauth/token").await, 1);
}

#[tokio::test]
async fn in_the_early_window_the_token_is_served_and_renewed_in_the_background() {
    let slow = token_answer("token-2", 3600).set_delay(Duration::from_millis(200));
    let (server, tokens) = server_with([token_answer("token-1", 3600), slow]).await;
    text(&tokens).await;
    skip(3550).await;
    for _ in 0..5 {
        assert_eq!(text(&tokens).await, "token-1");
    }
    until(async || text(&tokens).await == "token-2").await;
    assert_eq!(requests_to(&server, "/oauth/token").await, 2);
}

#[tokio::test]
async fn a_renewal_that_fails_is_one_warning_and_a_pause() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let (server, tokens) = server_with([token_answer("token-1", 3600)]).await;
    text(&tokens).await;
    skip(3550).await;
    text(&tokens).await;
    until(async || !log.text().is_empty()).await;
    for _ in 0..5 {
        assert_eq!(text(&tokens).await, "token-1");
    }
    assert_eq!(
        requests_to(&server, "/oauth/token").await,
        2,
        "one try, and no other during the pause"
    );
    let text_of_log = log.text();
    assert_eq!(text_of_log.lines().count(), 1, "{text_of_log}");
    for part in [
        "WARN",
        "cli_test",
        &server.address().to_string(),
        "status 500",
    ] {
        assert!(text_of_log.contains(part), "{part}: {text_of_log}");
    }
    assert!(
        !text_of_log.contains(SECRET) && !text_of_log.contains("token-1"),
        "{text_of_log}"
    );

    skip(31).await;
    assert_eq!(text(&tokens).await, "token-1");
    until(async || requests_to(&server, "/oauth/token").await == 3).await;
}

#[tokio::test]
async fn the_warning_is_given_outside_the_lock() {
    let answers = [
        token_answer("token-1", 3600),
        ResponseTemplate::new(400),
        token_answer("token-2", 3600),
    ];
    let (_server, tokens) = server_with(answers).await;
    // As a writer does that ships logs to an API, this one uses the provider that warns.
    let (user, dropped) = (tokens.clone(), AccessToken::new("token-1").unwrap());
    let writer = move || {
        user.invalidate(&dropped);
        std::io::sink()
    };
    let subscriber = tracing_subscriber::fmt().with_writer(writer).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    text(&tokens).await;
    skip(3550).await;
    text(&tokens).await;
    until(async || text(&tokens).await == "token-2").await;
}

#[tokio::test]
async fn failures_are_retried_and_not_kept() {
    let busy = || ResponseTemplate::new(503).insert_header("retry-after", "0");
    let answers = [busy(), busy(), token_answer("token-1", 3600)];
    let (server, tokens) = server_with(answers).await;
    assert_eq!(text(&tokens).await, "token-1");
    assert_eq!(requests_to(&server, "/oauth/token").await, 3);

    let (server, tokens) =
        server_with([busy(), busy(), busy(), token_answer("token-1", 3600)]).await;
    let error = tokens.token().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport);
    assert_eq!(error.status.unwrap(), 503);
    assert!(error.is_retryable);
    assert_eq!(requests_to(&server, "/oauth/token").await, 3);
    assert_eq!(text(&tokens).await, "token-1", "the next call asks again");
}

#[tokio::test]
async fn a_wait_that_does_not_fit_fails_at_once() {
    let (server, tokens) =
        server_with([ResponseTemplate::new(429).insert_header("retry-after", "60")]).await;
    let error = tokens.token().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("does not fit into the time for a token"),
        "{error}"
    );
    assert_eq!(error.retry_after, Some(Duration::from_secs(60)));
    assert_eq!(requests_to(&server, "/oauth/token").await, 1);
}

#[tokio::test]
async fn an_oauth_error_is_typed_and_not_retried() {
    let body = serde_json::json!({
        "error": "invalid_client", "error_description": format!("bad\u{7} secret"), "error_uri": SECRET,
    });
    let (server, tokens) = server_with([ResponseTemplate::new(401).set_body_json(body)]).await;
    let error = tokens.token().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::OAuth);
    assert_eq!(error.status.unwrap(), 401);
    let oauth = error.oauth.as_ref().unwrap();
    assert_eq!(oauth.error, "invalid_client");
    assert_eq!(oauth.error_description.as_deref(), Some("bad secret"));
    assert_eq!(oauth.error_uri.as_deref(), Some("[removed]"));
    assert!(error.to_string().contains("client_secret_basic"), "{error}");
    assert_eq!(requests_to(&server, "/oauth/token").await, 1);
    assert!(error.source().is_none());
}

#[tokio::test]
async fn a_redirect_and_a_web_page_point_to_the_token_url() {
    let redirect = ResponseTemplate::new(302).insert_header("location", "/elsewhere");
    let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let (server, tokens) = server_with([redirect, page]).await;
    for _ in 0..2 {
        let error = tokens.token().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Protocol);
        assert!(
            error.to_string().contains("check SSOJET_TOKEN_URL"),
            "{error}"
        );
    }
    assert_eq!(requests_to(&server, "/elsewhere").await, 0);
}

async fn failure_at(host: &str, port: u16) -> ssojet_m2m::Error {
    let mut config = ssojet_m2m::TokenConfig::new("cli_test", SECRET.to_owned());
    config.token_url = format!("https://{host}:{port}/oauth/token");
    let error = TokenProvider::new(config)
        .unwrap()
        .token()
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport);
    assert!(error.to_string().contains(host), "{error}");
    error
}

#[tokio::test]
async fn a_connection_that_fails_says_where_and_why() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = failure_at("127.0.0.1", port).await;
    assert!(
        error.is_retryable && error.to_string().contains("refused"),
        "{error}"
    );

    // Plain HTTP, where TLS was expected.
    let server = MockServer::start().await;
    let error = failure_at("127.0.0.1", server.address().port()).await;
    assert!(!error.is_retryable, "{error}");
}

#[tokio::test]
async fn a_panic_in_the_function_for_the_secret_keeps_the_held_token() {
    let server = MockServer::start().await;
    token_endpoint(
        &server,
        [token_answer("token-1", 3600), token_answer("token-2", 3600)],
    )
    .await;
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let mut config = token_config(&server);
    config.client_secret = ClientSecret::from_fn(move || {
        let is_first = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        assert!(is_first, "no vault");
        async { Ok::<_, std::io::Error>(SECRET.to_owned()) }
    });
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let tokens = TokenProvider::new(config).unwrap();
    text(&tokens).await;
    skip(3550).await;
    assert_eq!(text(&tokens).await, "token-1");
    until(async || log.text().contains("client secret panicked")).await;
    assert_eq!(text(&tokens).await, "token-1");
}

#[test]
fn a_renewal_outlives_the_runtime_that_started_it() {
    // Each `#[tokio::test]` of yours has its own runtime, and a static client is used by all of them.
    let first = Runtime::new().unwrap();
    let second = Runtime::new().unwrap();
    let slow = token_answer("token-1", 3600).set_delay(Duration::from_secs(20));
    let (server, tokens) = second.block_on(server_with([slow, token_answer("token-2", 3600)]));
    let starter = tokens.clone();
    first.spawn(async move { starter.token().await });
    second.block_on(until(async || {
        requests_to(&server, "/oauth/token").await == 1
    }));
    let waiter = tokens.clone();
    let waiting = second.spawn(async move { text(&waiter).await });
    first.shutdown_background();
    assert_eq!(
        second.block_on(waiting).unwrap(),
        "token-2",
        "who waited has taken over"
    );
    assert_eq!(second.block_on(text(&tokens)), "token-2");
}

#[test]
fn neither_a_runtime_nor_the_program_waits_for_a_renewal() {
    let runtime = Runtime::new().unwrap();
    let hanging = token_answer("token-1", 3600).set_delay(Duration::from_secs(60));
    let (server, tokens) = runtime.block_on(server_with([hanging]));
    let given_up = runtime.block_on(async {
        tokio::time::timeout(Duration::from_millis(100), tokens.token())
            .await
            .is_err()
    });
    assert!(given_up);
    drop(tokens);
    let started = std::time::Instant::now();
    drop(server);
    drop(runtime);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn dropping_the_last_provider_ends_its_request() {
    struct Ended(tokio::sync::mpsc::UnboundedSender<()>);
    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (sender, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let server = MockServer::start().await;
    let mut config = token_config(&server);
    config.client_secret = ClientSecret::from_fn(move || {
        let guard = Ended(sender.clone());
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            Ok::<_, std::io::Error>(String::new())
        }
    });
    let tokens = TokenProvider::new(config).unwrap();
    let given_up = tokio::time::timeout(Duration::from_millis(50), tokens.token()).await;
    assert!(given_up.is_err());
    drop(tokens);
    ended.recv().await.unwrap();
}

#[test]
fn without_a_runtime_the_error_says_so() {
    let mut config = ssojet_m2m::TokenConfig::new("cli_test", SECRET.to_owned());
    config.token_url = "http://127.0.0.1:1/oauth/token".to_owned();
    let tokens = TokenProvider::new(config).unwrap();
    assert!(error_at_once(&tokens).contains("no tokio runtime"));
}

#[test]
fn without_a_runtime_the_renewal_of_another_is_not_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = ssojet_m2m::TokenConfig::new("cli_test", SECRET.to_owned());
    config.token_url = format!("http://{}/oauth/token", silent.local_addr().unwrap());
    let tokens = TokenProvider::new(config).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let waiting = tokens.clone();
    runtime.spawn(async move { waiting.token().await });
    let _request = silent.accept().unwrap();
    assert!(error_at_once(&tokens).contains("no tokio runtime"));
}

fn error_at_once(tokens: &TokenProvider) -> String {
    let mut polled = std::pin::pin!(tokens.token());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match polled.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => error.to_string(),
        other => panic!("no error: {other:?}"),
    }
}

#[tokio::test]
async fn a_token_that_is_over_when_it_comes_is_tried_again() {
    let server = MockServer::start().await;
    let late = token_answer("token-1", 1).set_delay(Duration::from_millis(1100));
    Mock::given(path("/oauth/token"))
        .respond_with(late)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/oauth/token"))
        .respond_with(token_answer("token-2", 3600))
        .mount(&server)
        .await;
    let tokens = TokenProvider::new(token_config(&server)).unwrap();
    assert_eq!(text(&tokens).await, "token-2");
}

#[tokio::test]
async fn too_long_an_answer_says_so_with_a_status_that_is_retried_too() {
    let too_long = || {
        let answer = ResponseTemplate::new(503).insert_header("retry-after", "0");
        answer.set_body_raw(vec![b' '; 2 << 20], "application/json")
    };
    let (_server, tokens) = server_with([too_long(), too_long(), too_long()]).await;
    let error = tokens.token().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport);
    assert!(error.to_string().contains("too long"), "{error}");
}
