use std::collections::BTreeMap;

use super::LeakSearch;
use crate::sandbox::{Exchange, Place};

/// What a scenario's servers have seen.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The requests, in order.
    pub exchanges: Vec<Exchange>,
    /// How many connections each place has accepted.
    pub connections: BTreeMap<Place, usize>,
}

impl Observed {
    /// How many connections a place has accepted.
    #[must_use]
    pub fn connections(&self, place: Place) -> usize {
        self.connections.get(&place).copied().unwrap_or(0)
    }
}

/// What expectations are judged by besides that.
pub struct Context<'a> {
    /// The tokens that were issued, in order.
    pub tokens: &'a [String],
    /// Replaces placeholders.
    pub fill: &'a dyn Fn(&str) -> String,
    /// Knows the secrets.
    pub leaks: &'a LeakSearch,
}

impl Context<'_> {
    /// A text with its placeholders replaced.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        (self.fill)(text)
    }

    /// What replaces placeholders.
    pub fn filler(&self) -> &dyn Fn(&str) -> String {
        self.fill
    }

    /// The nth token that was issued, counted from 1.
    #[must_use]
    pub fn token(&self, number: usize) -> Option<&str> {
        Some(self.tokens.get(number.checked_sub(1)?)?.as_str())
    }

    /// The number of a token.
    #[must_use]
    pub fn number(&self, token: &str) -> Option<usize> {
        Some(self.tokens.iter().rposition(|known| known == token)? + 1)
    }

    /// A text that a person is to see, without secrets and control characters.
    #[must_use]
    pub fn masked(&self, text: &str) -> String {
        self.leaks.masked(text)
    }
}
