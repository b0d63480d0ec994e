/// What the assistant is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Write a client.
    New,
    /// Add one to an existing service.
    Add,
    /// Replace a hand-written or a vendor's client.
    Migrate,
    /// Audit existing code.
    Review,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::New, Self::Add, Self::Migrate, Self::Review];

    /// The word on the command line and in templates.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Add => "add",
            Self::Migrate => "migrate",
            Self::Review => "review",
        }
    }

    /// The task with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }
}
