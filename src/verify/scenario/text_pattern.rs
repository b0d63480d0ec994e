use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::system::text::is_like;

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
