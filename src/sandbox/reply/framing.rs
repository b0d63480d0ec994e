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
