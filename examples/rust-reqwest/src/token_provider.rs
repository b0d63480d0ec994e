//! Keeps one token, renews it in the background, and has one token request under way at most.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::ClientBuilder;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use super::token_request::TokenEndpoint;
use super::{Error, TokenConfig, limits};

const BEARER: &str = "Bearer ";

/// An access token. It prints as `Sensitive`; `expose_secret` gives its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// As it is sent, so that a call does not have to build and check it anew.
    pub(crate) header: HeaderValue,
}

impl AccessToken {
    /// # Errors
    /// It is empty, or not visible ASCII alone.
    pub fn new(token: &str) -> Result<Self, Error> {
        let is_visible = token.bytes().all(|byte| byte.is_ascii_graphic());
        let header = HeaderValue::from_str(&format!("{BEARER}{token}"));
        match header {
            Ok(mut header) if is_visible && !token.is_empty() => {
                header.set_sensitive(true);
                Ok(Self { header })
            }
            _ => Err(Error::configuration(
                "a token must be visible ASCII, without spaces",
            )),
        }
    }
}

impl ExposeSecret<str> for AccessToken {
    fn expose_secret(&self) -> &str {
        let header = self.header.to_str().unwrap_or_default();
        header.strip_prefix(BEARER).unwrap_or_default()
    }
}

type TokenResult = Result<AccessToken, Error>;
type RenewalResult = watch::Receiver<Option<TokenResult>>;

/// Gets and keeps the token. Clones share it, and so may clients of several APIs. The last one to be
/// dropped ends a token request that is under way.
#[derive(Clone)]
pub struct TokenProvider(Source);

#[derive(Clone)]
enum Source {
    Endpoint(Arc<Cache>),
    Stub(TokenResult),
}

pub(crate) struct Cache {
    endpoint: Arc<TokenEndpoint>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<HeldToken>,
    renewal: Option<Renewal>,
    paused_until: Option<Instant>,
    dropped_by_401_at: Option<Instant>,
    /// To be logged once the lock has been given back: a subscriber may use this provider.
    warning: Option<Error>,
}

#[derive(Clone)]
pub(crate) struct HeldToken {
    pub token: AccessToken,
    /// From here on it is renewed.
    pub early_at: Instant,
    /// From here on it is not sent.
    pub expires_at: Instant,
}

/// A task that fetches a token, and belongs to no caller: one who gives up stops nobody else's wait.
struct Renewal {
    /// Of one task. It is aborted where this is dropped, with the last provider for one.
    _task: JoinSet<()>,
    result: RenewalResult,
    deadline: Instant,
}

/// A token that is here, or on its way until the deadline.
enum CurrentToken {
    Held(AccessToken),
    Coming(RenewalResult, Instant),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub use_held: bool,
    pub renew: bool,
}

/// What to do with the cache. No lock, no clock, no I/O.
pub(crate) fn decide(
    now: Instant,
    held: Option<&HeldToken>,
    is_renewing: bool,
    paused_until: Option<Instant>,
) -> Decision {
    let use_held = held.is_some_and(|held| now < held.expires_at);
    let is_early = held.is_some_and(|held| now >= held.early_at);
    let is_paused = paused_until.is_some_and(|until| now < until);
    let renew = !is_renewing && (!use_held || (is_early && !is_paused));
    Decision { use_held, renew }
}

/// None: there is to be no other try, unless a caller asks for one.
fn wait_before_retry(
    tried: &mut Result<HeldToken, Error>,
    try_number: usize,
    tries_end_at: Instant,
) -> Option<Duration> {
    let error = tried.as_mut().err().filter(|error| error.is_retryable)?;
    let random_wait = limits::RETRY_WAITS.get(try_number)?.mul_f64(rand::random());
    let wait = error.retry_after.unwrap_or(random_wait);
    if wait < tries_end_at.saturating_duration_since(Instant::now()) {
        return Some(wait);
    }
    error.message += "; the wait before another try does not fit into the time for a token";
    None
}

impl TokenProvider {
    /// Sends nothing yet.
    ///
    /// # Errors
    /// A setting is missing or wrong.
    pub fn new(config: TokenConfig) -> Result<Self, Error> {
        Self::with_http(config, reqwest::Client::builder())
    }

    /// With the library's own builder, for a proxy or a private CA of the token endpoint.
    ///
    /// # Errors
    /// A setting is missing or wrong, or reqwest refuses the builder.
    pub fn with_http(config: TokenConfig, http: ClientBuilder) -> Result<Self, Error> {
        let endpoint = Arc::new(TokenEndpoint::new(config, http)?);
        let state = Mutex::default();
        Ok(Self(Source::Endpoint(Arc::new(Cache { endpoint, state }))))
    }

    /// For your tests: always this token, or always this error.
    pub fn stub(result: Result<AccessToken, Error>) -> Self {
        Self(Source::Stub(result))
    }

    /// The held token, or a new one.
    ///
    /// # Errors
    /// No token is held, and none could be had.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        match &self.0 {
            Source::Endpoint(cache) => cache.wait_for(cache.current()?).await,
            Source::Stub(result) => result.clone(),
        }
    }

    /// Forgets this token, if it is the one that is held.
    pub fn invalidate(&self, token: &AccessToken) {
        if let Source::Endpoint(cache) = &self.0 {
            cache.locked(|state, _| state.held.take_if(|held| held.token == *token));
        }
    }

    /// After a 401: another token that is here or on its way. If there is none, the 401 is the caller's.
    pub(crate) fn handle_unauthorized(
        &self,
        refused: &AccessToken,
    ) -> Option<impl Future<Output = Result<AccessToken, Error>> + use<>> {
        let Source::Endpoint(cache) = &self.0 else {
            return None;
        };
        let cache = Arc::clone(cache);
        let another = cache.handle_unauthorized(refused)?;
        Some(async move { cache.wait_for(another?).await })
    }
}

impl fmt::Debug for TokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenProvider").finish_non_exhaustive()
    }
}

impl Cache {
    /// One step under the lock. What there is to warn of is logged without it.
    fn locked<T>(&self, step: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = step(&mut state, Instant::now());
        let warning = state.warning.take();
        drop(state);
        if let Some(error) = warning {
            let (client_id, token_host) = (&self.endpoint.config.client_id, &self.endpoint.host);
            let what = "an early renewal failed, the token at hand is used until it expires";
            tracing::warn!(client_id, token_host, %error, "{what}");
        }
        result
    }

    fn current(self: &Arc<Self>) -> Result<CurrentToken, Error> {
        self.locked(|state, now| self.held_or_coming(state, now))
    }

    fn held_or_coming(
        self: &Arc<Self>,
        state: &mut State,
        now: Instant,
    ) -> Result<CurrentToken, Error> {
        let is_served = self.renew_if_due(state, now);
        match (&state.held, &state.renewal) {
            (Some(held), _) if is_served => Ok(CurrentToken::Held(held.token.clone())),
            (_, Some(renewal)) => {
                let result = renewal.result.clone();
                Ok(CurrentToken::Coming(result, renewal.deadline))
            }
            (_, None) => Err(no_runtime()),
        }
    }

    async fn wait_for(self: &Arc<Self>, mut current: CurrentToken) -> Result<AccessToken, Error> {
        // A second time if the runtime that ran the renewal, which may be another caller's, has ended.
        for is_second_time in [false, true] {
            let (mut result, deadline) = match current {
                CurrentToken::Held(token) => return Ok(token),
                CurrentToken::Coming(result, deadline) => (result, deadline),
            };
            // The renewal may be another runtime's. Here `timeout_at` would panic.
            Handle::try_current().map_err(|_| no_runtime())?;
            match timeout_at(deadline, result.wait_for(Option::is_some)).await {
                Ok(Ok(result)) => return result.clone().unwrap_or_else(|| Err(no_runtime())),
                Ok(Err(_)) if !is_second_time => current = self.current()?,
                _ => break,
            }
        }
        let what = "no token in time: the tokio runtime that fetches it stands still or has ended";
        Err(Error::transport(what))
    }

    /// Under one lock with the choice of the token: a renewal that fails at once is not followed by another.
    fn handle_unauthorized(
        self: &Arc<Self>,
        refused: &AccessToken,
    ) -> Option<Result<CurrentToken, Error>> {
        self.locked(|state, now| {
            let has_another = match state.served(now) {
                Some(held) => held.token != *refused,
                None => state.is_renewing(now),
            };
            if !has_another {
                let dropped_at = state.dropped_by_401_at;
                if dropped_at.is_some_and(|at| now < at + limits::REFUSAL_PAUSE) {
                    return None;
                }
                // A 401 that has dropped no token does not count.
                if state.held.take().is_some() {
                    state.dropped_by_401_at = Some(now);
                }
            }
            Some(self.held_or_coming(state, now))
        })
    }

    /// Whether the held token is served.
    fn renew_if_due(self: &Arc<Self>, state: &mut State, now: Instant) -> bool {
        if state.renewal.is_some() && !state.is_renewing(now) {
            let error = Error::transport("the task that fetched a token was stopped");
            state.renewal_failed(&error, now);
        }
        let is_renewing = state.renewal.is_some();
        let decision = decide(now, state.held.as_ref(), is_renewing, state.paused_until);
        if decision.renew {
            match Handle::try_current() {
                Ok(runtime) => self.start_renewal(&runtime, state, now),
                Err(_) => state.renewal_failed(&no_runtime(), now),
            }
        }
        decision.use_held
    }

    fn start_renewal(self: &Arc<Self>, runtime: &Handle, state: &mut State, now: Instant) {
        let deadline = now + limits::TOKEN_LIMIT;
        let tries_end_at = deadline - limits::LAST_WORDS;
        let (sender, result) = watch::channel(None);
        // The task must not keep the cache alive, or dropping the last provider would not end it.
        let (endpoint, cache) = (Arc::clone(&self.endpoint), Arc::downgrade(self));
        let fetch = async move {
            for try_number in 0.. {
                let mut tried = Arc::clone(&endpoint).request_token(tries_end_at).await;
                let retry_in = wait_before_retry(&mut tried, try_number, tries_end_at);
                let Some(cache) = cache.upgrade() else { return };
                let is_end = cache.locked(|state, now| {
                    // One that was given up leaves alone what another has begun.
                    !state.is_renewal_of(deadline)
                        || state.after_try(&tried, retry_in.is_none(), now)
                });
                drop(cache);
                if is_end {
                    sender.send_replace(Some(tried.map(|held| held.token)));
                    return;
                }
                sleep(retry_in.unwrap_or_default()).await;
            }
        };
        let mut task = JoinSet::new();
        task.spawn_on(fetch, runtime);
        state.renewal = Some(Renewal {
            _task: task,
            result,
            deadline,
        });
    }
}

fn no_runtime() -> Error {
    Error::transport("there is no tokio runtime here")
}

impl State {
    fn served(&self, now: Instant) -> Option<&HeldToken> {
        let held = self.held.as_ref();
        held.filter(|held| now < held.expires_at)
    }

    /// Not if its task was stopped with its runtime, or stands still.
    fn is_renewing(&self, now: Instant) -> bool {
        let renewal = self.renewal.as_ref();
        renewal
            .is_some_and(|renewal| renewal.result.has_changed().is_ok() && now < renewal.deadline)
    }

    /// Whether the renewal with this deadline is the one under way: the next one's is later.
    fn is_renewal_of(&self, deadline: Instant) -> bool {
        let renewal = self.renewal.as_ref();
        renewal.is_some_and(|renewal| renewal.deadline == deadline)
    }

    /// Whether this was the last try: it was good, or the held token is still served, or no retry is allowed.
    fn after_try(&mut self, tried: &Result<HeldToken, Error>, is_last: bool, now: Instant) -> bool {
        let is_served = self.served(now).is_some();
        match tried {
            Ok(held) => {
                self.held = Some(held.clone());
                self.renewal = None;
                self.paused_until = None;
            }
            Err(error) if is_last || is_served => self.renewal_failed(error, now),
            Err(_) => return false,
        }
        true
    }

    fn renewal_failed(&mut self, error: &Error, now: Instant) {
        self.renewal = None;
        if self.served(now).is_some() {
            let asked_for = error.retry_after.unwrap_or_default();
            let longest = Duration::from_secs_f64(limits::LONGEST_LIFE);
            self.paused_until = Some(now + asked_for.clamp(limits::RENEWAL_PAUSE, longest));
            self.warning = Some(error.clone());
        }
    }
}
