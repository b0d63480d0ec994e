use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::claims::Claims;
use super::endpoint::Endpoint;
use super::script::{Placeholders, Script, Step, Track};
use super::token_register::TokenRegister;
use super::{Issue, Place, Request, SandboxError, Scope, Settings};

/// All that the sandbox's servers remember. They are functions of it, a request and a time.
pub(crate) struct State {
    pub(crate) settings: Arc<Settings>,
    /// The authorization server's issuer identifier (RFC 8414 §2): its origin.
    pub(crate) issuer: String,
    pub(crate) tokens: TokenRegister,
    places: Arc<BTreeMap<Place, SocketAddr>>,
    script: Script,
    tracks: BTreeMap<Endpoint, Track>,
    /// How many tokens had been handed out when the script began.
    tokens_before: usize,
}

/// A token that the API takes, with what the token response says of it.
pub(crate) struct Granted {
    pub(crate) token: String,
    /// Seconds.
    pub(crate) lifetime: i64,
}

impl State {
    pub(crate) fn new(settings: Arc<Settings>, places: Arc<BTreeMap<Place, SocketAddr>>) -> Self {
        let script = settings.script.clone();
        let origin = places.get(&Place::Origin).map(SocketAddr::to_string);
        Self {
            settings,
            issuer: format!("http://{}", origin.unwrap_or_default()),
            tokens: TokenRegister::default(),
            places,
            script,
            tracks: BTreeMap::new(),
            tokens_before: 0,
        }
    }

    /// Begins a script from its first steps.
    pub(crate) fn play(&mut self, script: Script) {
        self.script = script;
        self.tracks.clear();
        self.tokens_before = self.tokens.next_number() - 1;
    }

    /// The step for the next request to an endpoint.
    pub(crate) fn next_step(&mut self, endpoint: Endpoint, request: &Request) -> Step {
        let bears = self.token_borne(request);
        let track = self.tracks.entry(endpoint).or_default();
        let steps = endpoint.steps(&self.script);
        track
            .next(steps, request, bears)
            .cloned()
            .unwrap_or_default()
    }

    /// The number of the token that a request bears, if it was handed out since the script began.
    pub(crate) fn token_borne(&self, request: &Request) -> Option<usize> {
        let number = self.tokens.number(request.authorization("Bearer")?)?;
        (number > self.tokens_before).then(|| number - self.tokens_before)
    }

    /// The number that the next token gets, counted from the script's beginning.
    pub(crate) fn next_token(&self) -> usize {
        self.tokens.next_number() - self.tokens_before
    }

    pub(crate) fn placeholders(&self, now: SystemTime) -> Placeholders<'_> {
        Placeholders::new(&self.settings, &self.places, now)
    }

    /// Makes a token and remembers it.
    pub(crate) fn grant(
        &mut self,
        scope: &Scope,
        audience: &str,
        how: &Issue,
        now: SystemTime,
    ) -> Result<Granted, SandboxError> {
        let lifetime = how.lifetime_s.unwrap_or_else(|| {
            i64::try_from(self.settings.token_lifetime.as_secs()).unwrap_or(i64::MAX)
        });
        let iat = unix_seconds(now);
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: self.settings.client_id.clone(),
            client_id: self.settings.client_id.clone(),
            aud: audience.to_owned(),
            iat,
            exp: iat.saturating_add_signed(lifetime),
            // Unique over sandboxes that run in turn at one port, too (RFC 7519 §4.1.7).
            jti: format!(
                "{}-{iat}-{}",
                self.settings.client_id,
                self.tokens.next_number()
            ),
            scope: scope.to_string(),
        };
        let token = match &how.access_token {
            Some(text) => text.clone(),
            None => claims.sign(&self.settings.signing_key)?,
        };
        self.tokens.add(&token, Some(claims), how.revoked);
        Ok(Granted { token, lifetime })
    }

    /// What a token stands for, if it is in force.
    ///
    /// # Errors
    /// What is wrong, as a phrase for `error_description`.
    pub(crate) fn check(&self, token: &str, now: SystemTime) -> Result<Claims, &'static str> {
        let claims = Claims::verify(token, &self.settings.signing_key).or_else(|problem| {
            // A script's own text is no JWT: then the register says what it stands for.
            self.tokens.claims(token).cloned().ok_or(problem)
        })?;
        if claims.iss != self.issuer {
            return Err("another server issued the token");
        }
        // Times in a token are whole seconds, rounded down: a token must not die before the client was told that it would.
        if unix_seconds(now) > claims.exp {
            return Err("the token has expired");
        }
        if self.tokens.is_revoked(token) {
            return Err("the token is revoked");
        }
        Ok(claims)
    }
}

/// Whole seconds since 1970.
fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
