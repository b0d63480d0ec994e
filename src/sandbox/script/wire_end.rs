use serde::Deserialize;

use super::super::reply::End;

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
