use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;

use super::super::Reply;
use super::super::reply::{End, Extent, Framing};

/// How a reply goes over the wire. The default is as it should. What is given is applied in the
/// order of the fields here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wire {
    /// That many spaces follow the body: JSON stays JSON and becomes huge.
    pub pad_bytes: usize,
    /// The body is compressed, whatever the client accepts.
    pub gzip: bool,
    /// The body is sent in chunks.
    pub chunked: bool,
    /// The body is sent unchunked, and `Content-Length` says this, true or not.
    pub content_length: Option<u64>,
    /// Milliseconds before the first byte.
    pub delay_ms: u64,
    /// The head goes out byte by byte, so many milliseconds apart.
    pub drip_head_ms: Option<u64>,
    /// The body goes out byte by byte, so many milliseconds apart.
    pub drip_body_ms: Option<u64>,
    /// Only so many bytes of the body go out; then comes `end`, by default `close`.
    pub cut_after: Option<usize>,
    /// What comes after the last byte.
    pub end: Option<WireEnd>,
}

impl Wire {
    pub(crate) fn apply(&self, mut reply: Reply) -> Reply {
        reply.body.resize(reply.body.len() + self.pad_bytes, b' ');
        if self.gzip {
            reply.body = gzip(&reply.body);
            reply = reply.with("Content-Encoding", "gzip");
        }
        if reply.framing == Framing::Length {
            reply.framing = self.framing();
        }
        let pause = |milliseconds: Option<u64>| milliseconds.map(Duration::from_millis);
        reply.pace.delay = Duration::from_millis(self.delay_ms);
        reply.pace.head = pause(self.drip_head_ms);
        reply.pace.body = pause(self.drip_body_ms);
        if let (Some(bytes), Extent::Whole) = (self.cut_after, reply.extent) {
            reply.extent = Extent::Body(bytes);
        }
        reply.end = self.end.map_or(reply.end, End::from);
        reply
    }

    fn framing(&self) -> Framing {
        match self.content_length {
            Some(length) => Framing::ClaimedLength(length),
            // Whatever has no end can have no length.
            None if self.chunked || self.end == Some(WireEnd::Endless) => Framing::Chunked,
            None => Framing::Length,
        }
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // A Vec takes every byte, so neither of the two can fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

/// What comes after the bytes of a reply instead of its proper end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireEnd {
    /// The connection is closed.
    Close,
    /// The connection is aborted.
    Reset,
    /// The connection stays open, silent, until the client goes; a chunked body's end is never told.
    Hang,
    /// Spaces follow for ever, a byte each `drip_body_ms` or as fast as they are taken.
    Endless,
}

impl From<WireEnd> for End {
    fn from(end: WireEnd) -> Self {
        match end {
            WireEnd::Close => Self::Close,
            WireEnd::Reset => Self::Reset,
            WireEnd::Hang => Self::Hang,
            WireEnd::Endless => Self::Endless,
        }
    }
}
