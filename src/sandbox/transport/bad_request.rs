use serde_json::json;

use super::super::Reply;
use super::super::reply::End;

/// Why bytes from a client were not taken as a request. The connection ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadRequest {
    pub(crate) status: u16,
    pub(crate) why: &'static str,
}

impl BadRequest {
    pub(crate) const fn new(status: u16, why: &'static str) -> Self {
        Self { status, why }
    }
}

impl From<BadRequest> for Reply {
    fn from(problem: BadRequest) -> Self {
        // No member `error`: a client would take it for an OAuth error (RFC 6749 §5.2).
        let body = json!({"message": problem.why});
        let mut reply = Reply::json(problem.status, &body);
        reply.end = End::Close;
        reply
    }
}
