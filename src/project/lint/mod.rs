//! The lint of a catalogue: its manifests, and the projects that come of it.

mod hostile_options;

use std::{collections::BTreeSet, fmt, path::Path};

use ignore::gitignore::GitignoreBuilder;

use super::{
    docs_tree::{self, Selection},
    links,
    options::Options,
    plan::Plan,
    prompt,
    provenance::PROVENANCE_FILE,
    scaffold::{self, ScaffoldError},
};
use crate::{
    catalog::{Catalog, CatalogError, Contract, Language, Renderer, Target, did_you_mean},
    system::{Version, toolchain::Requirement},
};

/// A project's limits: what a person is willing to look through.
const MOST_FILES: usize = 25;
const MOST_BYTES: usize = 120 * 1024;
/// The most bytes of test vectors in a project.
const MOST_VECTORS: usize = 16 * 1024;

/// What stands in `.env.example` where a secret goes.
const SECRET_PLACEHOLDER: &str = "SSOJET_CLIENT_SECRET='your-client-secret'";

/// Files of the catalogue that are data and not templates.
const DATA: [&str; 4] = [
    "catalog.yaml",
    "contract.yaml",
    "troubleshooting.yaml",
    "vectors.json",
];

/// Everything that is wrong with a catalogue beyond the shape of its files.
///
/// # Errors
/// When a data file does not have its shape.
pub fn findings(catalog: &Catalog) -> Result<Vec<String>, CatalogError> {
    let languages = catalog.languages()?;
    let mut check = Check {
        catalog,
        contract: catalog.contract()?,
        renderer: Renderer::new(catalog.files())?,
        findings: Vec::new(),
        has_failed: false,
    };
    check.names(&languages);
    check.vectors()?;
    for language in languages {
        check.manifest(language);
    }
    for target in catalog.targets()? {
        check.target(&target);
    }
    check.prompts()?;
    check.docs();
    check.reachability();
    Ok(check.findings)
}

struct Check<'a> {
    catalog: &'a Catalog,
    contract: &'a Contract,
    renderer: Renderer,
    findings: Vec<String>,
    /// Whether some target could not be rendered.
    has_failed: bool,
}

impl Check<'_> {
    /// Two targets of one language share their faults: each is told once.
    fn add(&mut self, finding: impl Into<String>) {
        let finding = finding.into();
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn fail(&mut self, error: &ScaffoldError) {
        self.has_failed = true;
        self.add(error.to_string());
    }

    fn key(&mut self, language: &Language, key: &str, message: impl fmt::Display) {
        self.add(format!("{}: `{key}`: {message}", language.manifest_path()));
    }

    /// A name on the command line stands for one language.
    fn names(&mut self, languages: &[&Language]) {
        let mut seen = BTreeSet::new();
        for language in languages {
            for (index, name) in language.names().enumerate() {
                if !seen.insert(name) {
                    let key = match index {
                        0 => "id".to_owned(),
                        index => format!("aliases[{}]", index - 1),
                    };
                    self.key(
                        language,
                        &key,
                        format!("`{name}` names another language too"),
                    );
                }
            }
        }
    }

    fn manifest(&mut self, language: &Language) {
        let manifest = language.manifest();
        if let Err(error) = language.default_client() {
            self.add(error.to_string());
        }
        self.requirements(language, "", &manifest.requires);
        let steps = &manifest.steps;
        for (name, commands) in [
            ("install", &steps.install),
            ("lint", &steps.lint),
            ("test", &steps.test),
            ("run", &steps.run),
        ] {
            if commands.is_empty() || commands.iter().any(Vec::is_empty) {
                let message = "has no command, or an empty one";
                self.key(language, &format!("steps.{name}"), message);
            }
        }
        if manifest.driver.command.is_empty() {
            self.key(language, "driver.command", "is empty");
        }
        let rules: Vec<&str> = self.contract.rules.iter().map(|rule| &*rule.id).collect();
        for (index, client) in manifest.clients.iter().enumerate() {
            let earlier = &manifest.clients[..index];
            if earlier.iter().any(|other| other.id == client.id) {
                let message = format!("`{}` stands twice", client.id);
                self.key(language, &format!("clients[{index}].id"), message);
            }
            self.requirements(language, &format!("clients[{index}]."), &client.requires);
            // `verify` knows the scenarios, which are named in lower case.
            let names_rule = |key: &&String| key.starts_with(|c: char| c.is_ascii_uppercase());
            for rule in client.exceptions.keys().filter(names_rule) {
                if !rules.contains(&rule.as_str()) {
                    let hint = did_you_mean(rule, rules.iter().copied());
                    let key = format!("clients[{index}].exceptions.{rule}");
                    self.key(language, &key, format!("no such rule{hint}"));
                }
            }
        }
    }

    fn requirements(&mut self, language: &Language, owner: &str, requires: &[Requirement]) {
        for (index, requirement) in requires.iter().enumerate() {
            let key = format!("{owner}requires[{index}]");
            if Version::parse(&requirement.at_least).is_none() {
                let message = format!("`{}` is not a version", requirement.at_least);
                self.key(language, &format!("{key}.at_least"), message);
            }
            if requirement.probe.is_empty() {
                self.key(language, &format!("{key}.probe"), "is empty");
            }
        }
    }

    /// The rows that every project gets are few enough to look through.
    fn vectors(&mut self) -> Result<(), CatalogError> {
        let size = self.catalog.essential_vectors()?.len();
        if size > MOST_VECTORS {
            self.add(format!(
                "vectors.json: the essential rows have {size} bytes; at most {MOST_VECTORS}"
            ));
        }
        Ok(())
    }

    fn target(&mut self, target: &Target<'_>) {
        self.replaces(target);
        if let Err(error) = scaffold::driver_with(&self.renderer, target, &Options::default()) {
            self.fail(&error);
        }
        self.guide(target);
        let plan = match scaffold::project_with(&self.renderer, target, &Options::default()) {
            Ok(plan) => plan,
            Err(error) => return self.fail(&error),
        };
        self.options_reach_data_alone(target, &plan);
        self.secrets(target, &plan);
        let id = target.id();
        if plan.get(".gitattributes").is_none() {
            self.add(format!(
                "{id}: has no `.gitattributes`, which keeps line ends as they are"
            ));
        }
        if plan.len() > MOST_FILES {
            self.add(format!(
                "{id}: has {} files; at most {MOST_FILES}",
                plan.len()
            ));
        }
        if plan.size() > MOST_BYTES {
            self.add(format!(
                "{id}: has {} bytes; at most {MOST_BYTES}",
                plan.size()
            ));
        }
        let has_vectors = self.catalog.essential_vectors().is_ok_and(|vectors| {
            let mut files = plan.files();
            files.any(|(_, file)| file.bytes.trim_ascii_end() == vectors.as_bytes())
        });
        if !has_vectors {
            self.add(format!(
                "{id}: has no file that is `{{{{ essential_vectors() }}}}` for its tests (rule P2)"
            ));
        }
    }

    /// The code that a guide shows is run.
    fn guide(&mut self, target: &Target<'_>) {
        let commands = &target.language().manifest().guide;
        let is_run = !commands.is_empty() && commands.iter().all(|command| !command.is_empty());
        if !is_run && target.layers("guide").is_ok_and(|code| !code.is_empty()) {
            let message = "has no command for the code in `guide/`, or an empty one";
            self.key(target.language(), "guide", message);
        }
    }

    /// A path under `replaces` is in the client's own layer and in one below it.
    fn replaces(&mut self, target: &Target<'_>) {
        let language = target.language();
        let Ok(chain) = language.extended(target.client()) else {
            return; // reported when the project is rendered
        };
        let below = chain.iter().rev().skip(1).map(|client| &*client.id);
        let below: Vec<String> = below.map(|id| format!("clients/{id}/")).collect();
        let own = format!("clients/{}/", target.client().id);
        for (index, path) in target.client().replaces.iter().enumerate() {
            let stands_in = |layer: &str| {
                ["project", "driver", "guide"].iter().any(|folder| {
                    let path = format!("languages/{}/{layer}{folder}/{path}.j2", language.id());
                    self.catalog.files().bytes(&path).is_some()
                })
            };
            let is_below = stands_in("") || below.iter().any(|layer| stands_in(layer));
            if !is_below || !stands_in(&own) {
                let clients = &language.manifest().clients;
                let position = clients
                    .iter()
                    .position(|other| other.id == target.client().id);
                let key = format!("clients[{}].replaces[{index}]", position.unwrap_or(0));
                self.key(
                    language,
                    &key,
                    format!("`{path}` is not in the client's layer and one below it"),
                );
            }
        }
    }

    /// Rendered again with a hostile value in every option, program text is the same to the byte.
    fn options_reach_data_alone(&mut self, target: &Target<'_>, plan: &Plan) {
        let hostile = match scaffold::project_with(
            &self.renderer,
            target,
            &hostile_options::hostile_options(),
        ) {
            Ok(plan) => plan,
            Err(error) => return self.fail(&error),
        };
        let package = &target.language().manifest().package;
        let data = [".env.example", "README.md", package, PROVENANCE_FILE];
        for (path, file) in plan.files() {
            if !data.contains(&path) && hostile.get(path) != Some(file) {
                let message = format!("an option changes `{path}`; only {} may", data.join(", "));
                self.add(format!("{}: {message}", target.id()));
            }
        }
    }

    /// Placeholders stand for secrets, and git never sees the file that has them (rule S3).
    fn secrets(&mut self, target: &Target<'_>, plan: &Plan) {
        let text = |path| {
            let bytes = plan.get(path).map_or(&[][..], |file| &file.bytes);
            String::from_utf8_lossy(bytes)
        };
        if !text(".env.example")
            .lines()
            .any(|line| line == SECRET_PLACEHOLDER)
        {
            let message = format!("`.env.example` does not hold `{SECRET_PLACEHOLDER}` (rule S3)");
            self.add(format!("{}: {message}", target.id()));
        }
        let mut builder = GitignoreBuilder::new("");
        for line in text(".gitignore").lines() {
            if let Err(error) = builder.add_line(None, line) {
                self.add(format!("{}: `.gitignore`: {error}", target.id()));
            }
        }
        let ignored = builder.build().ok();
        let is_ignored = |path| {
            let matched = ignored.as_ref().map(|rules| rules.matched(path, false));
            matched.is_some_and(|matched| matched.is_ignore())
        };
        if !is_ignored(".env") || is_ignored(".env.example") {
            let message = "`.gitignore` has to ignore `.env` and keep `.env.example` (rule S3)";
            self.add(format!("{}: {message}", target.id()));
        }
    }

    /// The docs tree can be rendered whole, and its links lead somewhere.
    fn docs(&mut self) {
        let whole = Selection::default();
        let tree = match docs_tree::tree_with(&self.renderer, self.catalog, &whole) {
            Ok(tree) => tree,
            Err(error) => return self.fail(&error),
        };
        let pages = tree.files().filter(|(path, _)| has_ending(path, "md"));
        for (path, file) in pages {
            let text = String::from_utf8_lossy(&file.bytes);
            for link in links::broken(path, &text, &tree) {
                self.add(format!(
                    "{path}: the link `{link}` leads nowhere in the docs tree"
                ));
            }
        }
    }

    /// Each target has what its prompt says of it alone, and every prompt is fit to be read.
    fn prompts(&mut self) -> Result<(), CatalogError> {
        let mut is_whole = true;
        for target in self.catalog.targets()? {
            for text in [target.language_text(), target.traps_text()] {
                if let Err(error) = text {
                    is_whole = false;
                    self.add(error.to_string());
                }
            }
        }
        if is_whole {
            match prompt::findings(self.catalog, &self.renderer) {
                Ok(findings) => findings.into_iter().for_each(|finding| self.add(finding)),
                Err(error) => self.fail(&error),
            }
        } else {
            self.has_failed = true;
        }
        Ok(())
    }

    /// Every file is data, or was read while the targets were rendered.
    fn reachability(&mut self) {
        let used = self.renderer.used();
        let files = self.catalog.files();
        if self.has_failed {
            return; // it is not known what the target would have read
        }
        let mut unreached = Vec::new();
        for path in files.paths() {
            let is_manifest = path.starts_with("languages/") && path.ends_with("/manifest.yaml");
            if !DATA.contains(&path) && !is_manifest && !used.contains(path) {
                unreached.push(files.shown(path));
            }
        }
        for path in unreached {
            self.add(format!("{path}: nothing reaches this file"));
        }
    }
}

fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == ending)
}
