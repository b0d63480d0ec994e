//! Drivers: programs round a client that speak the driver protocol, version 1.

mod driver_process;
mod error;
mod launch;
mod operation;
mod ready;
mod reply;
mod result;

pub use driver_process::{DriverProcess, Printed};
pub use error::DriverError;
pub use launch::{Launch, Patience};
pub use operation::{Operation, Repeat};
pub use ready::{FirstLine, Ready};
pub use reply::Reply;
pub use result::{CallResult, ClientError, ErrorKind};
