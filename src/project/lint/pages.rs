//! The pages: the docs tree and the prompts.

use std::path::Path;

use super::Check;
use crate::{
    catalog::CatalogError,
    project::{
        docs_tree::{self, Selection},
        links, prompt,
    },
};

impl Check<'_> {
    /// The docs tree can be rendered whole, and its links lead somewhere.
    pub(super) fn docs(&mut self) {
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
    pub(super) fn prompts(&mut self) -> Result<(), CatalogError> {
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
}

fn has_ending(path: &str, ending: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == ending)
}
