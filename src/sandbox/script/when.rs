use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::Request;

/// Which requests a step answers. What is given must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// The request's path, without a query.
    pub path: Option<String>,
    /// It bears the nth token that was handed out, counted from 1.
    pub token: Option<usize>,
    /// The body is a form with these fields, among others.
    pub form: BTreeMap<String, String>,
    /// It is the first of every so many requests to the endpoint: with 3, requests 1, 4, 7, ….
    pub every: Option<usize>,
}

impl When {
    /// Whether it fits the `number`th request to the endpoint (from 1), which bears token `bears`.
    pub(crate) fn fits(&self, request: &Request, number: usize, bears: Option<usize>) -> bool {
        let has_form = |form: super::super::Form| {
            self.form
                .iter()
                .all(|(name, value)| form.iter().any(|field| field == (name, value)))
        };
        self.path
            .as_deref()
            .is_none_or(|path| path == request.path())
            && self.token.is_none_or(|token| bears == Some(token))
            && (self.form.is_empty() || request.form().is_ok_and(has_form))
            && self
                .every
                .is_none_or(|every| (number - 1).is_multiple_of(every.max(1)))
    }
}
