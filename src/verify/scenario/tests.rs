#![allow(clippy::unwrap_used, reason = "tests may")]

use std::time::Duration;

use super::{JournalExpectation, Library, ReplyPattern, Scenario};
use crate::{
    catalog::{Catalog, Proof},
    verify::{driver::CallResult, testing::RecordedJournal},
};

fn results(json: &str) -> Vec<CallResult> {
    serde_json::from_str(json).unwrap()
}

/// What is wrong with results, by a pattern as a file has it.
fn wrong(pattern: &str, given: &str) -> Vec<String> {
    let pattern: ReplyPattern = serde_yaml::from_str(pattern).unwrap();
    let recorded = RecordedJournal::new();
    recorded.token_request().token_request();
    let given = recorded.judge(|context| {
        let token = |number: usize| context.token(number).unwrap().to_owned();
        given
            .replace("TOKEN-1", &token(1))
            .replace("TOKEN-2", &token(2))
    });
    let findings = recorded
        .judge(|context| pattern.findings(&results(&given), Duration::from_millis(10), context));
    findings
        .into_iter()
        .map(|f| format!("{}, but: {}", f.expected, f.found))
        .collect()
}

#[test]
fn results_are_judged_by_token_status_and_error() {
    let one = r#"[{"ok":true,"token":"TOKEN-1"}]"#;
    let both = r#"[{"ok":true,"token":"TOKEN-1"},{"ok":true,"token":"TOKEN-2"}]"#;
    let failed = r#"[{"ok":false,"error":{"kind":"oauth","code":"invalid_client","status":401,"message":"Check the SECRET"}}]"#;
    let called = r#"[{"ok":true,"status":200},{"ok":true,"status":401}]"#;
    for (pattern, given) in [
        ("{every: {token: 1}}", one),
        ("{every: {ok: true}}", both),
        ("{every: {token: [1, 2]}}", both),
        ("{some: {token: 2}}", both),
        ("{results: [{token: 1}, {token: 2}]}", both),
        (
            "{every: {error: {kind: oauth, code: invalid_client, status: 401, mentions: secret}}}",
            failed,
        ),
        (
            "{every: {error: {kind: [transport, oauth], mentions_one_of: [x, check], omits: y}}}",
            failed,
        ),
        ("{every: {token: 1, or: {ok: false}}}", failed),
        ("{every: {status: [200, 401]}, within_s: 3}", called),
    ] {
        assert_eq!(wrong(pattern, given), [""; 0], "{pattern}");
    }
    for (pattern, given) in [
        ("{every: {token: 2}}", one),
        ("{every: {token: 1}}", both),
        ("{every: {token: 3}}", both),
        ("{some: {token: 3}}", both),
        ("{results: [{token: 2}, {token: 1}]}", one),
        ("{every: {ok: true}}", failed),
        ("{every: {error: {kind: transport}}}", failed),
        ("{every: {error: {code: invalid_scope}}}", failed),
        ("{every: {error: {mentions: [secret, nothing]}}}", failed),
        ("{every: {error: {omits: secret}}}", failed),
        ("{every: {status: 200}}", called),
        ("{every: {error: {kind: oauth}}}", one),
    ] {
        assert!(!wrong(pattern, given).is_empty(), "{pattern}");
    }
}

#[test]
fn a_finding_about_results_names_no_token() {
    let found = wrong("{every: {token: 2}}", r#"[{"ok":true,"token":"TOKEN-1"}]"#);
    assert_eq!(found, ["the call comes to token 2, but: call 1: token 1"]);
    let stray = wrong(
        "{every: {token: 2}}",
        r#"[{"ok":true,"token":"TOKEN-1-and-more"}]"#,
    );
    assert_eq!(
        stray,
        ["the call comes to token 2, but: call 1: a token that was never issued"]
    );
}

#[test]
fn requests_are_judged_by_count_order_content_and_time() {
    let recorded = RecordedJournal::new();
    recorded.token_request().api_request();
    std::thread::sleep(Duration::from_millis(60));
    recorded.api_request();
    let wrong = |expectation: &str| {
        let expectation: JournalExpectation = serde_yaml::from_str(expectation).unwrap();
        recorded
            .judge(|context| expectation.findings(&recorded.observed(), context))
            .len()
    };
    for expectation in [
        "{of: token, count: 1}",
        "{of: api, count: {at_least: 2, at_most: 2}, is: {bears: 1}}",
        "{order: [token, api, api]}",
        "{of: decoy, count: 0}",
        "{of: api, gap: {from: 1, to: 2, at_least_s: 0.06, at_most_s: 3}}",
        "{of: api, in_flight: 1}",
        "{of: api, which: 2, is: {method: GET, path: /orders, query: ~, headers: {Cookie: ~, authorization: {like: 'Bearer *'}}}}",
        "{of: token, is: {media_type: application/x-www-form-urlencoded, form: {grant_type: client_credentials, scope: ~, client_id: '{client_id}'}}}",
        "{of: token, is: {only_fields: [client_id, client_secret, grant_type], bears: ~}}",
    ] {
        assert_eq!(wrong(expectation), 0, "{expectation}");
    }
    for expectation in [
        "{of: token, count: 2}",
        "{of: api, count: {at_most: 1}}",
        "{order: [token, api]}",
        "{of: api, gap: {from: 1, to: 2, at_least_s: 3}}",
        "{of: api, gap: {from: 2, to: 3, at_least_s: 0}}",
        "{of: api, in_flight: 2}",
        "{of: api, which: 3, is: {method: GET}}",
        "{of: api, is: {method: POST}}",
        "{of: api, is: {query: a=b}}",
        "{of: api, is: {bears: ~}}",
        "{of: api, is: {headers: {Cookie: a}}}",
        "{of: api, is: {headers: {Authorization: ~}}}",
        "{of: token, is: {form: {scope: a}}}",
        "{of: token, is: {form: {client_id: ~}}}",
        "{of: token, is: {only_fields: [grant_type]}}",
        "{of: token, is: {basic: {id: a, secret: b}}}",
        "{of: token, is: {body: ''}}",
    ] {
        assert_eq!(wrong(expectation), 1, "{expectation}");
    }
}

/// What is wrong with a scenario file.
fn complaint(text: &str) -> String {
    let catalog = Catalog::load(None).unwrap();
    let files = [("scenarios/X.yaml".to_owned(), text)];
    Library::from_files(
        files,
        catalog.contract().unwrap(),
        catalog.vectors().unwrap(),
    )
    .unwrap_err()
    .to_string()
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_place_and_what_may_be_meant() {
    let complaints = [
        "- id: a\n  title: b\n  rules: [K1]\n  step: []\n",
        "- id: a\n  title: b\n  rules: [K1]\n\n- id: b\n  title: b\n  rules: [K1]\n  steps:\n    - tokn: {}\n",
        "- id: a\n  title: b\n  rules: [K1]\n  steps:\n    - token: {}\n      call: {}\n",
        "- id: a\n  title: b\n  rules: [K1]\n  steps:\n    - token: {n: two}\n",
        "- id: a\n  title: b\n  rules: [K1]\n  steps:\n    - token: {}\n      expect: {every: {eror: {}}}\n",
        "- id: a\n  title: b\n  rules: [K1]\n  steps:\n    - wait_ms: 1\n      expect: {every: {ok: true}}\n",
        "- id: a\n  title: b\n  rules: [K1]\n  journal:\n    - {of: tokens, count: 1}\n",
        "- id: a\n  title: b\n  rules: [K1]\n  journal:\n    - {of: token}\n",
        "- id: a\n  title: b\n  rules: [K1]\n  journal:\n    - {of: token, gap: {from: 1, to: 2, at_most_s: 1}}\n",
        "- id: a\n  title: b\n  rules: [K1]\n  script:\n    token:\n      - {respond: {staus: 200}}\n",
        "- id: a\n  title: b\n  rules: [K1]\n  each: decisions\n",
        "- id: a\n  title: b\n  rules: [K1]\n  each: []\n",
        "- id: a\n  title: b\n  rules: [K99]\n",
        "- id: a\n  title: b\n  rules: []\n",
        "- id: a\n  title: b\n  rules: [K1]\n- id: a\n  title: b\n  rules: [K1]\n",
        "- id: a\n  title: b\n  rules: [K1]\n\n- id: c\n  title: b\n  rules: [K1]\n  each: [{status: many}]\n  script: {token: [{respond: {status: '{row.status}'}}]}\n",
        "- id: a\n  title: b\n  requires: [paralel]\n  rules: [K1]\n",
        "- id: [\n",
    ];
    let told: Vec<String> = complaints.iter().map(|text| complaint(text)).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_row_fills_in_lists_numbers_and_texts() {
    let catalog = Catalog::load(None).unwrap();
    let text = "- id: a\n  title: b\n  rules: [K1]\n  each: [{status: 503, wait: ~}, {status: 500, wait: 'a {row.b}'}]\n  \
        environment: {X: '{row.wait}', Y: 'is {row.status}'}\n  script: {token: [{respond: {status: '{row.status}'}}]}\n";
    let library = Library::from_files(
        [("X".to_owned(), text)],
        catalog.contract().unwrap(),
        catalog.vectors().unwrap(),
    )
    .unwrap();
    let ids: Vec<&str> = library
        .cases()
        .iter()
        .map(|case| case.id.as_str())
        .collect();
    assert_eq!(ids, ["a[503, null]", "a[500, a {row.b}]"]);
    let environment = &library.cases()[0].scenario.environment;
    assert_eq!(environment["X"], None);
    assert_eq!(environment["Y"].as_deref(), Some("is 503"));
    assert_eq!(
        library.cases()[1].scenario.environment["X"].as_deref(),
        Some("a {row.b}")
    );
}

#[test]
fn every_rule_that_can_be_seen_from_outside_has_a_scenario_and_no_other_has() {
    let catalog = Catalog::load(None).unwrap();
    let library = Library::load(catalog.contract().unwrap(), catalog.vectors().unwrap()).unwrap();
    for rule in &catalog.contract().unwrap().rules {
        let tests = |case: &&super::Case| case.scenario.rules.contains(&rule.id);
        let of_scenarios = library.cases().iter().filter(tests).count();
        let is_seen = rule
            .proof
            .iter()
            .any(|proof| matches!(proof, Proof::S | Proof::V));
        assert_eq!(of_scenarios > 0, is_seen, "{}", rule.id);
    }
}

#[test]
fn every_row_of_the_tables_that_can_be_run_is_run() {
    let catalog = Catalog::load(None).unwrap();
    let library = Library::load(catalog.contract().unwrap(), catalog.vectors().unwrap()).unwrap();
    let vectors: serde_json::Value = serde_json::from_str(catalog.vectors().unwrap()).unwrap();
    for (table, times) in [
        ("urls", 1),
        ("credentials", 2),
        ("responses", 1),
        ("paths", 1),
    ] {
        for row in vectors[table].as_array().unwrap() {
            let name = row["name"].as_str().unwrap();
            let variables = row["variables"].as_array().map_or(1, Vec::len);
            let is_it = |case: &&super::Case| {
                let row = case.row.as_deref().unwrap_or_default();
                row == name
                    || row
                        .strip_prefix(name)
                        .is_some_and(|rest| rest.starts_with(" (SSOJET"))
            };
            let cases = library.cases().iter().filter(is_it).count();
            assert_eq!(cases, times * variables, "{name}");
        }
    }
}

/// Whoever writes a scenario finds each key that its reader knows in the documentation.
#[test]
fn every_key_is_documented() {
    let documentation = include_str!("../../../docs/verify.md");
    let step = |keys: &str| format!("script: {{token: [{{{keys}}}]}}");
    let result = |keys: &str| format!("steps: [{{token: {{}}, expect: {{every: {{{keys}}}}}}}]");
    let request = |keys: &str| format!("journal: [{{of: token, is: {{{keys}}}}}]");
    let places = [
        "no: 1".to_owned(),
        "server: {no: 1}".to_owned(),
        step("no: 1"),
        step("when: {no: 1}"),
        step("issue: {no: 1}"),
        step("error: {no: 1}"),
        step("respond: {no: 1}"),
        step("redirect: {no: 1}"),
        step("wire: {no: 1}"),
        step("wire: {end: no}"),
        step("nothing: no"),
        "steps: [{no: 1}]".to_owned(),
        "steps: [{call: {no: 1}}]".to_owned(),
        "steps: [{start: {no: 1}}]".to_owned(),
        "steps: [{token: {}, expect: {no: 1}}]".to_owned(),
        result("no: 1"),
        result("error: {no: 1}"),
        "journal: [{no: 1}]".to_owned(),
        "journal: [{of: token, gap: {no: 1}}]".to_owned(),
        request("no: 1"),
        request("basic: {no: 1}"),
    ];
    for place in places {
        let error = serde_yaml::from_str::<Scenario>(&place)
            .unwrap_err()
            .to_string();
        let (_, known) = error.split_once("expected").expect(&error);
        let keys: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        assert!(!keys.is_empty(), "{place}: {error}");
        for key in keys {
            let code = format!("`{key}`");
            assert!(
                documentation.contains(&code),
                "docs/verify.md lacks {code}, which {place} may have"
            );
        }
    }
}
