//! Projects made ready to be run: copied or scaffolded, a driver laid beside, installed, built.

mod error;
mod preparation;
mod prepared_cache;
mod project_copy;
mod record;

pub use error::PrepareError;
pub use preparation::Preparation;
pub use prepared_cache::PreparedCache;
