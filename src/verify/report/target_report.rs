use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{CaseReport, ClientErrorReport, Outcome, RuleReport, Verdict};
use crate::{
    catalog::{Contract, Rule},
    verify::driver::Ready,
};

/// What came of one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetReport {
    /// `language-client`, or the command of a driver.
    pub id: String,
    /// The whole of it in one word.
    pub outcome: Outcome,
    /// Why it was not run, or failed before its first scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether it was not run as a toolchain is missing, and not as the machine would not have it.
    #[serde(skip)]
    pub lacks_toolchain: bool,
    /// Its driver, if that could be started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<Ready>,
    /// Rule by rule, in the order of the contract.
    pub rules: Vec<RuleReport>,
    /// Case by case, in the order of the scenarios.
    pub cases: Vec<CaseReport>,
    /// Every error that the client has handed out, each once.
    pub errors: BTreeSet<ClientErrorReport>,
}

impl TargetReport {
    /// A target of which no case was run.
    #[must_use]
    pub fn without_cases(id: String, outcome: Outcome, reason: String) -> Self {
        Self {
            id,
            outcome,
            reason: Some(reason),
            lacks_toolchain: false,
            driver: None,
            rules: Vec::new(),
            cases: Vec::new(),
            errors: BTreeSet::new(),
        }
    }

    /// A target whose cases have been run; none was left out of those of `whole_rules`.
    #[must_use]
    pub fn new(
        id: String,
        driver: Ready,
        mut cases: Vec<CaseReport>,
        contract: &Contract,
        exceptions: &BTreeMap<String, String>,
        whole_rules: &[String],
    ) -> Self {
        cases.sort_by(|one, other| one.id.cmp(&other.id));
        let rule = |rule: &Rule| {
            let is_whole = whole_rules.contains(&rule.id);
            RuleReport::new(rule, &cases, exceptions, is_whole)
        };
        let rules: Vec<RuleReport> = contract.rules.iter().map(rule).collect();
        let outcome = if rules.iter().any(|rule| rule.verdict.is_bad()) {
            Outcome::Failed
        } else if cases.iter().any(|case| case.outcome == Outcome::NotRun) {
            Outcome::NotRun
        } else if cases
            .iter()
            .all(|case| case.outcome == Outcome::NotApplicable)
        {
            Outcome::NotApplicable
        } else {
            Outcome::Passed
        };
        Self {
            id,
            outcome,
            reason: None,
            lacks_toolchain: false,
            driver: Some(driver),
            rules,
            errors: cases.iter().flat_map(|case| case.errors.clone()).collect(),
            cases,
        }
    }

    /// How many cases ended so.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.cases
            .iter()
            .filter(|case| case.outcome == outcome)
            .count()
    }

    /// `5 passed, 1 failed`: what there is none of is left out.
    #[must_use]
    pub fn counts(&self) -> String {
        let outcomes = [
            Outcome::Passed,
            Outcome::Failed,
            Outcome::NotApplicable,
            Outcome::NotRun,
        ];
        let counts = outcomes.map(|outcome| (self.count(outcome), outcome.name()));
        let counts = counts.iter().filter(|(number, _)| *number > 0);
        let counts: Vec<String> = counts
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        if counts.is_empty() {
            self.outcome.name().to_owned()
        } else {
            counts.join(", ")
        }
    }

    /// The verdict on a whole group of rules: the worst that is no mere "somebody else looks".
    #[must_use]
    pub fn verdict_on(&self, group: &str) -> Option<Verdict> {
        let rules = self.rules.iter().filter(|rule| rule.id.starts_with(group));
        rules.map(|rule| rule.verdict).max()
    }
}
