use std::{
    collections::BTreeMap,
    ffi::OsString,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{ProbedDriver, semaphore::Semaphore, stage_error::StageError};
use crate::{
    project::{
        plan::Plan,
        writer::{self, OnConflict},
    },
    sandbox::{Place, Sandbox, Script, Secret, Settings, SigningKey},
    system::interrupt,
    verify::{
        driver::{DriverError, DriverProcess, FirstLine, Operation, Printed, Reply},
        judgement::{LeakSearch, Observed, store_check},
        scenario::{Action, Scenario, Step},
    },
};

/// How often a wait looks whether the person has interrupted.
const PACE: Duration = Duration::from_millis(50);

/// Everything that one scenario is played with: a sandbox, a folder, and drivers by their names.
pub struct Stage<'a> {
    probed_driver: &'a ProbedDriver,
    starts: &'a Semaphore,
    folder: TempDir,
    sandbox: Sandbox,
    client_secret: String,
    environment: BTreeMap<String, Option<String>>,
    ends_within: Option<Duration>,
    /// Whether a driver builds its client anew for each case.
    rebuilds: bool,
    /// One that has been used before, and is to build its client anew.
    spare: Option<DriverProcess>,
    drivers: BTreeMap<String, DriverProcess>,
    printed: Vec<Printed>,
    /// What the servers had seen when the script began.
    before: Observed,
    /// How many tokens had been handed out then.
    tokens_before: usize,
    has_started: bool,
}

/// An operation that a driver was asked for and has not replied to.
struct Asked<'a> {
    step: &'a Step,
    operation: Operation,
    at: Instant,
}

/// What came of a step: the reply and how long it took.
pub struct Played<'a> {
    /// The step.
    pub step: &'a Step,
    /// The reply.
    pub reply: Reply,
    /// From the request to the reply.
    pub after: Duration,
}

impl<'a> Stage<'a> {
    /// Sets everything up; no driver runs yet.
    ///
    /// # Errors
    /// When the system refuses a folder, a file or a port.
    pub fn set(
        scenario: &Scenario,
        probed_driver: &'a ProbedDriver,
        key: &SigningKey,
        starts: &'a Semaphore,
    ) -> Result<Self, StageError> {
        let folder = writer::temporary_folder()?;
        let mut settings = Settings::with_key(key.clone())?;
        settings.script = scenario.script.clone();
        settings.extra_places = true;
        settings
            .other_audiences
            .clone_from(&scenario.server.other_audiences);
        if let Some(id) = &scenario.server.client_id {
            settings.client_id.clone_from(id);
        }
        if let Some(secret) = &scenario.server.client_secret {
            settings.client_secret = Secret::new(secret.clone());
        }
        let client_secret = settings.client_secret.expose().to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(StageError::Listener)?;
        let stage = Self {
            sandbox: Sandbox::start(listener, settings)?,
            probed_driver,
            starts,
            folder,
            client_secret,
            environment: scenario.environment.clone(),
            ends_within: scenario.ends_within_s.map(Duration::from_secs),
            rebuilds: scenario.rebuilt && probed_driver.rebuilds,
            spare: None,
            drivers: BTreeMap::new(),
            printed: Vec::new(),
            before: Observed::default(),
            tokens_before: 0,
            has_started: false,
        };
        let mut files = Plan::default();
        for (path, text) in &scenario.files {
            files.insert(path, stage.fill(text).into_bytes())?;
        }
        writer::write(&files, stage.folder.path(), OnConflict::Overwrite)?;
        Ok(stage)
    }

    /// Plays another script; what was seen before is forgotten, the drivers go on.
    pub fn play_script(&mut self, script: Script) {
        self.before = self.seen();
        self.tokens_before = self.sandbox.issued_tokens().len();
        self.sandbox.play(script);
    }

    /// Whether its driver builds its client anew, and so can be used for another case.
    #[must_use]
    pub fn rebuilds(&self) -> bool {
        self.rebuilds
    }

    /// The driver, for another stage.
    #[must_use]
    pub fn into_driver(mut self) -> Option<DriverProcess> {
        self.drivers.remove("a")
    }

    /// Uses another stage's driver.
    pub fn take_over(&mut self, spare: Option<DriverProcess>) {
        if let Some(spare) = &spare {
            spare.forget_printed();
        }
        self.spare = spare;
    }

    /// Whether a driver of this name runs.
    #[must_use]
    pub fn has_driver(&self, name: &str) -> bool {
        self.drivers.contains_key(name)
    }

    /// A text with its placeholders replaced.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let folder = self.folder.path().to_string_lossy();
        let port = self.sandbox.address().port().to_string();
        let text = text.replace("{folder}", &folder).replace("{port}", &port);
        self.sandbox.fill(&text)
    }

    /// Starts a driver, ending the one of this name that runs; `more` are variables on top.
    ///
    /// # Errors
    /// When it does not start, or breaks the protocol.
    pub fn start(
        &mut self,
        name: &str,
        more: &BTreeMap<String, Option<String>>,
    ) -> Result<FirstLine, StageError> {
        self.end(name, 0)?;
        let usual = self.sandbox.environment().into_iter();
        let mut variables: BTreeMap<String, OsString> = usual
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        for (name, value) in self.environment.iter().chain(more) {
            match value {
                Some(value) => variables.insert(name.clone(), with_bytes(&self.fill(value))),
                None => variables.remove(name),
            };
        }
        if self.rebuilds {
            return self.rebuild(name, variables);
        }
        self.start_process(name, &variables)
    }

    /// Lets a driver build its client of these variables; one is started if none is there.
    fn rebuild(
        &mut self,
        name: &str,
        variables: BTreeMap<String, OsString>,
    ) -> Result<FirstLine, StageError> {
        let text = |value: OsString| value.to_string_lossy().into_owned();
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name, text(value)));
        let operation = Operation::Configure {
            environment: variables.collect(),
        };
        if let Some(spare) = self.spare.take() {
            self.drivers.insert(name.to_owned(), spare);
        } else {
            let usual = self.sandbox.environment().into_iter();
            let usual = usual.map(|(name, value)| (name.to_owned(), value.into()));
            self.start_process(name, &usual.collect())?;
        }
        let ready = self.probed_driver.ready.clone();
        let Some(driver) = self.drivers.get_mut(name) else {
            return Ok(FirstLine::Ready(ready));
        };
        driver.ask(&operation);
        match driver.reply(&operation)? {
            Reply::Refused(error) => Ok(FirstLine::Refused(error)),
            _ => Ok(FirstLine::Ready(ready)),
        }
    }

    fn start_process(
        &mut self,
        name: &str,
        variables: &BTreeMap<String, OsString>,
    ) -> Result<FirstLine, StageError> {
        // Only the first start waits for its turn: once a scenario runs, its clock does too.
        let _permit = (!self.has_started).then(|| self.starts.acquire());
        self.has_started = true;
        if interrupt::is_noted() {
            return Err(DriverError::Interrupted.into());
        }
        let mut launch = self.probed_driver.launch.clone();
        launch.patience.end = self.ends_within.unwrap_or(launch.patience.end);
        let mut driver = DriverProcess::start(&launch, variables)?;
        let first_line = driver.first_line();
        self.drivers.insert(name.to_owned(), driver);
        Ok(first_line?)
    }

    /// Plays one step.
    ///
    /// # Errors
    /// When a driver dies, hangs or breaks the protocol.
    pub fn play<'b>(&mut self, step: &'b Step) -> Result<Vec<Played<'b>>, StageError> {
        match &step.action {
            Action::Wait(milliseconds) => {
                wait(Duration::from_millis(*milliseconds))?;
                Ok(Vec::new())
            }
            Action::Start(more) => {
                self.start_ready(&step.on, more)?;
                Ok(Vec::new())
            }
            Action::GarbleStore => {
                for file in self.store_files("cache") {
                    writer::overwrite(&file, b"\x00not what was stored{")?;
                }
                Ok(Vec::new())
            }
            Action::Stop | Action::Continue => {
                if let Some(driver) = self.drivers.get(&step.on) {
                    match step.action {
                        Action::Stop => driver.stop(),
                        _ => driver.go_on(),
                    }
                }
                Ok(Vec::new())
            }
            Action::Together(steps) => {
                let asked = self.ask(steps)?;
                self.replies(asked)
            }
            _ => {
                let asked = self.ask(std::slice::from_ref(step))?;
                let mut played = Vec::new();
                for step in &step.meanwhile {
                    played.extend(self.play(step)?);
                }
                played.extend(self.replies(asked)?);
                Ok(played)
            }
        }
    }

    /// Starts a driver whose client has to be built.
    ///
    /// # Errors
    /// As [`Stage::start`], and when the client refuses.
    pub fn start_ready(
        &mut self,
        name: &str,
        more: &BTreeMap<String, Option<String>>,
    ) -> Result<(), StageError> {
        match self.start(name, more)? {
            FirstLine::Ready(_) => Ok(()),
            FirstLine::Refused(error) => Err(StageError::Driver(DriverError::Refused {
                error: format!("{}: {}", error.kind, error.message),
            })),
        }
    }

    /// Asks drivers for operations, all at the same time.
    fn ask<'b>(&mut self, steps: &'b [Step]) -> Result<Vec<Asked<'b>>, StageError> {
        for step in steps {
            if !self.drivers.contains_key(&step.on) {
                self.start_ready(&step.on, &BTreeMap::new())?;
            }
        }
        let mut asked = Vec::new();
        for step in steps {
            if let Some(operation) = self.operation(&step.action)
                && let Some(driver) = self.drivers.get_mut(&step.on)
            {
                driver.ask(&operation);
                let at = Instant::now();
                asked.push(Asked {
                    step,
                    operation,
                    at,
                });
            }
        }
        Ok(asked)
    }

    /// Waits for the replies, in the order of the steps.
    fn replies<'b>(&mut self, asked: Vec<Asked<'b>>) -> Result<Vec<Played<'b>>, StageError> {
        let mut played = Vec::new();
        for Asked {
            step,
            operation,
            at,
        } in asked
        {
            if let Some(driver) = self.drivers.get_mut(&step.on) {
                let reply = driver.reply(&operation)?;
                if reply == Reply::Unsupported {
                    return Err(StageError::Unsupported(operation.name()));
                }
                let after = at.elapsed();
                played.push(Played { step, reply, after });
            }
        }
        Ok(played)
    }

    fn operation(&self, action: &Action) -> Option<Operation> {
        super::operations::operation(action, &|text| self.fill(text), &self.tokens())
    }

    /// Ends a driver, if it runs, and keeps what it has printed.
    ///
    /// # Errors
    /// When it does not end as it should.
    pub fn end(&mut self, name: &str, exit_code: i32) -> Result<(), StageError> {
        let Some(mut driver) = self.drivers.remove(name) else {
            return Ok(());
        };
        let ended = driver.end(exit_code);
        self.printed.push(driver.printed());
        Ok(ended?)
    }

    /// Ends every driver.
    ///
    /// # Errors
    /// The first that does not end as it should.
    pub fn end_all(&mut self) -> Result<(), StageError> {
        let names: Vec<String> = self.drivers.keys().cloned().collect();
        let ends = names.iter().map(|name| self.end(name, 0));
        // Every one is ended, whatever comes of the first.
        let ends: Vec<_> = ends.collect();
        ends.into_iter().collect()
    }

    /// What all drivers have printed so far.
    #[must_use]
    pub fn printed(&self) -> Vec<Printed> {
        let running = self.drivers.values().map(DriverProcess::printed);
        self.printed.iter().cloned().chain(running).collect()
    }

    /// The tokens that were issued since the script began, in order.
    #[must_use]
    pub fn tokens(&self) -> Vec<String> {
        let mut tokens = self.all_tokens();
        tokens.drain(..self.tokens_before.min(tokens.len()));
        tokens
    }

    fn all_tokens(&self) -> Vec<String> {
        let tokens = self.sandbox.issued_tokens();
        tokens
            .iter()
            .map(|token| token.text.expose().to_owned())
            .collect()
    }

    /// Looks for the secret and all tokens so far.
    #[must_use]
    pub fn leaks(&self) -> LeakSearch {
        let mut leaks = LeakSearch::default();
        leaks.add("the client secret", &self.client_secret);
        for (at, token) in self.all_tokens().iter().enumerate() {
            leaks.add(&format!("token {}", at + 1), token);
        }
        leaks
    }

    /// What the servers have seen since the script began.
    #[must_use]
    pub fn observed(&self) -> Observed {
        let mut seen = self.seen();
        seen.exchanges
            .drain(..self.before.exchanges.len().min(seen.exchanges.len()));
        for (place, number) in &mut seen.connections {
            *number -= self.before.connections(*place).min(*number);
        }
        seen
    }

    fn seen(&self) -> Observed {
        let journal = self.sandbox.journal();
        let connections = Place::ALL.map(|place| (place, journal.connections(place)));
        Observed {
            exchanges: journal.exchanges(),
            connections: BTreeMap::from(connections),
        }
    }

    /// The scenario's own folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The files below a folder of the scenario's own.
    #[must_use]
    pub fn store_files(&self, folder: &str) -> Vec<PathBuf> {
        store_check::files(&self.folder.path().join(folder))
    }
}

/// A text in which `{byte+ff}` stands for that byte, so that it need not be Unicode.
#[cfg(unix)]
fn with_bytes(text: &str) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    let mut parts = text.split("{byte+");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (number, rest) = part.split_once('}').unwrap_or_default();
        bytes.extend(u8::from_str_radix(number, 16).ok());
        bytes.extend_from_slice(rest.as_bytes());
    }
    OsString::from_vec(bytes)
}

#[cfg(not(unix))]
fn with_bytes(text: &str) -> OsString {
    text.into()
}

fn wait(time: Duration) -> Result<(), StageError> {
    let until = Instant::now() + time;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        if interrupt::is_noted() {
            return Err(DriverError::Interrupted.into());
        }
        thread::sleep(left.min(PACE));
    }
    Ok(())
}
