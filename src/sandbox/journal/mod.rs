//! What happened at a sandbox, with times, for programs and (masked) for people.

mod exchange;
mod mask;
mod outcome;

use std::collections::{HashMap, VecDeque};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use exchange::Exchange;
pub(crate) use mask::Mask;
pub use outcome::Outcome;

use super::Place;

/// The record of a sandbox's exchanges, in the order in which the requests were answered. A clone
/// is the same journal and outlives the sandbox.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Pages>>);

#[derive(Default)]
struct Pages {
    exchanges: VecDeque<Exchange>,
    /// What the exchanges take up.
    bytes: usize,
    forgotten: usize,
    connections: HashMap<Place, usize>,
    subscribers: Vec<Sender<Exchange>>,
}

impl Journal {
    /// How many exchanges are kept, so that a sandbox can run all day.
    pub const KEPT: usize = 10_000;
    /// How many bytes of requests and replies are kept, beside the last exchange, which always is.
    pub const KEPT_BYTES: usize = 16 * 1024 * 1024;

    /// The exchanges so far, those under way included; of many, the last [`Journal::KEPT`], and of large ones those
    /// that fit into [`Journal::KEPT_BYTES`].
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.pages().exchanges.iter().cloned().collect()
    }

    /// How many connections a place has accepted, those that never carried a request included.
    #[must_use]
    pub fn connections(&self, place: Place) -> usize {
        self.pages().connections.get(&place).copied().unwrap_or(0)
    }

    /// Every exchange that ends from now on, as it ends. The channel closes with the last journal.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<Exchange> {
        let (sender, receiver) = mpsc::channel();
        self.pages().subscribers.push(sender);
        receiver
    }

    pub(crate) fn connected(&self, place: Place) {
        *self.pages().connections.entry(place).or_default() += 1;
    }

    /// Takes an exchange that begins, and numbers it.
    pub(crate) fn begin(&self, mut exchange: Exchange) -> usize {
        let mut pages = self.pages();
        pages.bytes += exchange.size();
        while pages.exchanges.len() == Self::KEPT || pages.bytes > Self::KEPT_BYTES {
            let Some(oldest) = pages.exchanges.pop_front() else {
                break;
            };
            pages.bytes -= oldest.size();
            pages.forgotten += 1;
        }
        exchange.number = pages.forgotten + pages.exchanges.len() + 1;
        let number = exchange.number;
        pages.exchanges.push_back(exchange);
        number
    }

    pub(crate) fn end(&self, number: usize, at: Duration, outcome: Outcome) {
        let mut pages = self.pages();
        let index = number.checked_sub(pages.forgotten + 1);
        let Some(exchange) = index.and_then(|at| pages.exchanges.get_mut(at)) else {
            return;
        };
        exchange.ended_at = Some(at);
        exchange.outcome = outcome;
        let ended = exchange.clone();
        pages
            .subscribers
            .retain(|subscriber| subscriber.send(ended.clone()).is_ok());
    }

    /// A panic elsewhere leaves a journal that is still worth reading.
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
