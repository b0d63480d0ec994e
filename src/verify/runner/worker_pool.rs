use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Sender},
    },
    thread,
    time::Duration,
};

use super::{ProbedDriver, case_run, semaphore::Semaphore};
use crate::{
    sandbox::{Algorithm, SandboxError, SigningKey},
    verify::{report::CaseReport, scenario::Case},
};

/// Workers of two kinds: many that play scenarios, which mostly sleep, and few that may start a
/// driver at the same time, which is work.
#[derive(Debug)]
pub struct WorkerPool {
    workers: usize,
    starts: Semaphore,
    key: SigningKey,
}

/// Cases to run against one driver: one, or rows of a table that share a process.
#[derive(Debug, Clone)]
pub struct Job {
    /// The place of its target among those that are run.
    pub target: usize,
    /// The driver.
    pub driver: Arc<ProbedDriver>,
    /// The cases.
    pub cases: Vec<Case>,
}

impl Job {
    /// The most cases that share a process: with more of them, a few workers would have the work of all.
    const SHARED: usize = 30;

    /// Jobs for all cases against one driver.
    #[must_use]
    pub fn all(target: usize, driver: &Arc<ProbedDriver>, cases: &[Case]) -> Vec<Self> {
        let mut jobs: Vec<Self> = Vec::new();
        for case in cases {
            match jobs.last_mut() {
                Some(job) if job.takes(case) => job.cases.push(case.clone()),
                _ => jobs.push(Self {
                    target,
                    driver: Arc::clone(driver),
                    cases: vec![case.clone()],
                }),
            }
        }
        jobs
    }

    fn takes(&self, case: &Case) -> bool {
        let scenario = &case.scenario;
        (scenario.shared || scenario.rebuilt && self.driver.rebuilds)
            && self.cases.len() < Self::SHARED
            && self.cases[0].scenario.id == scenario.id
    }

    fn length(&self) -> Duration {
        self.cases.iter().map(|case| case.scenario.length()).sum()
    }
}

impl WorkerPool {
    /// As many scenarios at once.
    const WORKERS: usize = 64;

    /// A pool fit for this machine.
    ///
    /// # Errors
    /// When no key for the sandboxes is to be had.
    pub fn new() -> Result<Self, SandboxError> {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Ok(Self {
            workers: Self::WORKERS,
            starts: Semaphore::new(cores),
            // One key for all: a new one for each sandbox is work, and RS256's much of it.
            key: SigningKey::generate(Algorithm::Es256)?,
        })
    }

    /// Runs all jobs, the long ones first; `tell` hears of each that has ended, with its target.
    pub fn run(&self, mut jobs: Vec<Job>, mut tell: impl FnMut(usize, CaseReport)) {
        jobs.sort_by_key(|job| std::cmp::Reverse(job.length()));
        let workers = self.workers.min(jobs.len());
        let jobs = Mutex::new(jobs.into_iter());
        let (sender, ended) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..workers {
                let (jobs, sender) = (&jobs, sender.clone());
                scope.spawn(move || self.work(jobs, &sender));
            }
            drop(sender);
            for (target, report) in ended {
                tell(target, report);
            }
        });
    }

    fn work(&self, jobs: &Mutex<impl Iterator<Item = Job>>, ended: &Sender<(usize, CaseReport)>) {
        let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(job) = next() {
            for report in case_run::run(&job.cases, &job.driver, &self.key, &self.starts) {
                if ended.send((job.target, report)).is_err() {
                    return;
                }
            }
        }
    }
}
