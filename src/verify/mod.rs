//! `verify`: the contract as executable scenarios, for any client in any language.
//!
//! Scenarios are data ([`scenario`]); drivers are programs that speak a protocol ([`driver`]); a stage
//! holds what one scenario is played with; what was observed is judged by pure functions; a crew runs
//! many cases side by side; what came of it is a value ([`report`]) that renderers show.

mod case_run;
mod crew;
mod driven;
pub mod driver;
mod failure;
mod leak_check;
mod leak_search;
mod observed;
mod operations;
mod outcome;
pub mod prepare;
mod printable;
pub mod progress;
pub mod report;
mod run;
pub mod scenario;
mod slots;
mod stage;
mod stage_error;
mod store_check;
mod subject;
#[cfg(test)]
mod testing;

pub use crew::{Crew, Job};
pub use driven::Driven;
pub use failure::Failure;
pub use outcome::Outcome;
pub use run::Run;
pub use subject::Subject;
