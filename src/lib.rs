//! `ssojet-gen` scaffolds tested OAuth 2.0 client-credentials clients for SSOJet.
//!
//! One way through: command line → options and target → [`plan::Plan`] → [`writer`]. Every command
//! that writes makes a plan first, a pure value; one module writes it.

pub mod catalog;
pub mod cli;
pub mod commands;
pub mod docs;
pub mod endpoint;
pub mod error;
pub mod exit;
pub mod interrupt;
pub mod options;
pub mod output;
pub mod plan;
pub mod preview;
pub mod process;
pub mod provenance;
pub mod sandbox;
pub mod shell;
pub mod suggest;
pub mod toolchain;
pub mod verify;
pub mod version;
pub mod wizard;
pub mod writer;
