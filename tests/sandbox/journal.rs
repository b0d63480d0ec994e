use base64::prelude::{BASE64_STANDARD, Engine as _};
use ssojet_gen::sandbox::{Journal, Outcome, Sandbox, Secret};

use super::client::{Client, orders, sandbox, token, token_request};

/// One of everything that must not be seen, and the replies to it.
fn talk(sandbox: &Sandbox) -> String {
    let mut client = Client::connect(sandbox.address());
    client.send(&token_request(sandbox));
    let reply = client.reply().json();
    let token = reply["access_token"].as_str().unwrap().to_owned();
    client.send(&orders(&token));
    assert_eq!(client.reply().status(), 200);
    let environment = sandbox.environment();
    let secret = &environment["SSOJET_CLIENT_SECRET"];
    let basic = BASE64_STANDARD.encode(format!("{}:{secret}", environment["SSOJET_CLIENT_ID"]));
    client.send(&format!(
        "POST /oauth/token?client_secret={secret}&access_token={token} HTTP/1.1\r\n\
         Host: sandbox\r\nAuthorization: Basic {basic}\r\nX-Note: {secret} {token} {basic}\r\n\
         Cookie: {token}\r\nContent-Length: 0\r\n\r\n"
    ));
    assert_eq!(client.reply().status(), 400);
    client.send(&format!("GET /{token} HTTP/1.1\r\nHost: {secret}\r\n\r\n"));
    assert_eq!(client.reply().status(), 404);
    let body =
        format!("{{\"client_secret\" : \"someone's\", \"token\":\"{token}\", \"a\":\"{secret}\"}}");
    client.send(&format!(
        "POST /oauth/token HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert_eq!(client.reply().status(), 400);
    token
}

#[test]
fn no_rendering_shows_a_secret_or_a_token() {
    let sandbox = sandbox(|_| {});
    let token = talk(&sandbox);
    let environment = sandbox.environment();
    let secret = &environment["SSOJET_CLIENT_SECRET"];
    let basic = BASE64_STANDARD.encode(format!("{}:{secret}", environment["SSOJET_CLIENT_ID"]));
    for exchange in sandbox.journal().exchanges() {
        let text = format!(
            "{exchange}\n{}\n{}\n{exchange:?}\n{:?}\n{:?}",
            exchange.render(),
            exchange.to_json(),
            exchange.request,
            exchange.reply
        );
        for hidden in [secret, &token, &basic, "someone's"] {
            assert!(!text.contains(hidden), "{}", text.replace(hidden, "<HERE>"));
        }
    }
}

#[test]
fn large_requests_do_not_fill_the_memory() {
    let sandbox = sandbox(|_| {});
    let token = token(&sandbox);
    let mut client = Client::connect(sandbox.address());
    let body = format!("{{\"item\":\"{}\"}}", "x".repeat(1_000_000));
    for _ in 0..40 {
        client.send(&format!(
            "POST /orders HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        client.reply();
    }
    let kept = sandbox.journal().exchanges();
    let bytes: usize = kept.iter().map(|kept| kept.request.body.len()).sum();
    assert!(bytes <= Journal::KEPT_BYTES, "{bytes}");
    assert!(kept.len() > 1);
    assert_eq!(kept.last().map(|last| last.number), Some(41));
}

#[test]
fn a_line_says_what_happened() {
    let sandbox = sandbox(|_| {});
    let live = sandbox.journal().subscribe();
    talk(&sandbox);
    let lines: Vec<String> = live
        .iter()
        .take(5)
        .map(|exchange| {
            exchange
                .to_string()
                .split_once(" s  ")
                .unwrap()
                .1
                .to_owned()
        })
        .collect();
    assert_eq!(
        lines,
        [
            "POST /oauth/token  200  issues token 1",
            "GET /orders  200  bears token 1",
            "POST /oauth/token?client_secret=[masked]&access_token=[masked]  400  \
             invalid_request: client_secret belongs in the body, not in the URL, which ends up in logs",
            "GET /[masked]  404",
            "POST /oauth/token  400  invalid_request: \
             the body's Content-Type is not application/x-www-form-urlencoded",
        ]
    );
}

#[test]
fn the_full_rendering_shows_both_sides() {
    let sandbox = sandbox(|settings| settings.client_secret = Secret::new("p%q"));
    let mut client = Client::connect(sandbox.address());
    client.send(&token_request(&sandbox));
    client.reply();
    let exchange = sandbox.journal().exchanges().remove(0);
    let text = exchange.render();
    let id = &sandbox.environment()["SSOJET_CLIENT_ID"];
    for shown in [
        "> POST /oauth/token HTTP/1.1\n> Host: sandbox\n",
        &format!("> grant_type=client_credentials&client_id={id}&client_secret=[masked]\n"),
        "< HTTP/1.1 200\n< Content-Type: application/json\n< Cache-Control: no-store\n",
        "< {\"access_token\":\"[masked]\",\"token_type\":\"Bearer\",\"expires_in\":3600,",
    ] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
}

#[test]
fn times_run_from_the_start_and_an_exchange_ends_after_it_began() {
    let sandbox = sandbox(|_| {});
    talk(&sandbox);
    let live = sandbox.journal();
    drop(sandbox);
    let exchanges = live.exchanges();
    assert!(exchanges.is_sorted_by_key(|exchange| exchange.at));
    for exchange in exchanges {
        assert!(exchange.ended_at.unwrap() >= exchange.at);
        assert_eq!(exchange.outcome, Outcome::Answered);
    }
}

#[test]
fn control_characters_reach_no_terminal() {
    let sandbox = sandbox(|_| {});
    let mut client = Client::connect(sandbox.address());
    client.send("POST /health HTTP/1.1\r\nHost: sandbox\r\nX: \u{9b}31m\r\nContent-Length: 5\r\n\r\n\u{1b}[31m");
    client.reply();
    let text = sandbox.journal().exchanges()[0].render();
    assert!(
        text.contains("> X: \\u{9b}31m\n") && text.contains("> \\u{1b}[31m\n"),
        "{text}"
    );
}

#[test]
fn a_program_reads_the_same_as_a_person() {
    let sandbox = sandbox(|_| {});
    let live = sandbox.journal().subscribe();
    talk(&sandbox);
    let mut second = live.iter().nth(1).unwrap().to_json();
    assert!(second["ended_at"].as_f64() >= second["at"].as_f64());
    second["at"].take();
    second["ended_at"].take();
    let expected = serde_json::json!({
        "schema": 1,
            "number": 2, "place": "origin", "at": null, "ended_at": null, "method": "GET",
        "target": "/orders", "status": 200, "outcome": "answered", "bears_token": 1,
        "issues_token": null, "complaint": null,
    });
    assert_eq!(second, expected);
}
