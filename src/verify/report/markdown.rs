use std::fmt::Write as _;

use super::{Report, TargetReport, failures};

/// Tables for a pull request: rules and targets, then what failed.
pub(super) fn markdown(report: &Report) -> String {
    let mut text = format!(
        "# What `ssojet-gen verify` found\n\nContract of catalogue {}, ssojet-gen {}, {} s.\n",
        report.catalog,
        report.program,
        report.time_ms / 1000,
    );
    for target in &report.targets {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n* **{}**: {}", cell(&target.id), target.counts());
        if let Some(reason) = &target.reason {
            let _ = write!(text, ": {}", cell(reason));
        }
    }
    text.push('\n');
    let names = report.targets.iter().map(|target| cell(&target.id));
    let names: Vec<String> = names.collect();
    for group in &report.groups {
        let _ = write!(
            text,
            "\n## {}\n\n| rule | | {} |\n|---|---|{}\n",
            group.title,
            names.join(" | "),
            "---|".repeat(names.len())
        );
        for rule in report
            .rules
            .iter()
            .filter(|rule| rule.id.starts_with(&group.id))
        {
            let verdicts = report
                .targets
                .iter()
                .map(|target| verdict(target, &rule.id));
            let verdicts: Vec<String> = verdicts.collect();
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                rule.id,
                cell(&rule.title),
                verdicts.join(" | ")
            );
        }
    }
    let failures = failures(report);
    if !failures.is_empty() {
        let longest = failures
            .split(|c| c != '`')
            .map(str::len)
            .max()
            .unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let _ = write!(text, "\n## What failed\n\n{fence}text{failures}{fence}\n");
    }
    text
}

fn verdict(target: &TargetReport, id: &str) -> String {
    let rule = target.rules.iter().find(|rule| rule.id == id);
    let Some(rule) = rule else {
        return target.outcome.name().to_owned();
    };
    let name = rule.verdict.name();
    let name = if rule.verdict.is_bad() {
        format!("**{name}**")
    } else {
        name.to_owned()
    };
    match (&rule.exception, rule.passed) {
        (Some(reason), _) => format!("{name}: {}", cell(reason)),
        (None, passed @ 1..) => format!("{name} ({passed})"),
        (None, 0) => name,
    }
}

/// Text that cannot leave its cell.
fn cell(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;");
    escaped.replace('\n', " ")
}
