use super::authorization_server;
use super::script::{Script, Step};
use super::{Place, Request};

/// Who answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Endpoint {
    /// The token endpoint.
    Token,
    /// What else the authorization server has: metadata, keys, introspection. No script bends it.
    AuthorizationServer,
    /// The protected API.
    Api,
    /// The decoy.
    Decoy,
}

impl Endpoint {
    pub(crate) fn of(place: Place, request: &Request) -> Self {
        match request.path() {
            _ if place == Place::Decoy => Self::Decoy,
            authorization_server::TOKEN_PATH => Self::Token,
            path if authorization_server::has(path) => Self::AuthorizationServer,
            _ => Self::Api,
        }
    }

    pub(crate) fn steps(self, script: &Script) -> &[Step] {
        match self {
            Self::Token => &script.token,
            Self::AuthorizationServer => &[],
            Self::Api => &script.api,
            Self::Decoy => &script.decoy,
        }
    }
}
