use std::time::Duration;

use super::super::testing::{handle, json, now, request, state, token};
use super::super::{Place, router};

/// RFC 6750 §3 and §3.1, row by row: the request and status and challenge of the reply, `None` being
/// the bare one, which names no error.
#[test]
fn section_3_row_by_row() {
    let mut state = state();
    let good = token(&mut state, "");
    let narrow = token(&mut state, "&scope=orders:write");
    let elsewhere = token(&mut state, "&audience=https://other.example");
    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    let form = "Content-Type: application/x-www-form-urlencoded";
    #[rustfmt::skip]
    let rows = [
        ("no token", "GET /orders".to_owned(), 401, None),
        ("another scheme", "GET /orders\nAuthorization: Basic eDp5".to_owned(), 401, None),
        ("malformed token", "GET /orders\nAuthorization: Bearer a b".to_owned(), 400, Some("invalid_request")),
        ("no token after the scheme", "GET /orders\nAuthorization: Bearer".to_owned(), 400, Some("invalid_request")),
        ("in the query", format!("GET /orders?access_token={good}"), 400, Some("invalid_request")),
        ("in two ways", format!("GET /orders?access_token={good}\nAuthorization: Bearer {good}"), 400, Some("invalid_request")),
        ("in the body", format!("POST /orders\n{form}\n\naccess_token={good}"), 400, Some("invalid_request")),
        ("two headers", format!("GET /orders\nAuthorization: Bearer {good}\nAuthorization: Bearer {good}"), 400, Some("invalid_request")),
        ("forged", format!("GET /orders\nAuthorization: Bearer {forged}"), 401, Some("invalid_token")),
        ("unknown", "GET /orders\nAuthorization: Bearer abc".to_owned(), 401, Some("invalid_token")),
        ("another audience", format!("GET /orders\nAuthorization: Bearer {elsewhere}"), 401, Some("invalid_token")),
        ("another scope", format!("GET /orders\nAuthorization: Bearer {narrow}"), 403, Some("insufficient_scope")),
    ];
    for (row, text, status, error) in rows {
        let reply = handle(&mut state, &request(&text));
        assert_eq!(reply.status, status, "{row}");
        let challenge = reply.header("www-authenticate").unwrap();
        let realm = "Bearer realm=\"ssojet-sandbox\"";
        match error {
            None => assert_eq!(challenge, realm, "{row}"),
            Some(error) => {
                let start = format!("{realm}, error=\"{error}\", error_description=\"");
                assert!(challenge.starts_with(&start), "{row}: {challenge}");
                assert_eq!(json(&reply)["error"], error, "{row}");
            }
        }
        let names_scope = challenge.ends_with(", scope=\"orders:read\"");
        assert_eq!(names_scope, status == 403, "{row}: {challenge}");
    }
}

#[test]
fn a_good_token_opens_the_orders() {
    let mut state = state();
    let bearer = format!("Authorization: bearer {}", token(&mut state, ""));
    let reply = handle(&mut state, &request(&format!("GET /orders\n{bearer}")));
    assert_eq!(reply.status, 200);
    assert_eq!(json(&reply)["orders"][0]["id"], "ord_1001");
    let order =
        format!("POST /orders\n{bearer}\nContent-Type: application/json\n\n{{\"item\":\"x\"}}");
    let reply = handle(&mut state, &request(&order));
    assert_eq!(reply.status, 201);
    assert_eq!(json(&reply)["order"]["item"], "x");
}

#[test]
fn what_is_no_order_is_refused() {
    let mut state = state();
    let bearer = format!("Authorization: Bearer {}", token(&mut state, ""));
    let mut status = |text: &str| handle(&mut state, &request(text)).status;
    let json = "Content-Type: application/json";
    assert_eq!(
        status(&format!("POST /orders\n{bearer}\n{json}\n\n{{")),
        400
    );
    assert_eq!(status(&format!("POST /orders\n{bearer}\n\nitem=x")), 415);
    assert_eq!(status(&format!("DELETE /orders\n{bearer}")), 405);
    assert_eq!(status("GET /elsewhere"), 404);
    assert_eq!(status("GET /health"), 200);
}

#[test]
fn a_token_lives_as_long_as_was_said_and_less_than_a_second_more() {
    let mut state = state();
    let get = request(&format!(
        "GET /orders\nAuthorization: Bearer {}",
        token(&mut state, "")
    ));
    let mut status = |after: u64| {
        let then = now() + Duration::from_millis(after);
        router::handle(&mut state, Place::Origin, &get, then).status
    };
    assert_eq!(status(3_600_000), 200);
    assert_eq!(status(3_601_000), 401);
}

#[test]
fn a_revoked_token_is_refused() {
    let mut state = state();
    let token = token(&mut state, "");
    state.tokens.revoke(&token);
    let reply = handle(
        &mut state,
        &request(&format!("GET /orders\nAuthorization: Bearer {token}")),
    );
    assert_eq!(json(&reply)["error_description"], "the token is revoked");
}
