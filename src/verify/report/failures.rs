use std::fmt::Write as _;

use super::{CaseReport, Outcome, Report, TargetReport, Verdict};
use crate::{system::text::printable, verify::judgement::Failure};

/// Everything that failed, for a terminal: the rule, what was expected, and the exchanges that broke it; and why cases
/// were not run.
#[must_use]
pub fn failures(report: &Report) -> String {
    let mut text = String::new();
    for target in &report.targets {
        for case in &target.cases {
            for failure in &case.failures {
                show(&mut text, target, case, failure);
            }
        }
        let mut not_run = target
            .cases
            .iter()
            .filter(|case| case.outcome == Outcome::NotRun);
        if let Some(CaseReport {
            id,
            reason: Some(reason),
            ..
        }) = not_run.next()
        {
            let more = match not_run.count() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "\nnot run: {id}{more} of {}\n  {}",
                target.id,
                below(reason)
            );
        }
        for rule in &target.rules {
            if let (Verdict::StaleException, Some(reason)) = (rule.verdict, &rule.exception) {
                // Writing to a String cannot fail.
                let _ = writeln!(
                    text,
                    "\nstale exception: {} of {} passes all its scenarios; take `{reason}` out of the manifest",
                    rule.id, target.id
                );
            }
        }
    }
    // Some of it is a driver's or a server's own text.
    printable(&text)
}

fn show(text: &mut String, target: &TargetReport, case: &CaseReport, failure: &Failure) {
    let is_excepted = |id: &String| {
        let rule = target.rules.iter().find(|rule| rule.id == *id);
        rule.is_some_and(|rule| rule.verdict == Verdict::Excepted)
    };
    let word = if failure.rules.iter().all(is_excepted) {
        "declared exception"
    } else {
        "failed"
    };
    let rules = failure.rules.join(", ");
    let _ = write!(
        text,
        "\n{word}: {rules} of {}\n  scenario  {}\n            {}\n  expected  {}\n  found     {}\n",
        target.id,
        case.id,
        case.title,
        below(&failure.expected),
        below(&failure.found),
    );
    // Of many, the first line of each tells enough; the files of `--report` have all of them.
    let lines = if failure.exchanges.len() > 2 {
        1
    } else {
        usize::MAX
    };
    for exchange in &failure.exchanges {
        if lines > 1 {
            text.push('\n');
        }
        for line in exchange.lines().take(lines) {
            let _ = writeln!(text, "    {}", clipped(line));
        }
    }
}

fn below(text: &str) -> String {
    text.replace('\n', "\n            ")
}

/// A line of a length that a person reads; a body may be a megabyte of one line.
fn clipped(line: &str) -> String {
    match line.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.trim_end().to_owned(),
    }
}
