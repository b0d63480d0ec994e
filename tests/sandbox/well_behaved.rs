use std::{thread, time::Duration};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use ssojet_gen::sandbox::{Algorithm, Place, SigningKey};

use super::client::{Client, Ended, orders, sandbox, token, token_request};

#[test]
fn a_token_of_each_algorithm_opens_the_api() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).unwrap();
        let sandbox = sandbox(|settings| settings.signing_key = key);
        let mut client = Client::connect(sandbox.address());
        client.send(&orders(&token(&sandbox)));
        let reply = client.reply();
        assert_eq!(reply.status(), 200, "{algorithm}");
        assert_eq!(reply.json()["orders"][1]["id"], "ord_1002");
    }
}

#[test]
fn basic_authentication_works_and_a_wrong_one_is_challenged() {
    let sandbox = sandbox(|_| {});
    let environment = sandbox.environment();
    let status = |secret: &str| {
        let id = &environment["SSOJET_CLIENT_ID"];
        let basic = BASE64_STANDARD.encode(format!("{id}:{secret}"));
        let mut client = Client::connect(sandbox.address());
        client.send(&format!(
            "POST /oauth/token HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Basic {basic}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\n\r\n\
             grant_type=client_credentials"
        ));
        let reply = client.reply();
        let challenge = reply.header("www-authenticate").map(str::to_owned);
        (reply.status(), challenge)
    };
    assert_eq!(status(&environment["SSOJET_CLIENT_SECRET"]), (200, None));
    let challenge = Some("Basic realm=\"ssojet-sandbox\"".to_owned());
    assert_eq!(status("wrong"), (401, challenge));
}

#[test]
fn the_environment_is_all_that_a_client_needs() {
    let sandbox = sandbox(|_| {});
    let environment = sandbox.environment();
    let origin = format!("http://{}", sandbox.address());
    assert!(environment["SSOJET_CLIENT_ID"].starts_with("cli_sandbox_"));
    assert_eq!(environment["SSOJET_API_URL"], origin);
    assert_eq!(
        environment["SSOJET_TOKEN_URL"],
        format!("{origin}/oauth/token")
    );
    assert_eq!(environment["SSOJET_SCOPE"], "orders:read orders:write");
    assert_eq!(
        environment["SSOJET_AUDIENCE"],
        "https://orders.sandbox.example"
    );
}

#[test]
fn a_connection_is_kept_and_pipelined_requests_are_answered_in_order() {
    let sandbox = sandbox(|_| {});
    let token = token(&sandbox);
    let mut client = Client::connect(sandbox.address());
    let health = "GET /health HTTP/1.1\r\nHost: sandbox\r\n\r\n";
    client.send(&format!("{}{health}", orders(&token)));
    assert_eq!(client.reply().json()["orders"][0]["quantity"], 2);
    assert_eq!(client.reply().json()["status"], "ok");
    client.send(health);
    assert_eq!(client.reply().status(), 200);
    assert_eq!(sandbox.journal().connections(Place::Origin), 2);
}

#[test]
fn a_request_names_its_host_once() {
    let sandbox = sandbox(|_| {});
    for hosts in ["", "Host: a\r\nHost: b\r\n"] {
        let mut client = Client::connect(sandbox.address());
        client.send(&format!("GET /health HTTP/1.1\r\n{hosts}\r\n"));
        assert_eq!(client.reply().status(), 400, "{hosts:?}");
    }
}

#[test]
fn a_token_says_of_its_life_what_the_answer_says() {
    let sandbox = sandbox(|settings| settings.token_lifetime = Duration::from_secs(7));
    let token = token(&sandbox);
    let claims = BASE64_URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    let life = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(life, 7);
}

#[test]
fn a_connection_is_closed_when_the_client_says_so() {
    let sandbox = sandbox(|_| {});
    for request in [
        "GET /health HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n",
        "GET /health HTTP/1.0\r\n\r\n",
    ] {
        let mut client = Client::connect(sandbox.address());
        client.send(request);
        let reply = client.reply();
        assert_eq!(reply.header("connection"), Some("close"), "{request}");
        assert_eq!(client.rest(), (Vec::new(), Ended::Closed), "{request}");
    }
}

#[test]
fn a_chunked_body_is_read_and_an_expectation_met() {
    let sandbox = sandbox(|_| {});
    let mut client = Client::connect(sandbox.address());
    client.send(&format!(
        "POST /orders HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\
         Expect: 100-continue\r\n\r\n",
        token(&sandbox)
    ));
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("7\r\n{\"item\"\r\n5\r\n:\"x\"}\r\n0\r\n\r\n");
    let reply = client.reply();
    assert_eq!(reply.status(), 201);
    assert_eq!(reply.json()["order"]["item"], "x");
}

#[test]
fn the_reply_to_head_has_the_length_and_no_body() {
    let sandbox = sandbox(|_| {});
    let mut client = Client::connect(sandbox.address());
    client.send("HEAD /health HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n\r\n");
    assert!(client.head().contains("Content-Length: 15\r\n"));
    assert_eq!(client.rest(), (Vec::new(), Ended::Closed));
}

#[test]
fn what_is_no_request_is_refused_and_the_connection_closed() {
    let sandbox = sandbox(|_| {});
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(70_000));
    let fields = format!(
        "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
        "X: y\r\n".repeat(129)
    );
    for (text, status) in [
        ("SSH-2.0-x\r\n\r\n", 400),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            400,
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n",
            413,
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: br\r\n\r\n",
            501,
        ),
        (&long, 431),
        (&fields, 431),
    ] {
        let mut client = Client::connect(sandbox.address());
        client.send(text);
        assert_eq!(client.reply().status(), status);
        assert_eq!(client.rest(), (Vec::new(), Ended::Closed), "{status}");
    }
}

#[test]
fn fifty_requests_in_parallel_get_fifty_tokens() {
    let sandbox = sandbox(|_| {});
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| {
                let mut client = Client::connect(sandbox.address());
                client.send(&orders(&token(&sandbox)));
                assert_eq!(client.reply().status(), 200);
            });
        }
    });
    let mut issued: Vec<usize> = sandbox
        .journal()
        .exchanges()
        .iter()
        .filter_map(|exchange| exchange.issues)
        .collect();
    issued.sort_unstable();
    assert!(issued.into_iter().eq(1..=50));
    assert_eq!(sandbox.issued_tokens().len(), 50);
}

#[test]
fn a_request_for_a_proxy_is_understood() {
    let sandbox = sandbox(|_| {});
    let mut client = Client::connect(sandbox.address());
    client.send("GET http://sandbox/health HTTP/1.1\r\nHost: sandbox\r\n\r\n");
    assert_eq!(client.reply().status(), 200);
    client.send(&token_request(&sandbox).replace(" /oauth", " http://sandbox/oauth"));
    assert_eq!(client.reply().status(), 200);
}

#[test]
fn a_tunnel_is_refused_and_stands_in_the_journal() {
    let sandbox = sandbox(|_| {});
    let mut client = Client::connect(sandbox.address());
    client.send("CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n\r\n");
    assert_eq!(client.reply().status(), 404);
    let request = &sandbox.journal().exchanges()[0].request;
    assert_eq!(
        (&request.method[..], request.path()),
        ("CONNECT", "api.example:443")
    );
}
