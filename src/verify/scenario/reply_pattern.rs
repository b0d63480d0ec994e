use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{checked::checked, result_pattern::ResultPattern};
use crate::verify::{
    driver::CallResult,
    judgement::{Context, Finding},
};

/// What a driver has to reply to one operation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReplyPattern {
    every: Option<ResultPattern>,
    some: Option<ResultPattern>,
    results: Vec<ResultPattern>,
    within: Option<Duration>,
    rule: Option<String>,
}

impl ReplyPattern {
    /// The rule that it is about, if it is about one of the scenario's alone.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.rule.as_deref()
    }

    /// What is wrong with the results, which came after so long.
    #[must_use]
    pub fn findings(
        &self,
        results: &[CallResult],
        after: Duration,
        context: &Context<'_>,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut find = |expected: String, found: String| {
            findings.push(Finding {
                expected,
                found,
                rule: self.rule.clone(),
                exchanges: Vec::new(),
            });
        };
        if let Some(pattern) = &self.every
            && let Some((at, result)) = first(results, |result| !pattern.fits(result, context))
        {
            let who = if results.len() == 1 {
                "the call"
            } else {
                "every call"
            };
            find(
                format!("{who} comes to {pattern}"),
                format!("call {}: {}", at + 1, result.described(context)),
            );
        }
        if let Some(pattern) = &self.some
            && !results.iter().any(|result| pattern.fits(result, context))
        {
            let all: Vec<String> = results.iter().map(|r| r.described(context)).collect();
            find(format!("some call comes to {pattern}"), all.join("; "));
        }
        for (at, (pattern, result)) in self.results.iter().zip(results).enumerate() {
            if !pattern.fits(result, context) {
                find(
                    format!("call {} comes to {pattern}", at + 1),
                    result.described(context),
                );
            }
        }
        if self.results.len() > results.len() {
            let expected = format!("{} results", self.results.len());
            find(expected, format!("{}", results.len()));
        }
        if let Some(limit) = self.within
            && after > limit
        {
            find(
                format!("the reply within {} s", limit.as_secs_f64()),
                format!("it took {:.1} s", after.as_secs_f64()),
            );
        }
        findings
    }
}

fn first(
    results: &[CallResult],
    is_wrong: impl Fn(&CallResult) -> bool,
) -> Option<(usize, &CallResult)> {
    results
        .iter()
        .enumerate()
        .find(|(_, result)| is_wrong(result))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    every: Option<ResultPattern>,
    some: Option<ResultPattern>,
    #[serde(default)]
    results: Vec<ResultPattern>,
    within_s: Option<f64>,
    rule: Option<String>,
}

impl TryFrom<Written> for ReplyPattern {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        if written.within_s.is_some_and(|limit| limit < 3.0) {
            return Err("`within_s` under 3 fails on a busy machine; take 3 or more");
        }
        Ok(Self {
            every: written.every,
            some: written.some,
            results: written.results,
            within: written.within_s.map(Duration::from_secs_f64),
            rule: written.rule,
        })
    }
}

impl<'de> Deserialize<'de> for ReplyPattern {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        checked::<_, Written, _>(source, "what the reply has to be: a map")
    }
}
