use std::time::SystemTime;

use serde_json::{Value, json};

use super::authorization_server::{TOKEN_PATH, authorization_server, has, token_endpoint};
use super::endpoint::Endpoint;
use super::protected_resource::protected_resource;
use super::reply::Framing;
use super::script::Answer;
use super::state::State;
use super::{Issue, Place, Reply, Request};

/// Answers any request at any place: the whole sandbox without its sockets.
pub(crate) fn handle(state: &mut State, place: Place, request: &Request, now: SystemTime) -> Reply {
    let endpoint = endpoint(place, request);
    let step = state.next_step(endpoint, request);
    let mut reply = scripted(state, endpoint, request, &step.answer, now);
    if endpoint == Endpoint::Token && step.answer != Answer::Usual {
        remember_token(state, &reply);
    }
    if reply.header("date").is_none() {
        // RFC 9110 §6.6.1: a server with a clock dates its replies.
        reply = reply.with("Date", httpdate::fmt_http_date(now));
    }
    step.wire.apply(reply)
}

fn endpoint(place: Place, request: &Request) -> Endpoint {
    match request.path() {
        _ if place == Place::Decoy => Endpoint::Decoy,
        TOKEN_PATH => Endpoint::Token,
        path if has(path) => Endpoint::AuthorizationServer,
        _ => Endpoint::Api,
    }
}

fn scripted(
    state: &mut State,
    endpoint: Endpoint,
    request: &Request,
    answer: &Answer,
    now: SystemTime,
) -> Reply {
    match answer {
        Answer::Usual => usual(state, endpoint, request, &Issue::default(), now),
        Answer::Issue(how) => {
            let how = how.filled(&state.placeholders(now));
            usual(state, endpoint, request, &how, now)
        }
        Answer::Error(error) => error.reply(&state.placeholders(now)),
        Answer::Respond(response) => response.reply(&state.placeholders(now)),
        Answer::Redirect(redirect) => redirect.reply(&state.placeholders(now)),
        Answer::Raw(text) => {
            let mut reply = Reply::empty(0);
            reply.body = state.placeholders(now).fill(text).into_bytes();
            reply.framing = Framing::Bare;
            reply
        }
        Answer::Nothing(silence) => (*silence).into(),
        Answer::Revoke => {
            if let Some(token) = request.authorization("Bearer") {
                state.tokens.revoke(token);
            }
            usual(state, endpoint, request, &Issue::default(), now)
        }
    }
}

fn usual(
    state: &mut State,
    endpoint: Endpoint,
    request: &Request,
    how: &Issue,
    now: SystemTime,
) -> Reply {
    match endpoint {
        Endpoint::Token => token_endpoint(state, request, how, now),
        Endpoint::AuthorizationServer => authorization_server(state, request, now),
        Endpoint::Api => protected_resource(state, request, now),
        Endpoint::Decoy => Reply::json(200, &json!({"decoy": true})),
    }
}

/// A token that a script made up counts as issued too, so that one can look for it in logs; the API
/// refuses it.
fn remember_token(state: &mut State, reply: &Reply) {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    if let Some(token) = body["access_token"].as_str()
        && !token.is_empty()
        && state.tokens.number(token).is_none()
    {
        state.tokens.add(token, None, false);
    }
}
