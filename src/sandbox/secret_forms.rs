//! The forms in which a secret may come to stand in a text.

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};

use super::form;

/// Each with its name in words: as it is, form-urlencoded, JSON-escaped, in Base64 at any alignment.
pub(crate) fn secret_forms(secret: &str) -> Vec<(String, &'static str)> {
    let encoded = form::encode(secret);
    let mut forms = vec![(secret.to_owned(), "as it is")];
    for text in [encoded.replace('+', "%20"), encoded.clone()] {
        forms.push((lower_escapes(&text), "form-urlencoded"));
        forms.push((text, "form-urlencoded"));
    }
    forms.extend(json_forms(secret).map(|text| (text, "JSON-escaped")));
    for text in [secret, &encoded] {
        forms.extend(base64_forms(text.as_bytes()).map(|text| (text, "in Base64")));
    }
    forms
}

/// The same form with the digits of its escapes in lower case.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let digits = part.char_indices().nth(2).map_or(part.len(), |(at, _)| at);
        let (digits, rest) = part.split_at(digits);
        text + "%" + &digits.to_ascii_lowercase() + rest
    })
}

/// As serde and others write it, and with everything beyond ASCII as `\uXXXX`.
fn json_forms(text: &str) -> impl Iterator<Item = String> {
    let quoted = serde_json::Value::from(text).to_string();
    let plain = quoted[1..quoted.len() - 1].to_owned();
    let mut ascii = String::new();
    for character in plain.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a String cannot fail.
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    let slashed = plain.replace('/', "\\/");
    [plain, ascii, slashed].into_iter()
}

/// What of the bytes' Base64 does not depend on what stands before and after them.
fn base64_forms(bytes: &[u8]) -> impl Iterator<Item = String> {
    let forms = (0..3).flat_map(move |before| {
        let mut padded = vec![0; before];
        padded.extend_from_slice(bytes);
        let from = (before * 8).div_ceil(6);
        let to = padded.len() * 8 / 6;
        let cut = move |text: String| text[from.min(to)..to].to_owned();
        [
            cut(BASE64_STANDARD_NO_PAD.encode(&padded)),
            cut(BASE64_URL_SAFE_NO_PAD.encode(&padded)),
        ]
    });
    forms.collect::<Vec<_>>().into_iter()
}
