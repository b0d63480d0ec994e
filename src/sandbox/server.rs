use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::journal::{Exchange, Journal, Mask, Outcome};
use super::state::State;
use super::transport::{BadRequest, Service};
use super::{IssuedToken, Place, Reply, Request, Script, Settings, router};

/// Joins the pure router to the transport: holds the state, tells the time, writes the journal.
pub(crate) struct Server {
    settings: Arc<Settings>,
    places: Arc<BTreeMap<Place, SocketAddr>>,
    state: Mutex<State>,
    journal: Journal,
    mask: Arc<Mask>,
    clock: Clock,
}

impl Server {
    pub(crate) fn new(settings: Settings, places: BTreeMap<Place, SocketAddr>) -> Self {
        let settings = Arc::new(settings);
        let places = Arc::new(places);
        let state = State::new(Arc::clone(&settings), Arc::clone(&places));
        Self {
            mask: Arc::new(Mask::new(&settings)),
            state: Mutex::new(state),
            settings,
            places,
            journal: Journal::default(),
            clock: Clock::start(),
        }
    }

    pub(crate) fn places(&self) -> &BTreeMap<Place, SocketAddr> {
        &self.places
    }

    pub(crate) fn fill(&self, text: &str) -> String {
        let now = self.clock.time_of_day(self.clock.elapsed());
        self.state().placeholders(now).fill(text)
    }

    pub(crate) fn play(&self, script: Script) {
        self.state().play(script);
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn issued_tokens(&self) -> Vec<IssuedToken> {
        self.state().tokens.tokens().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Server {
    fn connected(&self, place: Place) {
        self.journal.connected(place);
    }

    fn begin(&self, place: Place, request: Result<Request, BadRequest>) -> (usize, Arc<Reply>) {
        // The journal is written under the same lock: its order is the order of handling.
        let mut state = self.state();
        let at = self.clock.elapsed();
        let first_new = state.next_token();
        let (request, reply) = match request {
            Ok(request) => {
                let now = self.clock.time_of_day(at);
                let reply = router::handle(&mut state, place, &request, now);
                (request, reply)
            }
            Err(problem) => (Request::default(), problem.into()),
        };
        let reply = Arc::new(reply);
        let issued = state.next_token() - first_new;
        for token in state.tokens.tokens().rev().take(issued) {
            self.mask.learn(token.text.expose());
        }
        let number = self.journal.begin(Exchange {
            number: 0,
            place,
            at,
            ended_at: None,
            bears: state.token_borne(&request),
            request: Arc::new(request),
            reply: Arc::clone(&reply),
            outcome: Outcome::Open,
            issues: (issued > 0).then_some(first_new),
            mask: Arc::clone(&self.mask),
        });
        (number, reply)
    }

    fn end(&self, exchange: usize, outcome: Outcome) {
        self.journal.end(exchange, self.clock.elapsed(), outcome);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// One reading gives the time since the start and the time of day, so that the two always agree.
struct Clock {
    started: Instant,
    started_at: SystemTime,
}

impl Clock {
    fn start() -> Self {
        Self {
            started: Instant::now(),
            started_at: SystemTime::now(),
        }
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn time_of_day(&self, elapsed: Duration) -> SystemTime {
        self.started_at + elapsed
    }
}
