use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde_json::Value;

use super::{Case, Scenario, Step, each::Each, rows};
use crate::catalog::{CatalogError, Contract, Proof, data, did_you_mean};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/verify/scenarios");

/// Every scenario, its tables expanded.
#[derive(Debug)]
pub struct Library {
    cases: Vec<Case>,
}

/// Why the scenarios cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A file does not have its shape.
    #[error(transparent)]
    File(#[from] CatalogError),
    /// The tables are no JSON.
    #[error("vectors.json: {0}")]
    Vectors(#[source] serde_json::Error),
    /// A scenario does not fit the contract or the others.
    #[error("{path}: scenario `{id}`: {message}")]
    Scenario {
        /// The file.
        path: String,
        /// The scenario.
        id: String,
        /// What is wrong.
        message: String,
    },
    /// No scenario has this id.
    #[error("unknown scenario `{id}`; `verify --list` shows all{hint}")]
    UnknownScenario {
        /// The id asked for.
        id: String,
        /// "did you mean", or nothing.
        hint: String,
    },
    /// A manifest excepts a client from what does not exist.
    #[error("the manifest of `{target}` has an exception for `{id}`, which is no scenario{hint}")]
    UnknownException {
        /// The target.
        target: String,
        /// What is excepted.
        id: String,
        /// "did you mean", or nothing.
        hint: String,
    },
    /// The contract has no such rule.
    #[error("unknown rule `{id}`; the contract has {known}{hint}")]
    UnknownRule {
        /// The id asked for.
        id: String,
        /// "did you mean", or nothing.
        hint: String,
        /// All ids.
        known: String,
    },
    /// Of what was asked for there is no scenario.
    #[error("no scenario is chosen: {reasons}; `verify --list` shows all")]
    NoScenario {
        /// Who looks in their place.
        reasons: String,
    },
}

impl Library {
    /// The scenarios in the program, with the tables of `vectors.json`, whose text this is.
    ///
    /// # Errors
    /// When a file does not have its shape, or does not fit the contract.
    pub fn load(contract: &Contract, vectors: &str) -> Result<Self, LibraryError> {
        let files = EMBEDDED.files().filter_map(|file| {
            let path = format!("scenarios/{}", file.path().display());
            Some((path, file.contents_utf8()?))
        });
        Self::from_files(files, contract, vectors)
    }

    /// The same with other files: their paths, for messages, and texts.
    ///
    /// # Errors
    /// As [`Library::load`].
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (String, &'a str)>,
        contract: &Contract,
        vectors: &str,
    ) -> Result<Self, LibraryError> {
        // By the JSON reader: YAML's knows no surrogate pairs.
        let vectors: Value = serde_json::from_str(vectors).map_err(LibraryError::Vectors)?;
        let mut library = Self { cases: Vec::new() };
        for (path, text) in files {
            for chunk in chunks(text) {
                for case in cases(&path, &chunk, &vectors)? {
                    let problem = |message: String| LibraryError::Scenario {
                        path: path.clone(),
                        id: case.scenario.id.clone(),
                        message,
                    };
                    let mut others = library.cases.iter();
                    if others.any(|other| other.id == case.id) {
                        return Err(problem(
                            "is there already; rename one of the two".to_owned(),
                        ));
                    }
                    check(&case, contract).map_err(problem)?;
                    library.cases.push(case);
                }
            }
        }
        Ok(library)
    }

    /// Every case, in the order of the files.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Checks the exceptions of a manifest that are none for rules, which `catalog check` knows: each
    /// names a scenario, or one row of it as reports do.
    ///
    /// # Errors
    /// When one names nothing.
    pub fn check_exceptions(
        &self,
        target: &str,
        exceptions: &BTreeMap<String, String>,
    ) -> Result<(), LibraryError> {
        let ids = || self.cases.iter().map(|case| case.scenario.id.as_str());
        let is_known = |id: &&String| {
            id.starts_with(|c: char| c.is_ascii_uppercase())
                || ids().any(|known| known == id.as_str())
                || self.cases.iter().any(|case| case.id == **id)
        };
        match exceptions.keys().find(|id| !is_known(id)) {
            None => Ok(()),
            Some(id) => Err(LibraryError::UnknownException {
                target: target.to_owned(),
                id: id.clone(),
                hint: did_you_mean(id, ids()),
            }),
        }
    }

    /// The cases that test one of `rules` and belong to one of `scenarios`; an empty list is no condition.
    ///
    /// # Errors
    /// When there is no such rule or scenario.
    pub fn chosen(
        &self,
        contract: &Contract,
        rules: &[String],
        scenarios: &[String],
    ) -> Result<Vec<Case>, LibraryError> {
        let known: Vec<&str> = contract.rules.iter().map(|rule| &*rule.id).collect();
        let rules: Vec<String> = rules.iter().map(|id| id.to_uppercase()).collect();
        if let Some(id) = rules.iter().find(|id| !known.contains(&id.as_str())) {
            return Err(LibraryError::UnknownRule {
                id: id.clone(),
                hint: did_you_mean(id, known.iter().copied()),
                known: known.join(", "),
            });
        }
        let ids = || self.cases.iter().map(|case| case.scenario.id.as_str());
        if let Some(id) = scenarios.iter().find(|id| !ids().any(|known| known == *id)) {
            return Err(LibraryError::UnknownScenario {
                id: id.clone(),
                hint: did_you_mean(id, ids()),
            });
        }
        let is_chosen = |case: &&Case| {
            let scenario = &case.scenario;
            (rules.is_empty() || scenario.rules.iter().any(|rule| rules.contains(rule)))
                && (scenarios.is_empty() || scenarios.contains(&scenario.id))
        };
        let chosen: Vec<Case> = self.cases.iter().filter(is_chosen).cloned().collect();
        if chosen.is_empty() && !rules.is_empty() {
            let reason = |id: &String| {
                let proof = contract.rule(id).map(|rule| &rule.proof[..]);
                match proof {
                    _ if !scenarios.is_empty() => format!("those named do not test {id}"),
                    Some([Proof::G]) => format!("`catalog check` looks after {id}"),
                    _ => format!("the target's own tests look after {id}"),
                }
            };
            let reasons: Vec<String> = rules.iter().map(reason).collect();
            return Err(LibraryError::NoScenario {
                reasons: reasons.join(", "),
            });
        }
        Ok(chosen)
    }
}

/// One scenario's text, with so many empty lines in front that its places are those of the file.
fn chunks(text: &str) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("- ") || chunks.is_empty() {
            chunks.push("\n".repeat(number));
        }
        if let Some(chunk) = chunks.last_mut() {
            *chunk += line;
            chunk.push('\n');
        }
    }
    chunks
}

/// What has to be known of a scenario before its rows can be filled in.
#[derive(Deserialize)]
struct Heading {
    id: String,
    each: Option<Each>,
}

fn cases(path: &str, text: &str, vectors: &Value) -> Result<Vec<Case>, LibraryError> {
    let headings: Vec<Heading> = data::parse(text, path)?;
    let Some(Heading {
        id,
        each: Some(each),
    }) = headings.into_iter().next()
    else {
        let scenarios: Vec<Scenario> = data::parse(text, path)?;
        let case = |scenario: Scenario| Case {
            id: scenario.id.clone(),
            row: None,
            scenario,
        };
        return Ok(scenarios.into_iter().map(case).collect());
    };
    let rows = rows::rows(&each, vectors);
    if rows.is_empty() {
        return Err(LibraryError::Scenario {
            path: path.to_owned(),
            id,
            message: "`each` has no row".to_owned(),
        });
    }
    let mut templates: Vec<serde_yaml::Value> = data::parse(text, path)?;
    let members = templates
        .first_mut()
        .and_then(|template| template.as_mapping_mut());
    members.map(|members| members.remove("each"));
    let template = templates.into_iter().next().unwrap_or_default();
    let case = |row: &rows::Row| {
        let name = rows::name(row);
        // With its rows filled in it is no longer the text of the file: the place is the scenario's.
        let scenario = data::from_value(rows::filled(&template, row), path, first_line(text));
        let scenario: Scenario =
            scenario.map_err(|error| error.about(&format!("row `{name}`: ")))?;
        Ok(Case {
            id: format!("{id}[{name}]"),
            row: Some(name),
            scenario,
        })
    };
    rows.iter().map(case).collect()
}

fn first_line(text: &str) -> usize {
    text.lines().take_while(|line| line.is_empty()).count() + 1
}

fn check(case: &Case, contract: &Contract) -> Result<(), String> {
    let scenario = &case.scenario;
    let replies = scenario
        .steps
        .iter()
        .flat_map(Step::all)
        .filter_map(|step| step.expect.as_ref()?.rule());
    let journal = scenario
        .journal
        .iter()
        .filter_map(|expectation| expectation.rule());
    let rules = scenario.rules.iter().map(String::as_str);
    let known = || contract.rules.iter().map(|rule| rule.id.as_str());
    let mut variables = scenario.environment.keys();
    if scenario.rebuilt && variables.any(|name| !name.starts_with("SSOJET_")) {
        return Err("is `rebuilt` and sets a variable that is none of `SSOJET_*`".to_owned());
    }
    match rules
        .chain(replies)
        .chain(journal)
        .find(|id| contract.rule(id).is_none())
    {
        Some(id) => Err(format!("no rule `{id}`{}", did_you_mean(id, known()))),
        None if scenario.rules.is_empty() => Err("names no rule under `rules`".to_owned()),
        None => Ok(()),
    }
}
