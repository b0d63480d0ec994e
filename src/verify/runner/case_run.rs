use std::{collections::BTreeMap, time::Instant};

use super::{
    ProbedDriver,
    semaphore::Semaphore,
    stage::{Played, Stage},
    stage_error::StageError,
};
use crate::{
    sandbox::SigningKey,
    verify::{
        driver::{DriverError, FirstLine, Reply},
        judgement::{Context, Failure, Finding, leak_check, store_check},
        report::{CaseReport, Outcome},
        scenario::{Case, ErrorPattern, Scenario},
    },
};

/// The most lines of exchanges that the report of one case has.
const LINES: usize = 40;

/// Runs cases that one stage or one driver will do for, one after the other: each plays its own script, and
/// after one that has not passed the next begins with a new stage, so that it inherits nothing.
#[must_use]
pub fn run(
    cases: &[Case],
    driver: &ProbedDriver,
    key: &SigningKey,
    starts: &Semaphore,
) -> Vec<CaseReport> {
    let mut stage: Option<Stage<'_>> = None;
    let mut reports = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let began = Instant::now();
        let scenario = &case.scenario;
        let mut report = CaseReport::new(case);
        if let Some(reason) = driver.lacks(scenario) {
            report.outcome = Outcome::NotApplicable;
            report.reason = Some(reason);
        } else {
            let is_last = at + 1 == cases.len();
            let set = || Stage::set(scenario, driver, key, starts);
            let next = match stage.take() {
                Some(mut stage) if scenario.shared => {
                    stage.play_script(scenario.script.clone());
                    Ok(stage)
                }
                used => set().map(|mut stage| {
                    stage.take_over(used.and_then(Stage::into_driver));
                    stage
                }),
            };
            let played = next.and_then(|stage| played(scenario, stage, is_last));
            stage = recorded(&mut report, played);
        }
        report.time_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        reports.push(report);
    }
    reports
}

/// Writes down what came of a case; the stage, if the next may use it.
fn recorded<'a>(
    report: &mut CaseReport,
    played: Result<(Vec<Finding>, Stage<'a>), StageError>,
) -> Option<Stage<'a>> {
    match played {
        Ok((findings, stage)) => {
            let exchanges = stage.observed().exchanges.into_iter().take(LINES);
            report.exchanges = exchanges.map(|exchange| exchange.to_string()).collect();
            let failures = findings
                .iter()
                .map(|finding| Failure::new(finding, &report.rules));
            report.failures = failures.collect();
            if report.failures.is_empty() {
                report.outcome = Outcome::Passed;
                return Some(stage);
            }
            report.outcome = Outcome::Failed;
        }
        Err(error) => {
            // What the machine refuses is no fault of the client's, but nothing was shown either.
            if matches!(error, StageError::Unsupported(_)) {
                report.outcome = Outcome::NotApplicable;
            }
            report.reason = Some(error.to_string());
        }
    }
    None
}

/// Everything that is wrong, and the stage as it was left.
fn played<'a>(
    scenario: &Scenario,
    mut stage: Stage<'a>,
    is_last: bool,
) -> Result<(Vec<Finding>, Stage<'a>), StageError> {
    let mut findings = Vec::new();
    let mut broken = match &scenario.refusal {
        Some(pattern) => refused(&mut stage, scenario, pattern, &mut findings),
        None => acted(&mut stage, scenario, &mut findings),
    };
    let goes_on = scenario.shared || stage.rebuilds();
    if broken.is_ok() && (is_last || !goes_on || !findings.is_empty()) {
        broken = stage.end_all();
    }
    match broken {
        Err(StageError::Driver(error)) if error.is_about_the_driver() => {
            findings.push(protocol_finding(&error, &stage));
        }
        Err(other) => return Err(other),
        Ok(()) => findings.extend(judged(&stage, scenario)),
    }
    let leaks = stage.leaks();
    findings.extend(leak_check::printed(&stage.printed(), &leaks));
    findings.extend(leak_check::strayed(&stage.observed(), &leaks));
    Ok((findings, stage))
}

/// The client must refuse to be built, before any request; where it may be built, it plays the steps.
fn refused(
    stage: &mut Stage<'_>,
    scenario: &Scenario,
    pattern: &ErrorPattern,
    findings: &mut Vec<Finding>,
) -> Result<(), StageError> {
    let first_line = stage.start("a", &BTreeMap::new())?;
    if scenario.may_be_built && matches!(first_line, FirstLine::Ready(_)) {
        return acted(stage, scenario, findings);
    }
    let leaks = stage.leaks();
    let fill = |text: &str| stage.fill(text);
    let context = Context {
        tokens: &[],
        fill: &fill,
        leaks: &leaks,
    };
    let found = match &first_line {
        FirstLine::Ready(_) => Some("the client was built".to_owned()),
        FirstLine::Refused(error) => {
            (!pattern.fits(error, &context)).then(|| error.described(&context))
        }
    };
    let exit_code = i32::from(matches!(first_line, FirstLine::Refused(_)));
    if let Some(found) = found {
        findings.push(Finding {
            expected: format!("the client refuses to be built: {pattern}"),
            found,
            rule: None,
            exchanges: Vec::new(),
        });
    }
    if !stage.rebuilds() {
        stage.end("a", exit_code)?;
    }
    let observed = stage.observed();
    if !observed.exchanges.is_empty() {
        findings.push(Finding {
            expected: "no request at all".to_owned(),
            found: observed.exchanges.len().to_string(),
            rule: None,
            exchanges: observed.exchanges,
        });
    }
    Ok(())
}

fn acted(
    stage: &mut Stage<'_>,
    scenario: &Scenario,
    findings: &mut Vec<Finding>,
) -> Result<(), StageError> {
    if !stage.has_driver("a") {
        stage.start_ready("a", &BTreeMap::new())?;
    }
    for (at, step) in scenario.steps.iter().enumerate() {
        for played in stage.play(step)? {
            findings.extend(step_findings(at + 1, &played, stage));
        }
    }
    Ok(())
}

fn step_findings(number: usize, played: &Played<'_>, stage: &Stage<'_>) -> Vec<Finding> {
    let (Some(pattern), Reply::Results(results)) = (&played.step.expect, &played.reply) else {
        return Vec::new();
    };
    let (tokens, leaks) = (stage.tokens(), stage.leaks());
    let fill = |text: &str| stage.fill(text);
    let context = Context {
        tokens: &tokens,
        fill: &fill,
        leaks: &leaks,
    };
    let mut findings = pattern.findings(results, played.after, &context);
    for finding in &mut findings {
        finding.expected = format!("step {number}: {}", finding.expected);
        finding.exchanges = stage.observed().exchanges;
    }
    findings
}

/// What the servers have seen, and what was printed, judged when all is over.
fn judged(stage: &Stage<'_>, scenario: &Scenario) -> Vec<Finding> {
    let (tokens, leaks, observed) = (stage.tokens(), stage.leaks(), stage.observed());
    let fill = |text: &str| stage.fill(text);
    let context = Context {
        tokens: &tokens,
        fill: &fill,
        leaks: &leaks,
    };
    let expectations = scenario.journal.iter();
    let mut findings: Vec<Finding> = expectations
        .flat_map(|expectation| expectation.findings(&observed, &context))
        .collect();
    let forbidden: Vec<String> = scenario.never.iter().map(|text| stage.fill(text)).collect();
    findings.extend(leak_check::never(&stage.printed(), &forbidden, &leaks));
    if scenario.private_store {
        findings.extend(store_check::findings(&stage.folder().join("cache")));
    }
    findings
}

fn protocol_finding(error: &DriverError, stage: &Stage<'_>) -> Finding {
    Finding {
        expected: "the driver keeps to the driver protocol".to_owned(),
        found: stage.leaks().masked(&error.to_string()),
        rule: None,
        exchanges: stage.observed().exchanges,
    }
}
