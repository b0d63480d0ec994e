use std::{collections::BTreeMap, time::Instant};

use super::{
    ProbedDriver,
    fixture::{Fixture, StepOutcome},
    fixture_error::FixtureError,
    semaphore::Semaphore,
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

/// Runs cases that one fixture or one driver will do for, one after the other: each loads its own script, and
/// after one that has not passed the next begins with a new fixture, so that it inherits nothing.
#[must_use]
pub fn run(
    cases: &[Case],
    driver: &ProbedDriver,
    key: &SigningKey,
    starts: &Semaphore,
) -> Vec<CaseReport> {
    let mut fixture: Option<Fixture<'_>> = None;
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
            let new = || Fixture::new(scenario, driver, key, starts);
            let next = match fixture.take() {
                Some(mut fixture) if scenario.shared => {
                    fixture.load_script(scenario.script.clone());
                    Ok(fixture)
                }
                used => new().map(|mut fixture| {
                    fixture
                        .drivers()
                        .use_spare(used.and_then(Fixture::into_spare));
                    fixture
                }),
            };
            let judged = next.and_then(|fixture| run_and_judge(scenario, fixture, is_last));
            fixture = recorded(&mut report, judged);
        }
        report.time_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        reports.push(report);
    }
    reports
}

/// Writes down what came of a case; the fixture, if the next may use it.
fn recorded<'a>(
    report: &mut CaseReport,
    judged: Result<(Vec<Finding>, Fixture<'a>), FixtureError>,
) -> Option<Fixture<'a>> {
    match judged {
        Ok((findings, fixture)) => {
            let exchanges = fixture.observed().exchanges.into_iter().take(LINES);
            report.exchanges = exchanges.map(|exchange| exchange.to_string()).collect();
            report.errors = fixture.errors();
            let failures = findings
                .iter()
                .map(|finding| Failure::new(finding, &report.rules));
            report.failures = failures.collect();
            if report.failures.is_empty() {
                report.outcome = Outcome::Passed;
                return Some(fixture);
            }
            report.outcome = Outcome::Failed;
        }
        Err(error) => {
            // What the machine refuses is no fault of the client's, but nothing was shown either.
            if matches!(error, FixtureError::Unsupported(_)) {
                report.outcome = Outcome::NotApplicable;
            }
            report.reason = Some(error.to_string());
        }
    }
    None
}

/// Everything that is wrong, and the fixture as it was left.
fn run_and_judge<'a>(
    scenario: &Scenario,
    mut fixture: Fixture<'a>,
    is_last: bool,
) -> Result<(Vec<Finding>, Fixture<'a>), FixtureError> {
    let mut findings = Vec::new();
    let mut broken = match &scenario.refusal {
        Some(pattern) => refused(&mut fixture, scenario, pattern, &mut findings),
        None => acted(&mut fixture, scenario, &mut findings),
    };
    let goes_on = scenario.shared || fixture.rebuilds();
    if broken.is_ok() && (is_last || !goes_on || !findings.is_empty()) {
        broken = fixture.drivers().end_all();
    }
    let mut lack = None;
    match broken {
        Err(FixtureError::Driver(error)) if error.is_about_the_driver() => {
            findings.push(protocol_finding(&error, &fixture));
        }
        Err(error @ FixtureError::Unsupported(_)) => lack = Some(error),
        Err(other) => return Err(other),
        Ok(()) => findings.extend(judged(&fixture, scenario)),
    }
    let leaks = fixture.leaks();
    findings.extend(leak_check::printed(&fixture.printed(), &leaks));
    findings.extend(leak_check::strayed(&fixture.observed(), &leaks));
    match lack {
        // What was seen before that counts, or a driver could hide a failure by an operation that it lacks.
        Some(error) if findings.is_empty() => Err(error),
        _ => Ok((findings, fixture)),
    }
}

/// The client must refuse to be built, before any request; where it may be built, it runs the steps.
fn refused(
    fixture: &mut Fixture<'_>,
    scenario: &Scenario,
    pattern: &ErrorPattern,
    findings: &mut Vec<Finding>,
) -> Result<(), FixtureError> {
    let first_line = fixture.start("a", &BTreeMap::new())?;
    if scenario.may_be_built && matches!(first_line, FirstLine::Ready(_)) {
        return acted(fixture, scenario, findings);
    }
    let leaks = fixture.leaks();
    let fill = |text: &str| fixture.fill(text);
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
    if !fixture.rebuilds() {
        fixture.drivers().end("a", exit_code)?;
    }
    let observed = fixture.observed();
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
    fixture: &mut Fixture<'_>,
    scenario: &Scenario,
    findings: &mut Vec<Finding>,
) -> Result<(), FixtureError> {
    if !fixture.drivers().has("a") {
        fixture.start_ready("a", &BTreeMap::new())?;
    }
    for (at, step) in scenario.steps.iter().enumerate() {
        for outcome in fixture.run_step(step)? {
            findings.extend(step_findings(at + 1, &outcome, fixture));
        }
    }
    Ok(())
}

fn step_findings(number: usize, outcome: &StepOutcome<'_>, fixture: &Fixture<'_>) -> Vec<Finding> {
    let (Some(pattern), Reply::Results(results)) = (&outcome.step.expect, &outcome.reply) else {
        return Vec::new();
    };
    let (tokens, leaks) = (fixture.tokens(), fixture.leaks());
    let fill = |text: &str| fixture.fill(text);
    let context = Context {
        tokens: &tokens,
        fill: &fill,
        leaks: &leaks,
    };
    let mut findings = pattern.findings(results, outcome.after, &context);
    for finding in &mut findings {
        finding.expected = format!("step {number}: {}", finding.expected);
        finding.exchanges = fixture.observed().exchanges;
    }
    findings
}

/// What the servers have seen, and what was printed, judged when all is over.
fn judged(fixture: &Fixture<'_>, scenario: &Scenario) -> Vec<Finding> {
    let (tokens, leaks, observed) = (fixture.tokens(), fixture.leaks(), fixture.observed());
    let fill = |text: &str| fixture.fill(text);
    let context = Context {
        tokens: &tokens,
        fill: &fill,
        leaks: &leaks,
    };
    let expectations = scenario.journal.iter();
    let mut findings: Vec<Finding> = expectations
        .flat_map(|expectation| expectation.findings(&observed, &context))
        .collect();
    let forbidden: Vec<String> = scenario
        .never
        .iter()
        .map(|text| fixture.fill(text))
        .collect();
    findings.extend(leak_check::never(&fixture.printed(), &forbidden, &leaks));
    if scenario.private_store {
        findings.extend(store_check::findings(&fixture.folder().join("cache")));
    }
    findings
}

fn protocol_finding(error: &DriverError, fixture: &Fixture<'_>) -> Finding {
    Finding {
        expected: "the driver keeps to the driver protocol".to_owned(),
        found: fixture.leaks().masked(&error.to_string()),
        rule: None,
        exchanges: fixture.observed().exchanges,
    }
}
