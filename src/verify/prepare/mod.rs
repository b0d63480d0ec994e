//! Projects made ready to be run: copied or scaffolded, a driver laid beside, installed, built.

mod blueprint;
mod error;
mod project_copy;
mod workshop;

pub use blueprint::Blueprint;
pub use error::PrepareError;
pub use workshop::Workshop;
