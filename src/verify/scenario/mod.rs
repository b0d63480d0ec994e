//! Scenarios as data: the closed vocabulary of the files in `scenarios/`, and what they say of what was observed.

mod action;
mod basic_pattern;
mod checked;
mod count;
mod each;
mod error_pattern;
mod gap;
mod journal_expectation;
mod library;
mod one_or_many;
mod party;
mod random_waits;
mod reply_pattern;
mod request_pattern;
mod result_pattern;
mod rows;
#[expect(clippy::module_inception, reason = "one type a file, named for it")]
mod scenario;
mod step;
#[cfg(test)]
mod tests;
mod text_pattern;
mod wanted;

pub use action::{Action, WhichToken};
pub use error_pattern::ErrorPattern;
pub use journal_expectation::JournalExpectation;
pub use library::{Library, LibraryError};
pub use reply_pattern::ReplyPattern;
pub use scenario::{Case, Scenario};
pub use step::Step;
