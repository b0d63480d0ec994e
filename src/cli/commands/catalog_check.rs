use super::counted;
use crate::{
    catalog::{Catalog, CatalogError},
    cli::{args::CatalogCheckArgs, error::Error, exit::Exit, output},
    project::{lint, seen_errors::SeenErrors},
    system::text::printable,
};

pub fn run(args: &CatalogCheckArgs) -> Result<Exit, Error> {
    let seen = args.errors.as_deref().map(SeenErrors::read).transpose()?;
    let (findings, summary) = match check(args, seen.as_ref()) {
        Ok(done) => done,
        Err(error @ CatalogError::Unreadable { .. }) => return Err(error.into()),
        Err(error) => (vec![error.to_string()], "not read to its end".to_owned()),
    };
    for finding in &findings {
        output::print(&format!("{}\n", printable(finding)))?;
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

fn check(
    args: &CatalogCheckArgs,
    seen: Option<&SeenErrors>,
) -> Result<(Vec<String>, String), CatalogError> {
    let catalog = Catalog::load(args.catalog.templates.as_deref())?;
    let targets = counted(catalog.targets()?.len(), "target");
    let rules = counted(catalog.contract()?.rules.len(), "rule");
    let summary = format!("{targets}, {rules}, catalogue {}", catalog.version());
    let mut findings = lint::findings(&catalog)?;
    if let Some(seen) = seen {
        findings.extend(seen.unexplained(catalog.troubleshooting()?));
    }
    Ok((findings, summary))
}
