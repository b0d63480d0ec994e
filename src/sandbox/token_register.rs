use std::collections::{HashMap, VecDeque};

use super::Secret;
use super::claims::Claims;

/// An access token that the token endpoint has handed out, in whatever form.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// Counted from 1 in the order of issue.
    pub number: usize,
    /// The token.
    pub text: Secret,
}

/// The last tokens that were handed out, and which of them are revoked.
#[derive(Default)]
pub(crate) struct TokenRegister {
    kept: VecDeque<Entry>,
    forgotten: usize,
    numbers: HashMap<String, usize>,
}

struct Entry {
    token: IssuedToken,
    /// What the token stands for; `None` for a text that a script made up.
    claims: Option<Claims>,
    revoked: bool,
}

impl TokenRegister {
    /// How many tokens are kept, so that a sandbox can run all day.
    const KEPT: usize = 10_000;

    /// The number that the next token gets.
    pub(crate) fn next_number(&self) -> usize {
        self.forgotten + self.kept.len() + 1
    }

    pub(crate) fn add(&mut self, text: &str, claims: Option<Claims>, revoked: bool) {
        if self.kept.len() == Self::KEPT
            && let Some(oldest) = self.kept.pop_front()
        {
            self.forgotten += 1;
            let text = oldest.token.text.expose();
            if self.numbers.get(text) == Some(&oldest.token.number) {
                self.numbers.remove(text);
            }
        }
        let number = self.next_number();
        self.numbers.insert(text.to_owned(), number);
        self.kept.push_back(Entry {
            token: IssuedToken {
                number,
                text: Secret::new(text),
            },
            claims,
            revoked,
        });
    }

    /// The number of a token, the latest if a text was handed out twice.
    pub(crate) fn number(&self, text: &str) -> Option<usize> {
        self.numbers.get(text).copied()
    }

    pub(crate) fn claims(&self, text: &str) -> Option<&Claims> {
        self.kept[self.place(text)?].claims.as_ref()
    }

    pub(crate) fn is_revoked(&self, text: &str) -> bool {
        self.place(text).is_some_and(|at| self.kept[at].revoked)
    }

    pub(crate) fn revoke(&mut self, text: &str) {
        if let Some(at) = self.place(text) {
            self.kept[at].revoked = true;
        }
    }

    pub(crate) fn tokens(&self) -> impl DoubleEndedIterator<Item = &IssuedToken> {
        self.kept.iter().map(|entry| &entry.token)
    }

    fn place(&self, text: &str) -> Option<usize> {
        Some(self.number(text)? - self.forgotten - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_when_old_tokens_are_forgotten() {
        let mut register = TokenRegister::default();
        for number in 1..=TokenRegister::KEPT + 2 {
            register.add(&format!("token {number}"), None, false);
        }
        register.revoke("token 3");
        assert_eq!(register.number("token 2"), None);
        assert_eq!(register.number("token 3"), Some(3));
        assert!(register.is_revoked("token 3"));
        assert_eq!(register.tokens().count(), TokenRegister::KEPT);
    }

    #[test]
    fn a_text_handed_out_twice_is_the_latest() {
        let mut register = TokenRegister::default();
        register.add("same", None, true);
        register.add("same", None, false);
        assert_eq!(register.number("same"), Some(2));
        assert!(!register.is_revoked("same"));
    }
}
