use super::{Report, Verdict};

/// Targets and groups of rules, for a terminal: a line a target.
#[must_use]
pub fn table(report: &Report) -> String {
    let mut rows = Vec::new();
    let groups = report.groups.iter().map(|group| group.id.clone());
    rows.push([vec![String::new()], groups.collect()].concat());
    for target in &report.targets {
        let cell = |verdict: Option<Verdict>| verdict.map_or("-", short).to_owned();
        let cells = report
            .groups
            .iter()
            .map(|group| cell(target.verdict_on(&group.id)));
        rows.push([vec![target.id.clone()], cells.collect()].concat());
    }
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..=report.groups.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ")
    };
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let target = at.checked_sub(1).map(|at| &report.targets[at]);
        let counts = target.map_or_else(String::new, |target| format!("  {}", target.counts()));
        text += format!("{}{counts}", line(row)).trim_end();
        text.push('\n');
        if let Some(reason) = target.and_then(|target| target.reason.as_ref()) {
            text += "  ";
            text += &reason.replace('\n', "\n  ");
            text.push('\n');
        }
    }
    text
}

fn short(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotAskedFor | Verdict::OwnTests | Verdict::CatalogCheck => "-",
        Verdict::NotApplicable => "n/a",
        Verdict::Passed => "ok",
        Verdict::Excepted => "except",
        Verdict::NotRun => "not run",
        Verdict::Failed => "FAILED",
        Verdict::StaleException => "STALE",
    }
}

/// What the table leaves out: the rules that no scenario can see.
#[must_use]
pub fn legend(report: &Report) -> String {
    let Some(target) = report
        .targets
        .iter()
        .find(|target| !target.rules.is_empty())
    else {
        return String::new();
    };
    let lines = [Verdict::OwnTests, Verdict::CatalogCheck].map(|verdict| {
        let rules = target.rules.iter().filter(|rule| rule.verdict == verdict);
        let ids: Vec<&str> = rules.map(|rule| rule.id.as_str()).collect();
        if ids.is_empty() {
            String::new()
        } else {
            format!(
                "not seen from outside, {}: {}\n",
                verdict.name(),
                ids.join(", ")
            )
        }
    });
    lines.concat()
}
