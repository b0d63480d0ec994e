use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::checked::checked;

/// How far apart two requests are, by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// The first of them, counted from 1.
    pub from: usize,
    /// The other.
    pub to: usize,
    /// Never less.
    pub at_least: Option<Duration>,
    /// Never more.
    pub at_most: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: usize,
    to: usize,
    at_least_s: Option<f64>,
    at_most_s: Option<f64>,
}

impl TryFrom<Written> for Gap {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        if written.from == 0 || written.to <= written.from {
            return Err("requests are counted from 1, and `from` comes before `to`");
        }
        if written.at_most_s.is_some_and(|most| most < 3.0) {
            return Err("`at_most_s` under 3 fails on a busy machine; take 3 or more");
        }
        Ok(Self {
            from: written.from,
            to: written.to,
            at_least: written.at_least_s.map(Duration::from_secs_f64),
            at_most: written.at_most_s.map(Duration::from_secs_f64),
        })
    }
}

impl<'de> Deserialize<'de> for Gap {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        checked::<_, Written, _>(source, "a gap: a map")
    }
}
