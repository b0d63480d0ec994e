use std::fmt;

use serde::Deserialize;

use super::one_or_many::OneOrMany;
use crate::verify::{
    driver::{ClientError, ErrorKind},
    judgement::Context,
};

/// An error that a client has to hand out. What is given must all hold; texts are compared without case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ErrorPattern {
    /// Its kind (rule F5).
    pub kind: Option<OneOrMany<ErrorKind>>,
    /// The OAuth error code.
    pub code: Option<OneOrMany<String>>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Texts all of which the message holds.
    pub mentions: Option<OneOrMany<String>>,
    /// Texts one of which the message holds.
    pub mentions_one_of: Option<OneOrMany<String>>,
    /// Texts none of which the message holds.
    pub omits: Option<OneOrMany<String>>,
}

impl ErrorPattern {
    /// Whether the error is one.
    #[must_use]
    pub fn fits(&self, error: &ClientError, context: &Context<'_>) -> bool {
        let message = error.message.to_lowercase();
        let has = |text: &String| message.contains(&context.fill(text).to_lowercase());
        let code = error.code.as_deref();
        self.kind
            .as_ref()
            .is_none_or(|kinds| kinds.has(&error.kind))
            && self.code.as_ref().is_none_or(|codes| {
                codes
                    .iter()
                    .any(|wanted| Some(context.fill(wanted).as_str()) == code)
            })
            && self
                .status
                .is_none_or(|status| error.status == Some(status))
            && self.mentions.iter().flat_map(OneOrMany::iter).all(has)
            && self
                .mentions_one_of
                .as_ref()
                .is_none_or(|texts| texts.iter().any(has))
            && !self.omits.iter().flat_map(OneOrMany::iter).any(has)
    }
}

impl fmt::Display for ErrorPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Some(kinds) => write!(formatter, "an error of kind {kinds}")?,
            None => formatter.write_str("an error")?,
        }
        if let Some(code) = &self.code {
            write!(formatter, ", code `{code}`")?;
        }
        if let Some(status) = self.status {
            write!(formatter, ", status {status}")?;
        }
        for (word, texts) in [
            ("that mentions", &self.mentions),
            ("that mentions one of", &self.mentions_one_of),
            ("that does not mention", &self.omits),
        ] {
            if let Some(texts) = texts {
                let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
                write!(formatter, ", {word} {}", texts.join(", "))?;
            }
        }
        Ok(())
    }
}
