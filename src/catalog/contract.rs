use serde::{Deserialize, Serialize};

use super::manifest::Format;

/// `contract.yaml`: what every generated client must do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// The format's version: 1.
    pub format: Format<1>,
    /// What the letters under `proof` mean.
    pub proofs: Vec<ProofMeaning>,
    /// The subjects.
    pub groups: Vec<Group>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// What the clients do not do yet.
    pub left_out: Vec<Omission>,
}

impl Contract {
    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// What one kind of proof means.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProofMeaning {
    /// The letter.
    pub id: Proof,
    /// A word or two.
    pub title: String,
    /// Its meaning.
    pub text: String,
}

/// How a rule is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// A scenario of `verify`.
    S,
    /// Rows of `vectors.json`.
    V,
    /// The target's own tests.
    T,
    /// A check of the generated files.
    G,
}

/// Rules about one subject.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The letter that its rules' ids begin with.
    pub id: String,
    /// The subject.
    pub title: String,
    /// The RFCs and their sections, if its rules follow any.
    pub reference: Option<String>,
}

/// One rule.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Such as `K2`.
    pub id: String,
    /// A few words.
    pub title: String,
    /// The rule.
    pub text: String,
    /// How it is proven.
    pub proof: Vec<Proof>,
    /// The RFC and its section, if the rule follows one.
    pub reference: Option<String>,
}

/// Something that the clients do not do yet.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Omission {
    /// A short name.
    pub id: String,
    /// What it is.
    pub title: String,
    /// The RFC, if it follows one.
    pub reference: Option<String>,
}
