use std::fmt;

use super::form::{Form, MalformedForm};

/// A parsed HTTP/1.1 request, body read to its end. Names and values are as they were sent.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The request target as sent: a path with an optional query, or a whole URL (RFC 9112 §3.2).
    pub target: String,
    /// Whether it is HTTP/1.0, which knows neither kept connections nor chunks.
    pub is_http_1_0: bool,
    /// Header fields in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body, transfer codings undone.
    pub body: Vec<u8>,
}

impl Request {
    /// The target's path, without a query.
    #[must_use]
    pub fn path(&self) -> &str {
        let (path, _) = self.split_target();
        path
    }

    /// The target's query, if there is one.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        let (_, query) = self.split_target();
        query
    }

    /// A client that uses a proxy sends `http://host/path`, which servers must take too.
    fn split_target(&self) -> (&str, Option<&str>) {
        let target = match self.target.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => &self.target,
        };
        target
            .split_once('?')
            .map_or((target, None), |(path, query)| (path, Some(query)))
    }

    /// Every value of a header field, in order. The name's case does not matter.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_values(name).next()
    }

    /// The media type in lower case, without parameters; empty if there is none.
    #[must_use]
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    }

    /// The body as a form, whatever its media type.
    ///
    /// # Errors
    /// [`MalformedForm`]
    pub fn form(&self) -> Result<Form, MalformedForm> {
        Form::parse(&self.body)
    }

    /// The credentials behind an authentication scheme in `Authorization` (RFC 9110 §11.4).
    #[must_use]
    pub fn authorization(&self, scheme: &str) -> Option<&str> {
        let value = self.header("authorization")?;
        let (named, credentials) = value.split_once(' ').unwrap_or((value, ""));
        named
            .eq_ignore_ascii_case(scheme)
            .then(|| credentials.trim_matches(' '))
    }

    /// Whether the client leaves the connection open for another request (RFC 9112 §9.3). HTTP/1.0's
    /// own way of asking for that is not honoured.
    #[must_use]
    pub fn keeps_connection(&self) -> bool {
        let closes = self
            .header_values("connection")
            .flat_map(|value| value.split(','))
            .any(|option| option.trim().eq_ignore_ascii_case("close"));
        !closes && !self.is_http_1_0
    }
}

/// The method alone: everything else may hold a secret.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Request({} …)", self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(n, v)| ((*n).into(), (*v).into()));
        Request {
            method: "GET".into(),
            target: target.into(),
            headers: headers.collect(),
            ..Request::default()
        }
    }

    #[test]
    fn a_target_splits_into_path_and_query() {
        for (target, path, query) in [
            ("/a", "/a", None),
            ("/a?", "/a", Some("")),
            ("/a?b=c?d", "/a", Some("b=c?d")),
            ("http://host:1/a?b", "/a", Some("b")),
            ("http://host", "/", None),
        ] {
            let request = request(target, &[]);
            assert_eq!((request.path(), request.query()), (path, query), "{target}");
        }
    }

    #[test]
    fn debug_shows_the_method_alone() {
        let request = request("/a?token=t", &[("Authorization", "Bearer t")]);
        assert_eq!(format!("{request:?}"), "Request(GET …)");
    }

    #[test]
    fn the_scheme_of_an_authorization_is_compared_without_case() {
        let request = request("/", &[("authorization", "bEARER  abc")]);
        assert_eq!(request.authorization("Bearer"), Some("abc"));
        assert_eq!(request.authorization("Basic"), None);
    }
}
