use serde::Serialize;

/// How a case ended. Four words that are never mixed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything was as it has to be.
    Passed,
    /// Something was not.
    Failed,
    /// The driver cannot do what the case needs.
    NotApplicable,
    /// It was not tried: a toolchain is missing, the machine would not have it, or the person left.
    NotRun,
}

impl Outcome {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotApplicable => "not applicable",
            Self::NotRun => "not run",
        }
    }
}
