use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};

use super::super::testing::{ID, SECRET, handle, json, now, request, state, token, token_request};
use super::super::{Issue, Reply};
use super::token_endpoint;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const GRANT: &str = "grant_type=client_credentials";

fn basic(pair: &str) -> String {
    format!("Authorization: Basic {}", BASE64_STANDARD.encode(pair))
}

/// A request to the token endpoint with header lines and a body.
fn post(headers: &[&str], body: &str) -> String {
    format!("POST /oauth/token\n{}\n\n{body}", headers.join("\n"))
}

/// RFC 6749 §5.2, row by row: what it says, the request, and status and `error` of the reply.
/// `invalid_grant` and `unauthorized_client` cannot come about: this server has no grant but one,
/// which is always allowed and rests on nothing that could be invalid.
#[test]
fn section_5_2_row_by_row() {
    let good = basic(&format!("{ID}:a+secret%3A+100%25"));
    let wrong = basic(&format!("{ID}:wrong"));
    let by_body = format!("{GRANT}&client_id={ID}&client_secret=a+secret%3A+100%25");
    #[rustfmt::skip]
    let rows: Vec<(&str, String, u16, &str)> = vec![
        ("by Basic", post(&[FORM, &good], GRANT), 200, ""),
        ("by body", post(&[FORM], &by_body), 200, ""),
        ("parameters of a media type", post(&[&format!("{FORM};charset=UTF-8")], &by_body), 200, ""),
        ("unrecognised parameters are ignored (§3.2)", post(&[FORM, &good], &format!("{GRANT}&x=y")), 200, ""),
        ("a query of the endpoint's own (§3.2)", post(&[FORM], &by_body).replace("token\n", "token?tenant=a\n"), 200, ""),
        ("client_id beside Basic", post(&[FORM, &good], &format!("{GRANT}&client_id={ID}")), 200, ""),
        // invalid_request
        ("missing a required parameter", post(&[FORM, &good], "scope=orders:read"), 400, "invalid_request"),
        ("… an empty one is a missing one (§3.2)", post(&[FORM, &good], "grant_type="), 400, "invalid_request"),
        ("repeats a parameter", post(&[FORM, &good], &format!("{GRANT}&{GRANT}")), 400, "invalid_request"),
        ("… of no meaning", post(&[FORM, &good], &format!("{GRANT}&x=1&x=2")), 400, "invalid_request"),
        ("repeats the Authorization header", post(&[FORM, &good, &good], GRANT), 400, "invalid_request"),
        ("includes multiple credentials", post(&[FORM, &good], &by_body), 400, "invalid_request"),
        ("… that contradict each other", post(&[FORM, &good], &format!("{GRANT}&client_id=x")), 400, "invalid_request"),
        ("is otherwise malformed: JSON", post(&["Content-Type: application/json"], "{}"), 400, "invalid_request"),
        ("… no media type", post(&["Accept: */*"], &by_body), 400, "invalid_request"),
        ("… a broken escape", post(&[FORM, &good], "grant_type=%zz"), 400, "invalid_request"),
        ("… no UTF-8", post(&[FORM, &good], "grant_type=%ff"), 400, "invalid_request"),
        ("credentials in the URI (§2.3.1)", post(&[FORM], GRANT).replace("token\n", "token?client_secret=x\n"), 400, "invalid_request"),
        ("client_id in the URI", post(&[FORM, &good], GRANT).replace("token\n", "token?client_id=x\n"), 400, "invalid_request"),
        ("another method (§3.2)", "GET /oauth/token\n\n".into(), 405, "invalid_request"),
        // invalid_client
        ("unknown client", post(&[FORM, &basic("nobody:a+secret%3A+100%25")], GRANT), 401, "invalid_client"),
        ("wrong secret, by Basic", post(&[FORM, &wrong], GRANT), 401, "invalid_client"),
        ("wrong secret, by body", post(&[FORM], &by_body.replace("100", "101")), 401, "invalid_client"),
        ("Basic without form-urlencoding", post(&[FORM, &basic(&format!("{ID}:{SECRET}"))], GRANT), 401, "invalid_client"),
        ("Basic that is no Base64", post(&[FORM, "Authorization: Basic ???"], GRANT), 401, "invalid_client"),
        ("Basic without a colon", post(&[FORM, &basic("x")], GRANT), 401, "invalid_client"),
        ("no client authentication included", post(&[FORM], GRANT), 401, "invalid_client"),
        ("… but the id", post(&[FORM], &format!("{GRANT}&client_id={ID}")), 401, "invalid_client"),
        ("unsupported authentication method", post(&[FORM, "Authorization: Bearer x"], GRANT), 401, "invalid_client"),
        // unsupported_grant_type
        ("another grant", post(&[FORM, &good], "grant_type=password"), 400, "unsupported_grant_type"),
        // invalid_scope
        ("scope unknown", post(&[FORM, &good], &format!("{GRANT}&scope=orders:delete")), 400, "invalid_scope"),
        ("scope malformed (§3.3)", post(&[FORM, &good], &format!("{GRANT}&scope=orders:read++orders:write"),), 400, "invalid_scope"),
        // invalid_target (RFC 8707 §2)
        ("audience unknown", post(&[FORM, &good], &format!("{GRANT}&audience=https://x.example"),), 400, "invalid_target"),
    ];
    for (row, text, status, error) in rows {
        let reply = handle(&mut state(), &request(&text));
        assert_eq!(reply.status, status, "{row}");
        assert_eq!(
            json(&reply)["error"].as_str().unwrap_or_default(),
            error,
            "{row}"
        );
        assert_common_form(row, &reply);
    }
}

/// What holds for every reply of the endpoint (RFC 6749 §5.1, §5.2, RFC 9110 §15.5).
fn assert_common_form(row: &str, reply: &Reply) {
    assert_eq!(
        reply.header("content-type"),
        Some("application/json"),
        "{row}"
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{row}");
    assert_eq!(reply.header("pragma"), Some("no-cache"), "{row}");
    assert!(reply.header("date").is_some(), "{row}");
    let challenge = (reply.status == 401).then_some("Basic realm=\"ssojet-sandbox\"");
    assert_eq!(reply.header("www-authenticate"), challenge, "{row}");
    let allow = (reply.status == 405).then_some("POST");
    assert_eq!(reply.header("allow"), allow, "{row}");
    let description = json(reply)["error_description"].clone();
    let description = description.as_str().unwrap_or_default();
    let plain = |c| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    assert!(description.chars().all(plain), "{row}: {description}");
    assert!(!description.contains("100"), "{row}: the secret is echoed");
}

#[test]
fn the_token_response_is_that_of_section_5_1() {
    let mut state = state();
    let body = json(&handle(&mut state, &token_request("&scope=orders:read")));
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["scope"], "orders:read");
    let body = json(&handle(&mut state, &token_request("")));
    assert_eq!(body["scope"], "orders:read orders:write");
}

#[test]
fn the_token_is_that_of_rfc_9068() {
    let mut state = state();
    let body = json(&handle(
        &mut state,
        &token_request("&audience=https://other.example"),
    ));
    let parts: Vec<Value> = body["access_token"]
        .as_str()
        .unwrap()
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(
        parts,
        [
            json!({"alg": "EdDSA", "kid": state.settings.signing_key.id(), "typ": "at+jwt"}),
            json!({
                "iss": "http://127.0.0.1:1", "sub": ID, "client_id": ID,
                "aud": "https://other.example", "scope": "orders:read orders:write",
                "iat": 1_000_000, "exp": 1_003_600, "jti": format!("{ID}-1000000-1"),
            }),
        ]
    );
}

#[test]
fn a_script_may_bend_the_token_response() {
    let mut state = state();
    let member = |name: &str, raw: Option<&str>| (name.to_owned(), raw.map(str::to_owned));
    let how = Issue {
        lifetime_s: Some(-5),
        access_token: Some("opaque".into()),
        members: [
            member("expires_in", Some("3.6e3")),
            member("scope", None),
            member("extra", Some("[1]")),
        ]
        .into(),
        ..Issue::default()
    };
    let reply = token_endpoint(&mut state, &token_request(""), &how, now());
    let body = String::from_utf8(reply.body).unwrap();
    let expected =
        r#"{"access_token":"opaque","token_type":"Bearer","expires_in":3.6e3,"extra":[1]}"#;
    assert_eq!(body, expected);
    assert_eq!(state.check("opaque", now()), Err("the token has expired"));
}

#[test]
fn introspection_tells_what_a_token_is_good_for() {
    let mut state = state();
    let token = token(&mut state, "&scope=orders:read");
    let ask = |token: &str| {
        let mut request = token_request(&format!("&token={token}"));
        request.target = "/oauth/introspect".to_owned();
        request
    };
    let reply = handle(&mut state, &ask(&token));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let body = json(&reply);
    assert_eq!(
        (&body["active"], &body["scope"]),
        (&json!(true), &json!("orders:read"))
    );
    assert_eq!(
        (&body["exp"], &body["client_id"]),
        (&json!(1_003_600), &json!(ID))
    );
    let inactive = json!({"active": false});
    assert_eq!(json(&handle(&mut state, &ask("forged"))), inactive);
    state.tokens.revoke(&token);
    assert_eq!(json(&handle(&mut state, &ask(&token))), inactive);
}

#[test]
fn introspection_is_not_for_everybody() {
    let text = format!("POST /oauth/introspect\n{FORM}\n\ntoken=x");
    assert_eq!(handle(&mut state(), &request(&text)).status, 401);
    let missing = {
        let mut request = token_request("");
        request.target = "/oauth/introspect".to_owned();
        handle(&mut state(), &request)
    };
    assert_eq!(json(&missing)["error"], "invalid_request");
}

#[test]
fn metadata_and_keys_agree_with_what_is_signed() {
    let mut state = state();
    let get = |path: &str| request(&format!("GET {path}"));
    let metadata = json(&handle(
        &mut state,
        &get("/.well-known/oauth-authorization-server"),
    ));
    assert_eq!(metadata["issuer"], "http://127.0.0.1:1");
    assert_eq!(metadata["token_endpoint"], "http://127.0.0.1:1/oauth/token");
    assert_eq!(
        metadata["scopes_supported"],
        json!(["orders:read", "orders:write"])
    );
    let path = metadata["jwks_uri"].as_str().unwrap();
    let path = path.strip_prefix("http://127.0.0.1:1").unwrap();
    let reply = handle(&mut state, &get(path));
    assert_eq!(
        reply.header("content-type"),
        Some("application/jwk-set+json")
    );
    assert_eq!(
        json(&reply),
        json!({"keys": [state.settings.signing_key.to_jwk()]})
    );
    let post = handle(&mut state, &request(&format!("POST {path}")));
    assert_eq!(
        (post.status, post.header("allow")),
        (405, Some("GET, HEAD"))
    );
}
