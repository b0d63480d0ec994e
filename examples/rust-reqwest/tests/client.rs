//! The client for the API: what it sends, and what it does about a 401.

mod support;

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Body, Method, StatusCode};
use ssojet_m2m::{
    AccessToken, CallError, Client, Error, ErrorKind, TokenProvider, http_builder, reqwest,
};
use support::{
    api_accepts, client, client_with, requests_to, token_answer, token_config, token_endpoint,
};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn a_call_carries_the_token_and_keeps_the_apis_path() {
    let server = MockServer::start().await;
    token_endpoint(&server, [token_answer("token-1", 3600)]).await;
    api_accepts(&server, "token-1").await;
    let tokens = TokenProvider::new(token_config(&server)).unwrap();
    let api_url = format!("{}/v1/", server.uri());
    let client = Client::with_provider(&api_url, tokens, http_builder()).unwrap();
    for path in ["/orders", "orders", &format!("{api_url}orders")] {
        let response = client
            .get(path)
            .query(&[("page", "2")])
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.url().path(), "/v1/orders");
    }
    assert_eq!(client.get("").send().await.unwrap().url().path(), "/v1/");
    assert_eq!(requests_to(&server, "/oauth/token").await, 1);
}

#[tokio::test]
async fn a_url_of_somebody_else_is_refused() {
    let tokens = TokenProvider::stub(AccessToken::new("token-1"));
    let client =
        Client::with_provider("https://api.example.com/v1", tokens, http_builder()).unwrap();
    for url in [
        "https://other.example/v1",
        "http://api.example.com/v1",
        "https://api.example.com/v10",
    ] {
        let built = reqwest::Request::new(Method::GET, url.parse().unwrap());
        for refused in [client.get(url).send().await, client.execute(built).await] {
            let Err(CallError::Token(error)) = refused else {
                panic!("{url}: {refused:?}")
            };
            assert_eq!(error.kind, ErrorKind::Configuration);
        }
    }
}

#[tokio::test]
async fn a_401_brings_another_token_and_the_same_request_again() {
    let server = MockServer::start().await;
    token_endpoint(
        &server,
        [token_answer("token-1", 3600), token_answer("token-2", 3600)],
    )
    .await;
    api_accepts(&server, "token-2").await;
    let client = client(&server);
    let response = client
        .post("/orders")
        .body("an order")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let requests = server.received_requests().await.unwrap();
    let orders: Vec<_> = requests
        .iter()
        .filter(|request| request.url.path() == "/orders")
        .collect();
    assert_eq!(orders.len(), 2);
    assert!(orders.iter().all(|request| request.body == b"an order"));
}

#[tokio::test]
async fn an_api_that_refuses_every_token_costs_one_more() {
    let server = MockServer::start().await;
    token_endpoint(
        &server,
        (1..9).map(|n| token_answer(&format!("token-{n}"), 3600)),
    )
    .await;
    api_accepts(&server, "none").await;
    let client = client(&server);
    for _ in 0..3 {
        let response = client.get("/orders").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(requests_to(&server, "/oauth/token").await, 2);
    assert_eq!(requests_to(&server, "/orders").await, 4);
}

#[tokio::test]
async fn a_stream_is_sent_once_and_its_401_still_drops_the_token() {
    let server = MockServer::start().await;
    token_endpoint(
        &server,
        [token_answer("token-1", 3600), token_answer("token-2", 3600)],
    )
    .await;
    api_accepts(&server, "token-2").await;
    let client = client(&server);
    let upload = reqwest::get(format!("{}/orders", server.uri()))
        .await
        .unwrap();
    let refused = client
        .post("/orders")
        .body(Body::from(upload))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let response = client.get("/orders").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        requests_to(&server, "/orders").await,
        3,
        "the upload's source, the upload, the call after"
    );
}

#[tokio::test]
async fn a_post_that_was_redirected_is_not_carried_out_twice() {
    let server = MockServer::start().await;
    token_endpoint(
        &server,
        [token_answer("token-1", 3600), token_answer("token-2", 3600)],
    )
    .await;
    let redirect = ResponseTemplate::new(303).insert_header("location", "/orders");
    Mock::given(path("/create"))
        .respond_with(redirect)
        .mount(&server)
        .await;
    Mock::given(path("/orders"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    let response = client(&server)
        .post("/create")
        .body("an order")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(requests_to(&server, "/create").await, 1);
}

#[tokio::test]
async fn an_authorization_of_the_callers_own_is_left_alone() {
    let server = MockServer::start().await;
    api_accepts(&server, "theirs").await;
    let request = client(&server).get("/orders");
    let response = request
        .header(AUTHORIZATION, HeaderValue::from_static("Bearer theirs"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(requests_to(&server, "/oauth/token").await, 0);
}

#[tokio::test]
async fn no_token_follows_a_redirect_to_another_origin() {
    let (server, other) = (MockServer::start().await, MockServer::start().await);
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401))
        .mount(&other)
        .await;
    let redirect = ResponseTemplate::new(302).insert_header("location", other.uri());
    Mock::given(path("/orders"))
        .respond_with(redirect)
        .mount(&server)
        .await;
    token_endpoint(&server, [token_answer("token-1", 3600)]).await;
    let response = client(&server).get("/orders").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let requests = other.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert!(!requests[0].headers.contains_key("authorization"));
    assert_eq!(
        requests_to(&server, "/oauth/token").await,
        1,
        "that 401 says nothing about the token"
    );
}

#[tokio::test]
async fn the_callers_limits_are_the_librarys_own() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(path("/orders"))
        .respond_with(slow)
        .mount(&server)
        .await;
    let tokens = TokenProvider::stub(AccessToken::new("token-1"));
    let one_call = client_with(&server, &tokens)
        .get("/orders")
        .timeout(Duration::from_millis(50))
        .send()
        .await;
    let short = http_builder().read_timeout(Duration::from_millis(50));
    let every_call = Client::with_provider(&server.uri(), tokens, short)
        .unwrap()
        .get("/orders")
        .send()
        .await;
    for result in [one_call, every_call] {
        let Err(CallError::Request(error)) = result else {
            panic!("{result:?}")
        };
        assert!(error.is_timeout(), "{error}");
    }
}

#[tokio::test]
async fn tokens_and_errors_can_be_stubbed() {
    let server = MockServer::start().await;
    api_accepts(&server, "token-1").await;
    let client = client_with(&server, &TokenProvider::stub(AccessToken::new("token-1")));
    assert_eq!(
        client.get("/orders").send().await.unwrap().status(),
        StatusCode::OK
    );

    let failing = TokenProvider::stub(Err(Error::new(ErrorKind::Transport, "no network")));
    let Err(CallError::Token(error)) = client_with(&server, &failing).get("/orders").send().await
    else {
        panic!("it was sent");
    };
    assert!(error.is_retryable);
    assert_eq!(error.to_string(), "no network");
}
