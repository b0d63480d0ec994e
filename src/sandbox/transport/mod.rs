//! HTTP/1.1 over sockets: reads requests, writes replies well or as badly as they ask for. Servers
//! that are made to serve cannot drip a head, cut a body or reset, so this one is made to.

mod bad_request;
mod body;
mod connection;
mod message;
mod read_request;
mod serve;
mod service;
mod socket;
mod tls;
mod write_reply;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub(crate) use bad_request::BadRequest;
use connection::Connection;
pub(crate) use service::Service;
pub(crate) use tls::self_signed;

use super::Place;

/// Accepts connections at a place for ever, each served beside the others.
pub(crate) async fn accept(
    listener: TcpListener,
    place: Place,
    tls: Option<TlsAcceptor>,
    service: Arc<dyn Service>,
) {
    loop {
        let Some(stream) = next(&listener).await else {
            continue;
        };
        service.connected(place);
        let service = Arc::clone(&service);
        match &tls {
            None => tokio::spawn(Connection::new(stream).serve(place, service)),
            Some(tls) => tokio::spawn(tls::serve(tls.clone(), stream, place, service)),
        };
    }
}

async fn next(listener: &TcpListener) -> Option<TcpStream> {
    if let Ok((stream, _)) = listener.accept().await {
        // Dripped bytes must leave one by one. Where that fails they merely come in lumps.
        let _ = stream.set_nodelay(true);
        return Some(stream);
    }
    // Out of file descriptors, most likely: they come back as connections end.
    tokio::time::sleep(Duration::from_millis(50)).await;
    None
}
