//! The questions of a bare `ssojet-gen` at a terminal.

use std::{io, path::PathBuf};

use console::Term;
use dialoguer::{
    Confirm, FuzzySelect, Input,
    theme::{ColorfulTheme, SimpleTheme, Theme},
};

#[cfg(unix)]
use crate::system::ctrl_d::CtrlDLeaves;
use crate::{
    catalog::Catalog,
    cli::{error::Error, exit::Exit, output},
    project::options::{self, Check, GivenOptions, Options},
    system::{interrupt, shell, text::printable},
};

/// Narrower windows break the lines that dialoguer draws again and again.
const NARROW: u16 = 60;

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
    /// Flags that no question is about, as they were given.
    pub others: Vec<String>,
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
        let others = self.others.iter().map(String::as_str);
        let words = std::iter::once("ssojet-gen").chain(given).chain(others);
        let words: Vec<&str> = words.collect();
        shell::line(&words)
    }
}

/// `~` as a shell would have it: nobody is between a person's answer and us.
fn at_home(folder: &str) -> PathBuf {
    let below = match folder {
        "~" => Some(""),
        _ => folder.strip_prefix("~/"),
    };
    match (below, etcetera::home_dir()) {
        (Some(below), Ok(home)) => home.join(below),
        _ => PathBuf::from(folder),
    }
}

/// Asks at a terminal: with menus, or line by line where it cannot draw them.
pub struct Wizard<'a> {
    catalog: &'a Catalog,
    terminal: Term,
    menus: Option<Box<dyn Theme>>,
    /// Where the system has no pseudo-terminal, Ctrl-D does nothing.
    #[cfg(unix)]
    _ctrl_d: Option<CtrlDLeaves>,
}

impl<'a> Wizard<'a> {
    /// A wizard on standard error.
    #[must_use]
    pub fn new(catalog: &'a Catalog) -> Self {
        let terminal = Term::stderr();
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let menus: Option<Box<dyn Theme>> = if is_dumb || terminal.size().1 < NARROW {
            None
        } else if console::colors_enabled_stderr() {
            Some(Box::new(ColorfulTheme::default()))
        } else {
            Some(Box::new(SimpleTheme))
        };
        if menus.is_some() {
            interrupt::note_instead_of_dying();
        } else {
            // A line is read by the system, which does not tell us of an interruption.
            interrupt::exit_at_once(Exit::Interrupted.into());
        }
        Self {
            catalog,
            terminal,
            #[cfg(unix)]
            _ctrl_d: menus.as_ref().and_then(|_| CtrlDLeaves::start().ok()),
            menus,
        }
    }

    /// Asks for a language and, where it has several, a client library.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the person leaves.
    pub fn ask_target(&self, answers: &mut Answers) -> Result<(), Error> {
        let languages = self.catalog.languages()?;
        let language = if let Some(name) = &answers.language {
            self.catalog.language(name)?
        } else {
            let ids: Vec<&str> = languages.iter().map(|language| language.id()).collect();
            // A menu is searched by what it shows, so it shows each name that `--lang` takes.
            let titles = languages.iter().map(|language| {
                let title = &language.manifest().title;
                let names = language.names();
                let others = names.filter(|name| !title.eq_ignore_ascii_case(name));
                match others.collect::<Vec<_>>().join(", ") {
                    names if names.is_empty() => title.clone(),
                    names => format!("{title} ({names})"),
                }
            });
            let titles: Vec<String> = titles.collect();
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            languages[self.choose("Language", &ids, &titles, 0)?]
        };
        answers.language = Some(language.id().to_owned());
        if let Some(client) = &answers.client {
            language.client(client)?;
        } else {
            let clients = &language.manifest().clients;
            let ids: Vec<&str> = clients.iter().map(|client| &*client.id).collect();
            let titles: Vec<&str> = clients.iter().map(|client| &*client.title).collect();
            let default = &language.default_client()?.id;
            let default = ids.iter().position(|id| id == default).unwrap_or(0);
            let chosen = match clients.len() {
                1 => 0,
                _ => self.choose("Client library", &ids, &titles, default)?,
            };
            if let Some(note) = &clients[chosen].note {
                output::tell(&format!("  {}", printable(note)));
            }
            answers.client = Some(clients[chosen].id.clone());
        }
        Ok(())
    }

    /// Asks for everything that the command line leaves open.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the person leaves.
    pub fn ask_all(&self, answers: &mut Answers) -> Result<(), Error> {
        // What was given is checked before a question is asked in vain.
        answers.options.clone().checked()?;
        self.ask_target(answers)?;
        let default = Options::default();
        let given = &mut answers.options;
        let token_url = (&mut given.token_url, &*default.token_url);
        self.ask("Token endpoint", token_url, options::check_token_url)?;
        let scope = (&mut given.scope, &*default.scope);
        self.ask("Scopes, if any", scope, options::check_scope)?;
        let audience = (&mut given.audience, &*default.audience);
        self.ask("Audience, if any", audience, options::check_audience)?;
        let api_url = (&mut given.api_url, &*default.api_url);
        self.ask("API base URL", api_url, options::check_api_url)?;
        if answers.folder.is_none() {
            let language = answers.language.as_deref().unwrap_or_default();
            let target = self.catalog.target(language, answers.client.as_deref())?;
            let mut folder = None;
            self.ask("Folder", (&mut folder, &target.id()), options::check_folder)?;
            answers.folder = folder.map(|folder| at_home(&folder));
        }
        Ok(())
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the person leaves.
    pub fn confirm(&self, question: &str) -> Result<bool, Error> {
        let Some(theme) = &self.menus else {
            let answer = self.read_line(question, "yes")?.to_lowercase();
            return Ok("yes".starts_with(&answer));
        };
        let answer = Confirm::with_theme(&**theme)
            .with_prompt(question)
            .default(true)
            .interact_on_opt(&self.terminal);
        self.answered(answer)?.ok_or(Error::Interrupted)
    }

    /// One of several, by its index.
    fn choose(
        &self,
        question: &str,
        ids: &[&str],
        titles: &[&str],
        default: usize,
    ) -> Result<usize, Error> {
        if let Some(theme) = &self.menus {
            let answer = FuzzySelect::with_theme(&**theme)
                .with_prompt(question)
                .items(titles)
                .default(default)
                .max_length(10)
                .interact_on_opt(&self.terminal);
            return self.answered(answer)?.ok_or(Error::Interrupted);
        }
        output::tell(&format!("{question}: {}", ids.join(", ")));
        loop {
            let answer = self.read_line(question, ids[default])?;
            let is_meant = |name: &&str| name.eq_ignore_ascii_case(&answer);
            match ids
                .iter()
                .position(is_meant)
                .or(titles.iter().position(is_meant))
            {
                Some(index) => return Ok(index),
                None => output::tell(&format!("Choose one of {}.", ids.join(", "))),
            }
        }
    }

    /// One line of text, checked when it is entered. The default is left open, as on the command line.
    ///
    /// dialoguer could check it too, but draws over itself where what it says of a wrong text takes two lines.
    fn ask(
        &self,
        question: &str,
        (answer, default): (&mut Option<String>, &str),
        check: Check,
    ) -> Result<(), Error> {
        while answer.is_none() {
            let text = self.line(question, default)?;
            match check(&text) {
                Ok(()) if text == default => return Ok(()),
                Ok(()) => *answer = Some(text),
                Err(error) => output::tell(&format!("  Please {}.", error.problem)),
            }
        }
        Ok(())
    }

    fn line(&self, question: &str, default: &str) -> Result<String, Error> {
        let Some(theme) = &self.menus else {
            return self.read_line(question, default);
        };
        let mut input = Input::with_theme(&**theme)
            .with_prompt(question)
            .allow_empty(true);
        if !default.is_empty() {
            input = input.default(default.to_owned());
        }
        let answer = self.answered(input.interact_text_on(&self.terminal));
        if answer.is_err() {
            // The cursor still stands behind the question.
            let _ = self.terminal.write_line("");
        }
        answer
    }

    fn read_line(&self, question: &str, default: &str) -> Result<String, Error> {
        let hint = match default {
            "" => String::new(),
            default => format!(" [{default}]"),
        };
        self.terminal
            .write_str(&format!("{question}{hint}: "))
            .map_err(Error::Output)?;
        let mut line = String::new();
        if io::stdin().read_line(&mut line).map_err(Error::Output)? == 0 {
            return Err(Error::Interrupted);
        }
        let answer = line.trim();
        Ok(if answer.is_empty() { default } else { answer }.to_owned())
    }

    /// An interrupted question leaves the cursor hidden.
    fn answered<T>(&self, answer: dialoguer::Result<T>) -> Result<T, Error> {
        answer.map_err(|dialoguer::Error::IO(error)| {
            let _ = self.terminal.show_cursor();
            match error.kind() {
                io::ErrorKind::Interrupted => Error::Interrupted,
                _ => Error::Output(error),
            }
        })
    }
}
