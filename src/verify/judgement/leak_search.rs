use std::fmt;

use crate::{sandbox::secret_forms, system::text::printable};

/// Looks for secrets in texts, in every form in which a program may come to print them: raw,
/// form-urlencoded, in Base64 at any alignment, JSON-escaped.
///
/// Secrets of fewer than eight characters are not looked for: they would be found in any text.
#[derive(Default, Clone)]
pub struct LeakSearch {
    needles: Vec<Needle>,
}

#[derive(Clone)]
struct Needle {
    text: String,
    name: String,
    form: &'static str,
}

impl LeakSearch {
    const SHORTEST: usize = 8;

    /// Looks for this secret too.
    pub fn add(&mut self, name: &str, secret: &str) {
        if secret.len() < Self::SHORTEST {
            return;
        }
        for (text, form) in secret_forms(secret) {
            let is_new = self.needles.iter().all(|needle| needle.text != text);
            if is_new && text.len() >= Self::SHORTEST {
                self.needles.push(Needle {
                    text,
                    name: name.to_owned(),
                    form,
                });
            }
        }
        // The longest first: masking a part of one would leave the rest standing.
        self.needles
            .sort_by_key(|needle| std::cmp::Reverse(needle.text.len()));
    }

    /// The first secret that stands in a text, in words such as `the client secret in Base64`.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<String> {
        let found = self
            .needles
            .iter()
            .find(|needle| text.contains(&needle.text))?;
        Some(format!("{} {}", found.name, found.form))
    }

    /// A text without secrets, and with control characters as escapes.
    #[must_use]
    pub fn masked(&self, text: &str) -> String {
        let hide = |text: String, needle: &Needle| text.replace(&needle.text, "[masked]");
        let hidden = self.needles.iter().fold(text.to_owned(), hide);
        printable(&hidden)
    }
}

/// The secrets stay in here.
impl fmt::Debug for LeakSearch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LeakSearch({} needles)", self.needles.len())
    }
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};

    use super::*;

    const SECRET: &str = "pässword/+ \"quoted\" 1234";

    fn search() -> LeakSearch {
        let mut search = LeakSearch::default();
        search.add("the client secret", SECRET);
        search
    }

    #[test]
    fn finds_a_secret_in_every_form() {
        let search = search();
        let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let mut texts = vec![
            format!("error: {SECRET} is wrong"),
            format!("client_secret={encoded}&x=1"),
            encoded.replace('+', "%20"),
            "p%c3%a4ssword%2f%2b+%22quoted%22+1234".to_owned(),
            serde_json::json!({"a": SECRET}).to_string(),
            r#""p\u00e4ssword/+ \"quoted\" 1234""#.to_owned(),
        ];
        for before in ["", "a", "ab", "abc", "id:"] {
            for after in ["", "x", "xy"] {
                let text = format!("{before}{SECRET}{after}");
                texts.push(BASE64_STANDARD_NO_PAD.encode(&text));
                texts.push(BASE64_URL_SAFE_NO_PAD.encode(&text));
                texts.push(BASE64_STANDARD_NO_PAD.encode(format!("{before}{encoded}{after}")));
            }
        }
        for text in texts {
            assert!(search.find(&text).is_some(), "{text}");
            let masked = search.masked(&text);
            assert!(search.find(&masked).is_none(), "{masked}");
        }
    }

    #[test]
    fn finds_nothing_elsewhere() {
        let search = search();
        for text in [
            "",
            "password",
            "the client secret",
            &BASE64_STANDARD_NO_PAD.encode("hello"),
        ] {
            assert_eq!(search.find(text), None, "{text}");
        }
    }

    #[test]
    fn a_short_secret_is_not_looked_for() {
        let mut search = LeakSearch::default();
        search.add("the client secret", "s");
        assert_eq!(search.find("s"), None);
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", search()).contains("1234"));
    }
}
