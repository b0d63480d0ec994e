//! How a run gets on, for whoever shows it.

use super::{Outcome, report::CaseReport};

/// Hears how a run gets on.
pub trait Progress: Sync {
    /// A project is being made ready.
    fn preparing(&self, target: &str);
    /// It is, or why not.
    fn prepared(&self, target: &str, problem: Option<&str>);
    /// So many cases are run now.
    fn begin(&self, cases: usize);
    /// One of them has ended.
    fn ended(&self, target: &str, case: &CaseReport);
}

/// Says nothing.
#[derive(Debug)]
pub struct Silent;

impl Progress for Silent {
    fn preparing(&self, _: &str) {}
    fn prepared(&self, _: &str, _: Option<&str>) {}
    fn begin(&self, _: usize) {}
    fn ended(&self, _: &str, _: &CaseReport) {}
}

/// Whether a person wants to hear of a case at once.
#[must_use]
pub fn is_news(case: &CaseReport) -> bool {
    case.outcome == Outcome::Failed
}
