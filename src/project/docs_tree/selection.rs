/// A part of the docs tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `README.md`: what machine-to-machine is, and where everything stands.
    Readme,
    /// `examples/`: every target's whole project.
    Examples,
    /// `guides/`: from an account to production, one guide a target.
    Guides,
    /// `prompts/`: what an assistant is fed, one prompt a target.
    Prompts,
}

impl Part {
    /// All of them, in the order in which they are read.
    pub const ALL: [Self; 4] = [Self::Readme, Self::Examples, Self::Guides, Self::Prompts];

    /// The word on the command line; but for the README, the folder's name too.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Readme => "readme",
            Self::Examples => "examples",
            Self::Guides => "guides",
            Self::Prompts => "prompts",
        }
    }
}

/// What of the docs tree is asked for; the rest is neither compared nor touched.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The parts; none stands for all.
    pub parts: Vec<Part>,
    /// The ids of the languages whose own files are wanted, and no other; none stands for the whole tree.
    pub languages: Vec<String>,
}

impl Selection {
    /// Whether a part is asked for.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    /// Whether pages about all languages are asked for.
    #[must_use]
    pub fn is_of_all_languages(&self) -> bool {
        self.languages.is_empty()
    }

    /// Whether the files of a language are asked for.
    #[must_use]
    pub fn has_language(&self, id: &str) -> bool {
        self.languages.is_empty() || self.languages.iter().any(|language| language == id)
    }

    /// Whether a path of the tree is asked for. A target's own file or folder is named `language-client`.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let (folder, rest) = path.split_once('/').unwrap_or(("readme", path));
        let is_part = Part::ALL
            .iter()
            .any(|part| self.has(*part) && part.name() == folder);
        let is_of = |language: &String| {
            let rest = rest.strip_prefix(language.as_str());
            rest.is_some_and(|rest| rest.starts_with('-'))
        };
        is_part && (self.languages.is_empty() || self.languages.iter().any(is_of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_a_part_and_a_language() {
        let all = Selection::default();
        let python = Selection {
            parts: vec![Part::Guides],
            languages: vec!["python".to_owned()],
        };
        for (path, is_in_all, is_in_python) in [
            ("README.md", true, false),
            ("guides/README.md", true, false),
            ("guides/python-requests.md", true, true),
            ("guides/pythonic-x.md", true, false),
            ("examples/python-requests/README.md", true, false),
            ("elsewhere/python-requests.md", false, false),
        ] {
            assert_eq!(all.covers(path), is_in_all, "{path}");
            assert_eq!(python.covers(path), is_in_python, "{path}");
        }
    }
}
