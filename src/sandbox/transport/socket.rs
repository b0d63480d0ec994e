use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A connection that can be aborted.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send {
    /// Makes dropping it send a RST instead of a FIN.
    fn abort_on_drop(&self) -> io::Result<()>;
}

impl Socket for TcpStream {
    fn abort_on_drop(&self) -> io::Result<()> {
        self.set_zero_linger()
    }
}

impl Socket for TlsStream<TcpStream> {
    fn abort_on_drop(&self) -> io::Result<()> {
        self.get_ref().0.set_zero_linger()
    }
}
