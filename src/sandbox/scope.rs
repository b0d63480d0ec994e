use std::fmt;
use std::str::FromStr;

/// A set of scope tokens in the order first named (RFC 6749 §3.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope(Vec<String>);

/// The text is no scope: tokens of visible ASCII without `"` and `\`, one space between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a scope is a list of names of visible ASCII, without quotation marks and backslashes, with one space between"
)]
pub struct MalformedScope;

impl Scope {
    /// The tokens of this scope that `other` lacks.
    pub(crate) fn beyond<'a>(&'a self, other: &'a Scope) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(|name| !other.0.contains(name))
            .map(String::as_str)
    }

    /// The scope tokens, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether it names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Scope {
    type Err = MalformedScope;

    /// An empty text is the empty scope.
    fn from_str(text: &str) -> Result<Self, MalformedScope> {
        let mut names: Vec<String> = Vec::new();
        if text.is_empty() {
            return Ok(Self(names));
        }
        for name in text.split(' ') {
            let allowed = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            if name.is_empty() || !name.bytes().all(allowed) {
                return Err(MalformedScope);
            }
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Ok(Self(names))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_count_once_and_order_is_kept() {
        let scope: Scope = "b a b".parse().unwrap();
        assert_eq!(scope.to_string(), "b a");
    }

    #[test]
    fn what_section_3_3_does_not_allow_is_refused() {
        for text in [
            " ",
            " a",
            "a ",
            "a  b",
            "a\tb",
            "a\"b",
            "a\\b",
            "a\nb",
            "gr\u{fc}n",
        ] {
            assert_eq!(text.parse::<Scope>(), Err(MalformedScope), "{text:?}");
        }
    }
}
