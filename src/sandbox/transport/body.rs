use super::super::Request;
use super::BadRequest;

/// The longest body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

const TOO_LONG: BadRequest = BadRequest::new(413, "the body is longer than 1 MiB");
const BROKEN_CHUNKS: BadRequest = BadRequest::new(400, "the chunked body is broken");

/// How a request tells the length of its body (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyLength {
    None,
    Fixed(usize),
    Chunked,
}

impl BodyLength {
    pub(super) fn of(request: &Request) -> Result<Self, BadRequest> {
        let mut lengths = request.header_values("content-length");
        let codings: Vec<&str> = request.header_values("transfer-encoding").collect();
        match (lengths.next(), lengths.next(), &codings[..]) {
            (None, _, []) => Ok(Self::None),
            (None, _, [coding]) if coding.eq_ignore_ascii_case("chunked") => Ok(Self::Chunked),
            (None, _, _) => Err(BadRequest::new(501, "unknown transfer coding")),
            (Some(length), None, []) => Self::fixed(length),
            // Two answers to one question: the stuff that request smuggling is made of (§11.2).
            _ => Err(BadRequest::new(400, "the body's length is told twice")),
        }
    }

    fn fixed(length: &str) -> Result<Self, BadRequest> {
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadRequest::new(400, "Content-Length is no number"));
        }
        match length.parse() {
            Ok(length) if length <= MAX_BODY => Ok(Self::Fixed(length)),
            _ => Err(TOO_LONG),
        }
    }
}

/// Takes a body out of a connection's buffer, as much as there is at a time.
pub(super) struct Decoder {
    body: Vec<u8>,
    expects: Expects,
}

enum Expects {
    Fixed(usize),
    ChunkHead,
    ChunkData(usize),
    ChunkEnd,
    Trailer,
}

impl Decoder {
    pub(super) fn new(length: BodyLength) -> Self {
        let expects = match length {
            BodyLength::None => Expects::Fixed(0),
            BodyLength::Fixed(length) => Expects::Fixed(length),
            BodyLength::Chunked => Expects::ChunkHead,
        };
        Self {
            body: Vec::new(),
            expects,
        }
    }

    /// The body without its transfer coding.
    pub(super) fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// Whether the body is whole now; if not, more bytes are needed.
    pub(super) fn decode(&mut self, buffer: &mut Vec<u8>) -> Result<bool, BadRequest> {
        loop {
            match self.expects {
                Expects::Fixed(length) => {
                    let missing = length - self.body.len();
                    self.take(buffer, missing);
                    return Ok(self.body.len() == length);
                }
                Expects::ChunkHead => match httparse::parse_chunk_size(buffer) {
                    Ok(httparse::Status::Complete((used, size))) => {
                        let size = usize::try_from(size).map_err(|_| TOO_LONG)?;
                        if size > MAX_BODY - self.body.len() {
                            return Err(TOO_LONG);
                        }
                        buffer.drain(..used);
                        self.expects = match size {
                            0 => Expects::Trailer,
                            _ => Expects::ChunkData(size),
                        };
                    }
                    Ok(httparse::Status::Partial) if buffer.len() < 1024 => return Ok(false),
                    _ => return Err(BROKEN_CHUNKS),
                },
                Expects::ChunkData(size) => match size - self.take(buffer, size) {
                    0 => self.expects = Expects::ChunkEnd,
                    left => {
                        self.expects = Expects::ChunkData(left);
                        return Ok(false);
                    }
                },
                Expects::ChunkEnd => match line(buffer, 2)? {
                    Some(0) => self.expects = Expects::ChunkHead,
                    Some(_) => return Err(BROKEN_CHUNKS),
                    None => return Ok(false),
                },
                // Trailer fields are read and forgotten; an empty line ends them.
                Expects::Trailer => match line(buffer, 8192)? {
                    Some(0) => return Ok(true),
                    Some(_) => {}
                    None => return Ok(false),
                },
            }
        }
    }

    fn take(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> usize {
        let taken = wanted.min(buffer.len());
        self.body.extend(buffer.drain(..taken));
        taken
    }
}

/// Drops one line with its end, and gives its length without that.
fn line(buffer: &mut Vec<u8>, longest: usize) -> Result<Option<usize>, BadRequest> {
    match buffer.windows(2).position(|pair| pair == b"\r\n") {
        Some(length) => {
            buffer.drain(..length + 2);
            Ok(Some(length))
        }
        None if buffer.len() < longest => Ok(None),
        None => Err(BROKEN_CHUNKS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes a text that comes one byte at a time; what is left over belongs to the next request.
    fn decode(length: BodyLength, text: &str) -> Result<(String, usize), BadRequest> {
        let mut decoder = Decoder::new(length);
        let mut buffer = Vec::new();
        let mut bytes = text.bytes();
        while !decoder.decode(&mut buffer)? {
            buffer.push(bytes.next().expect("the body ends"));
        }
        let body = String::from_utf8(decoder.into_body()).unwrap();
        Ok((body, bytes.count()))
    }

    #[test]
    fn bodies_end_where_they_end() {
        let cases = [
            (BodyLength::None, "GET", "", 3),
            (BodyLength::Fixed(3), "abcGET", "abc", 3),
            (BodyLength::Chunked, "0\r\n\r\nGET", "", 3),
            (
                BodyLength::Chunked,
                "2;x=y\r\nab\r\n1\r\nc\r\n0\r\nA: b\r\n\r\nGET",
                "abc",
                3,
            ),
        ];
        for (length, text, body, left) in cases {
            assert_eq!(
                decode(length, text),
                Ok((body.to_owned(), left)),
                "{text:?}"
            );
        }
    }

    #[test]
    fn broken_chunks_are_refused() {
        for text in ["x\r\n", "1\r\nab\r\n", "-1\r\n"] {
            assert_eq!(
                decode(BodyLength::Chunked, text),
                Err(BROKEN_CHUNKS),
                "{text:?}"
            );
        }
        assert_eq!(decode(BodyLength::Chunked, "100001\r\n"), Err(TOO_LONG));
    }

    #[test]
    fn a_length_told_in_two_ways_is_refused() {
        let of = |headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(n, v)| ((*n).into(), (*v).into()));
            let request = Request {
                headers: headers.collect(),
                ..Request::default()
            };
            BodyLength::of(&request).map_err(|problem| problem.status)
        };
        assert_eq!(of(&[]), Ok(BodyLength::None));
        assert_eq!(of(&[("Content-Length", "7")]), Ok(BodyLength::Fixed(7)));
        assert_eq!(
            of(&[("transfer-encoding", "Chunked")]),
            Ok(BodyLength::Chunked)
        );
        assert_eq!(of(&[("transfer-encoding", "gzip, chunked")]), Err(501));
        assert_eq!(
            of(&[("content-length", "7"), ("content-length", "7")]),
            Err(400)
        );
        assert_eq!(
            of(&[("content-length", "7"), ("transfer-encoding", "chunked")]),
            Err(400)
        );
        for value in ["", "+7", "7, 7", "0x7"] {
            assert_eq!(of(&[("content-length", value)]), Err(400), "{value:?}");
        }
        assert_eq!(of(&[("content-length", "1048577")]), Err(413));
    }
}
