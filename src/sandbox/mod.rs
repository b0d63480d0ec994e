//! An embedded authorization server and protected API to develop and test clients against.
//!
//! The parts know each other in one direction: [`Reply`] and [`Request`] are values; the servers are
//! functions of a state, a request and a time to a reply, without I/O, clock or sleep; the transport
//! alone touches sockets; the [`Journal`] records; [`Sandbox`] ties them together.

mod authorization_server;
mod claims;
mod dead_ends;
mod endpoint;
mod error;
mod form;
mod journal;
mod keys;
mod listeners;
mod place;
mod protected_resource;
mod reply;
mod request;
mod router;
mod scope;
mod script;
mod secret;
mod secret_forms;
mod server;
mod settings;
mod state;
#[cfg(test)]
mod testing;
mod token_register;
mod transport;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

pub use error::SandboxError;
pub use form::{Form, MalformedForm};
pub use journal::{Exchange, Journal, Outcome};
pub use keys::{Algorithm, SigningKey, UnknownAlgorithm};
pub use place::Place;
pub use reply::{End, Extent, Framing, Pace, Reply};
pub use request::Request;
pub use scope::{MalformedScope, Scope};
pub use script::{
    Answer, Fault, Issue, OAuthErrorAnswer, Redirect, Respond, Script, Silence, Step, UnknownFault,
    When, Wire, WireEnd,
};
pub use secret::Secret;
pub(crate) use secret_forms::secret_forms;
pub use settings::Settings;
pub use token_register::IssuedToken;

use authorization_server::TOKEN_PATH;
use dead_ends::DeadEnds;
use listeners::Listeners;
use server::Server;

/// A running sandbox. Dropping it stops it at once, whatever its connections are doing, and waits
/// until it has stopped.
///
/// ```
/// use ssojet_gen::sandbox::{Algorithm, Sandbox, Settings};
///
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let sandbox = Sandbox::start(listener, Settings::generate(Algorithm::EdDsa)?)?;
/// assert!(sandbox.environment()["SSOJET_TOKEN_URL"].ends_with("/oauth/token"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sandbox {
    server: Arc<Server>,
    _dead_ends: Option<DeadEnds>,
    // Both are taken on drop alone.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Serves on a listener that the caller has bound, on a thread of its own.
    ///
    /// # Errors
    /// [`SandboxError::Io`] if the system refuses a socket or a thread; with extra places also
    /// [`SandboxError::Crypto`] and [`SandboxError::Tls`].
    pub fn start(listener: TcpListener, settings: Settings) -> Result<Self, SandboxError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(SandboxError::io("start a runtime"))?;
        let guard = runtime.enter();
        let open = Listeners::open(listener, settings.extra_places)?;
        let places = open.addresses()?;
        let server = Arc::new(Server::new(settings, places));
        for (place, tls, listener) in open.served {
            runtime.spawn(transport::accept(listener, place, tls, server.clone()));
        }
        drop(guard);
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("ssojet-sandbox".to_owned())
            .spawn(move || {
                // Either way it is time to stop; the runtime drops its tasks and their sockets.
                let _ = runtime.block_on(stopped);
            })
            .map_err(SandboxError::io("start a thread"))?;
        Ok(Self {
            server,
            _dead_ends: open.dead_ends,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where the authorization server and the protected API are reached.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.places()[&Place::Origin]
    }

    /// Where another place is, if it is open.
    #[must_use]
    pub fn address_of(&self, place: Place) -> Option<SocketAddr> {
        self.server.places().get(&place).copied()
    }

    /// A text with the placeholders of a [`Script`] replaced.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        self.server.fill(text)
    }

    /// Plays another script from its first steps. Tokens, keys and the journal stay as they are; new
    /// tokens are counted from 1 again.
    pub fn play(&self, script: Script) {
        self.server.play(script);
    }

    /// The variables that make a client use this sandbox. The secret is among them in the clear:
    /// they are for a child's environment, not for a log.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<&'static str, String> {
        let settings = self.server.settings();
        let origin = format!("http://{}", self.address());
        BTreeMap::from([
            ("SSOJET_CLIENT_ID", settings.client_id.clone()),
            (
                "SSOJET_CLIENT_SECRET",
                settings.client_secret.expose().to_owned(),
            ),
            ("SSOJET_TOKEN_URL", format!("{origin}{TOKEN_PATH}")),
            ("SSOJET_API_URL", origin),
            ("SSOJET_SCOPE", settings.allowed_scope.to_string()),
            ("SSOJET_AUDIENCE", settings.audience.clone()),
        ])
    }

    /// The record of everything that happens here.
    #[must_use]
    pub fn journal(&self) -> Journal {
        self.server.journal().clone()
    }

    /// The tokens handed out so far; of many, the last 10,000.
    #[must_use]
    pub fn issued_tokens(&self) -> Vec<IssuedToken> {
        self.server.issued_tokens()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by its own thread.
            let _ = thread.join();
        }
    }
}
