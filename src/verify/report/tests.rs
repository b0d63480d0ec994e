#![allow(clippy::unwrap_used, reason = "tests may")]

use std::collections::BTreeMap;

use insta::{assert_snapshot, with_settings};

use super::{CaseReport, Outcome, Report, TargetReport, Verdict, failures, format::Format, table};
use crate::{
    catalog::{Capability, Catalog},
    verify::{
        driver::Ready,
        judgement::Failure,
        scenario::{JournalExpectation, Library},
        testing::RecordedJournal,
    },
};

/// A report of three cases, of which one failed with the exchange that broke it.
fn report() -> Report {
    let catalog = Catalog::load(None).unwrap();
    let contract = catalog.contract().unwrap();
    let library = Library::load(contract, catalog.vectors().unwrap()).unwrap();
    let case = |id: &str, outcome: Outcome| {
        let case = library.cases().iter().find(|case| case.id == id).unwrap();
        let mut report = CaseReport::new(case);
        report.outcome = outcome;
        report.time_ms = 1500;
        report
    };
    let recorded = RecordedJournal::new();
    recorded.token_request().token_request().api_request();
    let expectation: JournalExpectation = serde_yaml::from_str(
        "{of: token, which: 2, is: {headers: {User-Agent: {like: 'ssojet-m2m-*/*'}}}}",
    )
    .unwrap();
    let findings = recorded.judge(|context| expectation.findings(&recorded.observed(), context));
    let mut failed = case("user-agent", Outcome::Failed);
    failed.failures = findings
        .iter()
        .map(|finding| Failure::new(finding, &failed.rules))
        .collect();
    let mut inept = case("another-client-is-another-token", Outcome::NotApplicable);
    inept.reason = Some("the driver does not have the capability `store`".to_owned());
    let cases = vec![failed, inept, case("token-is-reused", Outcome::Passed)];
    let exceptions = BTreeMap::from([("K1".to_owned(), "cannot | <yet>".to_owned())]);
    let target = TargetReport::new(
        "python-requests".to_owned(),
        driver(),
        cases,
        contract,
        &exceptions,
        &["K1".to_owned()],
    );
    let missing = TargetReport::without_cases(
        "go-resty".to_owned(),
        Outcome::NotRun,
        "Go needs `go` 1.24 or later".to_owned(),
    );
    Report::new(contract, "1.0.0", 48_200, vec![target, missing])
}

#[test]
fn an_exception_is_stale_only_where_every_case_of_its_rule_was_run() {
    let catalog = Catalog::load(None).unwrap();
    let contract = catalog.contract().unwrap();
    let library = Library::load(contract, catalog.vectors().unwrap()).unwrap();
    let case = library
        .cases()
        .iter()
        .find(|case| case.scenario.rules.len() > 1)
        .unwrap();
    let mut report = CaseReport::new(case);
    report.outcome = Outcome::Passed;
    let [asked_for, other] = [0, 1].map(|at| case.scenario.rules[at].clone());
    let exceptions = BTreeMap::from([(other.clone(), "cannot yet".to_owned())]);
    let verdict = |whole_rules: &[String]| {
        let target = TargetReport::new(
            "a".to_owned(),
            driver(),
            vec![report.clone()],
            contract,
            &exceptions,
            whole_rules,
        );
        let mut rules = target.rules.iter();
        rules.find(|rule| rule.id == other).unwrap().verdict
    };
    assert_eq!(verdict(std::slice::from_ref(&asked_for)), Verdict::Passed);
    assert_eq!(
        verdict(&[asked_for, other.clone()]),
        Verdict::StaleException
    );
}

fn driver() -> Ready {
    Ready {
        protocol: 1,
        language: "python".to_owned(),
        client: "requests".to_owned(),
        versions: BTreeMap::from([("python".to_owned(), "3.11".to_owned())]),
        capabilities: vec![Capability::Parallel],
    }
}

fn assert_text(name: &str, text: &str) {
    let filters = [
        (r" +\d+\.\d{3} s  ", "  [TIME]  "),
        (r"cli_sandbox_[\w-]+", "[CLIENT-ID]"),
        (r"Date: [^\n\\]*", "Date: [DATE]"),
        (r#""program": "[^"]*""#, "\"program\": \"[VERSION]\""),
        (r"ssojet-gen \d+\.\d+\.\d+", "ssojet-gen [VERSION]"),
    ];
    with_settings!({filters => filters}, { assert_snapshot!(name, text); });
}

#[test]
fn a_failure_shows_rule_expectation_and_exchange_without_secrets() {
    let report = report();
    assert_text(
        "terminal",
        &format!("{}\n{}", failures(&report), table(&report)),
    );
}

#[test]
fn no_control_character_reaches_a_terminal() {
    let mut report = report();
    let mut cases = report.targets[0].cases.iter_mut();
    let failed = cases.find(|case| !case.failures.is_empty()).unwrap();
    failed.failures[0].found = "\u{1b}[31mred\u{0}\u{9b}".to_owned();
    let text = failures(&report);
    assert!(text.contains("\\u{1b}[31mred\\u{0}\\u{9b}"), "{text}");
    let catalog = Catalog::load(None).unwrap();
    let library = Library::load(catalog.contract().unwrap(), catalog.vectors().unwrap()).unwrap();
    let ids = library.cases().iter().map(|case| &case.id);
    assert_eq!(ids.filter(|id| id.contains(char::is_control)).count(), 0);
}

#[test]
fn every_format_tells_the_same() {
    let report = report();
    assert_text("markdown", &Format::Markdown.render(&report));
    assert_text("junit", &Format::Junit.render(&report));
    let page = Format::Html.render(&report);
    for part in [
        "python-requests",
        "not run",
        "cannot | &lt;yet&gt;",
        "POST &#x2f;oauth&#x2f;token",
        "[masked]",
    ] {
        assert!(page.contains(part), "no `{part}` in {page}");
    }
    let mut value: serde_json::Value = serde_json::from_str(&Format::Json.render(&report)).unwrap();
    // The contract's own words are not what is tested here.
    value.as_object_mut().unwrap().remove("groups");
    value["rules"].as_array_mut().unwrap().truncate(1);
    value["targets"][0]["rules"]
        .as_array_mut()
        .unwrap()
        .retain(|rule| rule["id"] == "K1");
    assert_text("json", &format!("{value:#}"));
}
