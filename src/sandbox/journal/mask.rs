use std::cmp::Reverse;
use std::sync::{PoisonError, RwLock};

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::super::Settings;
use super::super::{form, secret_forms};

/// Parameters and JSON members whose values are not for the eye, whoever chose them.
const SENSITIVE: [&str; 7] = [
    "access_token",
    "client_assertion",
    "client_secret",
    "id_token",
    "password",
    "refresh_token",
    "token",
];

const MASKED: &str = "[masked]";

/// Hides secrets in texts that a person is to see: those known by their text, those known by where
/// they stand, and whatever looks like a JWT.
pub(crate) struct Mask {
    known: RwLock<Vec<String>>,
}

impl Mask {
    /// Knows the client's secret in every form in which it may come.
    pub(crate) fn new(settings: &Settings) -> Self {
        let secret = settings.client_secret.expose();
        let encoded = form::encode(secret);
        let pair = |id: &str, secret: &str| BASE64_STANDARD.encode(format!("{id}:{secret}"));
        let mut known = vec![
            pair(&settings.client_id, secret),
            pair(&form::encode(&settings.client_id), &encoded),
        ];
        known.extend(secret_forms(secret).into_iter().map(|(text, _)| text));
        known.retain(|text| is_long_enough(text));
        sort(&mut known);
        Self {
            known: RwLock::new(known),
        }
    }

    /// Gets to know a token, unless it is one that is told by its looks.
    pub(crate) fn learn(&self, token: &str) {
        if hide_jwts(token) == MASKED || !is_long_enough(token) {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|text| text == token) {
            known.push(token.to_owned());
            sort(&mut known);
        }
    }

    /// Any text, on one line.
    pub(crate) fn text(&self, text: &str) -> String {
        let hidden = self.hide_known(text);
        plain(&hide_jwts(&hidden), char::is_control)
    }

    /// A request target.
    pub(crate) fn target(&self, target: &str) -> String {
        let target = hide_user_info(target);
        match target.split_once('?') {
            Some((path, query)) => self.text(&format!("{path}?{}", hide_fields(query))),
            None => self.text(&target),
        }
    }

    /// A header field's value. Of credentials only the scheme is shown.
    pub(crate) fn header(&self, name: &str, value: &str) -> String {
        match name.to_ascii_lowercase().as_str() {
            "authorization" | "proxy-authorization" => match value.split_once(' ') {
                Some((scheme, _)) => format!("{} {MASKED}", self.text(scheme)),
                None => MASKED.to_owned(),
            },
            "cookie" | "set-cookie" => MASKED.to_owned(),
            "location" | "referer" => self.target(value),
            _ => self.text(value),
        }
    }

    /// A body: at most 4096 bytes of it, line ends kept; of what is no text, the length.
    pub(crate) fn body(&self, body: &[u8]) -> String {
        let Ok(text) = std::str::from_utf8(body) else {
            return format!("({} bytes)", body.len());
        };
        // Hidden first and cut afterwards: half a secret would no longer be found.
        let hidden = self.hide_known(&hide_fields(&hide_members(text)));
        let hidden = plain(&hide_jwts(&hidden), |c| c.is_control() && c != '\n');
        match hidden.char_indices().nth(4096) {
            Some((at, _)) => format!("{}… ({} bytes in all)", &hidden[..at], body.len()),
            None => hidden,
        }
    }

    fn hide_known(&self, text: &str) -> String {
        let hide = |text: String, known: &String| text.replace(known.as_str(), MASKED);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(text.to_owned(), hide)
    }
}

/// A token of one letter would mask every such letter. Where it stands as one, it is masked all the same.
fn is_long_enough(text: &str) -> bool {
    text.len() >= 8
}

/// The longest first, or a part of a longer one would be left standing.
fn sort(known: &mut [String]) {
    known.sort_by_key(|text| Reverse(text.len()));
}

/// Control characters as escapes: a terminal must not obey them.
fn plain(text: &str, unfit: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if unfit(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Form fields by name, however that is written: a client that sends one wrongly has sent it all the same.
fn hide_fields(text: &str) -> String {
    let is_sensitive = |name: &str| {
        let decoded = form::decode(name.as_bytes()).unwrap_or_else(|_| name.to_owned());
        let name = decoded.trim().trim_end_matches("[]").to_ascii_lowercase();
        SENSITIVE.contains(&&*name)
    };
    let field = |field: &str| match field.split_once('=') {
        Some((name, _)) if is_sensitive(name) => {
            let end = field.trim_end_matches(['&', ';']).len();
            format!("{name}={MASKED}{}", &field[end..])
        }
        _ => field.to_owned(),
    };
    text.split_inclusive(['&', ';']).map(field).collect()
}

/// What stands before the host of a URL.
fn hide_user_info(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{MASKED}{}", &rest[at..]),
        None => url.to_owned(),
    }
}

/// String members of JSON by name, in a text that may be broken JSON.
fn hide_members(text: &str) -> String {
    let mut text = text.to_owned();
    for name in SENSITIVE {
        let quoted = format!("\"{name}\"");
        let mut from = 0;
        while let Some(at) = text[from..].find(&quoted) {
            from += at + quoted.len();
            let value = text[from..].trim_start_matches([' ', '\t', '\r', '\n', ':']);
            if value.starts_with('"') && value.len() < text.len() - from {
                let start = text.len() - value.len() + 1;
                let end = start + string_length(&text[start..]);
                text.replace_range(start..end, MASKED);
                from = start + MASKED.len();
            }
        }
    }
    text
}

/// How long a JSON string is that has been opened.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' if !escaped => return at,
            _ => escaped = character == '\\' && !escaped,
        }
    }
    text.len()
}

/// Whatever starts like a JSON object in base64url and has three parts.
fn hide_jwts(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("eyJ") {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let length = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let found = &rest[..length];
        let is_jwt = found.matches('.').count() >= 2;
        shown.push_str(if is_jwt { MASKED } else { found });
        rest = &rest[length..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_json_that_is_broken() {
        for (text, shown) in [
            (
                r#"{"token": "a", "b": "c"}"#,
                r#"{"token": "[masked]", "b": "c"}"#,
            ),
            (r#"{"access_token":"a\"b"#, r#"{"access_token":"[masked]"#),
            (r#"{"access_token":null}"#, r#"{"access_token":null}"#),
            (r#"["token", "token"]"#, r#"["token", "token"]"#),
            (
                r#"{"token":"a"}{"token":"b"}"#,
                r#"{"token":"[masked]"}{"token":"[masked]"}"#,
            ),
        ] {
            assert_eq!(hide_members(text), shown);
        }
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let shown = hide_fields("client_secret=x&client_secrets=y&a=client_secret&token");
        assert_eq!(
            shown,
            "client_secret=[masked]&client_secrets=y&a=client_secret&token"
        );
        for (text, shown) in [
            ("Client_Secret=x&a=b", "Client_Secret=[masked]&a=b"),
            ("client%5Fsecret=x", "client%5Fsecret=[masked]"),
            ("client_secret[]=x;a=b", "client_secret[]=[masked];a=b"),
            ("a=b;client_secret=x&", "a=b;client_secret=[masked]&"),
        ] {
            assert_eq!(hide_fields(text), shown);
        }
    }

    #[test]
    fn user_info_is_hidden() {
        for (url, shown) in [
            ("http://u:secret@h/p@q", "http://[masked]@h/p@q"),
            ("http://h/p@q", "http://h/p@q"),
            ("/p@q", "/p@q"),
        ] {
            assert_eq!(hide_user_info(url), shown);
        }
    }

    #[test]
    fn the_own_secret_is_hidden_in_every_form() {
        let mut settings = Settings::generate(super::super::super::Algorithm::EdDsa).unwrap();
        settings.client_secret = super::super::super::Secret::new("s3cr3t-Value/with+chars==");
        let mask = Mask::new(&settings);
        for text in [
            "/x/s3cr3t-Value%2fwith%2bchars%3d%3d",
            "/x/s3cr3t-Value%2Fwith%2Bchars%3D%3D",
            "/x/czNjcjN0LVZhbHVlL3dpdGgrY2hhcnM9PQ",
        ] {
            assert!(mask.target(text).starts_with("/x/[masked]"), "{text}");
        }
    }

    #[test]
    fn a_token_of_one_letter_masks_nothing_but_itself() {
        let mut settings = Settings::generate(super::super::super::Algorithm::EdDsa).unwrap();
        settings.client_secret = super::super::super::Secret::new("s");
        let mask = Mask::new(&settings);
        mask.learn("x");
        mask.learn("a-token-of-a-good-length");
        assert_eq!(mask.text("expires: x, s"), "expires: x, s");
        assert_eq!(mask.text("a-token-of-a-good-length"), MASKED);
        let body = mask.body(br#"{"access_token":"x","expires_in":1}"#);
        assert_eq!(body, r#"{"access_token":"[masked]","expires_in":1}"#);
        assert_eq!(
            mask.body(b"client_secret=s&scope=s"),
            "client_secret=[masked]&scope=s"
        );
        assert_eq!(mask.header("Authorization", "Bearer x"), "Bearer [masked]");
    }

    #[test]
    fn what_looks_like_a_jwt_is_hidden_anywhere() {
        assert_eq!(hide_jwts("a eyJh.eyJi.c d eyJ e"), "a [masked] d eyJ e");
    }
}
