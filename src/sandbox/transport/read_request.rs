use tokio::io::AsyncWriteExt as _;

use super::super::Request;
use super::body::{BodyLength, Decoder};
use super::connection::{Connection, Gone};
use super::socket::Socket;
use super::{BadRequest, message};

/// The longest head, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Why there is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// The client closed the connection.
    Gone,
    /// What it sent is no request.
    Bad(BadRequest),
}

impl From<Gone> for Unread {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<BadRequest> for Unread {
    fn from(problem: BadRequest) -> Self {
        Self::Bad(problem)
    }
}

impl<S: Socket> Connection<S> {
    /// Reads one request to the end of its body (RFC 9112).
    pub(super) async fn read_request(&mut self) -> Result<Request, Unread> {
        let mut request = self.read_head().await?;
        let length = BodyLength::of(&request)?;
        if length != BodyLength::None {
            self.invite_body(&request).await?;
        }
        let mut decoder = Decoder::new(length);
        while !decoder.decode(&mut self.buffer)? {
            self.fill().await?;
        }
        request.body = decoder.into_body();
        Ok(request)
    }

    async fn read_head(&mut self) -> Result<Request, Unread> {
        loop {
            if let Some((request, length)) = message::parse_head(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(request);
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(BadRequest::new(431, "the head is longer than 64 KiB").into());
            }
            self.fill().await?;
        }
    }

    /// Tells a client that waits before it sends its body to go on (RFC 9110 §10.1.1).
    async fn invite_body(&mut self, request: &Request) -> Result<(), Unread> {
        let waits = request
            .header("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        if waits && !request.is_http_1_0 && self.buffer.is_empty() {
            let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
            self.stream
                .write_all(interim)
                .await
                .map_err(|_| Unread::Gone)?;
            self.stream.flush().await.map_err(|_| Unread::Gone)?;
        }
        Ok(())
    }
}
