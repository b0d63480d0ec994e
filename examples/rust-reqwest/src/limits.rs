//! Every number that you may want to change. Nothing else has to follow.

use std::time::Duration;

pub(crate) const USER_AGENT: &str = "ssojet-m2m-rust/2.0.0";

/// One TCP connection, with its TLS handshake.
pub(crate) const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// One token request, from its start to the last byte of its answer.
pub(crate) const TRY_LIMIT: Duration = Duration::from_secs(10);
/// One call of your function for the client secret.
pub(crate) const SECRET_LIMIT: Duration = Duration::from_secs(10);
/// Getting a token: all tries, the waits between them, and the function for the secret.
pub(crate) const TOKEN_LIMIT: Duration = Duration::from_secs(30);
/// The tries end so much earlier, so that the last one can still say why it failed.
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(250);
/// The wait before each further try is a random part of this; one entry a try.
pub(crate) const RETRY_WAITS: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(1)];

/// A request to the API, until the head of its answer; after that, the wait for each piece of the body.
pub(crate) const API_LIMIT: Duration = Duration::from_secs(30);

/// The end of a token's life in which it is renewed; its last tenth if that is less.
pub(crate) const EARLY_WINDOW: Duration = Duration::from_secs(60);
pub(crate) const EARLY_SHARE: u32 = 10;
/// No early renewal for so long after one that failed.
pub(crate) const RENEWAL_PAUSE: Duration = Duration::from_secs(30);
/// A 401 drops at most one token in this time.
pub(crate) const REFUSAL_PAUSE: Duration = Duration::from_secs(30);

/// Seconds that a token lives if the answer does not say.
pub(crate) const DEFAULT_LIFE: f64 = 300.0;
/// Seconds that a token is kept at most.
pub(crate) const LONGEST_LIFE: f64 = 24.0 * 3600.0;

/// Bytes of a token answer.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;
/// Characters of the server's text that an error carries.
pub(crate) const TEXT_LIMIT: usize = 256;
/// A shorter secret is not looked for in the server's text: it would be found by chance.
pub(crate) const SHORTEST_SOUGHT: usize = 8;
