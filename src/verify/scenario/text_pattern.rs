use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// A text that has to come: word for word, or `{like: "a*b"}`, where `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextPattern {
    /// This text.
    Is(String),
    /// A text of this shape.
    Like(String),
}

impl TextPattern {
    /// Whether the text is one. `fill` replaces placeholders of the pattern.
    pub fn fits(&self, text: &str, fill: &dyn Fn(&str) -> String) -> bool {
        match self {
            Self::Is(wanted) => fill(wanted) == text,
            Self::Like(shape) => is_like(text, &fill(shape)),
        }
    }
}

impl fmt::Display for TextPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(text) => write!(formatter, "`{text}`"),
            Self::Like(shape) => write!(formatter, "like `{shape}`"),
        }
    }
}

fn is_like(text: &str, shape: &str) -> bool {
    let Some((first, rest)) = shape.split_once('*') else {
        return text == shape;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest
        .rsplit_once('*')
        .map_or((None, rest), |(m, l)| (Some(m), l));
    for part in middle.into_iter().flat_map(|middle| middle.split('*')) {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    like: String,
}

impl<'de> Deserialize<'de> for TextPattern {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> de::Visitor<'de> for TextVisitor {
    type Value = TextPattern;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, or `{like: \"a*b\"}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TextPattern, E> {
        Ok(TextPattern::Is(text.to_owned()))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<TextPattern, A::Error> {
        let written = Written::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(TextPattern::Like(written.like))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (shape, text, fits) in [
            ("ssojet-m2m-*/*", "ssojet-m2m-python/1.0.0", true),
            ("ssojet-m2m-*/*", "ssojet-m2m-python", false),
            ("ssojet-m2m-*/*", "Python/3.11", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false),
            ("a*", "a", true),
            ("*", "", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(is_like(text, shape), fits, "{shape} {text}");
        }
    }
}
