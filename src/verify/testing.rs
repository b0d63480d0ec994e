//! What tests of judgements need: a sandbox that is asked by hand.
#![allow(clippy::unwrap_used, reason = "tests may")]

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
};

use super::judgement::{Context, LeakSearch, Observed};
use crate::sandbox::{Algorithm, Sandbox, Settings};

/// A sandbox and what it has seen.
pub struct RecordedJournal {
    sandbox: Sandbox,
}

impl RecordedJournal {
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let settings = Settings::generate(Algorithm::EdDsa).unwrap();
        Self {
            sandbox: Sandbox::start(listener, settings).unwrap(),
        }
    }

    /// A request, answered to its end.
    pub fn request(&self, head: &str, body: &str) -> &Self {
        let mut stream = TcpStream::connect(self.sandbox.address()).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
        self
    }

    /// A token request.
    pub fn token_request(&self) -> &Self {
        let environment = self.sandbox.environment();
        let (id, secret) = (
            &environment["SSOJET_CLIENT_ID"],
            &environment["SSOJET_CLIENT_SECRET"],
        );
        let head = "POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
        let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        self.request(head, &body)
    }

    /// An API request with the last token.
    pub fn api_request(&self) -> &Self {
        let token = self.tokens().pop().unwrap();
        self.request(
            &format!("GET /orders HTTP/1.1\r\nAuthorization: Bearer {token}"),
            "",
        )
    }

    pub fn tokens(&self) -> Vec<String> {
        let tokens = self.sandbox.issued_tokens();
        tokens
            .iter()
            .map(|token| token.text.expose().to_owned())
            .collect()
    }

    pub fn observed(&self) -> Observed {
        Observed {
            exchanges: self.sandbox.journal().exchanges(),
            ..Observed::default()
        }
    }

    /// Judges with this sandbox's tokens and placeholders.
    pub fn judge<T>(&self, judge: impl FnOnce(&Context<'_>) -> T) -> T {
        let tokens = self.tokens();
        let mut leaks = LeakSearch::default();
        for token in &tokens {
            leaks.add("a token", token);
        }
        judge(&Context {
            tokens: &tokens,
            fill: &|text| self.sandbox.fill(text),
            leaks: &leaks,
        })
    }
}
