use serde::Serialize;

use crate::sandbox::Exchange;

/// Something that is not as it has to be.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The rule that is broken, if it is one of the scenario's alone, or another.
    pub rule: Option<String>,
    /// The exchanges from which one sees it.
    pub exchanges: Vec<Exchange>,
}

/// A finding as reports show it: without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The rules that are broken.
    pub rules: Vec<String>,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// The exchanges from which one sees it, secrets masked.
    pub exchanges: Vec<String>,
}

impl Failure {
    /// The most exchanges that one failure shows.
    const SHOWN: usize = 8;

    /// A finding of a scenario that tests `rules`.
    #[must_use]
    pub fn new(finding: &Finding, rules: &[String]) -> Self {
        let exchanges = finding
            .exchanges
            .iter()
            .take(Self::SHOWN)
            .map(Exchange::render);
        Self {
            rules: match &finding.rule {
                Some(rule) => vec![rule.clone()],
                None => rules.to_vec(),
            },
            expected: finding.expected.clone(),
            found: finding.found.clone(),
            exchanges: exchanges.collect(),
        }
    }
}
