//! The operating system: child processes, signals, installed programs, the shell's quoting.

pub(crate) mod child;
pub(crate) mod interrupt;
pub mod process;
pub mod shell;
pub(crate) mod text;
pub mod toolchain;
mod version;

pub(crate) use version::Version;
