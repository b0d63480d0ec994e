//! Commands as text that a person can paste.
//!
//! `shell_words::quote` names the characters that need quotes, and leaves out `{`, `}`, `!` and `^`; this
//! names those that need none.

/// An argument list as a line for a POSIX shell.
#[must_use]
pub fn line<S: AsRef<str>>(arguments: &[S]) -> String {
    let words: Vec<String> = arguments.iter().map(|word| quoted(word.as_ref())).collect();
    words.join(" ")
}

/// One word, in quotes only where it needs them.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_shell_would_read_otherwise() {
        assert_eq!(
            line(&["pip", "install", "-e", ".[dev]"]),
            "pip install -e '.[dev]'"
        );
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        for text in ["{a,b}", "wow!", "^a^b"] {
            assert_eq!(quoted(text), format!("'{text}'"));
        }
    }
}
