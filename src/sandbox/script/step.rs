use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Answer, Issue, OAuthErrorAnswer, Redirect, Respond, Silence, When, Wire};

/// One step of a script: for which requests, what is said, and how it goes over the wire.
///
/// It is written as a map with the keys `when`, `times` and `wire`, and at most one of those that
/// [`Answer`] lists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// Which requests it answers; `None`: those whose turn it is.
    pub when: Option<When>,
    /// How many requests it answers; `None`: one, or with `when` all that fit.
    pub times: Option<usize>,
    /// What is said.
    pub answer: Answer,
    /// How it is sent.
    pub wire: Wire,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    when: Option<When>,
    times: Option<usize>,
    issue: Option<Issue>,
    error: Option<OAuthErrorAnswer>,
    respond: Option<Respond>,
    redirect: Option<Redirect>,
    raw: Option<String>,
    nothing: Option<Silence>,
    #[serde(default)]
    revoke: bool,
    #[serde(default)]
    wire: Wire,
}

impl TryFrom<Written> for Step {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let answers = [
            written.issue.map(Answer::Issue),
            written.error.map(Answer::Error),
            written.respond.map(Answer::Respond),
            written.redirect.map(Answer::Redirect),
            written.raw.map(Answer::Raw),
            written.nothing.map(Answer::Nothing),
            written.revoke.then_some(Answer::Revoke),
        ];
        let mut answers = answers.into_iter().flatten();
        let answer = answers.next().unwrap_or_default();
        if answers.next().is_some() {
            return Err(
                "a step has at most one of `issue`, `error`, `respond`, `redirect`, `raw`, \
                 `nothing` and `revoke`",
            );
        }
        Ok(Self {
            when: written.when,
            times: written.times,
            answer,
            wire: written.wire,
        })
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_map(StepVisitor)
    }
}

/// By hand, so that the complaint about two answers is made while the reader still knows the line.
struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = Step;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a step: a map, `{}` for one that behaves well")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Step, A::Error> {
        let written = Written::deserialize(MapAccessDeserializer::new(map))?;
        written.try_into().map_err(A::Error::custom)
    }
}
