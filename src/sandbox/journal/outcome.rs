/// How an exchange ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Outcome {
    /// It is under way.
    #[default]
    Open,
    /// The whole reply was handed to the system for sending.
    Answered,
    /// The sandbox closed the connection before the reply was whole, as it was told to.
    Cut,
    /// The sandbox aborted the connection, as it was told to.
    Reset,
    /// The client closed the connection before the reply was whole.
    ClientGone,
    /// The sandbox was stopped first.
    Stopped,
}

impl Outcome {
    /// Its name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Cut => "cut",
            Self::Reset => "reset",
            Self::ClientGone => "client_gone",
            Self::Stopped => "stopped",
        }
    }

    /// A few words for a person; none for what usually happens.
    pub(crate) fn remark(self) -> Option<&'static str> {
        match self {
            Self::Answered => None,
            Self::Open => Some("under way"),
            Self::Cut => Some("cut off"),
            Self::Reset => Some("reset"),
            Self::ClientGone => Some("the client left first"),
            Self::Stopped => Some("the sandbox stopped first"),
        }
    }
}
