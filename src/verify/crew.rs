use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Sender},
    },
    thread,
};

use super::{case_run, driven::Driven, report::CaseReport, scenario::Case, slots::Slots};
use crate::sandbox::{Algorithm, SandboxError, SigningKey};

/// Workers of two kinds: many that play scenarios, which mostly sleep, and few that may start a
/// driver at the same time, which is work.
#[derive(Debug)]
pub struct Crew {
    players: usize,
    starts: Slots,
    key: SigningKey,
}

/// One case to run against one driver.
#[derive(Debug, Clone)]
pub struct Job {
    /// The place of its target among those that are run.
    pub target: usize,
    /// The driver.
    pub driven: Arc<Driven>,
    /// The case.
    pub case: Case,
}

impl Crew {
    /// As many scenarios at once.
    const PLAYERS: usize = 32;

    /// A crew fit for this machine.
    ///
    /// # Errors
    /// When no key for the sandboxes is to be had.
    pub fn new() -> Result<Self, SandboxError> {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Ok(Self {
            players: Self::PLAYERS,
            starts: Slots::new(cores),
            // One key for all: a new one for each sandbox is work, and RS256's much of it.
            key: SigningKey::generate(Algorithm::Es256)?,
        })
    }

    /// Runs all jobs, the long ones first; `tell` hears of each that has ended, with its target.
    pub fn run(&self, mut jobs: Vec<Job>, mut tell: impl FnMut(usize, CaseReport)) {
        jobs.sort_by_key(|job| std::cmp::Reverse(job.case.scenario.length()));
        let jobs = Mutex::new(jobs.into_iter());
        let (sender, ended) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..self.players {
                let (jobs, sender) = (&jobs, sender.clone());
                scope.spawn(move || self.play(jobs, &sender));
            }
            drop(sender);
            for (target, report) in ended {
                tell(target, report);
            }
        });
    }

    fn play(
        &self,
        jobs: &Mutex<impl Iterator<Item = Job>>,
        ended: &Sender<(usize, CaseReport)>,
    ) {
        let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(job) = next() {
            let report = case_run::run(&job.case, &job.driven, &self.key, &self.starts);
            if ended.send((job.target, report)).is_err() {
                return;
            }
        }
    }
}
