use serde::Serialize;

/// What is known of one rule for one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The person asked for other rules or scenarios.
    NotAskedFor,
    /// Nothing outside the target can see it: its own tests do.
    OwnTests,
    /// It is about generated files: `catalog check` looks.
    CatalogCheck,
    /// The driver cannot do what its scenarios need.
    NotApplicable,
    /// Every scenario that was run passed.
    Passed,
    /// The manifest says that it does not hold, and so it was.
    Excepted,
    /// At least one scenario was not run.
    NotRun,
    /// At least one scenario found it broken.
    Failed,
    /// The manifest says that it does not hold, but it does.
    StaleException,
}

impl Verdict {
    /// The words in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotAskedFor => "not asked for",
            Self::OwnTests => "by its own tests",
            Self::CatalogCheck => "by catalog check",
            Self::NotApplicable => "not applicable",
            Self::Passed => "passed",
            Self::Excepted => "declared exception",
            Self::NotRun => "not run",
            Self::Failed => "failed",
            Self::StaleException => "stale exception",
        }
    }

    /// Whether the run has to end with exit code 1 for it.
    #[must_use]
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::StaleException)
    }
}
