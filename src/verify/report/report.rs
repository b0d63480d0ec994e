use serde::Serialize;

use super::TargetReport;
use crate::catalog::{Contract, Proof};

/// What one run found: the value that every format renders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The shape of this value: 1.
    pub schema: u32,
    /// The version of this program.
    pub program: String,
    /// The version of the catalogue, and so of the contract.
    pub catalog: String,
    /// How long the run took, preparation included.
    pub time_ms: u64,
    /// The subjects of the contract.
    pub groups: Vec<GroupHeading>,
    /// The rules of the contract.
    pub rules: Vec<RuleHeading>,
    /// What came of each target.
    pub targets: Vec<TargetReport>,
}

/// A subject of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupHeading {
    /// The letter that its rules' ids begin with.
    pub id: String,
    /// The subject.
    pub title: String,
}

/// A rule of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleHeading {
    /// Such as `K2`.
    pub id: String,
    /// A few words.
    pub title: String,
    /// The rule, as Markdown.
    pub text: String,
    /// How it is proven.
    pub proof: Vec<Proof>,
}

impl Report {
    /// The report of a run that took so long.
    #[must_use]
    pub fn new(
        contract: &Contract,
        catalog_version: &str,
        time_ms: u64,
        targets: Vec<TargetReport>,
    ) -> Self {
        let groups = contract.groups.iter().map(|group| GroupHeading {
            id: group.id.clone(),
            title: group.title.clone(),
        });
        let rules = contract.rules.iter().map(|rule| RuleHeading {
            id: rule.id.clone(),
            title: rule.title.clone(),
            text: rule.text.clone(),
            proof: rule.proof.clone(),
        });
        Self {
            schema: 1,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            catalog: catalog_version.to_owned(),
            time_ms,
            groups: groups.collect(),
            rules: rules.collect(),
            targets,
        }
    }
}
