use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use tokio::net::TcpSocket;

use super::Place;

/// Two places where no connection comes about.
#[derive(Debug)]
pub(crate) struct DeadEnds {
    /// Listened on, never accepted from.
    unaccepting: TcpListener,
    /// Fills the queue of the connections that wait to be accepted there.
    _crowd: Vec<TcpStream>,
    /// Bound, so that nobody else gets the port, and not listened on.
    refused: TcpSocket,
}

impl DeadEnds {
    /// Opens both. Has to be called within a runtime.
    ///
    /// # Errors
    /// The system's own.
    pub(crate) fn open() -> io::Result<Self> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let refused = TcpSocket::new_v4()?;
        refused.bind(any)?;
        let socket = TcpSocket::new_v4()?;
        socket.bind(any)?;
        let unaccepting = socket.listen(0)?.into_std()?;
        let address = unaccepting.local_addr()?;
        // How many connections a queue of length 0 takes is the system's affair: it is full when
        // connecting no longer succeeds. Linux takes one.
        let patience = Duration::from_millis(50);
        let connect = || TcpStream::connect_timeout(&address, patience).ok();
        let crowd = std::iter::from_fn(connect).take(32).collect();
        Ok(Self {
            unaccepting,
            _crowd: crowd,
            refused,
        })
    }

    /// Where they are.
    pub(crate) fn addresses(&self) -> [io::Result<(Place, SocketAddr)>; 2] {
        let unaccepting = self.unaccepting.local_addr();
        let refused = self.refused.local_addr();
        [
            unaccepting.map(|address| (Place::Unaccepting, address)),
            refused.map(|address| (Place::Refused, address)),
        ]
    }
}
