use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Instant,
};

use super::{
    Crew, Driven, Job, Outcome, Subject,
    prepare::{PrepareError, Workshop},
    progress::Progress,
    report::{CaseReport, DriverReport, Report, TargetReport},
    scenario::Case,
};
use crate::{catalog::Contract, process::ProcessError, sandbox::SandboxError};

/// What is run, and on what.
#[derive(Debug)]
pub struct Run<'a> {
    /// The rules.
    pub contract: &'a Contract,
    /// The catalogue's version, and so the contract's.
    pub catalog_version: &'a str,
    /// The cases.
    pub cases: &'a [Case],
    /// Whether these are all cases of each of their rules.
    pub is_whole: bool,
    /// Where projects are prepared.
    pub workshop: &'a Workshop,
}

/// A driver that is ready, or the report of a target that has none.
type Readied = Result<Arc<Driven>, (Outcome, String)>;

impl Run<'_> {
    /// Makes every subject ready, a few at once, and runs all cases against them.
    ///
    /// # Errors
    /// When no sandbox can be made.
    pub fn against(
        &self,
        subjects: Vec<Subject>,
        progress: &dyn Progress,
    ) -> Result<Report, SandboxError> {
        let began = Instant::now();
        let names: Vec<(String, _)> = subjects
            .iter()
            .map(|subject| (subject.id().to_owned(), subject.exceptions()))
            .collect();
        let readied = self.ready_all(subjects, progress);
        let drivens = readied.iter().enumerate();
        let drivens =
            drivens.filter_map(|(target, readied)| Some((target, readied.as_ref().ok()?)));
        let jobs = drivens.flat_map(|(target, driven)| Job::all(target, driven, self.cases));
        let jobs: Vec<Job> = jobs.collect();
        progress.begin(jobs.iter().map(|job| job.cases.len()).sum());
        let mut cases: Vec<Vec<CaseReport>> = vec![Vec::new(); names.len()];
        Crew::new()?.run(jobs, |target, case| {
            progress.ended(&names[target].0, &case);
            cases[target].push(case);
        });
        let targets = names.into_iter().zip(readied).zip(cases);
        let targets = targets.map(|(((id, exceptions), readied), cases)| match readied {
            Ok(driven) => TargetReport::new(
                id,
                DriverReport::from(&driven.ready),
                cases,
                self.contract,
                &exceptions,
                self.is_whole,
            ),
            Err((outcome, reason)) => TargetReport::without_cases(id, outcome, reason),
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

    fn ready_all(&self, subjects: Vec<Subject>, progress: &dyn Progress) -> Vec<Readied> {
        let workers = thread::available_parallelism().map_or(2, usize::from);
        let mut readied: Vec<Option<Readied>> = subjects.iter().map(|_| None).collect();
        let waiting = Mutex::new(subjects.into_iter().zip(readied.iter_mut()));
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    let next = || {
                        waiting
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .next()
                    };
                    while let Some((subject, place)) = next() {
                        *place = Some(self.ready(subject, progress));
                    }
                });
            }
        });
        drop(waiting);
        let missing = || Err((Outcome::NotRun, "it was not prepared".to_owned()));
        readied
            .into_iter()
            .map(|readied| readied.unwrap_or_else(missing))
            .collect()
    }

    fn ready(&self, subject: Subject, progress: &dyn Progress) -> Readied {
        let id = subject.id().to_owned();
        let launch = match subject {
            Subject::Driver { launch, .. } | Subject::Prepared { launch, .. } => Ok(launch),
            Subject::Impossible { error, .. } => Err(error),
            Subject::Project(blueprint) => {
                progress.preparing(&id);
                self.workshop.prepared(&blueprint)
            }
        };
        let readied = launch.map_err(|error| (outcome(&error), error.to_string()));
        let readied = readied.and_then(|launch| {
            let driven = Driven::get(launch).map_err(|error| (Outcome::Failed, error.to_string()));
            driven.map(Arc::new)
        });
        let problem = readied.as_ref().err().map(|(_, reason)| reason.as_str());
        progress.prepared(&id, problem);
        readied
    }
}

/// A toolchain that is missing is no failure of the client's, and neither is an interruption.
fn outcome(error: &PrepareError) -> Outcome {
    match error {
        PrepareError::Toolchain(_) | PrepareError::Process(ProcessError::Interrupted) => {
            Outcome::NotRun
        }
        _ => Outcome::Failed,
    }
}
