//! Between bytes and values: request heads in, reply heads and framed bodies out.

use std::fmt::Write as _;

use super::super::reply::{Extent, Framing};
use super::super::{Reply, Request};
use super::BadRequest;

const MAX_HEADERS: usize = 128;
const CHUNK: usize = 16 * 1024;

/// A request without its body and the length of its head; `None`: the head is not whole yet.
pub(super) fn parse_head(buffer: &[u8]) -> Result<Option<(Request, usize)>, BadRequest> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(BadRequest::new(431, "the head has more than 128 fields"));
        }
        Err(_) => return Err(BadRequest::new(400, "the head is no HTTP/1.1")),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let request = Request {
        method: head.method.unwrap_or_default().to_owned(),
        target: head.path.unwrap_or_default().to_owned(),
        is_http_1_0: head.version == Some(0),
        headers: head
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), text(header.value)))
            .collect(),
        body: Vec::new(),
    };
    let hosts = request.headers.iter();
    let hosts = hosts.filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    if !request.is_http_1_0 && hosts.count() != 1 {
        // RFC 9112 §3.2.
        return Err(BadRequest::new(400, "a request names its Host once"));
    }
    Ok(Some((request, length)))
}

/// The head with its empty line; nothing at all for what is no HTTP.
pub(super) fn head(reply: &Reply, closes: bool) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
    let mut field = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    };
    for (name, value) in &reply.headers {
        field(name, value);
    }
    match reply.framing {
        Framing::Bare => return Vec::new(),
        _ if !reply.has_body() => {}
        Framing::Chunked => field("Transfer-Encoding", "chunked"),
        Framing::Length => field("Content-Length", &reply.body.len().to_string()),
        Framing::ClaimedLength(length) => field("Content-Length", &length.to_string()),
    }
    if closes {
        field("Connection", "close");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// The body's bytes on the wire, as far as the reply goes.
pub(super) fn body(reply: &Reply) -> Vec<u8> {
    if !reply.has_body() {
        return Vec::new();
    }
    let sent = match reply.extent {
        Extent::Body(sent) => &reply.body[..sent.min(reply.body.len())],
        _ => &reply.body[..],
    };
    if reply.framing != Framing::Chunked {
        return sent.to_vec();
    }
    let mut framed: Vec<u8> = sent.chunks(CHUNK).flat_map(chunk).collect();
    if reply.is_whole() {
        framed.extend(b"0\r\n\r\n");
    }
    framed
}

/// One chunk (RFC 9112 §7.1).
pub(super) fn chunk(data: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", data.len());
    [size.as_bytes(), data, b"\r\n"].concat()
}

/// The usual reason phrase. None is needed (RFC 9112 §4), but people read journals.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
