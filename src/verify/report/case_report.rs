use serde::Serialize;

use super::{ClientErrorReport, Outcome};
use crate::verify::{judgement::Failure, scenario::Case};

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseReport {
    /// The case: the scenario's id, and its row's name in brackets.
    pub id: String,
    /// The scenario.
    pub scenario: String,
    /// The row of its table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// What holds if it passes.
    pub title: String,
    /// The rules that it tests.
    pub rules: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it was not run, or is not applicable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is not as it has to be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failure>,
    /// What the servers saw, a line a request, secrets masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<String>,
    /// The errors that the client has handed out; the target's report lists each once.
    #[serde(skip)]
    pub errors: Vec<ClientErrorReport>,
    /// How long it took.
    pub time_ms: u64,
}

impl CaseReport {
    /// That of a case that has not been run.
    #[must_use]
    pub fn new(case: &Case) -> Self {
        Self {
            id: case.id.clone(),
            scenario: case.scenario.id.clone(),
            row: case.row.clone(),
            title: case.scenario.title.clone(),
            rules: case.scenario.rules.clone(),
            outcome: Outcome::NotRun,
            reason: None,
            failures: Vec::new(),
            exchanges: Vec::new(),
            errors: Vec::new(),
            time_ms: 0,
        }
    }
}
