use super::{
    Catalog, CatalogError, Client, Language, Requirement,
    renderer::{self, Renderer},
};
use crate::{
    options::Options,
    plan::Plan,
    provenance::{PROVENANCE_FILE, Provenance},
};

/// The folder beside a project's files in which its driver lies.
pub const DRIVER_FOLDER: &str = ".ssojet-verify";

/// A language with one of its client libraries: what a project is generated for.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    catalog: &'a Catalog,
    language: &'a Language,
    client: &'a Client,
}

/// One template of a target and the path of the file that it becomes.
#[derive(Debug)]
pub(super) struct Layered<'a> {
    /// The template's path in the catalogue.
    pub template: &'a str,
    /// The file's path in the project.
    pub path: &'a str,
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

    /// The project: every layer's templates rendered, and the provenance file.
    ///
    /// # Errors
    /// When the templates do not fit together or cannot be rendered.
    pub fn project(&self, options: &Options) -> Result<Plan, CatalogError> {
        let renderer = Renderer::new(self.catalog.files())?;
        self.project_with(&renderer, options)
    }

    pub(super) fn project_with(
        &self,
        renderer: &Renderer,
        options: &Options,
    ) -> Result<Plan, CatalogError> {
        let version = self.catalog.version();
        let context = renderer::context(self, version, options);
        let mut plan = Plan::default();
        for Layered { template, path } in self.layers("project")? {
            let text = renderer.render(template, &context)?;
            self.insert(&mut plan, template, path, text.into_bytes())?;
        }
        let provenance = Provenance::new(version, &self.id(), options, &plan);
        self.insert(
            &mut plan,
            PROVENANCE_FILE,
            PROVENANCE_FILE,
            provenance.to_json(),
        )?;
        Ok(plan)
    }

    /// What `verify` lays beside the project, below [`DRIVER_FOLDER`].
    ///
    /// # Errors
    /// When the templates cannot be rendered.
    pub fn driver(&self) -> Result<Plan, CatalogError> {
        self.driver_with(&Renderer::new(self.catalog.files())?)
    }

    /// The same with a renderer that is there already.
    ///
    /// # Errors
    /// When the templates cannot be rendered.
    pub(super) fn driver_with(&self, renderer: &Renderer) -> Result<Plan, CatalogError> {
        let context = renderer::context(self, self.catalog.version(), &Options::default());
        let mut plan = Plan::default();
        for Layered { template, path } in self.layers("driver")? {
            let text = renderer.render(template, &context)?;
            let path = format!("{DRIVER_FOLDER}/{path}");
            self.insert(&mut plan, template, &path, text.into_bytes())?;
        }
        Ok(plan)
    }

    fn insert(
        &self,
        plan: &mut Plan,
        template: &str,
        path: &str,
        bytes: Vec<u8>,
    ) -> Result<(), CatalogError> {
        plan.insert(path, bytes)
            .map_err(|source| CatalogError::Path {
                path: self.catalog.files().shown(template),
                source,
            })
    }

    /// The templates in the folders of one name, `project` or `driver`: the language's, over them those of
    /// the clients that this one extends, and its own on top.
    pub(super) fn layers(&self, folder: &str) -> Result<Vec<Layered<'a>>, CatalogError> {
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

    /// The programs that a user needs: the language's, then the client's.
    pub fn requirements(&self) -> impl Iterator<Item = &'a Requirement> + use<'a> {
        let language = self.language.manifest().requires.iter();
        language.chain(&self.client.requires)
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
