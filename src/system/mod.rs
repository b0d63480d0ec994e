//! The operating system: child processes, signals, installed programs, the shell's quoting.

pub(crate) mod child;
#[cfg(unix)]
pub(crate) mod ctrl_d;
pub(crate) mod interrupt;
pub mod process;
pub mod shell;
pub(crate) mod text;
pub mod toolchain;
mod version;

pub(crate) use version::Version;
