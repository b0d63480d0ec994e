/// The fields of an `application/x-www-form-urlencoded` text, in order (RFC 6749 appendix B).
#[derive(Clone, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

/// The text is no form: a raw character that must be escaped, a broken escape, or no UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is not form-urlencoded")]
pub struct MalformedForm;

impl Form {
    /// Reads a form strictly, as the conforming sender writes it; parsers that mend hide mistakes.
    ///
    /// # Errors
    /// [`MalformedForm`]
    pub fn parse(text: &[u8]) -> Result<Self, MalformedForm> {
        text.split(|byte| *byte == b'&')
            .filter(|field| !field.is_empty())
            .map(|field| {
                let equals = field.iter().position(|byte| *byte == b'=');
                let (name, value) =
                    equals.map_or((field, &b""[..]), |at| (&field[..at], &field[at + 1..]));
                Ok((decode(name)?, decode(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// A field's value. An empty one counts as left out (RFC 6749 §3.2).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, value)| *known == name && !value.is_empty())
            .map(|(_, value)| value)
    }

    /// A field that comes more than once, which RFC 6749 §3.2 forbids for all but `resource` (RFC 8707 §2).
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        let names: Vec<&str> = self.iter().map(|(name, _)| name).collect();
        (1..names.len())
            .find(|at| names[*at] != "resource" && names[..*at].contains(&names[*at]))
            .map(|at| names[at])
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Undoes form-urlencoding: `+` is a space, `%XX` a byte, and the bytes must be UTF-8.
///
/// # Errors
/// [`MalformedForm`]
pub(crate) fn decode(text: &[u8]) -> Result<String, MalformedForm> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                let (high, low) = (digit().ok_or(MalformedForm)?, digit().ok_or(MalformedForm)?);
                u8::try_from(high * 16 + low).map_err(|_| MalformedForm)?
            }
            0x21..=0x7e => *byte,
            _ => return Err(MalformedForm),
        });
    }
    String::from_utf8(bytes).map_err(|_| MalformedForm)
}

/// Form-urlencodes a text, a space as `+`.
pub(crate) fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_survives_the_round_trip() {
        for text in ["", "a b", "\u{e4}\u{1f980}", ":+&=%/ \"~*", "\u{0}\n"] {
            assert_eq!(decode(encode(text).as_bytes()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_a_conforming_sender_never_writes_is_refused() {
        for text in ["a=b c", "a=%", "a=%2", "a=%zz", "a=%ff", "a=\u{e4}", "a=\n"] {
            assert!(Form::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_empty_field_is_left_out_but_still_counts_as_repeated() {
        let form = Form::parse(b"scope=&a=1&scope=x").unwrap();
        assert_eq!(form.repeated(), Some("scope"));
        assert_eq!(Form::parse(b"scope=&a").unwrap().get("scope"), None);
        let form = Form::parse(b"resource=a&resource=b").unwrap();
        assert_eq!(form.repeated(), None);
    }
}
