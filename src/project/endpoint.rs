//! Which URLs are fit for an endpoint: rule C3 of the contract, as the generated clients keep it.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Whether a URL may have a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// The token endpoint's is kept (RFC 6749 §3.2).
    Allowed,
    /// The base URL of an API has none.
    Refused,
}

/// Why a URL is refused. It is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// `http` beyond the machine, or another scheme.
    #[error("use an `https` URL; `http` is for loopback alone (localhost, 127.0.0.1, [::1])")]
    NotSecure,
    /// `user:password@`.
    #[error("leave user name and password out of the URL")]
    UserInfo,
    /// `#…`.
    #[error("leave the fragment (`#`) out of the URL")]
    Fragment,
    /// `?…` where there may be none.
    #[error("leave the query (`?`) out of the URL")]
    Query,
    /// White space, a control character or a backslash.
    #[error("leave white space, control characters and backslashes out of the URL")]
    Character,
    /// No URL at all, no host, or a port that does not exist.
    #[error("give a whole URL, with scheme and host, as in `https://api.example.com`")]
    NotAUrl,
}

/// Checks the URL of an endpoint.
///
/// The parser mends `https:///host` and the like, so the text is looked at first.
///
/// # Errors
/// When a generated client would refuse it.
pub fn check(text: &str, query: Query) -> Result<(), EndpointError> {
    if text.contains(|c: char| c.is_control() || c == ' ' || c == '\\') {
        return Err(EndpointError::Character);
    }
    if text.contains('#') {
        return Err(EndpointError::Fragment);
    }
    if query == Query::Refused && text.contains('?') {
        return Err(EndpointError::Query);
    }
    let (scheme, rest) = text.split_once("://").ok_or(EndpointError::NotAUrl)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(EndpointError::UserInfo);
    }
    if authority.is_empty() {
        return Err(EndpointError::NotAUrl);
    }
    let is_secure = scheme.eq_ignore_ascii_case("https");
    if !is_secure && !scheme.eq_ignore_ascii_case("http") {
        return Err(EndpointError::NotSecure);
    }
    let url = Url::parse(text).map_err(|_| EndpointError::NotAUrl)?;
    // The parser knows `080` and an escaped or look-alike letter in `localhost` too; clients refuse them.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if port.is_some_and(|port| port.is_empty() || port.starts_with('0')) {
        return Err(EndpointError::NotAUrl);
    }
    if is_secure || (host.is_ascii() && !host.contains('%') && is_loopback(&url)) {
        return Ok(());
    }
    Err(EndpointError::NotSecure)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_as_the_generated_clients_do() {
        let vectors = include_str!("../../templates/vectors.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        let rows = vectors["urls"].as_array().unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            let url = row["url"].as_str().unwrap();
            for variable in row["variables"].as_array().unwrap() {
                let query = match variable.as_str().unwrap() {
                    "SSOJET_API_URL" => Query::Refused,
                    _ => Query::Allowed,
                };
                let verdict = check(url, query);
                assert_eq!(
                    verdict.is_ok(),
                    row["accepted"],
                    "{variable} {row}: {verdict:?}"
                );
            }
        }
    }
}
