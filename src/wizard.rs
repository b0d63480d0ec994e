//! The questions of a bare `ssojet-gen` at a terminal.

use std::path::PathBuf;

use console::Term;
use dialoguer::{
    Confirm, FuzzySelect, Input, Select,
    theme::{ColorfulTheme, SimpleTheme, Theme},
};

use crate::{
    catalog::Catalog,
    error::Error,
    options::{self, Check, GivenOptions, Options},
    shell,
};

/// What a person said on the command line already, and answers in addition.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// `--lang`
    pub language: Option<String>,
    /// `--client`
    pub client: Option<String>,
    /// `--out`
    pub folder: Option<PathBuf>,
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
        let language = if let Some(name) = &answers.language {
            self.catalog.language(name)?
        } else {
            let languages = self.catalog.languages();
            let titles: Vec<&str> = languages.iter().map(|one| &*one.manifest().title).collect();
            let chosen = self.answered(
                FuzzySelect::with_theme(&*self.theme)
                    .with_prompt("Language")
                    .items(&titles)
                    .default(0)
                    .max_length(10)
                    .interact_on_opt(&self.terminal),
            )?;
            &languages[chosen.ok_or(Error::Interrupted)?]
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
            &default.scope,
            options::check_scope,
        )?;
        self.ask(
            "Audience (none)",
            &mut options.audience,
            &default.audience,
            options::check_audience,
        )?;
        self.ask(
            "API base URL",
            &mut options.api_url,
            &default.api_url,
            options::check_api_url,
        )?;
        if answers.folder.is_none() {
            let language = answers.language.as_deref().unwrap_or_default();
            let target = self.catalog.target(language, answers.client.as_deref())?;
            let mut folder = None;
            self.ask("Folder", &mut folder, &target.id(), options::check_folder)?;
            answers.folder = folder.map(PathBuf::from);
        }
        Ok(())
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

impl Answers {
    /// The command line that does the same without a question.
    #[must_use]
    pub fn command_line(&self) -> String {
        let options = &self.options;
        let folder = self
            .folder
            .as_ref()
            .map(|folder| folder.to_string_lossy().into_owned());
        let flags = [
            ("--lang", &self.language),
            ("--client", &self.client),
            ("--out", &folder),
            ("--name", &options.name),
            ("--token-url", &options.token_url),
            ("--api-url", &options.api_url),
            ("--scope", &options.scope),
            ("--audience", &options.audience),
            ("--auth-method", &options.auth_method),
        ];
        let given = flags
            .iter()
            .filter_map(|(flag, value)| Some([*flag, value.as_deref()?]))
            .flatten();
        let words: Vec<&str> = std::iter::once("ssojet-gen").chain(given).collect();
        shell::line(&words)
    }
}
