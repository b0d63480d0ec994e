use std::fmt;

use serde::Deserialize;

use super::{error_pattern::ErrorPattern, one_or_many::OneOrMany};
use crate::verify::{driver::CallResult, judgement::Context};

/// What one call has to come to. What is given must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResultPattern {
    /// Whether it succeeds.
    pub ok: Option<bool>,
    /// The nth token that was issued, counted from 1.
    pub token: Option<OneOrMany<usize>>,
    /// This text as the token.
    pub token_text: Option<String>,
    /// The status that the API answered.
    pub status: Option<OneOrMany<u16>>,
    /// An error.
    pub error: Option<ErrorPattern>,
    /// Or it comes to this.
    pub or: Option<Box<ResultPattern>>,
}

impl ResultPattern {
    /// Whether a call came to this.
    #[must_use]
    pub fn fits(&self, result: &CallResult, context: &Context<'_>) -> bool {
        self.fits_itself(result, context)
            || self
                .or
                .as_ref()
                .is_some_and(|other| other.fits(result, context))
    }

    fn fits_itself(&self, result: &CallResult, context: &Context<'_>) -> bool {
        let token = result.token.as_deref();
        let is_issued = |number: &usize| token.is_some() && context.token(*number) == token;
        self.ok.is_none_or(|ok| ok == result.ok)
            && self
                .token
                .as_ref()
                .is_none_or(|numbers| result.ok && numbers.iter().any(is_issued))
            && self
                .token_text
                .as_ref()
                .is_none_or(|text| result.ok && token == Some(context.fill(text).as_str()))
            && self.status.as_ref().is_none_or(|statuses| {
                result.ok && result.status.is_some_and(|status| statuses.has(&status))
            })
            && self.error.as_ref().is_none_or(|pattern| {
                let error = result.error.as_ref();
                !result.ok && error.is_some_and(|error| pattern.fits(error, context))
            })
    }
}

impl fmt::Display for ResultPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match self.ok {
            Some(true) => parts.push("success".to_owned()),
            Some(false) => parts.push("failure".to_owned()),
            None => {}
        }
        if let Some(numbers) = &self.token {
            parts.push(format!("token {numbers}"));
        }
        if self.token_text.is_some() {
            parts.push("the token of the response".to_owned());
        }
        if let Some(statuses) = &self.status {
            parts.push(format!("status {statuses} of the API"));
        }
        if let Some(error) = &self.error {
            parts.push(error.to_string());
        }
        formatter.write_str(&parts.join(", "))?;
        match &self.or {
            Some(other) => write!(formatter, ", or {other}"),
            None => Ok(()),
        }
    }
}
