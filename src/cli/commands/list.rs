use std::fmt::Write as _;

use serde::Serialize;

use super::load;
use crate::{
    catalog::{Catalog, Target},
    cli::{args::ListArgs, error::Error, exit::Exit, output},
    system::text::printable,
};

/// `list --json`, schema 1.
#[derive(Serialize)]
struct List<'a> {
    schema: u32,
    catalog: &'a str,
    targets: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: String,
    language: &'a str,
    client: &'a str,
    default: bool,
    language_title: &'a str,
    client_title: &'a str,
    client_version: &'a str,
    aliases: &'a [String],
    capabilities: Vec<&'a str>,
    exceptions: Vec<&'a str>,
    note: Option<&'a str>,
}

impl<'a> From<Target<'a>> for Row<'a> {
    fn from(target: Target<'a>) -> Self {
        let (manifest, client) = (target.language().manifest(), target.client());
        Self {
            id: target.id(),
            language: &manifest.id,
            client: &client.id,
            default: client.default,
            language_title: &manifest.title,
            client_title: &client.title,
            client_version: &client.version,
            aliases: &manifest.aliases,
            capabilities: client.capabilities.iter().map(|word| word.name()).collect(),
            exceptions: client.exceptions.keys().map(String::as_str).collect(),
            note: client.note.as_deref(),
        }
    }
}

pub fn run(args: &ListArgs) -> Result<Exit, Error> {
    let catalog = load(&args.catalog)?;
    let targets: Vec<Row<'_>> = catalog.targets()?.into_iter().map(Row::from).collect();
    if args.json {
        let version = catalog.version();
        output::print_json(&List {
            schema: 1,
            catalog: version,
            targets,
        })?;
    } else {
        output::print(&printable(&table(&catalog, &targets)))?;
    }
    Ok(Exit::Done)
}

fn table(catalog: &Catalog, targets: &[Row<'_>]) -> String {
    let heading = ["LANGUAGE", "CLIENT", "LIBRARY", "ALIASES", "CAN"].map(str::to_owned);
    let rows = targets.iter().map(|row| {
        [
            row.language.to_owned(),
            format!("{}{}", row.client, if row.default { " *" } else { "" }),
            format!("{} {}", row.client_title, row.client_version),
            row.aliases.join(" "),
            row.capabilities.join(" "),
        ]
    });
    let rows: Vec<[String; 5]> = std::iter::once(heading).chain(rows).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = rows
                .iter()
                .map(|row| console::measure_text_width(&row[column]))
                .max();
            let _ = write!(line, "{cell:<width$}  ", width = width.unwrap_or(0));
        }
        text += line.trim_end();
        text += "\n";
    }
    let noted = targets.iter().filter_map(|row| Some((&row.id, row.note?)));
    for (index, (id, note)) in noted.enumerate() {
        let gap = if index == 0 { "\n" } else { "" };
        let _ = writeln!(text, "{gap}{id}: {note}");
    }
    let _ = writeln!(
        text,
        "\n* the language's default; catalogue {}",
        catalog.version()
    );
    text
}
