use std::time::SystemTime;

use serde_json::json;

use super::authorization_server::{TOKEN_PATH, token_endpoint};
use super::protected_resource::protected_resource;
use super::state::State;
use super::{Issue, Place, Reply, Request};

/// Answers any request at any place: the whole sandbox without its sockets.
pub(crate) fn handle(state: &mut State, place: Place, request: &Request, now: SystemTime) -> Reply {
    let reply = if place == Place::Decoy {
        Reply::json(200, &json!({"decoy": true}))
    } else if request.path() == TOKEN_PATH {
        token_endpoint(state, request, &Issue::default(), now)
    } else {
        protected_resource(state, request, now)
    };
    if reply.header("date").is_some() {
        reply
    } else {
        // RFC 9110 §6.6.1: a server with a clock dates its replies.
        reply.with("Date", httpdate::fmt_http_date(now))
    }
}
