use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use super::super::reply::{End, Extent, Framing};
use super::super::testing::{handle, json, request, scripted, token, token_request};
use super::{Answer, Fault, Script, Silence};

fn script(yaml: &str) -> Script {
    serde_yaml::from_str(yaml).unwrap()
}

/// The statuses that the API gives to requests for these paths.
fn statuses(script: Script, paths: &[&str]) -> Vec<u16> {
    let mut state = scripted(script);
    paths
        .iter()
        .map(|path| handle(&mut state, &request(&format!("GET {path}"))).status)
        .collect()
}

#[test]
fn steps_take_turns_and_the_last_repeats() {
    let script = script(
        "api:
          - {times: 2, respond: {status: 503}}
          - {respond: {status: 418}}
          - {}",
    );
    let health = ["/health"; 5];
    assert_eq!(statuses(script, &health), [503, 503, 418, 200, 200]);
}

#[test]
fn a_step_with_a_condition_goes_first_and_takes_no_turn() {
    let script = script(
        "api:
          - {respond: {status: 503}}
          - {when: {path: /orders}, times: 1, respond: {status: 418}}
          - {when: {path: /orders}, respond: {status: 429}}
          - {}",
    );
    let paths = ["/orders", "/orders", "/health", "/orders", "/health"];
    assert_eq!(statuses(script, &paths), [418, 429, 503, 429, 200]);
}

#[test]
fn every_third_begins_with_the_first() {
    let script = script("api: [{when: {every: 3}, respond: {status: 503}}]");
    let health = ["/health"; 5];
    assert_eq!(statuses(script, &health), [503, 200, 200, 503, 200]);
}

#[test]
fn a_condition_can_look_at_the_form_and_at_the_token() {
    let mut state = scripted(script(
        "token: [{when: {form: {scope: orders:read}}, error: {code: invalid_scope}}]\n\
         api: [{when: {token: 1}, revoke: true}]",
    ));
    let refused = handle(&mut state, &token_request("&scope=orders:read"));
    assert_eq!(json(&refused), json!({"error": "invalid_scope"}));
    let tokens = [token(&mut state, ""), token(&mut state, "")];
    let statuses = tokens.map(|token| {
        let get = request(&format!("GET /orders\nAuthorization: Bearer {token}"));
        handle(&mut state, &get).status
    });
    assert_eq!(statuses, [401, 200]);
}

#[test]
fn the_other_endpoints_behave_well_whatever_the_script() {
    let mut state = scripted(script("api: [{nothing: hang}]\ntoken: [{nothing: hang}]"));
    for path in [
        "/.well-known/jwks.json",
        "/.well-known/oauth-authorization-server",
    ] {
        let reply = handle(&mut state, &request(&format!("GET {path}")));
        assert_eq!(reply.status, 200, "{path}");
    }
}

#[test]
fn answers_become_replies() {
    let mut state = scripted(script(
        r#"
        token:
          - {error: {code: invalid_client, description: "no", uri: "https://e.example"}}
          - {error: {code: slow_down, status: 200}}
          - {redirect: {to: "http://{decoy}/x"}}
          - {raw: "SSH-2.0-x\r\n"}
          - {nothing: reset}
          - {respond: {headers: {Content-Type: ~, X: y}, text: "{\"access_token\":\"made-up\"}"}}
          - {respond: {status: 500, text: x}}
        "#,
    ));
    let mut next = || handle(&mut state, &token_request(""));
    let reply = next();
    assert_eq!(reply.status, 401);
    let body = json!({"error": "invalid_client", "error_description": "no", "error_uri": "https://e.example"});
    assert_eq!(json(&reply), body);
    assert_eq!(next().status, 200);
    let reply = next();
    assert_eq!(
        (reply.status, reply.header("location")),
        (307, Some("http://127.0.0.1:2/x"))
    );
    let reply = next();
    assert_eq!(
        (reply.framing, &reply.body[..]),
        (Framing::Bare, &b"SSH-2.0-x\r\n"[..])
    );
    let reply = next();
    assert_eq!((reply.extent, reply.end), (Extent::Nothing, End::Reset));
    let reply = next();
    assert_eq!(
        (reply.header("content-type"), reply.header("x")),
        (None, Some("y"))
    );
    let reply = next();
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (500, Some("text/plain"))
    );
    assert_eq!(state.tokens.number("made-up"), Some(1));
}

#[test]
fn the_wire_is_applied_to_any_answer() {
    let mut state = scripted(script(
        "api:
          - wire: {pad_bytes: 10, chunked: true, delay_ms: 5, drip_head_ms: 6, drip_body_ms: 7}
          - wire: {content_length: 3, cut_after: 2, end: hang}
          - wire: {end: endless}
          - {raw: x, wire: {chunked: true, end: reset}}",
    ));
    let mut next = || handle(&mut state, &request("GET /health"));
    let reply = next();
    assert_eq!(reply.body, b"{\"status\":\"ok\"}          ");
    assert_eq!(reply.framing, Framing::Chunked);
    assert_eq!(reply.pace.delay, Duration::from_millis(5));
    assert_eq!(reply.pace.head, Some(Duration::from_millis(6)));
    assert_eq!(reply.pace.body, Some(Duration::from_millis(7)));
    let reply = next();
    assert_eq!(reply.framing, Framing::ClaimedLength(3));
    assert_eq!((reply.extent, reply.end), (Extent::Body(2), End::Hang));
    let reply = next();
    assert_eq!((reply.framing, reply.end), (Framing::Chunked, End::Endless));
    let reply = next();
    assert_eq!((reply.framing, reply.end), (Framing::Bare, End::Reset));
}

#[test]
fn placeholders_are_replaced_and_other_braces_left() {
    let state = scripted(Script::default());
    let now = super::super::testing::now();
    let placeholders = state.placeholders(now);
    for (text, filled) in [
        (
            "{\"a\": \"{origin}\"} {x} {",
            "{\"a\": \"127.0.0.1:1\"} {x} {",
        ),
        ("{decoy}{decoy}", "127.0.0.1:2127.0.0.1:2"),
        ("{tls} is not open here", "{tls} is not open here"),
        (
            "{client_id} {client_secret}",
            "cli_sandbox_test a secret: 100%",
        ),
        ("{client_secret_form}", "a+secret%3A+100%25"),
        (
            "{basic}",
            "Y2xpX3NhbmRib3hfdGVzdDphK3NlY3JldCUzQSsxMDAlMjU=",
        ),
        (
            "{date+2} {date+x}",
            "Mon, 12 Jan 1970 13:46:42 GMT {date+x}",
        ),
    ] {
        assert_eq!(placeholders.fill(text), filled);
    }
}

#[test]
fn mistakes_are_refused_with_their_place() {
    for (yaml, complaint) in [
        ("tokens: []", "unknown field `tokens`"),
        ("api: [{responds: {}}]", "unknown field `responds`"),
        (
            "api:\n  - {}\n  - {raw: x, nothing: hang}",
            "at most one of",
        ),
        ("api: [{issue: {}}]", "step 1 cannot stand under `api`"),
        (
            "token: [{revoke: true}]",
            "step 1 cannot stand under `token`",
        ),
        ("api: [{nothing: sleep}]", "unknown variant `sleep`"),
        (
            "api: [{wire: {delay_ms: -1}}]",
            "api[0].wire.delay_ms: invalid type",
        ),
        ("api: [reset]", "expected a step: a map"),
    ] {
        let error = serde_yaml::from_str::<Script>(yaml).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(complaint), "{yaml}: {text}");
        assert!(error.location().is_some(), "{yaml}: {text}");
    }
    let error = serde_yaml::from_str::<Script>("api:\n  - {}\n  - {raw: x, nothing: hang}");
    assert_eq!(error.unwrap_err().location().unwrap().line(), 3);
}

#[test]
fn every_fault_is_a_script() {
    for fault in Fault::ALL {
        assert_ne!(fault.script(), Script::default(), "{fault}");
        assert_eq!(fault.name().parse(), Ok(fault));
    }
    let error = "fast".parse::<Fault>().unwrap_err().to_string();
    let list = "unknown fault `fast`; choose one of slow, flaky, expired, revoked, wrong-endpoint";
    assert_eq!(error, list);
}

#[test]
fn an_answer_is_usual_unless_it_says_otherwise() {
    let script = script("api: [{}, {times: 3}, {nothing: close}]");
    let answers: Vec<&Answer> = script.api.iter().map(|step| &step.answer).collect();
    let silence = Answer::Nothing(Silence::Close);
    assert_eq!(answers, [&Answer::Usual, &Answer::Usual, &silence]);
    assert_eq!(script.decoy, Vec::new());
    let map: BTreeMap<String, Script> = serde_yaml::from_str("server: {}").unwrap();
    assert_eq!(map["server"], Script::default());
}
