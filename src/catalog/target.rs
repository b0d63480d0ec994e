use std::collections::BTreeMap;

use minijinja::{Value, context, value::Serde};
use serde::Serialize;

use super::{
    Catalog, CatalogError, Client, Language, Manifest, Steps, TargetSummary,
    renderer::{self, Renderer},
};
use crate::system::{shell, toolchain::Requirement};

/// A language with one of its client libraries: what a project is generated for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    catalog: &'a Catalog,
    language: &'a Language,
    client: &'a Client,
}

/// One template of a target and the path of the file that it becomes.
#[derive(Debug)]
pub(crate) struct Layered<'a> {
    /// The template's path in the catalogue.
    pub template: &'a str,
    /// The file's path in the project.
    pub path: &'a str,
}

/// A file of a project, rendered.
#[derive(Debug)]
pub struct RenderedFile<'a> {
    /// The template's path in the catalogue.
    pub template: &'a str,
    /// The file's path in the project.
    pub path: &'a str,
    /// What stands in it.
    pub content: Content,
}

/// What stands in a file of a project.
#[derive(Debug)]
pub enum Content {
    /// A part of the program: the template had no tag.
    Embedded {
        /// The bytes.
        bytes: &'static [u8],
        /// Their SHA-256 in lower-case hexadecimal.
        sha256: &'static str,
    },
    /// Text that was made for this project.
    Rendered(String),
}

impl<'a> Target<'a> {
    pub(super) fn new(catalog: &'a Catalog, language: &'a Language, client: &'a Client) -> Self {
        Self {
            catalog,
            language,
            client,
        }
    }

    /// `language-client`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-{}", self.language.id(), self.client.id)
    }

    /// The catalogue that it is of.
    pub(crate) fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// Its language.
    #[must_use]
    pub fn language(&self) -> &'a Language {
        self.language
    }

    /// Its client library.
    #[must_use]
    pub fn client(&self) -> &'a Client {
        self.client
    }

    /// The project's files: the templates of every layer, rendered with what the user chose.
    ///
    /// # Errors
    /// When the templates do not fit together or cannot be rendered.
    pub(crate) fn project(
        &self,
        renderer: &Renderer,
        options: &impl Serialize,
    ) -> Result<Vec<RenderedFile<'a>>, CatalogError> {
        self.rendered("project", renderer, options)
    }

    /// The files that `verify` lays beside the project.
    ///
    /// # Errors
    /// When the templates cannot be rendered.
    pub(crate) fn driver(
        &self,
        renderer: &Renderer,
        options: &impl Serialize,
    ) -> Result<Vec<RenderedFile<'a>>, CatalogError> {
        self.rendered("driver", renderer, options)
    }

    /// The code that the guide shows and the tests run.
    ///
    /// # Errors
    /// When the templates cannot be rendered.
    pub(crate) fn guide_code(
        &self,
        renderer: &Renderer,
        options: &impl Serialize,
    ) -> Result<Vec<RenderedFile<'a>>, CatalogError> {
        self.rendered("guide", renderer, options)
    }

    /// The guide: the client's own page, that of the client which it extends, or the language's. `files` are the texts
    /// that the page may show parts of, by path.
    ///
    /// # Errors
    /// When there is none, or it cannot be rendered.
    pub(crate) fn guide(
        &self,
        renderer: &Renderer,
        options: &impl Serialize,
        files: &BTreeMap<&str, &str>,
    ) -> Result<String, CatalogError> {
        let language = format!("{}/guide.md.j2", self.language.folder());
        let pages = self.paths_of_clients("guide.md.j2")?.chain([language]);
        let page = self.first_text(pages, "guide", &self.language.manifest().title)?;
        let troubleshooting = self.catalog.troubleshooting()?;
        let context = context! {
            files => Value::from(Serde(files)),
            summary => Value::from(Serde(self.summary())),
            troubleshooting => Value::from(Serde(&troubleshooting.symptoms)),
            ..renderer::context(self, self.catalog.version(), options)
        };
        renderer.render(&page, &context)
    }

    /// What tables of targets tell about this one.
    pub(crate) fn summary(&self) -> TargetSummary<'a> {
        TargetSummary::new(self)
    }

    fn rendered(
        &self,
        folder: &str,
        renderer: &Renderer,
        options: &impl Serialize,
    ) -> Result<Vec<RenderedFile<'a>>, CatalogError> {
        let context = renderer::context(self, self.catalog.version(), options);
        let files = self
            .layers(folder)?
            .into_iter()
            .map(|Layered { template, path }| {
                Ok(RenderedFile {
                    template,
                    path,
                    content: renderer.content(template, &context)?,
                })
            });
        files.collect()
    }

    /// The templates in the folders of one name, `project` or `driver`: the language's, over them those of
    /// the clients that this one extends, and its own on top.
    pub(crate) fn layers(&self, folder: &str) -> Result<Vec<Layered<'a>>, CatalogError> {
        let mut layers = self.layer(folder)?;
        for client in self.language.extended(self.client)? {
            let own = self.layer(&format!("clients/{}/{folder}", client.id))?;
            for Layered { path, .. } in &own {
                let replaced = client.replaces.iter().any(|listed| listed == path);
                if !replaced && layers.iter().any(|below| below.path == *path) {
                    return Err(CatalogError::TwoLayers {
                        path: (*path).to_owned(),
                        client: client.id.clone(),
                    });
                }
            }
            layers.retain(|below| !own.iter().any(|file| file.path == below.path));
            layers.extend(own);
        }
        Ok(layers)
    }

    /// The template of what a prompt says of the language.
    ///
    /// # Errors
    /// When there is none: every language has one.
    pub(crate) fn language_text(&self) -> Result<String, CatalogError> {
        let path = format!("{}/prompt.md.j2", self.language.folder());
        self.first_text([path], "prompt", &self.language.manifest().title)
    }

    /// The template of what a prompt says of the client library: its own, or that of the nearest one that it extends.
    ///
    /// # Errors
    /// When there is none: every client has one.
    pub(crate) fn traps_text(&self) -> Result<String, CatalogError> {
        let paths = self.paths_of_clients("traps.md.j2")?;
        self.first_text(paths, "prompt", &self.client.title)
    }

    /// Where a template may lie in the folders of clients: the client's own, then those of the clients that it extends.
    fn paths_of_clients(&self, name: &str) -> Result<impl Iterator<Item = String>, CatalogError> {
        let folder = self.language.folder();
        let chain = self.language.extended(self.client)?.into_iter().rev();
        Ok(chain.map(move |client| format!("{folder}/clients/{}/{name}", client.id)))
    }

    /// The first of these templates that is there.
    fn first_text(
        &self,
        paths: impl IntoIterator<Item = String>,
        page: &'static str,
        title: &str,
    ) -> Result<String, CatalogError> {
        let files = self.catalog.files();
        let mut own = None;
        for path in paths {
            if files.bytes(&path).is_some() {
                return Ok(path);
            }
            own = own.or(Some(path));
        }
        Err(CatalogError::NoText {
            path: files.shown(&own.unwrap_or_default()),
            page,
            title: title.to_owned(),
        })
    }

    /// The programs that a user needs: the language's, then the client's.
    pub fn requirements(&self) -> impl Iterator<Item = &'a Requirement> + use<'a> {
        let language = self.language.manifest().requires.iter();
        language.chain(&self.client.requires)
    }

    /// Every command that the manifest can make this program run, as lines for a person: probes, steps, and what builds
    /// and starts the driver. There is no other list: what is run and not named here is a hole.
    #[must_use]
    pub fn command_lines(&self) -> Vec<String> {
        let Manifest { steps, driver, .. } = self.language.manifest();
        let probes = self.requirements().map(|requirement| &requirement.probe);
        let Steps {
            install,
            lint,
            test,
            run,
        } = steps;
        let steps = [install, lint, test, run, &driver.build];
        let lines = probes.chain(steps.into_iter().flatten());
        let mut lines: Vec<String> = lines.map(|command| shell::line(command)).collect();
        let variables = driver.env.iter();
        let variables = variables.map(|(name, value)| format!("{name}={} ", shell::quoted(value)));
        lines.push(variables.collect::<String>() + &shell::line(&driver.command));
        lines
    }

    fn layer(&self, folder: &str) -> Result<Vec<Layered<'a>>, CatalogError> {
        let files = self.catalog.files();
        files
            .below(&format!("{}/{folder}", self.language.folder()))
            .map(|(template, path)| match path.strip_suffix(".j2") {
                Some(path) => Ok(Layered { template, path }),
                None => Err(CatalogError::NotATemplate {
                    path: files.shown(template),
                }),
            })
            .collect()
    }
}
