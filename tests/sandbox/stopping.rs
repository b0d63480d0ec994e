use std::net::{TcpListener, TcpStream};

use ssojet_gen::sandbox::{Algorithm, Outcome, Place, Sandbox, Settings};

use super::client::{Client, Ended, sandbox, scripted, wait_for_requests};

#[test]
fn dropping_the_sandbox_ends_its_idle_connections() {
    let sandbox = sandbox(|_| {});
    let mut client = Client::connect(sandbox.address());
    client.send("GET /health HTTP/1.1\r\nHost: sandbox\r\n\r\nGET /unfinished");
    assert_eq!(client.reply().status(), 200);
    drop(sandbox);
    // Depending on whether the rest of the request had been read.
    assert!(matches!(client.rest(), (rest, Ended::Closed | Ended::Reset) if rest.is_empty()));
}

/// At an address of its own, where no other test can take the port before we look.
#[cfg(target_os = "linux")]
#[test]
fn dropping_the_sandbox_closes_its_port() {
    let settings = Settings::generate(Algorithm::EdDsa).unwrap();
    let listener = TcpListener::bind("127.0.0.77:0").unwrap();
    let sandbox = Sandbox::start(listener, settings).unwrap();
    let address = sandbox.address();
    assert!(TcpStream::connect(address).is_ok());
    drop(sandbox);
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_listener_on_every_address_is_reached_by_the_loopback_one() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let settings = Settings::generate(Algorithm::EdDsa).unwrap();
    let sandbox = Sandbox::start(listener, settings).unwrap();
    assert!(sandbox.address().ip().is_loopback());
    assert!(TcpStream::connect(sandbox.address()).is_ok());
}

/// One connection in every state in which one can be caught, some of which would last for hours.
#[test]
fn dropping_the_sandbox_ends_whatever_is_under_way() {
    let sandbox = scripted(
        "api:
          - nothing: hang
          - wire: {delay_ms: 36000000}
          - wire: {drip_head_ms: 36000000}
          - wire: {drip_body_ms: 36000000, chunked: true}
          - wire: {end: endless, drip_body_ms: 36000000}
          - wire: {end: endless}",
    );
    let mut clients = Vec::new();
    for asked in 1..=6 {
        let mut client = Client::connect(sandbox.address());
        client.send("GET /health HTTP/1.1\r\nHost: sandbox\r\n\r\n");
        wait_for_requests(&sandbox, asked);
        clients.push(client);
    }
    let handshake = TcpStream::connect(sandbox.address_of(Place::Tls).unwrap()).unwrap();
    let live = sandbox.journal().subscribe();
    let journal = sandbox.journal();
    drop(sandbox);
    assert_eq!(live.try_iter().count(), 6);
    for exchange in journal.exchanges() {
        assert_eq!(exchange.outcome, Outcome::Stopped, "{exchange}");
    }
    drop((clients, handshake));
}
