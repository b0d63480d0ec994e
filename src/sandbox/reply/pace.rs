use std::time::Duration;

/// How fast a reply goes out. The default is at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// The wait before the first byte.
    pub delay: Duration,
    /// The wait after each byte of the head; `None`: the head goes out at once.
    pub head: Option<Duration>,
    /// The wait after each byte of the body; `None`: the body goes out at once.
    pub body: Option<Duration>,
}
