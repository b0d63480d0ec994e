use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// A table of `vectors.json`, or one that stands in the scenario.
#[derive(Debug, Clone, PartialEq)]
pub enum Each {
    /// Rows of `vectors.json`.
    Vectors(Rows),
    /// Rows of its own.
    Own(Vec<BTreeMap<String, Value>>),
}

/// Some rows of a table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// The table.
    pub rows: Table,
    /// Members that a row must have with these values; `~`: that it must not have.
    #[serde(default, rename = "where")]
    pub wanted: BTreeMap<String, Value>,
}

/// The tables of `vectors.json` that can be run from outside. Its decisions are a pure function
/// within a client: they are for the target's own tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// URLs, accepted or refused (C3); a row for each variable.
    Urls,
    /// Credentials with their encodings (T2).
    Credentials,
    /// Token responses (R1 to R3).
    Responses,
    /// Paths that could lead to another host (S2).
    Paths,
}

impl Table {
    /// The member of `vectors.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Urls => "urls",
            Self::Credentials => "credentials",
            Self::Responses => "responses",
            Self::Paths => "paths",
        }
    }
}

impl<'de> Deserialize<'de> for Each {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(EachVisitor)
    }
}

struct EachVisitor;

impl<'de> de::Visitor<'de> for EachVisitor {
    type Value = Each;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the name of a table, `{rows: NAME, where: {…}}`, or a list of maps")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Each, E> {
        let source: de::value::StrDeserializer<'_, E> =
            de::IntoDeserializer::into_deserializer(name);
        let wanted = BTreeMap::new();
        Table::deserialize(source).map(|rows| Each::Vectors(Rows { rows, wanted }))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Each, A::Error> {
        Rows::deserialize(de::value::MapAccessDeserializer::new(map)).map(Each::Vectors)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, rows: A) -> Result<Each, A::Error> {
        Vec::deserialize(de::value::SeqAccessDeserializer::new(rows)).map(Each::Own)
    }
}
