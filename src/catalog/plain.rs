//! Templates without a tag: they are written as they are.

/// Whether the template engine would change nothing.
pub fn is_plain(template: &str) -> bool {
    !["{{", "{%", "{#"].iter().any(|tag| template.contains(tag))
}
