use super::script::{Script, Step};

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
    /// What a script makes it do.
    pub(crate) fn steps(self, script: &Script) -> &[Step] {
        match self {
            Self::Token => &script.token,
            Self::AuthorizationServer => &[],
            Self::Api => &script.api,
            Self::Decoy => &script.decoy,
        }
    }
}
