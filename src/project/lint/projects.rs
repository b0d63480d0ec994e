//! The projects that come of the templates: their size, what options may change, and secrets.

use ignore::gitignore::GitignoreBuilder;

use super::{Check, hostile_options};
use crate::{
    catalog::{CatalogError, Target},
    project::{options::Options, plan::Plan, provenance::PROVENANCE_FILE, scaffold},
};

/// A project's limits: what a person is willing to look through.
const MOST_FILES: usize = 25;
const MOST_BYTES: usize = 120 * 1024;
/// The most bytes of test vectors in a project.
const MOST_VECTORS: usize = 16 * 1024;

/// What stands in `.env.example` where a secret goes.
const SECRET_PLACEHOLDER: &str = "SSOJET_CLIENT_SECRET='your-client-secret'";

impl Check<'_> {
    /// The rows that every project gets are few enough to look through.
    pub(super) fn vectors(&mut self) -> Result<(), CatalogError> {
        let size = self.catalog.essential_vectors()?.len();
        if size > MOST_VECTORS {
            self.add(format!(
                "vectors.json: the essential rows have {size} bytes; at most {MOST_VECTORS}"
            ));
        }
        Ok(())
    }

    pub(super) fn target(&mut self, target: &Target<'_>) {
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
}
