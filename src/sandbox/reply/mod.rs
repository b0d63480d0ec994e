//! What a server says, as a value: the transport alone turns it into bytes on a socket.

mod delivery;

use std::fmt;

pub use delivery::{End, Extent, Framing, Pace};

/// One reply: what is said, and how well or badly it goes over the wire.
#[derive(Clone)]
pub struct Reply {
    /// The status code (RFC 9110 §15).
    pub status: u16,
    /// Header fields in order, but for those of the framing and the connection, which the transport adds.
    pub headers: Vec<(String, String)>,
    /// The body before transfer codings.
    pub body: Vec<u8>,
    /// How the body's end is told.
    pub framing: Framing,
    /// How fast it goes out.
    pub pace: Pace,
    /// How much of it goes out.
    pub extent: Extent,
    /// What becomes of the connection after that.
    pub end: End,
}

impl Reply {
    /// A reply without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            framing: Framing::default(),
            pace: Pace::default(),
            extent: Extent::default(),
            end: End::default(),
        }
    }

    /// A reply with a body of some media type.
    #[must_use]
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut reply = Self::empty(status).with("Content-Type", media_type);
        reply.body = body.into();
        reply
    }

    /// A reply with an `application/json` body.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// The same with one more header field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The first value of a header field. The name's case does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether it goes out whole, so that its end can be told.
    pub(crate) fn is_whole(&self) -> bool {
        self.extent == Extent::Whole && matches!(self.end, End::Proper | End::Close)
    }

    /// Whether its status lets it have a body (RFC 9112 §6.3).
    pub(crate) fn has_body(&self) -> bool {
        !matches!(self.status, 100..=199 | 204 | 304) || self.framing == Framing::Bare
    }

    /// Whether the connection is fit for another request after it.
    pub(crate) fn keeps_connection(&self) -> bool {
        self.extent == Extent::Whole && self.end == End::Proper && self.framing != Framing::Bare
    }
}

/// The status alone: everything else may hold a token.
impl fmt::Debug for Reply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Reply({} …)", self.status)
    }
}
