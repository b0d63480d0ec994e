use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    basic_pattern::BasicPattern, one_or_many::OneOrMany, text_pattern::TextPattern, wanted::Wanted,
};
use crate::{sandbox::Exchange, verify::judgement::Context};

/// What a request has to be like. What is given must all hold; `~` (null) says that there is none.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestPattern {
    /// The method.
    pub method: Option<String>,
    /// The path, without a query.
    pub path: Option<OneOrMany<String>>,
    /// The query.
    pub query: Wanted<String>,
    /// Header fields, which must come once.
    pub headers: BTreeMap<String, Option<TextPattern>>,
    /// The media type of the body, without parameters.
    pub media_type: Option<String>,
    /// Fields of the form in the body.
    pub form: BTreeMap<String, Option<TextPattern>>,
    /// The names of all fields of the form, in any order.
    pub only_fields: Option<Vec<String>>,
    /// The body.
    pub body: Option<String>,
    /// The number of the bearer token among those that were issued.
    pub bears: Wanted<usize>,
    /// The credentials of `client_secret_basic`.
    pub basic: Option<BasicPattern>,
}

impl RequestPattern {
    /// What is wrong with a request: what was expected, and what came. No secret is in it.
    pub fn mismatch(&self, exchange: &Exchange, context: &Context<'_>) -> Option<(String, String)> {
        self.head_mismatch(exchange, context)
            .or_else(|| self.header_mismatch(exchange, context))
            .or_else(|| self.body_mismatch(exchange, context))
    }

    fn head_mismatch(
        &self,
        exchange: &Exchange,
        context: &Context<'_>,
    ) -> Option<(String, String)> {
        let request = &exchange.request;
        if let Some(method) = &self.method
            && *method != request.method
        {
            return Some((format!("method {method}"), request.method.clone()));
        }
        if let Some(paths) = &self.path
            && !paths
                .iter()
                .any(|path| context.fill(path) == request.path())
        {
            return Some((format!("path {paths}"), request.path().to_owned()));
        }
        let shown = |query: Option<&str>| match query {
            Some(query) => format!("the query `{query}`"),
            None => "no query".to_owned(),
        };
        let found = shown(request.query());
        match (&self.query, request.query()) {
            (Wanted::Absent, Some(_)) => return Some((shown(None), found)),
            (Wanted::Is(query), given) if Some(context.fill(query).as_str()) != given => {
                return Some((shown(Some(query)), found));
            }
            _ => {}
        }
        self.bearer_mismatch(exchange)
    }

    fn bearer_mismatch(&self, exchange: &Exchange) -> Option<(String, String)> {
        let found = match (exchange.bears, exchange.request.authorization("Bearer")) {
            (Some(number), _) => format!("token {number}"),
            (None, Some(_)) => "a token that was never issued".to_owned(),
            (None, None) => "none".to_owned(),
        };
        match self.bears {
            Wanted::Absent if found != "none" => Some(("no token".to_owned(), found)),
            Wanted::Is(number) if exchange.bears != Some(number) => {
                Some((format!("token {number}"), found))
            }
            _ => None,
        }
    }

    fn header_mismatch(
        &self,
        exchange: &Exchange,
        context: &Context<'_>,
    ) -> Option<(String, String)> {
        let request = &exchange.request;
        for (name, wanted) in &self.headers {
            let values: Vec<&str> = request.header_values(name).collect();
            let fits = match (wanted, &values[..]) {
                (None, []) => true,
                (Some(pattern), [value]) => pattern.fits(value, context.filler()),
                _ => false,
            };
            if !fits {
                let expected = match wanted {
                    Some(pattern) => format!("`{name}` {pattern}"),
                    None => format!("no `{name}`"),
                };
                let found = match values.len() {
                    0 => "there is none",
                    1 => "another",
                    _ => "it comes more than once",
                };
                return Some((expected, found.to_owned()));
            }
        }
        if let Some(media_type) = &self.media_type
            && *media_type != request.media_type()
        {
            return Some((format!("a body of type {media_type}"), request.media_type()));
        }
        if let Some(basic) = &self.basic
            && !basic.fits(request)
        {
            let expected = "id and secret, each form-urlencoded, by HTTP Basic".to_owned();
            let found = if request.authorization("Basic").is_some() {
                "other credentials"
            } else {
                "no such credentials"
            };
            return Some((expected, found.to_owned()));
        }
        None
    }

    fn body_mismatch(
        &self,
        exchange: &Exchange,
        context: &Context<'_>,
    ) -> Option<(String, String)> {
        let request = &exchange.request;
        if let Some(body) = &self.body
            && context.fill(body).as_bytes() != request.body
        {
            let found = format!("{} bytes that are another", request.body.len());
            return Some((format!("the body `{body}`"), found));
        }
        if self.form.is_empty() && self.only_fields.is_none() {
            return None;
        }
        let Ok(form) = request.form() else {
            let expected = "a form-urlencoded body".to_owned();
            return Some((expected, "a body that is none".to_owned()));
        };
        for (name, wanted) in &self.form {
            let mut values = form.iter().filter(|(known, _)| known == name);
            let (first, second) = (values.next(), values.next());
            let fits = match (wanted, first, second) {
                (None, None, None) => true,
                (Some(pattern), Some((_, value)), None) => pattern.fits(value, context.filler()),
                _ => false,
            };
            if !fits {
                let expected = match wanted {
                    Some(pattern) => format!("the field `{name}` {pattern} once"),
                    None => format!("no field `{name}`"),
                };
                let found = match (first, second) {
                    (None, _) => "there is none",
                    (Some(_), None) => "another",
                    (Some(_), Some(_)) => "it comes twice",
                };
                return Some((expected, found.to_owned()));
            }
        }
        if let Some(names) = &self.only_fields {
            let mut wanted = names.clone();
            let mut found: Vec<&str> = form.iter().map(|(name, _)| name).collect();
            wanted.sort_unstable();
            found.sort_unstable();
            if wanted != found {
                return Some((
                    format!("the fields {}", wanted.join(", ")),
                    found.join(", "),
                ));
            }
        }
        None
    }
}
