use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::checked::checked;

/// How many: a number, or `{at_least: 2, at_most: 3}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    at_least: usize,
    at_most: Option<usize>,
}

impl Count {
    pub fn fits(self, number: usize) -> bool {
        number >= self.at_least && self.at_most.is_none_or(|most| number <= most)
    }

    /// The end of the noun that follows.
    pub fn plural(self) -> &'static str {
        if (self.at_least, self.at_most) == (1, Some(1)) {
            ""
        } else {
            "s"
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.at_most) {
            (0, Some(0)) => formatter.write_str("no"),
            (least, Some(most)) if least == most => write!(formatter, "{least}"),
            (least, Some(most)) => write!(formatter, "{least} to {most}"),
            (least, None) => write!(formatter, "at least {least}"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    at_least: Option<usize>,
    at_most: Option<usize>,
}

impl TryFrom<Written> for Count {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let at_least = written.at_least.unwrap_or(0);
        match written {
            Written {
                at_least: None,
                at_most: None,
            } => Err("a count is a number, or has `at_least`, `at_most` or both"),
            Written { at_most, .. } if at_most.is_some_and(|most| most < at_least) => {
                Err("`at_most` is less than `at_least`")
            }
            Written { at_most, .. } => Ok(Self { at_least, at_most }),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(CountVisitor)
    }
}

struct CountVisitor;

impl<'de> de::Visitor<'de> for CountVisitor {
    type Value = Count;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number, or `{at_least: 1, at_most: 2}`")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Count, E> {
        let number = usize::try_from(number).map_err(E::custom)?;
        Ok(Count {
            at_least: number,
            at_most: Some(number),
        })
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Count, A::Error> {
        let source = de::value::MapAccessDeserializer::new(map);
        checked::<_, Written, _>(source, "a count")
    }
}
