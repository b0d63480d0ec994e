use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::super::form::encode;
use super::super::{Place, Settings};

/// How often a character is repeated at most.
const MOST_TIMES: usize = 1_000_000;

/// What the names in braces stand for.
pub(crate) struct Placeholders<'a> {
    settings: &'a Settings,
    places: &'a BTreeMap<Place, SocketAddr>,
    now: SystemTime,
}

/// A date in one of the three forms of RFC 9110 §5.6.7.
fn date(form: &str, then: SystemTime) -> Option<String> {
    let date = httpdate::fmt_http_date(then);
    // Such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    let [weekday, day, month, year, time, zone] = date
        .split_whitespace()
        .collect::<Vec<_>>()
        .try_into()
        .ok()?;
    let weekday = weekday.trim_end_matches(',');
    match form {
        "date" => Some(date.clone()),
        "asctime" => {
            let day = day.trim_start_matches('0');
            Some(format!("{weekday} {month} {day:>2} {time} {year}"))
        }
        "rfc850" => {
            let names = ["Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun"];
            let name = names.iter().find(|name| name.starts_with(weekday))?;
            let year = &year[2..];
            Some(format!("{name}day, {day}-{month}-{year} {time} {zone}"))
        }
        _ => None,
    }
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
            "port" => return Some(self.places.get(&Place::Origin)?.port().to_string()),
            "basic" => {
                let pair = format!("{}:{}", encode(id), encode(secret));
                return Some(BASE64_STANDARD.encode(pair));
            }
            _ => {}
        }
        if let Some((character, times)) = name.split_once('*')
            && character.chars().count() == 1
        {
            let times = times.parse().ok().filter(|times| *times <= MOST_TIMES)?;
            return Some(character.repeat(times));
        }
        if let Some((form, seconds)) = name.split_once('+') {
            let then = self.now + Duration::from_secs(seconds.parse::<u32>().ok()?.into());
            return date(form, then);
        }
        let place = Place::ALL.into_iter().find(|place| place.name() == name)?;
        Some(self.places.get(&place)?.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_the_three_forms_of_rfc_9110() {
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (form, text) in [
            ("date", Some("Sun, 06 Nov 1994 08:49:37 GMT")),
            ("asctime", Some("Sun Nov  6 08:49:37 1994")),
            ("rfc850", Some("Sunday, 06-Nov-94 08:49:37 GMT")),
            ("other", None),
        ] {
            assert_eq!(date(form, then).as_deref(), text);
        }
    }
}
