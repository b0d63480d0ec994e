//! The sandbox over real sockets, seen by a client that knows nothing but TCP.

#![allow(clippy::unwrap_used)]

mod client;
mod journal;
mod stopping;
mod well_behaved;
