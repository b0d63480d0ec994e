use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use super::Step;
use crate::verify::driver::Repeat;

/// What is done in a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The driver gets tokens.
    Token(Repeat),
    /// The driver calls the API.
    Call(Call),
    /// The driver invalidates a token.
    Invalidate(WhichToken),
    /// The driver shows the text forms of what it holds.
    Describe,
    /// Time passes.
    Wait(u64),
    /// The driver is ended, if it runs, and started, with these variables besides; `~` takes one away.
    Start(BTreeMap<String, Option<String>>),
    /// Operations of several drivers at the same time.
    Together(Vec<Step>),
    /// Every file of the token store is overwritten with nonsense.
    GarbleStore,
    /// The driver's process is stopped (SIGSTOP).
    Stop,
    /// It goes on (SIGCONT).
    Continue,
}

/// Calls of the API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The method.
    #[serde(default = "get")]
    pub method: String,
    /// The path, as a user gives it.
    #[serde(default = "orders")]
    pub path: String,
    /// The body, JSON as text.
    pub body: Option<String>,
    /// How often.
    #[serde(default = "once")]
    pub n: usize,
    /// How many at most are in flight together.
    #[serde(default = "once")]
    pub parallel: usize,
    /// After how many milliseconds each gives up; `null`: it does not.
    #[serde(default)]
    pub timeout_ms: Vec<Option<u64>>,
}

fn get() -> String {
    "GET".to_owned()
}

fn orders() -> String {
    "/orders".to_owned()
}

fn once() -> usize {
    1
}

/// A token: the nth that was issued, or a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichToken {
    /// Counted from 1.
    Issued(usize),
    /// Whatever it is.
    Text(String),
}

impl<'de> Deserialize<'de> for WhichToken {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(WhichTokenVisitor)
    }
}

struct WhichTokenVisitor;

impl de::Visitor<'_> for WhichTokenVisitor {
    type Value = WhichToken;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the number of an issued token, or a text")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<WhichToken, E> {
        usize::try_from(number)
            .map(WhichToken::Issued)
            .map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<WhichToken, E> {
        Ok(WhichToken::Text(text.to_owned()))
    }
}
