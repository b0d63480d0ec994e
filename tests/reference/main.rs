//! The verifier proves itself: the reference driver passes every scenario, and each of the faults
//! that `--break` puts into it is caught by scenarios that find just the rules broken that it breaks.
//!
//! Without Python it is shown as `ignored`; with `SSOJET_GEN_REQUIRE=1` it fails then.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests may")]

mod breaks;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    sync::{Arc, OnceLock},
};

use breaks::{BREAKS, UNSEEN};
use libtest_mimic::{Arguments, Failed, Trial};
use ssojet_gen::{
    catalog::Catalog,
    verify::{Case, CaseReport, Job, Launch, Library, Outcome, Patience, ProbedDriver, WorkerPool},
};
use tempfile::TempDir;

const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/driver.py");

fn main() {
    let mut arguments = Arguments::from_args();
    // They mostly sleep; what is work waits for a permit.
    arguments.test_threads.get_or_insert(24);
    let mut trials = vec![
        Trial::test("every fault is tried", every_fault_is_tried),
        Trial::test("the reference driver passes every scenario", passes),
    ];
    trials.extend(BREAKS.iter().map(|(fault, rules, scenarios)| {
        Trial::test(format!("caught: {fault}"), move || {
            caught(fault, rules, scenarios)
        })
    }));
    let is_required = std::env::var_os("SSOJET_GEN_REQUIRE").is_some_and(|value| value == "1");
    if !is_required && Command::new("python3").arg("--version").output().is_err() {
        let ignored = trials
            .into_iter()
            .map(|trial| trial.with_ignored_flag(true));
        trials = ignored.collect();
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The faults that the driver knows are those of the tables, no more and no less.
fn every_fault_is_tried() -> Result<(), Failed> {
    let output = Command::new("python3")
        .args([DRIVER, "--list-breaks"])
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut known: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let seen = BREAKS.iter().map(|(fault, ..)| *fault);
    let mut tried: Vec<&str> = seen.chain(UNSEEN.iter().map(|(fault, _)| *fault)).collect();
    known.sort_unstable();
    tried.sort_unstable();
    assert_eq!(known, tried);
    Ok(())
}

fn passes() -> Result<(), Failed> {
    let reports = run(&["--store"], library().cases())?;
    let mut wrong = reports
        .iter()
        .filter(|report| report.outcome != Outcome::Passed);
    match wrong.next() {
        Some(report) => Err(format!("{report:#?}").into()),
        None => Ok(()),
    }
}

/// Each of the scenarios notices the fault, and together they find just these rules broken.
fn caught(fault: &str, rules: &[&str], scenarios: &[&str]) -> Result<(), Failed> {
    let mut broken = BTreeSet::new();
    for scenario in scenarios {
        let is_meant = |case: &&Case| case.id == *scenario || case.scenario.id == *scenario;
        let cases: Vec<Case> = library().cases().iter().filter(is_meant).cloned().collect();
        let reports = run(&["--store", "--break", fault], &cases)?;
        let failures = reports.iter().flat_map(|report| &report.failures);
        let found: BTreeSet<String> = failures.flat_map(|f| f.rules.clone()).collect();
        if found.is_empty() {
            return Err(format!("{scenario} does not notice it: {reports:#?}").into());
        }
        broken.extend(found);
    }
    let broken: Vec<&str> = broken.iter().map(String::as_str).collect();
    if broken != rules {
        return Err(format!("RULES {fault} {}", broken.join(",")).into());
    }
    Ok(())
}

fn run(options: &[&str], cases: &[Case]) -> Result<Vec<CaseReport>, Failed> {
    static POOL: OnceLock<WorkerPool> = OnceLock::new();
    let pool = POOL.get_or_init(|| WorkerPool::new().unwrap());
    let words = ["python3", DRIVER].iter().chain(options);
    let folder = folder_with_dotenv()?;
    let launch = Launch {
        command: words.map(|word| (*word).to_owned()).collect(),
        folder: folder.path().to_owned(),
        env: BTreeMap::new(),
        pass: Vec::new(),
        has_dotenv: true,
        patience: Patience::default(),
    };
    let driver = Arc::new(ProbedDriver::probe(launch)?);
    let mut reports = Vec::new();
    pool.run(Job::all(0, &driver, cases), |_, report| {
        reports.push(report);
    });
    Ok(reports)
}

fn folder_with_dotenv() -> Result<TempDir, Failed> {
    let folder = tempfile::tempdir()?;
    let text =
        "SSOJET_SCOPE='read-from-a-dotenv-file'\nSSOJET_AUDIENCE='read-from-a-dotenv-file'\n";
    std::fs::write(Path::new(folder.path()).join(".env"), text)?;
    Ok(folder)
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let catalog = Catalog::load(None).unwrap();
        Library::load(catalog.contract().unwrap(), catalog.vectors().unwrap()).unwrap()
    })
}
