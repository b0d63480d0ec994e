//! `verify`: the contract as executable scenarios, for any client in any language.
//!
//! Each part knows those after it: `runner` plays cases side by side and makes a `report` of
//! them, on projects that `prepare` has installed; `scenario` is the cases as data and what they
//! expect; `judgement` is what was observed and what is wrong with it; `driver` is the protocol
//! of the programs that are asked.

pub(crate) mod driver;
pub(crate) mod judgement;
pub(crate) mod prepare;
pub(crate) mod report;
pub(crate) mod runner;
pub(crate) mod scenario;
#[cfg(test)]
mod testing;

// What a test of a driver needs. Within the program each has the path of its part.
pub use self::{
    driver::{Launch, Patience},
    prepare::{Preparation, PrepareError, PreparedCache},
    report::{CaseReport, Outcome},
    runner::{Job, ProbedDriver, WorkerPool},
    scenario::{Case, Library},
};
