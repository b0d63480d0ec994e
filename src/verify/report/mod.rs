//! What a run found, as a value with a schema, and its renderers: one a file.

mod case_report;
mod client_error_report;
mod failures;
mod format;
mod html;
mod junit;
mod markdown;
mod outcome;
#[expect(clippy::module_inception, reason = "one type a file, named for it")]
mod report;
mod rule_report;
mod table;
mod target_report;
#[cfg(test)]
mod tests;
mod verdict;

pub use case_report::CaseReport;
pub use client_error_report::ClientErrorReport;
pub use failures::failures;
pub use format::{ReportFile, UnknownFormat};
pub use outcome::Outcome;
pub use report::Report;
pub use rule_report::RuleReport;
pub use table::{legend, table};
pub use target_report::TargetReport;
pub use verdict::Verdict;
