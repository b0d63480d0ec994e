//! How a reply goes out, well or badly.

use std::time::Duration;

/// How the end of a reply's body is told (RFC 9112 §6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Framing {
    /// `Content-Length` with the body's length.
    #[default]
    Length,
    /// `Content-Length` with this number, true or not.
    ClaimedLength(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// No head at all: the body's bytes are everything that is sent, and no HTTP. The connection is closed.
    Bare,
}

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

/// How much of a reply goes out before its [`End`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    /// Head and body.
    #[default]
    Whole,
    /// The head and this many bytes of the body, counted before transfer codings. The body is left
    /// unfinished, however short it is.
    Body(usize),
    /// Not one byte.
    Nothing,
}

/// What becomes of the connection when a reply's bytes are out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum End {
    /// It is kept for the next request if both sides want it, or closed: what HTTP/1.1 does.
    #[default]
    Proper,
    /// It is closed in order (FIN).
    Close,
    /// It is aborted (RST).
    Reset,
    /// It stays open and silent until the client goes.
    Hang,
    /// Spaces follow the body for as long as the client takes them, at the body's pace. Up to
    /// 64 MiB, a bound that only protects the machine; then it hangs.
    Endless,
}
