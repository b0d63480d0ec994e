use std::path::PathBuf;

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file or folder of the user's catalogue cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A symbolic link could lead out of the folder.
    #[error("`{}` is a symbolic link; a catalogue holds files alone", path.display())]
    Symlink {
        /// Which.
        path: PathBuf,
    },
    /// A folder that is not the top of a catalogue.
    #[error("`{}` holds no catalogue: name the folder that has `languages/` in it", path.display())]
    NoCatalog {
        /// Which.
        path: PathBuf,
    },
    /// A name that could not be written on every system.
    #[error("the name `{}` is not Unicode; rename it", path.display())]
    NotUnicode {
        /// Which.
        path: PathBuf,
    },
    /// A file is not text.
    #[error("`{path}` is not UTF-8 text")]
    NotUtf8 {
        /// Which.
        path: String,
    },
    /// A file that has to be there is not.
    #[error("`{path}` does not exist")]
    NoSuchFile {
        /// Which.
        path: String,
    },
    /// A data file does not have its shape.
    #[error("{path}:{line}:{column}: {message}{hint}")]
    Shape {
        /// The file.
        path: String,
        /// The line, from 1; 0 where it is not known.
        line: usize,
        /// The column, from 1; 0 where it is not known.
        column: usize,
        /// What is wrong.
        message: String,
        /// "did you mean", or nothing.
        hint: String,
    },
    /// Data files contradict each other.
    #[error("{path}: `{key}`: {message}")]
    Inconsistent {
        /// The file.
        path: String,
        /// The key path, such as `clients[1].exceptions.K99`.
        key: String,
        /// What is wrong.
        message: String,
    },
    /// A template cannot be parsed or rendered.
    #[error("{path}:{line}: {message}")]
    Template {
        /// The template.
        path: String,
        /// The line, from 1; 0 where it is not known.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A path in a layer does not end in `.j2`.
    #[error("`{path}` does not end in `.j2`, as every template must")]
    NotATemplate {
        /// Which.
        path: String,
    },
    /// A guide or a prompt lacks what it says of a language or a library.
    #[error(
        "`{path}` does not exist; the {page} for {title} needs it: CONTRIBUTING.md says what goes into it"
    )]
    NoText {
        /// The template that is not there.
        path: String,
        /// `guide` or `prompt`.
        page: &'static str,
        /// The language, or the client library.
        title: String,
    },
    /// Two layers have the same path.
    #[error(
        "`{path}` stands in two layers; list it under `replaces` of client `{client}` if that is meant"
    )]
    TwoLayers {
        /// The path in the project.
        path: String,
        /// The client whose layer has it too.
        client: String,
    },
    /// No language has this name.
    #[error("unknown language `{name}`; there are {known}{hint}")]
    UnknownLanguage {
        /// The name asked for.
        name: String,
        /// "did you mean", or nothing.
        hint: String,
        /// All names.
        known: String,
    },
    /// The language has no such client library.
    #[error("unknown client `{name}` for {language}; there are {known}{hint}")]
    UnknownClient {
        /// The name asked for.
        name: String,
        /// The language.
        language: String,
        /// "did you mean", or nothing.
        hint: String,
        /// All names.
        known: String,
    },
}

impl CatalogError {
    /// The same, with words in front of its message, if it is one of shape.
    #[must_use]
    pub(crate) fn about(mut self, subject: &str) -> Self {
        if let Self::Shape { message, .. } = &mut self {
            message.insert_str(0, subject);
        }
        self
    }
}
