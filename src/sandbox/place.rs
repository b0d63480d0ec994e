/// Where a client can turn to in a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The authorization server and the protected API.
    Origin,
    /// Another origin, where nobody should ever see a secret or a token. It answers 200 to anything.
    Decoy,
    /// The same as the origin behind TLS with a self-signed certificate that no client trusts.
    Tls,
    /// A port that is listened on, but where no connection comes about: connecting hangs.
    Unaccepting,
    /// A port that refuses connections.
    Refused,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 5] = [
        Self::Origin,
        Self::Decoy,
        Self::Tls,
        Self::Unaccepting,
        Self::Refused,
    ];

    /// The name that stands for its `host:port` in braces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Decoy => "decoy",
            Self::Tls => "tls",
            Self::Unaccepting => "unaccepting",
            Self::Refused => "refused",
        }
    }
}
