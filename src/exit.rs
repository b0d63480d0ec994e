//! The exit codes.

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: it looked and found something: drift, a failed rule, a lint, a step that failed.
    Findings,
    /// 2: wrong usage or bad input.
    Usage,
    /// 3: files are in the way.
    Conflict,
    /// 4: a toolchain is missing.
    MissingToolchain,
    /// 5: input or output failed.
    InputOutput,
    /// 130: interrupted by Ctrl-C, as shells report it.
    Interrupted,
    /// The exit code of the command that `sandbox -- CMD` ran.
    Command(u8),
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Conflict => 3,
            Exit::MissingToolchain => 4,
            Exit::InputOutput => 5,
            Exit::Interrupted => 130,
            Exit::Command(code) => code,
        }
    }
}
