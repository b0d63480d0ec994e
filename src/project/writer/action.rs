use serde::Serialize;

/// What to do about files that are there already and differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// Write nothing at all.
    Refuse,
    /// Replace them.
    Overwrite,
    /// Leave them as they are.
    Skip,
}

/// What happens to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is not there yet.
    Create,
    /// It is there with the same bytes.
    Same,
    /// It is there with the same text and other line ends, as git checks it out on Windows; it stays.
    #[serde(rename = "line-ends")]
    LineEnds,
    /// It is there and differs; nothing is written.
    Conflict,
    /// It is there, differs, and is replaced.
    Overwrite,
    /// It is there, differs, and stays.
    Skip,
}

impl Action {
    /// Whether the file is there as it should be.
    #[must_use]
    pub fn is_same(self) -> bool {
        matches!(self, Self::Same | Self::LineEnds)
    }

    /// The word in lists; the same as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Same => "same",
            Self::LineEnds => "line-ends",
            Self::Conflict => "conflict",
            Self::Overwrite => "overwrite",
            Self::Skip => "skip",
        }
    }

    /// What was done, in a sentence such as `3 unchanged`.
    #[must_use]
    pub fn past(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Same => "unchanged",
            Self::LineEnds => "unchanged but for line ends",
            Self::Conflict => "in the way",
            Self::Overwrite => "overwritten",
            Self::Skip => "left alone",
        }
    }
}
