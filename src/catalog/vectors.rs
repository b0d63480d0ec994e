//! `vectors.json`: the tables that every client is tested with.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The rows that a project's own tests read: those marked `essential`, a row a line, with neither that mark nor
/// the id of a rule, which its owner could not look up. Without a last line break.
///
/// # Errors
/// When `text` is no object of tables.
pub fn essential(text: &str) -> serde_json::Result<String> {
    let tables: Map<String, Value> = serde_json::from_str(text)?;
    let mut essential = String::from("{");
    for (name, table) in tables {
        let Value::Array(rows) = table else {
            continue; // the format's version
        };
        let comma = if essential.len() > 1 { "," } else { "" };
        let _ = write!(essential, "{comma}\n  {}: [", Value::from(name));
        let mut comma = "";
        for row in rows {
            let Value::Object(mut row) = row else {
                continue;
            };
            if row.remove("essential") != Some(Value::Bool(true)) {
                continue;
            }
            row.remove("rule");
            let _ = write!(essential, "{comma}\n    {}", line(row)?);
            comma = ",";
        }
        essential += "\n  ]";
    }
    essential += "\n}";
    Ok(essential)
}

/// An object on one line, its name first.
fn line(mut row: Map<String, Value>) -> serde_json::Result<String> {
    let name = row.remove("name");
    let rest = serde_json::to_string(&row)?;
    Ok(match name {
        Some(name) if row.is_empty() => format!(r#"{{"name":{name}}}"#),
        Some(name) => format!(r#"{{"name":{name},{}"#, &rest[1..]),
        None => rest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_gets_the_essential_rows_without_our_ids() {
        let text = r#"{"format": 1, "paths": [
            {"name": "a", "rule": "C1", "essential": true, "b": [1, "é"]},
            {"name": "b", "rule": "C1"},
            {"essential": true, "name": "c"}
        ], "urls": []}"#;
        assert_eq!(
            essential(text).unwrap(),
            "{\n  \"paths\": [\n    {\"name\":\"a\",\"b\":[1,\"é\"]},\n    {\"name\":\"c\"}\n  ],\n  \"urls\": [\n  ]\n}"
        );
        assert!(essential("[]").is_err());
    }
}
