use std::sync::Arc;

use super::super::journal::Outcome;
use super::super::{Place, Reply, Request};
use super::BadRequest;

/// What the transport serves.
pub(crate) trait Service: Send + Sync {
    /// A client has connected.
    fn connected(&self, place: Place);

    /// A request has come; the number stands for the exchange from now on.
    fn begin(&self, place: Place, request: Result<Request, BadRequest>) -> (usize, Arc<Reply>);

    /// The exchange is over.
    fn end(&self, exchange: usize, outcome: Outcome);
}
