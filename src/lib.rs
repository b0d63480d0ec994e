//! `ssojet-gen` scaffolds tested OAuth 2.0 client-credentials clients for SSOJet.
//!
//! Six rooms, one direction: [`cli`] → [`verify`] → `project` → [`catalog`]; [`sandbox`] and
//! [`system`] import nothing of ours. `tests/rooms.rs` checks it. Every command that writes makes a
//! plan first, a pure value; one module writes it.

pub mod catalog;
pub mod cli;
mod project;
pub mod sandbox;
pub mod system;
pub mod verify;
