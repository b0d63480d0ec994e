use std::{path::PathBuf, str::FromStr};

use super::{Report, html::html, junit::junit, markdown::markdown};
use crate::catalog::did_you_mean;

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The report value itself.
    Json,
    /// Tables for a pull request.
    Markdown,
    /// `JUnit` XML, which CI systems read.
    Junit,
    /// One page with the matrix, for a browser.
    Html,
}

impl Format {
    const ALL: [(&str, Self); 4] = [
        ("json", Self::Json),
        ("markdown", Self::Markdown),
        ("junit", Self::Junit),
        ("html", Self::Html),
    ];

    /// A report in this format.
    #[must_use]
    pub fn render(self, report: &Report) -> String {
        match self {
            // Strings, numbers and lists: nothing in it can fail.
            Self::Json => serde_json::to_string_pretty(report).unwrap_or_default() + "\n",
            Self::Markdown => markdown(report),
            Self::Junit => junit(report),
            Self::Html => html(report),
        }
    }
}

/// A report that the person asked for: `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The format.
    pub format: Format,
    /// Where it is written.
    pub path: PathBuf,
}

/// The text is no `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot use the report `{text}`; write `FORMAT=FILE`, where FORMAT is {known}{hint}")]
pub struct UnknownFormat {
    text: String,
    known: String,
    hint: String,
}

impl FromStr for ReportFile {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let (name, path) = text.split_once('=').unwrap_or((text, ""));
        let found = Format::ALL.iter().find(|(known, _)| *known == name);
        match found {
            Some((_, format)) if !path.is_empty() => Ok(Self {
                format: *format,
                path: path.into(),
            }),
            _ => Err(UnknownFormat {
                text: text.to_owned(),
                known: Format::ALL.map(|(known, _)| known).join(", "),
                hint: if found.is_some() {
                    String::new()
                } else {
                    did_you_mean(name, Format::ALL.map(|(known, _)| known))
                },
            }),
        }
    }
}
