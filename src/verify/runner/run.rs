use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Instant,
};

use super::{Job, ProbedDriver, TestedClient, WorkerPool, progress::Progress};
use crate::{
    catalog::Contract,
    sandbox::SandboxError,
    system::text::printable,
    verify::{
        driver::DriverError,
        prepare::{Preparation, PrepareError, PreparedCache},
        report::{CaseReport, Outcome, Report, TargetReport},
        scenario::Case,
    },
};

/// What is run, and on what.
#[derive(Debug)]
pub struct Run<'a> {
    /// The rules.
    pub contract: &'a Contract,
    /// The catalogue's version, and so the contract's.
    pub catalog_version: &'a str,
    /// The cases.
    pub cases: &'a [Case],
    /// The rules of which these are all cases.
    pub whole_rules: &'a [String],
    /// Where projects are prepared.
    pub cache: &'a PreparedCache,
}

/// A driver that is ready, or why there is none.
type Readied = Result<Arc<ProbedDriver>, Unready>;

/// Why no case can be run.
struct Unready {
    /// [`Outcome::Failed`] for a driver that breaks the protocol; what could not be tried has not failed.
    outcome: Outcome,
    lacks_toolchain: bool,
    reason: String,
}

impl Unready {
    /// A driver that is not what it should be. Its own texts may be in the reason.
    fn failed(reason: &str) -> Self {
        Self {
            outcome: Outcome::Failed,
            lacks_toolchain: false,
            reason: printable(reason),
        }
    }
}

impl From<PrepareError> for Unready {
    fn from(error: PrepareError) -> Self {
        Self {
            outcome: Outcome::NotRun,
            lacks_toolchain: matches!(error, PrepareError::Toolchain(_)),
            // What an install step has printed is in it.
            reason: printable(&error.to_string()),
        }
    }
}

impl From<DriverError> for Unready {
    fn from(error: DriverError) -> Self {
        Self {
            outcome: if error.is_about_the_driver() {
                Outcome::Failed
            } else {
                Outcome::NotRun
            },
            lacks_toolchain: false,
            // What the driver has printed is in it.
            reason: printable(&error.to_string()),
        }
    }
}

impl Run<'_> {
    /// Makes every client ready, a few at once, and runs all cases against them.
    ///
    /// # Errors
    /// When no sandbox can be made.
    pub fn against(
        &self,
        clients: Vec<TestedClient>,
        progress: &dyn Progress,
    ) -> Result<Report, SandboxError> {
        let began = Instant::now();
        let names: Vec<(String, _)> = clients
            .iter()
            .map(|client| (client.id().to_owned(), client.exceptions()))
            .collect();
        let readied = self.ready_all(clients, progress);
        let drivers = readied.iter().enumerate();
        let drivers =
            drivers.filter_map(|(target, readied)| Some((target, readied.as_ref().ok()?)));
        let jobs = drivers.flat_map(|(target, driver)| Job::all(target, driver, self.cases));
        let jobs: Vec<Job> = jobs.collect();
        progress.begin(jobs.iter().map(|job| job.cases.len()).sum());
        let mut cases: Vec<Vec<CaseReport>> = vec![Vec::new(); names.len()];
        WorkerPool::new()?.run(jobs, |target, case| {
            progress.ended(&names[target].0, &case);
            cases[target].push(case);
        });
        let targets = names.into_iter().zip(readied).zip(cases);
        let targets = targets.map(|(((id, exceptions), readied), cases)| match readied {
            Ok(driver) => TargetReport::new(
                id,
                driver.ready.clone(),
                cases,
                self.contract,
                &exceptions,
                self.whole_rules,
            ),
            Err(unready) => TargetReport {
                lacks_toolchain: unready.lacks_toolchain,
                ..TargetReport::without_cases(id, unready.outcome, unready.reason)
            },
        });
        let targets = targets.collect();
        let time = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(Report::new(
            self.contract,
            self.catalog_version,
            time,
            targets,
        ))
    }

    fn ready_all(&self, clients: Vec<TestedClient>, progress: &dyn Progress) -> Vec<Readied> {
        let workers = thread::available_parallelism().map_or(2, usize::from);
        let mut readied: Vec<Option<Readied>> = clients.iter().map(|_| None).collect();
        let waiting = Mutex::new(clients.into_iter().zip(readied.iter_mut()));
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    let next = || {
                        waiting
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .next()
                    };
                    while let Some((client, place)) = next() {
                        *place = Some(self.ready(client, progress));
                    }
                });
            }
        });
        drop(waiting);
        let missing = || {
            Err(Unready {
                outcome: Outcome::NotRun,
                lacks_toolchain: false,
                reason: "it was not prepared".to_owned(),
            })
        };
        readied
            .into_iter()
            .map(|readied| readied.unwrap_or_else(missing))
            .collect()
    }

    fn ready(&self, client: TestedClient, progress: &dyn Progress) -> Readied {
        let id = client.id().to_owned();
        let listed = client.capabilities();
        let driver = match client {
            TestedClient::Driver { launch, .. } | TestedClient::Prepared { launch, .. } => {
                ProbedDriver::probe(launch).map_err(Unready::from)
            }
            TestedClient::Impossible { error, .. } => Err(error.into()),
            TestedClient::Project(preparation) => {
                progress.preparing(&id);
                self.probed(&preparation)
            }
        };
        let readied = driver.and_then(|driver| {
            if let Some(listed) = listed {
                let agrees = driver.agrees_with(&listed);
                agrees.map_err(|problem| Unready::failed(&problem))?;
            }
            Ok(Arc::new(driver))
        });
        let problem = readied.as_ref().err().map(|unready| &*unready.reason);
        progress.prepared(&id, problem);
        readied
    }

    fn probed(&self, preparation: &Preparation) -> Result<ProbedDriver, Unready> {
        if let Some(launch) = self.cache.ready(preparation) {
            match ProbedDriver::probe(launch) {
                // It may lack by now what stood elsewhere, such as in the package manager's cache.
                Err(DriverError::Died { .. } | DriverError::NotStarted { .. }) => {}
                probed => return Ok(probed?),
            }
        }
        let launch = self.cache.install(preparation)?.finish()?;
        Ok(ProbedDriver::probe(launch)?)
    }
}
