use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{
    ProbedDriver, drivers::Drivers, fixture_error::FixtureError, semaphore::Semaphore, variables,
};
use crate::{
    project::{
        plan::Plan,
        writer::{self, OnConflict},
    },
    sandbox::{Place, Sandbox, Script, Secret, Settings, SigningKey},
    system::interrupt,
    verify::{
        driver::{ClientError, DriverError, DriverProcess, FirstLine, Operation, Printed, Reply},
        judgement::{LeakSearch, Observed, store_check},
        report::ClientErrorReport,
        scenario::{Action, Scenario, Step},
    },
};

/// How often a wait looks whether the person has interrupted.
const PACE: Duration = Duration::from_millis(50);

/// Everything that one scenario is run with: a sandbox, a folder, and drivers by their names.
pub struct Fixture<'a> {
    folder: TempDir,
    sandbox: Sandbox,
    client_secret: String,
    environment: BTreeMap<String, Option<String>>,
    drivers: Drivers<'a>,
    /// The errors that the client has handed out, of all scripts.
    errors: Vec<ClientError>,
    /// What the servers had seen when the script began.
    before: Observed,
    /// How many tokens had been handed out then.
    tokens_before: usize,
}

/// An operation that a driver was asked for and has not replied to.
struct Asked<'a> {
    step: &'a Step,
    operation: Operation,
    at: Instant,
}

/// What came of a step: the reply and how long it took.
pub struct StepOutcome<'a> {
    /// The step.
    pub step: &'a Step,
    /// The reply.
    pub reply: Reply,
    /// From the request to the reply.
    pub after: Duration,
}

impl<'a> Fixture<'a> {
    /// Sets everything up; no driver runs yet.
    ///
    /// # Errors
    /// When the system refuses a folder, a file or a port.
    pub fn new(
        scenario: &Scenario,
        probed_driver: &'a ProbedDriver,
        key: &SigningKey,
        starts: &'a Semaphore,
    ) -> Result<Self, FixtureError> {
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
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(FixtureError::Listener)?;
        let fixture = Self {
            sandbox: Sandbox::start(listener, settings)?,
            folder,
            client_secret,
            environment: scenario.environment.clone(),
            drivers: Drivers::new(
                probed_driver,
                starts,
                scenario.ends_within_s.map(Duration::from_secs),
                scenario.rebuilt && probed_driver.rebuilds,
            ),
            errors: Vec::new(),
            before: Observed::default(),
            tokens_before: 0,
        };
        let mut files = Plan::default();
        for (path, text) in &scenario.files {
            files.insert(path, fixture.fill(text).into_bytes())?;
        }
        writer::write(&files, fixture.folder.path(), OnConflict::Overwrite)?;
        Ok(fixture)
    }

    /// Loads another script; what was seen before is forgotten, the drivers go on.
    pub fn load_script(&mut self, script: Script) {
        self.before = self.seen();
        self.tokens_before = self.sandbox.issued_tokens().len();
        self.sandbox.play(script);
    }

    /// Its drivers.
    pub fn drivers(&mut self) -> &mut Drivers<'a> {
        &mut self.drivers
    }

    /// Whether its driver builds its client anew, and so can be used for another case.
    #[must_use]
    pub fn rebuilds(&self) -> bool {
        self.drivers.rebuilds()
    }

    /// The driver, for another fixture.
    #[must_use]
    pub fn into_spare(self) -> Option<DriverProcess> {
        self.drivers.into_spare()
    }

    /// A text with its placeholders replaced.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let folder = self.folder.path().to_string_lossy();
        self.sandbox.fill(&text.replace("{folder}", &folder))
    }

    /// Starts a driver, ending the one of this name that runs; `more` are variables on top.
    ///
    /// # Errors
    /// When it does not start, or breaks the protocol.
    pub fn start(
        &mut self,
        name: &str,
        more: &BTreeMap<String, Option<String>>,
    ) -> Result<FirstLine, FixtureError> {
        let changes = self.environment.iter().chain(more);
        let changes = changes.map(|(name, value)| {
            let value = value.as_ref().map(|value| self.fill(value));
            (name.clone(), value)
        });
        let variables = variables::of(&self.sandbox, changes);
        let first_line = self.drivers.start(name, variables, &self.sandbox)?;
        if let FirstLine::Refused(error) = &first_line {
            self.errors.push(error.clone());
        }
        Ok(first_line)
    }

    /// Runs one step.
    ///
    /// # Errors
    /// When a driver dies, hangs or breaks the protocol.
    pub fn run_step<'b>(&mut self, step: &'b Step) -> Result<Vec<StepOutcome<'b>>, FixtureError> {
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
                let mut outcomes = Vec::new();
                for step in &step.meanwhile {
                    outcomes.extend(self.run_step(step)?);
                }
                outcomes.extend(self.replies(asked)?);
                Ok(outcomes)
            }
        }
    }

    /// Starts a driver whose client has to be built.
    ///
    /// # Errors
    /// As [`Fixture::start`], and when the client refuses.
    pub fn start_ready(
        &mut self,
        name: &str,
        more: &BTreeMap<String, Option<String>>,
    ) -> Result<(), FixtureError> {
        match self.start(name, more)? {
            FirstLine::Ready(_) => Ok(()),
            FirstLine::Refused(error) => Err(FixtureError::Driver(DriverError::Refused {
                error: format!("{}: {}", error.kind, error.message),
            })),
        }
    }

    /// Asks drivers for operations, all at the same time.
    fn ask<'b>(&mut self, steps: &'b [Step]) -> Result<Vec<Asked<'b>>, FixtureError> {
        for step in steps {
            if !self.drivers.has(&step.on) {
                self.start_ready(&step.on, &BTreeMap::new())?;
            }
        }
        let mut asked = Vec::new();
        for step in steps {
            if let Some(operation) = self.operation(&step.action)
                && let Some(driver) = self.drivers.get(&step.on)
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
    fn replies<'b>(&mut self, asked: Vec<Asked<'b>>) -> Result<Vec<StepOutcome<'b>>, FixtureError> {
        let mut outcomes = Vec::new();
        for Asked {
            step,
            operation,
            at,
        } in asked
        {
            if let Some(driver) = self.drivers.get(&step.on) {
                let reply = driver.reply(&operation)?;
                if reply == Reply::Unsupported {
                    return Err(FixtureError::Unsupported(operation.name()));
                }
                if let Reply::Results(results) = &reply {
                    let errors = results.iter().filter_map(|result| result.error.clone());
                    self.errors.extend(errors);
                }
                let after = at.elapsed();
                outcomes.push(StepOutcome { step, reply, after });
            }
        }
        Ok(outcomes)
    }

    fn operation(&self, action: &Action) -> Option<Operation> {
        super::operations::operation(action, &|text| self.fill(text), &self.tokens())
    }

    /// What all drivers have printed so far.
    #[must_use]
    pub fn printed(&self) -> Vec<Printed> {
        self.drivers.printed()
    }

    /// The errors that the client has handed out so far.
    #[must_use]
    pub fn errors(&self) -> Vec<ClientErrorReport> {
        let leaks = self.leaks();
        let port = self.sandbox.address().port().to_string();
        let errors = self.errors.iter().map(|error| ClientErrorReport {
            kind: error.kind,
            message: leaks.masked(&error.message).replace(&port, "PORT"),
        });
        errors.collect()
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

fn wait(time: Duration) -> Result<(), FixtureError> {
    let until = Instant::now() + time;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        if interrupt::is_noted() {
            return Err(DriverError::Interrupted.into());
        }
        thread::sleep(left.min(PACE));
    }
    Ok(())
}
