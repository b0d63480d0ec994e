//! What the unit tests of the servers share: a state, requests to it, and a time.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::state::State;
use super::{Algorithm, Place, Reply, Request, Script, Secret, Settings, router};

pub(crate) const ID: &str = "cli_sandbox_test";
pub(crate) const SECRET: &str = "a secret: 100%";

/// Some time, not on a whole second.
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_000_000_500)
}

pub(crate) fn state() -> State {
    scripted(Script::default())
}

/// A state with a script, its places on ports 1 (origin) and 2 (decoy).
pub(crate) fn scripted(script: Script) -> State {
    let settings = Settings {
        client_id: ID.to_owned(),
        client_secret: Secret::new(SECRET),
        other_audiences: vec!["https://other.example".to_owned()],
        script,
        ..Settings::generate(Algorithm::EdDsa).unwrap()
    };
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let places = BTreeMap::from([(Place::Origin, at(1)), (Place::Decoy, at(2))]);
    State::new(Arc::new(settings), Arc::new(places))
}

/// A request from `POST /path` and header lines; what follows an empty line is the body.
pub(crate) fn request(text: &str) -> Request {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: lines.map(header).collect(),
        body: body.as_bytes().to_vec(),
        ..Request::default()
    }
}

/// A token request as `client_secret_post` has it, with more fields.
pub(crate) fn token_request(more: &str) -> Request {
    let secret = super::form::encode(SECRET);
    request(&format!(
        "POST /oauth/token\nContent-Type: application/x-www-form-urlencoded\n\n\
         grant_type=client_credentials&client_id={ID}&client_secret={secret}{more}"
    ))
}

pub(crate) fn handle(state: &mut State, request: &Request) -> Reply {
    router::handle(state, Place::Origin, request, now())
}

pub(crate) fn json(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

/// A token with some fields of the token request.
pub(crate) fn token(state: &mut State, more: &str) -> String {
    let reply = handle(state, &token_request(more));
    json(&reply)["access_token"].as_str().unwrap().to_owned()
}
