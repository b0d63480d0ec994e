use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::time::sleep;

use super::socket::Socket;

/// How much is read ahead of what is understood: more than a head and a pipelined request need.
const READ_AHEAD: usize = 128 * 1024;

/// One connection: its socket, and what was read from it but not yet understood.
pub(crate) struct Connection<S> {
    pub(super) stream: S,
    pub(super) buffer: Vec<u8>,
}

/// The peer has closed or aborted the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gone;

impl<S: Socket> Connection<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// Waits, or learns that the peer has gone meanwhile.
    pub(super) async fn wait(&mut self, duration: Duration) -> Result<(), Gone> {
        if duration.is_zero() {
            return Ok(());
        }
        tokio::select! {
            () = sleep(duration) => Ok(()),
            gone = self.until_gone() => Err(gone),
        }
    }

    /// Returns when the peer has gone; what it sends until then is kept. A peer that shuts down its
    /// sending side alone counts as gone: no HTTP client does that and still waits.
    pub(super) async fn until_gone(&mut self) -> Gone {
        while self.buffer.len() < READ_AHEAD {
            if self.fill().await.is_err() {
                return Gone;
            }
        }
        std::future::pending().await
    }

    /// Reads what there is.
    pub(super) async fn fill(&mut self) -> Result<(), Gone> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(Gone),
            Ok(_) => Ok(()),
        }
    }
}
