use std::collections::BTreeMap;

use serde_json::Value;

use super::each::{Each, Table};
use crate::system::text::printable;

/// One row of a table: its members by name.
pub type Row = BTreeMap<String, Value>;

/// The rows of a table. `vectors` is what `vectors.json` holds.
pub fn rows(each: &Each, vectors: &Value) -> Vec<Row> {
    match each {
        Each::Own(rows) => rows.clone(),
        Each::Vectors(chosen) => {
            let table = vectors[chosen.rows.name()].as_array();
            let rows = table.into_iter().flatten().filter_map(members);
            let rows: Vec<Row> = match chosen.rows {
                Table::Urls => rows.flat_map(|row| one_a_variable(&row)).collect(),
                _ => rows.collect(),
            };
            let is_wanted = |row: &Row| {
                let has = |(name, value): (&String, &Value)| match row.get(name) {
                    Some(found) => found == value,
                    None => value.is_null(),
                };
                chosen.wanted.iter().all(has)
            };
            rows.into_iter().filter(is_wanted).collect()
        }
    }
}

/// What a row is called: its `name`, or its values.
pub fn name(row: &Row) -> String {
    let variable = row.get("variable").and_then(Value::as_str);
    let name = match (row.get("name").and_then(Value::as_str), variable) {
        (Some(name), Some(variable)) => format!("{name} ({variable})"),
        (Some(name), None) => name.to_owned(),
        (None, _) => {
            let values: Vec<String> = row.values().map(shown).collect();
            values.join(", ")
        }
    };
    // It stands in a line, and in columns.
    printable(&name).replace('\n', "\\n").replace('\t', "\\t")
}

fn members(row: &Value) -> Option<Row> {
    let members = row.as_object()?;
    Some(members.clone().into_iter().collect())
}

fn one_a_variable(row: &Row) -> Vec<Row> {
    let variables = row.get("variables").and_then(Value::as_array).cloned();
    let with = |variable: Value| {
        let mut row = row.clone();
        row.insert("variable".to_owned(), variable);
        row
    };
    variables.into_iter().flatten().map(with).collect()
}

/// Replaces `{row.NAME}` in every text of a YAML value. A text that is nothing else becomes the
/// member itself, a list or a number too; a member that the row does not have is null.
pub fn filled(value: &serde_yaml::Value, row: &Row) -> serde_yaml::Value {
    use serde_yaml::Value as Yaml;
    match value {
        Yaml::String(text) => filled_text(text, row),
        Yaml::Sequence(values) => {
            Yaml::Sequence(values.iter().map(|value| filled(value, row)).collect())
        }
        Yaml::Mapping(members) => {
            let members = members.iter();
            Yaml::Mapping(
                members
                    .map(|(key, value)| (filled(key, row), filled(value, row)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

fn filled_text(text: &str, row: &Row) -> serde_yaml::Value {
    let whole = text
        .strip_prefix("{row.")
        .and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = whole.filter(|name| !name.contains('{')) {
        let value = row.get(name).unwrap_or(&Value::Null);
        return serde_yaml::to_value(value).unwrap_or_default();
    }
    let fill = |text: String, (name, value): (&String, &Value)| {
        text.replace(&format!("{{row.{name}}}"), &shown(value))
    };
    serde_yaml::Value::String(row.iter().fold(text.to_owned(), fill))
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
