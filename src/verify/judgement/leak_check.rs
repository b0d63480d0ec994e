use serde_json::Value;

use super::{Finding, LeakSearch, Observed};
use crate::{
    sandbox::{Exchange, Place},
    verify::driver::Printed,
};

/// The secrets that drivers have printed (rule S1).
pub fn printed(printed: &[Printed], leaks: &LeakSearch) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (stream, text) in texts(printed) {
        if let Some(what) = leaks.find(&text) {
            findings.push(Finding {
                expected: format!("neither the secret nor a token on {stream}"),
                found: format!("{what}, in: {}", excerpt(&leaks.masked(&text))),
                rule: Some("S1".to_owned()),
                exchanges: Vec::new(),
            });
        }
    }
    findings.dedup_by(|one, other| one.expected == other.expected);
    findings
}

/// Texts that a scenario forbids, in what drivers have printed.
pub fn never(printed: &[Printed], forbidden: &[String], leaks: &LeakSearch) -> Vec<Finding> {
    let mut findings = Vec::new();
    for wanted in forbidden {
        let found = texts(printed)
            .into_iter()
            .find(|(_, text)| text.contains(wanted));
        if let Some((stream, text)) = found {
            findings.push(Finding {
                expected: format!("`{}` never to be printed", leaks.masked(wanted)),
                found: format!("it is on {stream}: {}", excerpt(&leaks.masked(&text))),
                rule: None,
                exchanges: Vec::new(),
            });
        }
    }
    findings
}

/// The secrets that another origin has seen (rule S2).
pub fn strayed(observed: &Observed, leaks: &LeakSearch) -> Vec<Finding> {
    let strays = |exchange: &&Exchange| {
        let request = &exchange.request;
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"));
        let mut texts = headers.chain([
            request.target.clone(),
            String::from_utf8_lossy(&request.body).into_owned(),
        ]);
        exchange.place == Place::Decoy
            && (exchange.bears.is_some() || texts.any(|text| leaks.find(&text).is_some()))
    };
    let finding = |exchange: &Exchange| Finding {
        expected: "another origin sees neither the secret nor a token".to_owned(),
        found: "it saw one".to_owned(),
        rule: Some("S2".to_owned()),
        exchanges: vec![exchange.clone()],
    };
    observed
        .exchanges
        .iter()
        .find(strays)
        .map(finding)
        .into_iter()
        .collect()
}

/// Every text that was printed, with the stream that it is on. The token of a result is exempt: it
/// is what was asked for.
fn texts(printed: &[Printed]) -> Vec<(&'static str, String)> {
    let mut texts = Vec::new();
    for Printed { stdout, stderr } in printed {
        for line in stdout {
            match serde_json::from_str(line) {
                Ok(mut value) => {
                    take_tokens(&mut value);
                    let mut strings = Vec::new();
                    collect_strings(&value, &mut strings);
                    texts.extend(strings.into_iter().map(|text| ("standard output", text)));
                }
                Err(_) => texts.push(("standard output", line.clone())),
            }
        }
        texts.push((
            "standard error",
            String::from_utf8_lossy(stderr).into_owned(),
        ));
    }
    texts
}

fn take_tokens(reply: &mut Value) {
    let results = reply.get_mut("results").and_then(Value::as_array_mut);
    for result in results.into_iter().flatten() {
        if result["ok"] == true
            && let Some(result) = result.as_object_mut()
        {
            result.remove("token");
        }
    }
}

fn collect_strings(value: &Value, strings: &mut Vec<String>) {
    match value {
        Value::String(text) => strings.push(text.clone()),
        Value::Array(values) => values
            .iter()
            .for_each(|value| collect_strings(value, strings)),
        Value::Object(members) => {
            for (name, value) in members {
                strings.push(name.clone());
                collect_strings(value, strings);
            }
        }
        _ => {}
    }
}

/// The part of a masked text round the first thing masked.
fn excerpt(text: &str) -> String {
    let at = text.find("[masked]").unwrap_or(0);
    let before = text[..at].chars().rev().take(120).collect::<Vec<_>>();
    let before: String = before.into_iter().rev().collect();
    let after: String = text[at..].chars().take(120).collect();
    format!("{before}{after}")
}
