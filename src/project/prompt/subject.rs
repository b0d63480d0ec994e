use crate::catalog::Target;

/// What a prompt is about.
#[derive(Debug, Clone)]
pub enum Subject<'a> {
    /// A target of the catalogue.
    Target(Target<'a>),
    /// A language that the catalogue does not have.
    Other(OtherLanguage),
    /// Whatever the project at hand is written in.
    Any,
    /// The general prompt with placeholders in it, to be filled in by hand.
    Placeholders,
}

/// A language that the catalogue does not have, and perhaps a library of it, by the names that the user gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherLanguage {
    name: String,
    client: Option<String>,
}

/// Why a name cannot stand in a prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// The language.
    #[error(
        "invalid `--lang`: a language is a letter and up to 31 letters, digits and `+ # . -`, as in `elixir` or `c++`"
    )]
    Language,
    /// The library.
    #[error(
        "invalid `--client`: a library is up to 64 letters, digits and `@ / . _ : + -`, as in `req` or `@scope/name`"
    )]
    Client,
}

impl OtherLanguage {
    /// Checks the names: they become part of a text that a machine follows.
    ///
    /// # Errors
    /// When one has other characters than names of languages and packages have.
    pub fn new(name: &str, client: Option<&str>) -> Result<Self, SubjectError> {
        let is_fit = |text: &str, most: usize, others: &str| {
            let is_part = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
            (1..=most).contains(&text.len()) && text.chars().all(is_part)
        };
        if !is_fit(name, 32, "+#.-") || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(SubjectError::Language);
        }
        if !client.is_none_or(|client| is_fit(client, 64, "@/._:+-")) {
            return Err(SubjectError::Client);
        }
        Ok(Self {
            name: name.to_lowercase(),
            client: client.map(str::to_owned),
        })
    }

    /// The name on the command line, in lower case.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.name
    }

    /// The name with a capital: the user's spelling is as good as ours.
    #[must_use]
    pub fn title(&self) -> String {
        let (first, rest) = self.name.split_at(1);
        first.to_uppercase() + rest
    }

    /// The library, if the user names one.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_languages_and_packages() {
        for (name, client) in [
            ("elixir", None),
            ("C++", Some("cpp-httplib")),
            ("f#", Some("FsHttp")),
            ("objective-c", None),
            ("perl", Some("LWP::UserAgent")),
            ("deno", Some("@std/http")),
        ] {
            assert!(
                OtherLanguage::new(name, client).is_ok(),
                "{name} {client:?}"
            );
        }
        for name in [
            "",
            "7",
            "-x",
            "a b",
            "a\nb",
            "{{x}}",
            "élixir",
            "`x`",
            &"x".repeat(33),
        ] {
            assert_eq!(
                OtherLanguage::new(name, None),
                Err(SubjectError::Language),
                "{name:?}"
            );
        }
        for client in ["", "a b", "$(x)", "<b>", &"x".repeat(65)] {
            assert_eq!(
                OtherLanguage::new("elixir", Some(client)),
                Err(SubjectError::Client),
                "{client:?}"
            );
        }
        assert_eq!(
            OtherLanguage::new("ELIXIR", None).unwrap().title(),
            "Elixir"
        );
    }
}
