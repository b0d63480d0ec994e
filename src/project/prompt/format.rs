use super::{agents_block::AGENTS_FILE, skill};

/// Who reads the prompt, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown, for pasting and piping.
    Md,
    /// A JSON object with an array of chat messages.
    Json,
    /// A folder as <https://agentskills.io> has it.
    Skill,
    /// A marked block for an `AGENTS.md`.
    Agents,
    /// A rule of Cursor.
    Cursor,
    /// Instructions of GitHub Copilot for some paths.
    Copilot,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Md,
        Self::Json,
        Self::Skill,
        Self::Agents,
        Self::Cursor,
        Self::Copilot,
    ];

    /// The word on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Md => "md",
            Self::Json => "json",
            Self::Skill => "skill",
            Self::Agents => "agents",
            Self::Cursor => "cursor",
            Self::Copilot => "copilot",
        }
    }

    /// The format with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The file, or its first one, in the folder that `--out` names.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Md => "ssojet-m2m-prompt.md",
            Self::Json => "ssojet-m2m-prompt.json",
            Self::Skill => skill::SKILL_FILE,
            Self::Agents => AGENTS_FILE,
            Self::Cursor => ".cursor/rules/ssojet-m2m.mdc",
            Self::Copilot => ".github/instructions/ssojet-m2m.instructions.md",
        }
    }

    /// Whether `--out` names the file itself, and not the folder of a project.
    #[must_use]
    pub fn is_one_named_file(self) -> bool {
        matches!(self, Self::Md | Self::Json)
    }

    /// Whether it stays in a project, where an assistant meets it with every task.
    pub(super) fn stays(self) -> bool {
        matches!(self, Self::Agents | Self::Cursor | Self::Copilot)
    }
}
