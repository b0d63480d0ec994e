//! Everything that the transport can do wrong, one by one.

use std::io::Read as _;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use ssojet_gen::sandbox::{Outcome, Sandbox};

use super::client::{Client, Ended, last_ended, scripted, wait_for_requests};

const HEALTH: &str = "GET /health HTTP/1.1\r\nHost: sandbox\r\n\r\n";
const BODY: &[u8] = b"{\"status\":\"ok\"}";

/// A connection that has asked for `/health` of an API with one step.
fn ask(step: &str) -> (Sandbox, Client) {
    let sandbox = scripted(&format!("api: [{step}]"));
    let mut client = Client::connect(sandbox.address());
    client.send(HEALTH);
    (sandbox, client)
}

#[test]
fn a_delayed_reply_comes_late() {
    let start = Instant::now();
    let (_sandbox, mut client) = ask("{wire: {delay_ms: 300}}");
    assert_eq!(client.reply().body, BODY);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_dripped_head_comes_byte_by_byte() {
    let start = Instant::now();
    let (_sandbox, mut client) = ask("{wire: {drip_head_ms: 3}}");
    let reply = client.reply();
    assert_eq!(reply.body, BODY);
    let bytes = u32::try_from(reply.head.len()).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(3) * bytes);
}

#[test]
fn a_dripped_body_comes_byte_by_byte() {
    let start = Instant::now();
    let (_sandbox, mut client) = ask("{wire: {drip_body_ms: 20}}");
    assert_eq!(client.reply().body, BODY);
    // One gap fewer than there are bytes.
    assert!(start.elapsed() >= Duration::from_millis(20) * 14);
}

#[test]
fn a_reply_dripped_as_a_whole_is_whole_and_the_connection_kept() {
    let (sandbox, mut client) = ask("{wire: {drip_head_ms: 1, drip_body_ms: 1}}, {}");
    assert_eq!(client.reply().body, BODY);
    client.send(HEALTH);
    assert_eq!(client.reply().body, BODY);
    assert_eq!(last_ended(&sandbox).outcome, Outcome::Answered);
}

#[test]
fn a_cut_body_ends_early() {
    let (sandbox, mut client) = ask("{wire: {cut_after: 4}}");
    assert!(client.head().contains("Content-Length: 15\r\n"));
    assert_eq!(client.rest(), (BODY[..4].to_vec(), Ended::Closed));
    assert_eq!(last_ended(&sandbox).outcome, Outcome::Cut);
}

#[test]
fn a_cut_chunked_body_lacks_its_last_chunk() {
    let (_sandbox, mut client) = ask("{wire: {cut_after: 4, chunked: true}}");
    client.head();
    let (rest, ended) = client.rest();
    assert_eq!((&rest[..], ended), (&b"4\r\n{\"st\r\n"[..], Ended::Closed));
}

#[test]
fn a_reset_is_a_reset() {
    let (sandbox, mut client) = ask("{nothing: reset}");
    assert_eq!(client.rest(), (Vec::new(), Ended::Reset));
    let exchange = last_ended(&sandbox);
    assert_eq!(
        (exchange.outcome, exchange.status()),
        (Outcome::Reset, None)
    );
}

#[test]
fn a_reset_can_come_in_the_middle_of_a_body() {
    let (_sandbox, mut client) = ask("{wire: {cut_after: 4, end: reset}}");
    let (_, ended) = client.rest();
    assert_eq!(ended, Ended::Reset);
}

#[test]
fn a_connection_can_be_closed_without_an_answer() {
    let (sandbox, mut client) = ask("{nothing: close}");
    assert_eq!(client.rest(), (Vec::new(), Ended::Closed));
    assert_eq!(last_ended(&sandbox).outcome, Outcome::Cut);
}

#[test]
fn a_hang_lasts_until_the_client_goes() {
    for (step, sent) in [
        ("{nothing: hang}", 0),
        ("{wire: {cut_after: 4, end: hang}}", 4),
    ] {
        let (sandbox, mut client) = ask(step);
        wait_for_requests(&sandbox, 1);
        if sent > 0 {
            client.head();
            client.wait_for(sent);
        }
        let patience = Duration::from_millis(200);
        assert!(client.is_silent_for(patience), "{step}");
        let open = sandbox.journal().exchanges().remove(0);
        assert_eq!(open.outcome, Outcome::Open, "{step}");
        drop(client);
        let exchange = last_ended(&sandbox);
        assert_eq!(exchange.outcome, Outcome::ClientGone, "{step}");
        assert!(
            exchange.ended_at.unwrap() >= exchange.at + patience,
            "{step}"
        );
    }
}

#[test]
fn a_client_that_leaves_while_it_waits_is_noticed_at_once() {
    for step in [
        "{wire: {delay_ms: 3600000}}",
        "{wire: {drip_head_ms: 3600000}}",
    ] {
        let (sandbox, client) = ask(step);
        wait_for_requests(&sandbox, 1);
        drop(client);
        assert_eq!(last_ended(&sandbox).outcome, Outcome::ClientGone, "{step}");
    }
}

#[test]
fn an_endless_body_goes_on_until_the_client_goes() {
    let (sandbox, mut client) = ask("{wire: {end: endless}}");
    assert!(client.head().contains("Transfer-Encoding: chunked\r\n"));
    assert!(
        client
            .wait_for(3_000_000)
            .starts_with(b"f\r\n{\"status\":\"ok\"}\r\n10000\r\n   ")
    );
    drop(client);
    assert_eq!(last_ended(&sandbox).outcome, Outcome::ClientGone);
}

#[test]
fn an_endless_body_can_drip() {
    let (_sandbox, mut client) =
        ask("{wire: {end: endless, drip_body_ms: 1, content_length: 9999}}");
    assert!(client.head().contains("Content-Length: 9999\r\n"));
    assert_eq!(client.wait_for(60)[..60], [BODY, &[b' '; 45][..]].concat());
}

#[test]
fn a_huge_body_is_whole() {
    let (_sandbox, mut client) = ask("{wire: {pad_bytes: 2000000}}");
    let reply = client.reply();
    assert_eq!(reply.body.len(), BODY.len() + 2_000_000);
    assert_eq!(reply.json()["status"], "ok");
}

#[test]
fn a_compressed_body_is_small_on_the_wire_and_huge_when_decoded() {
    let (_sandbox, mut client) = ask("{wire: {pad_bytes: 2000000, gzip: true}}");
    let reply = client.reply();
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert!(reply.body.len() < 10_000);
    let mut decoded = Vec::new();
    GzDecoder::new(&reply.body[..])
        .read_to_end(&mut decoded)
        .unwrap();
    assert_eq!(decoded.len(), BODY.len() + 2_000_000);
}

#[test]
fn a_chunked_body_is_chunked_and_the_connection_kept() {
    let (_sandbox, mut client) = ask("{wire: {chunked: true}}, {}");
    assert!(!client.head().contains("Content-Length"));
    let framed = b"f\r\n{\"status\":\"ok\"}\r\n0\r\n\r\n";
    assert_eq!(client.wait_for(framed.len()), framed);
    client.forget();
    client.send(HEALTH);
    assert_eq!(client.reply().body, BODY);
}

#[test]
fn a_content_length_can_be_wrong() {
    let (_sandbox, mut client) = ask("{wire: {content_length: 3, end: close}}");
    assert!(
        client
            .head()
            .contains("Content-Length: 3\r\nConnection: close\r\n")
    );
    assert_eq!(client.rest(), (BODY.to_vec(), Ended::Closed));
}

#[test]
fn an_answer_can_be_no_http() {
    let (sandbox, mut client) = ask(r#"{raw: "SSH-2.0-OpenSSH_9.9\r\n"}"#);
    assert_eq!(
        client.rest(),
        (b"SSH-2.0-OpenSSH_9.9\r\n".to_vec(), Ended::Closed)
    );
    assert_eq!(last_ended(&sandbox).status(), None);
}

#[test]
fn a_status_without_a_body_has_no_length() {
    let (_sandbox, mut client) = ask("{respond: {status: 204, text: x}}, {}");
    assert!(!client.head().contains("Content-Length"));
    client.send(HEALTH);
    assert_eq!(client.reply().body, BODY);
}
