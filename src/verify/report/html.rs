use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, value::Serde};

use super::{Report, TargetReport};

const TEMPLATE: &str = include_str!("report.html.j2");

/// One page that needs nothing else: the matrix, each cell opening what was seen.
pub(super) fn html(report: &Report) -> String {
    // The template is the program's own and a test renders it: nothing in it can fail.
    rendered(report).unwrap_or_else(|error| error.to_string())
}

fn rendered(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for target in &report.targets {
        names.insert(word(target.outcome), target.outcome.name());
        for rule in &target.rules {
            names.insert(word(rule.verdict), rule.verdict.name());
        }
        for case in &target.cases {
            names.insert(word(case.outcome), case.outcome.name());
        }
    }
    let counts: Vec<String> = report.targets.iter().map(TargetReport::counts).collect();
    environment.render_str(
        TEMPLATE,
        context! {
            report => Value::from(Serde(report)),
            names => Value::from(Serde(&names)),
            counts => counts,
        },
    )
}

/// The word that stands for a value in JSON.
fn word(value: impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
