use std::{collections::BTreeMap, ffi::OsString, time::Duration};

use super::{ProbedDriver, fixture_error::FixtureError, semaphore::Semaphore};
use crate::{
    sandbox::Sandbox,
    system::interrupt,
    verify::driver::{DriverError, DriverProcess, FirstLine, Operation, Printed, Reply},
};

/// The drivers of one scenario, by the names that its steps give them, and what all of them have printed.
pub struct Drivers<'a> {
    probed_driver: &'a ProbedDriver,
    starts: &'a Semaphore,
    ends_within: Option<Duration>,
    /// Whether a driver builds its client anew for each case.
    rebuilds: bool,
    /// One that has been used before, and is to build its client anew.
    spare: Option<DriverProcess>,
    running: BTreeMap<String, DriverProcess>,
    printed: Vec<Printed>,
    has_started: bool,
}

impl<'a> Drivers<'a> {
    /// None runs yet; `starts` bounds how many are started at once.
    pub fn new(
        probed_driver: &'a ProbedDriver,
        starts: &'a Semaphore,
        ends_within: Option<Duration>,
        rebuilds: bool,
    ) -> Self {
        Self {
            probed_driver,
            starts,
            ends_within,
            rebuilds,
            spare: None,
            running: BTreeMap::new(),
            printed: Vec::new(),
            has_started: false,
        }
    }

    /// Whether a driver builds its client anew, and so can be used for another case.
    pub fn rebuilds(&self) -> bool {
        self.rebuilds
    }

    /// The driver, for another fixture.
    pub fn into_spare(mut self) -> Option<DriverProcess> {
        self.running.remove("a")
    }

    /// Uses another fixture's driver.
    pub fn use_spare(&mut self, spare: Option<DriverProcess>) {
        if let Some(spare) = &spare {
            spare.forget_printed();
        }
        self.spare = spare;
    }

    /// The driver of this name, if it runs.
    pub fn get(&mut self, name: &str) -> Option<&mut DriverProcess> {
        self.running.get_mut(name)
    }

    /// Whether a driver of this name runs.
    pub fn has(&self, name: &str) -> bool {
        self.running.contains_key(name)
    }

    /// Starts a driver with these variables, ending the one of this name that runs.
    ///
    /// # Errors
    /// When it does not start, or breaks the protocol.
    pub fn start(
        &mut self,
        name: &str,
        variables: BTreeMap<String, OsString>,
        sandbox: &Sandbox,
    ) -> Result<FirstLine, FixtureError> {
        self.end(name, 0)?;
        if self.rebuilds {
            return self.rebuild(name, variables, sandbox);
        }
        self.start_process(name, &variables)
    }

    /// Lets a driver build its client of these variables; one is started if none is there.
    fn rebuild(
        &mut self,
        name: &str,
        variables: BTreeMap<String, OsString>,
        sandbox: &Sandbox,
    ) -> Result<FirstLine, FixtureError> {
        let text = |value: OsString| value.to_string_lossy().into_owned();
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name, text(value)));
        let operation = Operation::Configure {
            environment: variables.collect(),
        };
        if let Some(spare) = self.spare.take() {
            self.running.insert(name.to_owned(), spare);
        } else {
            let usual = sandbox.environment().into_iter();
            let usual = usual.map(|(name, value)| (name.to_owned(), value.into()));
            self.start_process(name, &usual.collect())?;
        }
        let ready = self.probed_driver.ready.clone();
        let Some(driver) = self.running.get_mut(name) else {
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
    ) -> Result<FirstLine, FixtureError> {
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
        self.running.insert(name.to_owned(), driver);
        Ok(first_line?)
    }

    /// Ends a driver, if it runs, and keeps what it has printed.
    ///
    /// # Errors
    /// When it does not end as it should.
    pub fn end(&mut self, name: &str, exit_code: i32) -> Result<(), FixtureError> {
        let Some(mut driver) = self.running.remove(name) else {
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
    pub fn end_all(&mut self) -> Result<(), FixtureError> {
        let names: Vec<String> = self.running.keys().cloned().collect();
        let ends = names.iter().map(|name| self.end(name, 0));
        // Every one is ended, whatever comes of the first.
        let ends: Vec<_> = ends.collect();
        ends.into_iter().collect()
    }

    /// What all drivers have printed so far.
    pub fn printed(&self) -> Vec<Printed> {
        let running = self.running.values().map(DriverProcess::printed);
        self.printed.iter().cloned().chain(running).collect()
    }
}
