//! Runs cases: a worker pool plays them side by side, each on a stage of its own, and reports.

mod case_run;
mod operations;
mod probed_driver;
pub(crate) mod progress;
mod run;
mod semaphore;
mod stage;
mod stage_error;
mod tested_client;
mod worker_pool;

pub use probed_driver::ProbedDriver;
pub(crate) use run::Run;
pub(crate) use tested_client::TestedClient;
pub use worker_pool::{Job, WorkerPool};
