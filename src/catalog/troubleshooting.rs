use serde::{Deserialize, Serialize};

use super::manifest::Format;

/// `troubleshooting.yaml`: every error that a client can hand out, what it means and what to do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Troubleshooting {
    /// The format's version: 1.
    pub format: Format<1>,
    /// The rows, in the order in which a person meets them.
    pub symptoms: Vec<Symptom>,
}

/// One row: errors with one cause.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// What a person sees, as Markdown.
    pub shown: String,
    /// The kind of the errors (rule F5); none for what no client says in words of its own.
    #[serde(default)]
    pub kind: Option<String>,
    /// The messages, in lower case, where `*` stands for any text. None for what no client says in words of its own.
    #[serde(default)]
    pub like: Vec<String>,
    /// What it means, as Markdown.
    pub means: String,
    /// What to do, as Markdown.
    pub cure: String,
}

impl Symptom {
    /// Whether it is about an error of this kind with this message.
    #[must_use]
    pub fn explains(&self, kind: &str, message: &str) -> bool {
        if self.kind.as_deref() != Some(kind) {
            return false;
        }
        let message = message.to_lowercase();
        let mut shapes = self.like.iter();
        shapes.any(|shape| crate::system::text::is_like(&message, shape))
    }
}
