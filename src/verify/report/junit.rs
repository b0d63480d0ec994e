use std::time::Duration;

use quick_junit::{NonSuccessKind, Report as JunitReport, TestCase, TestCaseStatus, TestSuite};

use super::{CaseReport, Outcome, Report, TargetReport, Verdict};

/// `JUnit` XML: a suite a target, a test a case. What is not applicable, not run or a declared exception
/// is `skipped` there, with the word that tells which.
pub(super) fn junit(report: &Report) -> String {
    let mut junit = JunitReport::new("ssojet-gen verify");
    junit.set_time(Duration::from_millis(report.time_ms));
    for target in &report.targets {
        let mut suite = TestSuite::new(plain(&target.id));
        for case in &target.cases {
            suite.add_test_case(test_case(target, case));
        }
        if let Some(reason) = &target.reason {
            let mut status = match target.outcome {
                Outcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Error),
                _ => TestCaseStatus::skipped(),
            };
            status.set_message(plain(&format!("{}: {reason}", target.outcome.name())));
            suite.add_test_case(TestCase::new("driver", status));
        }
        for rule in &target.rules {
            if rule.verdict == Verdict::StaleException {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(format!("stale exception: {} passes", rule.id));
                suite.add_test_case(TestCase::new(format!("exception {}", rule.id), status));
            }
        }
        junit.add_test_suite(suite);
    }
    // The writer is a String, which takes everything.
    junit.to_string().unwrap_or_default()
}

fn test_case(target: &TargetReport, case: &CaseReport) -> TestCase {
    let is_excepted = |id: &String| {
        let rule = target.rules.iter().find(|rule| rule.id == *id);
        rule.is_some_and(|rule| rule.verdict == Verdict::Excepted)
    };
    let mut rules = case.failures.iter().flat_map(|failure| &failure.rules);
    let status = match case.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed if rules.all(is_excepted) => skipped("declared exception", case),
        Outcome::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let summaries = case.failures.iter().map(|failure| {
                format!(
                    "{}: expected {}, found {}",
                    failure.rules.join(", "),
                    failure.expected,
                    failure.found
                )
            });
            status.set_message(plain(&summaries.collect::<Vec<_>>().join("; ")));
            let exchanges = case.failures.iter().flat_map(|failure| &failure.exchanges);
            let exchanges: Vec<&str> = exchanges.map(String::as_str).collect();
            status.set_description(plain(&exchanges.join("\n")));
            status
        }
        Outcome::NotApplicable | Outcome::NotRun => skipped(case.outcome.name(), case),
    };
    let mut test = TestCase::new(plain(&case.id), status);
    test.set_classname(format!("{}.{}", plain(&target.id), case.rules.join("-")));
    test.set_time(Duration::from_millis(case.time_ms));
    test
}

fn skipped(word: &str, case: &CaseReport) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    let reason = case.reason.iter().map(|reason| format!(": {reason}"));
    status.set_message(plain(&format!("{word}{}", reason.collect::<String>())));
    status
}

/// XML 1.0 has no control characters, not even escaped, nor the two code points that are no characters.
fn plain(text: &str) -> String {
    let is_none = |character: char| matches!(character, '\u{fffe}' | '\u{ffff}');
    let is_plain = |character: char| !character.is_control() || matches!(character, '\n' | '\t');
    let fit = |character: &char| is_plain(*character) && !is_none(*character);
    text.chars().filter(fit).collect()
}
