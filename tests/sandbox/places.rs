//! The places beside the origin.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, Stream,
};
use ssojet_gen::sandbox::{Place, Sandbox};

use super::client::{Client, last_ended, sandbox, scripted, token_request};

/// The journal's lines without their times.
fn lines(sandbox: &Sandbox) -> Vec<String> {
    let exchanges = sandbox.journal().exchanges().into_iter();
    let line = |line: String| line.split_once(" s  ").unwrap().1.to_owned();
    exchanges
        .map(|exchange| line(exchange.to_string()))
        .collect()
}

#[test]
fn a_redirect_to_the_decoy_is_seen_in_the_one_journal() {
    let sandbox = scripted("token: [{redirect: {to: 'http://{decoy}/oauth/token', status: 302}}]");
    let mut client = Client::connect(sandbox.address());
    client.send(&token_request(&sandbox));
    let decoy = sandbox.address_of(Place::Decoy).unwrap();
    let location = format!("http://{decoy}/oauth/token");
    assert_eq!(client.reply().header("location"), Some(&location[..]));
    let mut client = Client::connect(decoy);
    client.send(&token_request(&sandbox));
    assert_eq!(client.reply().json()["decoy"], true);
    last_ended(&sandbox);
    assert_eq!(
        lines(&sandbox),
        ["POST /oauth/token  302", "[decoy] POST /oauth/token  200"]
    );
}

#[test]
fn a_decoy_plays_its_own_script() {
    let sandbox = scripted("decoy: [{respond: {status: 401}}]");
    let mut client = Client::connect(sandbox.address_of(Place::Decoy).unwrap());
    client.send("GET /orders HTTP/1.1\r\nHost: decoy\r\n\r\n");
    assert_eq!(client.reply().status(), 401);
}

#[test]
fn no_more_places_are_open_than_were_asked_for() {
    let sandbox = sandbox(|_| {});
    assert_eq!(sandbox.address_of(Place::Origin), Some(sandbox.address()));
    assert_eq!(sandbox.address_of(Place::Decoy), None);
    let filled = sandbox.fill("http://{origin}/ http://{decoy}/");
    assert_eq!(
        filled,
        format!("http://{}/ http://{{decoy}}/", sandbox.address())
    );
}

#[test]
fn a_refused_port_refuses() {
    let sandbox = scripted("{}");
    let refused = sandbox.address_of(Place::Refused).unwrap();
    let error = TcpStream::connect(refused).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

/// What a full queue does to one more connection is the system's affair; this is Linux's way.
#[cfg(target_os = "linux")]
#[test]
fn connecting_to_the_unaccepting_place_hangs() {
    let sandbox = scripted("{}");
    let unaccepting = sandbox.address_of(Place::Unaccepting).unwrap();
    let patience = Duration::from_millis(300);
    let error = TcpStream::connect_timeout(&unaccepting, patience).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

fn get_over_tls(sandbox: &Sandbox, config: ClientConfig) -> Result<String, std::io::Error> {
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect(sandbox.address_of(Place::Tls).unwrap())?;
    let mut stream = Stream::new(&mut session, &mut socket);
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: sandbox\r\n\r\n")?;
    let mut start = [0; 15];
    stream.read_exact(&mut start)?;
    Ok(String::from_utf8_lossy(&start).into_owned())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

#[test]
fn a_client_that_checks_certificates_sends_no_request() {
    let sandbox = scripted("{}");
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let error = get_over_tls(&sandbox, config).unwrap_err();
    assert!(
        error.to_string().contains("invalid peer certificate"),
        "{error}"
    );
    assert_eq!(sandbox.journal().connections(Place::Tls), 1);
    assert_eq!(lines(&sandbox), Vec::<String>::new());
}

#[test]
fn a_client_that_trusts_anybody_is_found_out() {
    let sandbox = scripted("{}");
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Credulous))
        .with_no_client_auth();
    assert_eq!(get_over_tls(&sandbox, config).unwrap(), "HTTP/1.1 200 OK");
    last_ended(&sandbox);
    assert_eq!(lines(&sandbox), ["[tls] GET /health  200"]);
}

/// Checks nothing.
#[derive(Debug)]
struct Credulous;

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
