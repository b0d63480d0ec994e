use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use tokio_rustls::TlsAcceptor;

use super::dead_ends::DeadEnds;
use super::{Place, SandboxError, transport};

/// The sockets of a sandbox, one a place.
pub(crate) struct Listeners {
    /// Those that are served, with TLS or without.
    pub(crate) served: Vec<(Place, Option<TlsAcceptor>, tokio::net::TcpListener)>,
    /// Those that are only held.
    pub(crate) dead_ends: Option<DeadEnds>,
}

impl Listeners {
    /// Takes the origin's listener, and opens the other places if they are wanted. Has to be called
    /// within a runtime.
    ///
    /// # Errors
    /// Those of [`Sandbox::start`](super::Sandbox::start).
    pub(crate) fn open(origin: TcpListener, extra_places: bool) -> Result<Self, SandboxError> {
        let mut open = Self {
            served: vec![(Place::Origin, None, adopt(origin)?)],
            dead_ends: None,
        };
        if extra_places {
            let tls = transport::self_signed()?;
            open.served.extend([
                (Place::Decoy, None, adopt(bind()?)?),
                (Place::Tls, Some(tls), adopt(bind()?)?),
            ]);
            let dead_ends = DeadEnds::open().map_err(SandboxError::io("open a dead end"))?;
            open.dead_ends = Some(dead_ends);
        }
        Ok(open)
    }

    /// Where each place is reached.
    pub(crate) fn addresses(&self) -> Result<BTreeMap<Place, SocketAddr>, SandboxError> {
        let served = self.served.iter().map(|(place, _, listener)| {
            let address = listener.local_addr()?;
            Ok((*place, reachable(address)))
        });
        let dead = self.dead_ends.iter().flat_map(DeadEnds::addresses);
        served
            .chain(dead)
            .collect::<Result<_, _>>()
            .map_err(SandboxError::io("read an address"))
    }
}

/// A listener on every address is reached by the loopback one.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn bind() -> Result<TcpListener, SandboxError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(SandboxError::io("bind a port"))
}

fn adopt(listener: TcpListener) -> Result<tokio::net::TcpListener, SandboxError> {
    listener
        .set_nonblocking(true)
        .and_then(|()| tokio::net::TcpListener::from_std(listener))
        .map_err(SandboxError::io("use a listener"))
}
