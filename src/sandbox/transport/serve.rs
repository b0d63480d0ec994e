use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::super::journal::Outcome;
use super::super::{Place, Request};
use super::Service;
use super::connection::Connection;
use super::read_request::Unread;
use super::socket::Socket;

impl<S: Socket> Connection<S> {
    /// Serves one request after the other until one side has had enough.
    pub(crate) async fn serve(mut self, place: Place, service: Arc<dyn Service>) {
        loop {
            let request = match self.read_request().await {
                Ok(request) => Ok(request),
                Err(Unread::Bad(problem)) => Err(problem),
                Err(Unread::Gone) => return,
            };
            let keeps = request.as_ref().is_ok_and(Request::keeps_connection);
            let head_only = request.as_ref().is_ok_and(|r| r.method == "HEAD");
            let (number, reply) = service.begin(place, request);
            let mut exchange = Ending::new(&*service, number);
            let outcome = self.write_reply(&reply, keeps, head_only).await;
            exchange.outcome = outcome;
            drop(exchange);
            match outcome {
                Outcome::Answered if keeps && reply.keeps_connection() => {}
                Outcome::Answered | Outcome::Cut => return self.close().await,
                _ => return,
            }
        }
    }

    /// Closes in order. To close with bytes unread would abort, and the abort could overtake the
    /// reply, so what still comes is read for a moment (RFC 9112 §9.6).
    async fn close(&mut self) {
        if self.stream.shutdown().await.is_err() {
            return;
        }
        let drain = async {
            let mut scrap = vec![0; 16 * 1024];
            while matches!(self.stream.read(&mut scrap).await, Ok(1..)) {}
        };
        // Whether the client was quick enough changes nothing any more.
        let _ = timeout(Duration::from_secs(1), drain).await;
    }
}

/// Tells the service how an exchange ended, even if its task is dropped in the middle.
struct Ending<'a> {
    service: &'a dyn Service,
    number: usize,
    outcome: Outcome,
}

impl<'a> Ending<'a> {
    fn new(service: &'a dyn Service, number: usize) -> Self {
        Self {
            service,
            number,
            outcome: Outcome::Stopped,
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.service.end(self.number, self.outcome);
    }
}
