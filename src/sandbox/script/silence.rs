use serde::Deserialize;

use super::super::Reply;
use super::super::reply::{End, Extent};

/// What is done instead of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// The connection is aborted.
    Reset,
    /// The connection stays open, silent, until the client goes.
    Hang,
    /// The connection is closed.
    Close,
}

impl From<Silence> for Reply {
    fn from(silence: Silence) -> Self {
        let mut reply = Self::empty(0);
        reply.extent = Extent::Nothing;
        reply.end = match silence {
            Silence::Reset => End::Reset,
            Silence::Hang => End::Hang,
            Silence::Close => End::Close,
        };
        reply
    }
}
