use std::io;

use crate::{
    project::{plan::PlanError, writer::WriteError},
    sandbox::SandboxError,
    verify::driver::DriverError,
};

/// Why a scenario could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum FixtureError {
    /// The driver.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The driver does not know an operation.
    #[error("the driver does not know `{0}`")]
    Unsupported(&'static str),
    /// The sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A port for it.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listener(#[source] io::Error),
    /// A file of the scenario.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The path of one.
    #[error(transparent)]
    Plan(#[from] PlanError),
}
