use std::net::{TcpListener, TcpStream};

use super::client::{Client, Ended, sandbox};

#[test]
fn dropping_the_sandbox_frees_its_port_and_its_idle_connections() {
    let sandbox = sandbox(|_| {});
    let address = sandbox.address();
    let mut client = Client::connect(address);
    client.send("GET /health HTTP/1.1\r\nHost: sandbox\r\n\r\nGET /unfinished");
    assert_eq!(client.reply().status(), 200);
    drop(sandbox);
    // Closed with half a request unread, or not yet read, either end is in order.
    assert!(matches!(client.rest(), (rest, Ended::Closed | Ended::Reset) if rest.is_empty()));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_listener_on_every_address_is_reached_by_the_loopback_one() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let settings = ssojet_gen::sandbox::Settings::generate(ssojet_gen::sandbox::Algorithm::EdDsa);
    let sandbox = ssojet_gen::sandbox::Sandbox::start(listener, settings.unwrap()).unwrap();
    assert!(sandbox.address().ip().is_loopback());
    assert!(TcpStream::connect(sandbox.address()).is_ok());
}
