//! How a run gets on, for whoever shows it.

use crate::verify::report::{CaseReport, Outcome};

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

/// Whether a person wants to hear of a case at once.
#[must_use]
pub fn is_news(case: &CaseReport) -> bool {
    case.outcome == Outcome::Failed
}
