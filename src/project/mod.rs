//! A project: what a user chose, the files that come of it as a plan, and the one module that writes.
//!
//! One way through: [`options`] and a target of the catalogue → [`scaffold`] → [`plan`] → [`writer`].

pub mod digest;
pub mod docs_tree;
pub mod endpoint;
pub mod guide;
mod links;
pub mod lint;
pub mod options;
pub mod plan;
pub mod preview;
pub mod prompt;
pub mod provenance;
pub mod scaffold;
pub mod seen_errors;
pub mod writer;
