//! Manifests: names, commands, versions, exceptions and layers.

use std::collections::BTreeSet;

use super::Check;
use crate::{
    catalog::{Language, Target, did_you_mean},
    system::{Version, toolchain::Requirement},
};

impl Check<'_> {
    /// A name on the command line stands for one language.
    pub(super) fn names(&mut self, languages: &[&Language]) {
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

    pub(super) fn manifest(&mut self, language: &Language) {
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

    /// A path under `replaces` is in the client's own layer and in one below it.
    pub(super) fn replaces(&mut self, target: &Target<'_>) {
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
}
