use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::super::form::encode;
use super::super::{Place, Settings};

/// What the names in braces stand for.
pub(crate) struct Placeholders<'a> {
    settings: &'a Settings,
    places: &'a BTreeMap<Place, SocketAddr>,
    now: SystemTime,
}

impl<'a> Placeholders<'a> {
    pub(crate) fn new(
        settings: &'a Settings,
        places: &'a BTreeMap<Place, SocketAddr>,
        now: SystemTime,
    ) -> Self {
        Self {
            settings,
            places,
            now,
        }
    }

    /// The text with every known name replaced; other braces stay as they are.
    pub(crate) fn fill(&self, text: &str) -> String {
        self.fill_with(text, |value| value)
    }

    /// The same in a JSON text, where names stand within strings.
    pub(crate) fn fill_json(&self, text: &str) -> String {
        let escape = |value: String| {
            let quoted = serde_json::Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        };
        self.fill_with(text, escape)
    }

    fn fill_with(&self, text: &str, escape: impl Fn(String) -> String) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let known = after
                .split_once('}')
                .and_then(|(name, after)| Some((self.value(name)?, after)));
            let (value, after) = known.map_or_else(
                || ("{".to_owned(), after),
                |(value, after)| (escape(value), after),
            );
            filled.push_str(&value);
            rest = after;
        }
        filled + rest
    }

    fn value(&self, name: &str) -> Option<String> {
        let id = &self.settings.client_id;
        let secret = self.settings.client_secret.expose();
        match name {
            "client_id" => return Some(id.clone()),
            "client_secret" => return Some(secret.to_owned()),
            "client_secret_form" => return Some(encode(secret)),
            "basic" => {
                let pair = format!("{}:{}", encode(id), encode(secret));
                return Some(BASE64_STANDARD.encode(pair));
            }
            _ => {}
        }
        if let Some(seconds) = name.strip_prefix("date+") {
            let then = self.now + Duration::from_secs(seconds.parse::<u32>().ok()?.into());
            return Some(httpdate::fmt_http_date(then));
        }
        let place = Place::ALL.into_iter().find(|place| place.name() == name)?;
        Some(self.places.get(&place)?.to_string())
    }
}
