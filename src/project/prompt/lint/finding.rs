use super::{MOST_LINES, MOST_TOKENS};
use crate::project::prompt::MOST_AGENTS_BYTES;

/// What is wrong with a file of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Something was not filled in.
    #[error("holds the placeholder `{mark}`; a prompt has none left")]
    Placeholder {
        /// How it begins.
        mark: String,
    },
    /// Something that may be a real credential.
    #[error("line {line} holds what is shaped like {what}; write the name of a variable instead")]
    Secret {
        /// The line, from 1.
        line: usize,
        /// What it looks like.
        what: &'static str,
    },
    /// The grant is not named.
    #[error("does not name the grant type `client_credentials`")]
    NoGrantType,
    /// Another grant is named.
    #[error("names the grant type `{found}`; it is `client_credentials`")]
    OtherGrantType {
        /// Which.
        found: String,
    },
    /// A link leads nowhere.
    #[error("the link `{target}` leads nowhere")]
    Link {
        /// Where it leads.
        target: String,
    },
    /// A reference is not linked.
    #[error("`SKILL.md` does not link this file, so nobody reads it")]
    Unlinked,
    /// It takes too much of a model's context.
    #[error("has about {tokens} tokens; at most {MOST_TOKENS}")]
    TooManyTokens {
        /// The estimate.
        tokens: usize,
    },
    /// Its reader wants less.
    #[error("has {lines} lines; fewer than {MOST_LINES}")]
    TooManyLines {
        /// How many.
        lines: usize,
    },
    /// Its reader cuts it off.
    #[error("has {bytes} bytes; at most {MOST_AGENTS_BYTES}")]
    TooManyBytes {
        /// How many.
        bytes: usize,
    },
    /// The block could not be found again.
    #[error("does not begin and end with the block's marks")]
    Marks,
    /// The front matter is not what the reader takes.
    #[error("front matter: {message}")]
    FrontMatter {
        /// What is wrong with it.
        message: String,
    },
    /// Not what a chat takes.
    #[error("is no JSON with `messages` of `role` and `content`")]
    Messages,
    /// It is not text.
    #[error("is not UTF-8 text")]
    NotText,
}
