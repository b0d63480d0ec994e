//! What scripts and named faults do to a client's conversation.

use ssojet_gen::sandbox::{Fault, Sandbox};

use super::client::{Client, last_ended, orders, sandbox, scripted, token, token_request};

fn faulty(fault: Fault) -> Sandbox {
    sandbox(|settings| settings.script = fault.script())
}

fn call(sandbox: &Sandbox, token: &str) -> u16 {
    let mut client = Client::connect(sandbox.address());
    client.send(&orders(token));
    client.reply().status()
}

#[test]
fn flaky_refuses_every_other_token_request() {
    let sandbox = faulty(Fault::Flaky);
    let mut client = Client::connect(sandbox.address());
    for status in [503, 200, 503, 200] {
        client.send(&token_request(&sandbox));
        let reply = client.reply();
        assert_eq!(reply.status(), status);
        let wait = (status == 503).then_some("1");
        assert_eq!(reply.header("retry-after"), wait);
    }
}

#[test]
fn expired_tokens_look_good_and_are_refused() {
    let sandbox = faulty(Fault::Expired);
    let mut client = Client::connect(sandbox.address());
    client.send(&token_request(&sandbox));
    let body = client.reply().json();
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(call(&sandbox, body["access_token"].as_str().unwrap()), 401);
    assert_eq!(call(&sandbox, &token(&sandbox)), 200);
}

#[test]
fn revoked_tokens_stay_revoked() {
    let sandbox = faulty(Fault::Revoked);
    let first = token(&sandbox);
    assert_eq!(call(&sandbox, &first), 401);
    assert_eq!(call(&sandbox, &first), 401);
    assert_eq!(call(&sandbox, &token(&sandbox)), 200);
}

#[test]
fn a_wrong_endpoint_is_a_web_page() {
    let sandbox = faulty(Fault::WrongEndpoint);
    let mut client = Client::connect(sandbox.address());
    client.send(&token_request(&sandbox));
    let reply = client.reply();
    assert_eq!(
        (reply.status(), reply.header("content-type")),
        (404, Some("text/html"))
    );
}

#[test]
fn slow_leaves_every_other_token_request_alone() {
    let sandbox = faulty(Fault::Slow);
    let mut dripped = Client::connect(sandbox.address());
    dripped.send(&token_request(&sandbox));
    dripped.wait_for(2);
    token(&sandbox);
}

#[test]
fn a_token_can_be_any_text_and_the_api_takes_it() {
    let sandbox = scripted(
        "token:
          - issue: {access_token: opaque!, members: {expires_in: '\"20\"', token_type: ~}}
          - issue: {revoked: true}
          - respond: {json: {access_token: made-up}}",
    );
    let mut client = Client::connect(sandbox.address());
    client.send(&token_request(&sandbox));
    let body = String::from_utf8(client.reply().body).unwrap();
    let expected =
        r#"{"access_token":"opaque!","expires_in":"20","scope":"orders:read orders:write"}"#;
    assert_eq!(body, expected);
    assert_eq!(call(&sandbox, "opaque!"), 200);
    assert_eq!(call(&sandbox, &token(&sandbox)), 401);
    assert_eq!(call(&sandbox, &token(&sandbox)), 401);
    let issued = sandbox.issued_tokens();
    assert_eq!(issued[0].text.expose(), "opaque!");
    assert_eq!(issued[2].text.expose(), "made-up");
    let journal = sandbox.journal().exchanges();
    let numbers: Vec<_> = journal.iter().map(|e| (e.issues, e.bears)).collect();
    assert_eq!(numbers[..2], [(Some(1), None), (None, Some(1))]);
    assert_eq!(numbers[5], (None, Some(3)));
    for exchange in journal {
        assert!(!exchange.render().contains("opaque!"));
        assert!(!exchange.render().contains("made-up"));
    }
}

#[test]
fn a_server_that_echoes_the_secret_does_not_bring_it_into_the_journal() {
    let sandbox = scripted(
        "token: [{error: {code: invalid_client, description: 'x {client_secret} {basic}'}}]",
    );
    let mut client = Client::connect(sandbox.address());
    client.send(&token_request(&sandbox));
    let secret = &sandbox.environment()["SSOJET_CLIENT_SECRET"];
    let body = client.reply().json();
    let description = body["error_description"].as_str().unwrap();
    assert!(description.contains(secret.as_str()));
    let line = last_ended(&sandbox).to_string();
    assert!(
        line.ends_with("401  invalid_client: x [masked] [masked]"),
        "{line}"
    );
}

#[test]
fn another_script_begins_with_its_first_steps_and_tokens_stay_good() {
    let sandbox =
        scripted("token: [{}, {respond: {status: 503}}]\napi: [{respond: {status: 503}}]");
    let good = token(&sandbox);
    assert_eq!(call(&sandbox, &good), 503);
    sandbox.play(serde_yaml::from_str("token: [{issue: {access_token: second}}]").unwrap());
    assert_eq!(token(&sandbox), "second");
    assert_eq!(call(&sandbox, &good), 200);
    assert_eq!(call(&sandbox, "second"), 200);
    let journal = sandbox.journal().exchanges();
    assert_eq!(journal.len(), 5);
    assert!(journal.iter().all(|e| !e.render().contains("second")));
}
