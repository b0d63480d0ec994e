//! The questions of a bare `ssojet-gen` at a terminal.

use std::path::Path;

use console::Term;
use dialoguer::{
    Confirm, FuzzySelect, Input, Select,
    theme::{ColorfulTheme, SimpleTheme, Theme},
};

use crate::{
    catalog::Catalog,
    error::Error,
    options::{self, Check, GivenOptions, Options},
};

/// What a person said on the command line already, and answers in addition.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// `--lang`
    pub language: Option<String>,
    /// `--client`
    pub client: Option<String>,
    /// `--out`
    pub folder: Option<String>,
    /// The options.
    pub options: GivenOptions,
}

/// Asks at a terminal.
pub struct Wizard<'a> {
    catalog: &'a Catalog,
    theme: Box<dyn Theme>,
    terminal: Term,
}

impl<'a> Wizard<'a> {
    /// A wizard on standard error.
    #[must_use]
    pub fn new(catalog: &'a Catalog) -> Self {
        let theme: Box<dyn Theme> = if console::colors_enabled_stderr() {
            Box::new(ColorfulTheme::default())
        } else {
            Box::new(SimpleTheme)
        };
        Self {
            catalog,
            theme,
            terminal: Term::stderr(),
        }
    }

    /// Asks for a language and, where it has several, a client library.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the person leaves.
    pub fn ask_target(&self, answers: &mut Answers) -> Result<(), Error> {
        let language = match &answers.language {
            Some(name) => self.catalog.language(name)?,
            None => {
                let languages = self.catalog.languages();
                let titles: Vec<&str> =
                    languages.iter().map(|one| &*one.manifest().title).collect();
                let chosen = self.answered(
                    FuzzySelect::with_theme(&*self.theme)
                        .with_prompt("Language")
                        .items(&titles)
                        .default(0)
                        .max_length(10)
                        .interact_on_opt(&self.terminal),
                )?;
                &languages[chosen.ok_or(Error::Interrupted)?]
            }
        };
        answers.language = Some(language.id().to_owned());
        if answers.client.is_some() {
            return Ok(());
        }
        let clients = &language.manifest().clients;
        let default = language.default_client()?;
        let mut chosen = clients.iter().position(|client| client.id == default.id);
        if clients.len() > 1 {
            let titles: Vec<&str> = clients.iter().map(|client| &*client.title).collect();
            chosen = self.answered(
                Select::with_theme(&*self.theme)
                    .with_prompt("Client library")
                    .items(&titles)
                    .default(chosen.unwrap_or(0))
                    .interact_on_opt(&self.terminal),
            )?;
        }
        answers.client = Some(clients[chosen.ok_or(Error::Interrupted)?].id.clone());
        Ok(())
    }

    /// Asks for everything that the command line leaves open.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the person leaves.
    pub fn ask_all(&self, answers: &mut Answers) -> Result<(), Error> {
        self.ask_target(answers)?;
        let default = Options::default();
        let options = &mut answers.options;
        self.ask(
            "Token endpoint",
            &mut options.token_url,
            &default.token_url,
            options::check_token_url,
        )?;
        self.ask(
            "Scopes, space separated (none)",
            &mut options.scope,
            "",
            options::check_scope,
        )?;
        self.ask(
            "Audience (none)",
            &mut options.audience,
            "",
            options::check_audience,
        )?;
        self.ask(
            "API base URL",
            &mut options.api_url,
            &default.api_url,
            options::check_api_url,
        )?;
        let target = self.catalog.target(
            answers.language.as_deref().unwrap_or_default(),
            answers.client.as_deref(),
        )?;
        self.ask(
            "Folder",
            &mut answers.folder,
            &target.id(),
            options::check_folder,
        )
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the person leaves.
    pub fn confirm(&self, question: &str) -> Result<bool, Error> {
        let answer = Confirm::with_theme(&*self.theme)
            .with_prompt(question)
            .default(true)
            .interact_on_opt(&self.terminal);
        self.answered(answer)?.ok_or(Error::Interrupted)
    }

    /// One line of text, checked when it is entered; the default is left open, as on the command line.
    fn ask(
        &self,
        question: &str,
        answer: &mut Option<String>,
        default: &str,
        check: Check,
    ) -> Result<(), Error> {
        if answer.is_some() {
            return Ok(());
        }
        let mut input = Input::<String>::with_theme(&*self.theme)
            .with_prompt(question)
            .allow_empty(true)
            .validate_with(|text: &String| check(text).map_err(|error| error.problem));
        if !default.is_empty() {
            input = input.default(default.to_owned());
        }
        let text = self.answered(input.interact_text_on(&self.terminal))?;
        if text != default {
            *answer = Some(text);
        }
        Ok(())
    }

    /// An interrupted question leaves the cursor hidden.
    fn answered<T>(&self, answer: dialoguer::Result<T>) -> Result<T, Error> {
        answer.map_err(|dialoguer::Error::IO(error)| {
            let _ = self.terminal.show_cursor();
            match error.kind() {
                std::io::ErrorKind::Interrupted => Error::Interrupted,
                _ => Error::Output(error),
            }
        })
    }
}

/// The command line that does the same without a question.
#[must_use]
pub fn command_line(answers: &Answers) -> Vec<String> {
    let options = &answers.options;
    let flags = [
        ("--lang", &answers.language),
        ("--client", &answers.client),
        ("--out", &answers.folder),
        ("--name", &options.name),
        ("--token-url", &options.token_url),
        ("--api-url", &options.api_url),
        ("--scope", &options.scope),
        ("--audience", &options.audience),
        ("--auth-method", &options.auth_method),
    ];
    let given = flags
        .into_iter()
        .filter_map(|(flag, value)| Some([flag.to_owned(), value.clone()?]));
    std::iter::once("ssojet-gen".to_owned())
        .chain(given.flatten())
        .collect()
}

/// The folder as an answer; a path that is not Unicode is shown as well as it can be.
#[must_use]
pub fn folder_answer(folder: Option<&Path>) -> Option<String> {
    folder.map(|path| path.to_string_lossy().into_owned())
}
