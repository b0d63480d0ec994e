use super::counted;
use crate::{
    catalog::{Catalog, CatalogError},
    cli::{args::CatalogArgs, error::Error, exit::Exit, output},
    project::lint,
};

pub fn run(args: &CatalogArgs) -> Result<Exit, Error> {
    let (findings, summary) = match check(args) {
        Ok(done) => done,
        Err(error @ CatalogError::Unreadable { .. }) => return Err(error.into()),
        Err(error) => (vec![error.to_string()], "not read to its end".to_owned()),
    };
    for finding in &findings {
        output::print(&format!("{finding}\n"))?;
    }
    output::tell(&format!(
        "{summary}: {}",
        counted(findings.len(), "finding")
    ));
    Ok(if findings.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn check(args: &CatalogArgs) -> Result<(Vec<String>, String), CatalogError> {
    let catalog = Catalog::load(args.templates.as_deref())?;
    let targets = counted(catalog.targets()?.len(), "target");
    let rules = counted(catalog.contract()?.rules.len(), "rule");
    let summary = format!("{targets}, {rules}, catalogue {}", catalog.version());
    Ok((lint::findings(&catalog)?, summary))
}
