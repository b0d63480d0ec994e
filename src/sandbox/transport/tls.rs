use std::sync::Arc;

use rcgen::CertifiedKey;
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::super::{Place, SandboxError};
use super::Service;
use super::connection::Connection;

/// TLS with a certificate made and signed a moment ago: right in everything but whom it is from.
pub(crate) fn self_signed() -> Result<TlsAcceptor, SandboxError> {
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(names).map_err(|_| SandboxError::Crypto {
            what: "a certificate",
        })?;
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    // Named, for a process may hold more than one of rustls's providers.
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves a connection behind TLS. One whose handshake fails has only been counted.
pub(super) async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    place: Place,
    service: Arc<dyn Service>,
) {
    if let Ok(stream) = acceptor.accept(stream).await {
        Connection::new(stream).serve(place, service).await;
    }
}
