//! The sandbox over real sockets, seen by a client that knows nothing but TCP.

#![allow(clippy::unwrap_used)]

mod client;
mod faults;
mod journal;
mod misbehaviour;
mod places;
mod stopping;
mod well_behaved;
