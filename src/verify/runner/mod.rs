//! Runs cases: a worker pool runs them side by side, each with a fixture of its own, and reports.

mod case_run;
mod drivers;
mod fixture;
mod fixture_error;
mod operations;
mod probed_driver;
pub(crate) mod progress;
mod run;
mod semaphore;
mod tested_client;
mod variables;
mod worker_pool;

pub use probed_driver::ProbedDriver;
pub(crate) use run::Run;
pub(crate) use tested_client::TestedClient;
pub use worker_pool::{Job, WorkerPool};
