use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::Reply;
use super::Placeholders;

/// A response word for word.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Respond {
    /// The status; by default 200.
    pub status: Option<u16>,
    /// Header fields. Without a `Content-Type` the body gets one; no text (`~`) leaves it out.
    pub headers: BTreeMap<String, Option<String>>,
    /// The body as a text, by default of type `text/plain`.
    pub text: Option<String>,
    /// Instead of that the body as JSON, by default of type `application/json`.
    pub json: Option<Value>,
    /// The body goes out in ISO 8859-1: with a letter beyond ASCII in it, it is no UTF-8.
    pub latin1: bool,
}

impl Respond {
    pub(crate) fn reply(&self, placeholders: &Placeholders<'_>) -> Reply {
        let (media_type, body) = match (&self.json, &self.text) {
            (Some(json), _) => (
                Some("application/json"),
                placeholders.fill_json(&json.to_string()),
            ),
            (None, Some(text)) => (Some("text/plain"), placeholders.fill(text)),
            (None, None) => (None, String::new()),
        };
        let mut reply = Reply::empty(self.status.unwrap_or(200));
        reply.body = if self.latin1 {
            let byte = |character| u8::try_from(character).unwrap_or(b'?');
            body.chars().map(byte).collect()
        } else {
            body.into_bytes()
        };
        let names_type = |name: &String| name.eq_ignore_ascii_case("content-type");
        if let Some(media_type) = media_type
            && !self.headers.keys().any(names_type)
        {
            reply = reply.with("Content-Type", media_type);
        }
        self.headers
            .iter()
            .filter_map(|(name, value)| Some((name, value.as_ref()?)))
            .fold(reply, |reply, (name, value)| {
                reply.with(name, placeholders.fill(value))
            })
    }
}
