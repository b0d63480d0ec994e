//! What was observed, and what is wrong with it: pure functions of values.

mod described;
mod failure;
pub(crate) mod leak_check;
mod leak_search;
mod observed;
pub(crate) mod store_check;

pub use failure::{Failure, Finding};
pub use leak_search::LeakSearch;
pub use observed::{Context, Observed};
