use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::load;
use crate::{
    catalog::{Arguments, Capability, Catalog, Target},
    cli::{
        args::VerifyArgs,
        error::Error,
        exit::Exit,
        output::{self, Count},
    },
    project::{provenance::PROVENANCE_FILE, writer},
    system::interrupt,
    verify::{
        driver::{Launch, Patience},
        prepare::{Preparation, PrepareError, PreparedCache},
        report::{self, CaseReport, ReportFile},
        runner::{
            Run, TestedClient,
            progress::{self, Progress},
        },
        scenario::{Case, Library},
    },
};

pub fn run(args: &VerifyArgs) -> Result<Exit, Error> {
    let files: Vec<ReportFile> = args
        .report
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, report::UnknownFormat>>()
        .map_err(|error| Error::Usage(error.to_string()))?;
    let catalog = load(&args.catalog)?;
    let contract = catalog.contract()?;
    let library = Library::load(contract, catalog.vectors()?)?;
    let cases = library.chosen(contract, &args.rule, &args.scenario)?;
    if args.list {
        return list(&cases);
    }
    let clients = clients(&catalog, args)?;
    let commands = clients.iter().filter_map(|client| match client {
        TestedClient::Project(preparation) => Some(&**preparation),
        _ => None,
    });
    let commands = commands.flat_map(|preparation| {
        let driver = std::iter::once(&preparation.driver().command);
        preparation.commands().iter().chain(driver)
    });
    let commands: Vec<&Arguments> = commands.collect();
    super::check_trust(&args.catalog, args.trust, &commands)?;
    for client in &clients {
        library.check_exceptions(client.id(), &client.exceptions())?;
    }
    interrupt::note_instead_of_dying();
    if let Some(folder) = &args.keep {
        return keep(args, &catalog, clients, &cases, folder, &files);
    }
    let cache = PreparedCache::in_cache()?;
    verify(args, &catalog, clients, &cases, &cache, &files)
}

fn verify(
    args: &VerifyArgs,
    catalog: &Catalog,
    clients: Vec<TestedClient>,
    cases: &[Case],
    cache: &PreparedCache,
    files: &[ReportFile],
) -> Result<Exit, Error> {
    let run = Run {
        contract: catalog.contract()?,
        catalog_version: catalog.version(),
        cases,
        is_whole: args.scenario.is_empty(),
        cache,
    };
    let report = run.against(clients, &Shown::default())?;
    if interrupt::is_noted() {
        return Err(Error::Interrupted);
    }
    for file in files {
        writer::put(&file.path, file.format.render(&report).into_bytes())?;
    }
    output::print(&report::failures(&report))?;
    let seconds = std::time::Duration::from_millis(report.time_ms).as_secs_f64();
    output::print(&format!(
        "\n{}\n{}in {seconds:.1} s\n",
        report::table(&report),
        report::legend(&report)
    ))?;
    Ok(Exit::of_report(&report, args.require))
}

/// One target in a folder that the person keeps.
fn keep(
    args: &VerifyArgs,
    catalog: &Catalog,
    mut clients: Vec<TestedClient>,
    cases: &[Case],
    folder: &Path,
    files: &[ReportFile],
) -> Result<Exit, Error> {
    let (Some(client), true) = (clients.pop(), clients.is_empty()) else {
        return Err(Error::Usage(
            "`--keep` is for one target: name it with `--lang` and `--client`".to_owned(),
        ));
    };
    let preparation = match client {
        TestedClient::Project(preparation) => preparation,
        TestedClient::Impossible { error, .. } => return Err(error.into()),
        // clap refuses `--keep` with the one, and nothing has made the other.
        TestedClient::Driver { .. } | TestedClient::Prepared { .. } => {
            return Ok(Exit::Usage);
        }
    };
    let launch = PreparedCache::prepared_in(&preparation, folder)?;
    if args.prepare_only {
        let mut line = serde_json::json!(launch);
        let is_parallel = preparation.capabilities().contains(&Capability::Parallel);
        line["parallel"] = is_parallel.into();
        output::print(&format!("{line}\n"))?;
        return Ok(Exit::Done);
    }
    let clients = vec![TestedClient::Prepared {
        preparation,
        launch,
    }];
    let cache = PreparedCache::at(PathBuf::new());
    verify(args, catalog, clients, cases, &cache, files)
}

fn clients(catalog: &Catalog, args: &VerifyArgs) -> Result<Vec<TestedClient>, Error> {
    if let Some(command) = &args.driver {
        return Ok(vec![driver(command)?]);
    }
    let targets: Vec<Target<'_>> = match (&args.lang, &args.client) {
        (Some(language), Some(client)) => vec![catalog.target(language, Some(client))?],
        (Some(language), None) => {
            let language = catalog.language(language)?.id();
            let targets = catalog.targets()?.into_iter();
            targets
                .filter(|target| target.language().id() == language)
                .collect()
        }
        _ if args.all => catalog.targets()?,
        _ => return folder(catalog, args.dir.as_deref()),
    };
    let client = |target: Target<'_>| match Preparation::of_target(&target) {
        Ok(preparation) => TestedClient::Project(Box::new(preparation)),
        Err(error) => TestedClient::Impossible {
            id: target.id(),
            error,
        },
    };
    Ok(targets.into_iter().map(client).collect())
}

/// The project in a folder: the one that is named, or this one if it is one.
fn folder(catalog: &Catalog, dir: Option<&Path>) -> Result<Vec<TestedClient>, Error> {
    let folder = dir.unwrap_or(Path::new("."));
    if dir.is_none() && !folder.join(PROVENANCE_FILE).exists() {
        return Err(Error::Usage(
            "say what to verify: a project's folder, `--lang`, `--all` or `--driver`".to_owned(),
        ));
    }
    match Preparation::of_folder(catalog, folder) {
        Ok(preparation) => Ok(vec![TestedClient::Project(Box::new(preparation))]),
        Err(error @ PrepareError::Toolchain(_)) => Ok(vec![TestedClient::Impossible {
            id: folder.display().to_string(),
            error,
        }]),
        Err(error) => Err(error.into()),
    }
}

fn driver(command: &str) -> Result<TestedClient, Error> {
    let words = shell_words::split(command)
        .map_err(|error| Error::Usage(format!("`--driver`: {error}: `{command}`")))?;
    if words.is_empty() {
        return Err(Error::Usage(
            "`--driver` needs a command, as in `--driver \"python3 driver.py\"`".to_owned(),
        ));
    }
    Ok(TestedClient::Driver {
        id: command.to_owned(),
        launch: Launch {
            command: words,
            folder: std::env::current_dir().map_err(Error::Output)?,
            env: std::collections::BTreeMap::new(),
            pass: Vec::new(),
            has_dotenv: false,
            patience: Patience::default(),
        },
    })
}

fn list(cases: &[Case]) -> Result<Exit, Error> {
    let lines = cases.iter().map(|case| {
        let rules = case.scenario.rules.join(",");
        format!("{rules:<6} {}  {}\n", case.id, case.scenario.title)
    });
    output::print(&lines.collect::<String>())?;
    Ok(Exit::Done)
}

/// Shows a run on standard error.
#[derive(Default)]
struct Shown {
    count: Mutex<Option<Count>>,
}

impl Progress for Shown {
    fn preparing(&self, target: &str) {
        output::tell(&format!("… preparing {target}"));
    }

    fn prepared(&self, target: &str, problem: Option<&str>) {
        if let Some(problem) = problem {
            output::tell(&format!("{target}: {problem}"));
        }
    }

    fn begin(&self, cases: usize) {
        if let Ok(mut count) = self.count.lock() {
            *count = Some(Count::begin("scenarios", cases));
        }
    }

    fn ended(&self, target: &str, case: &CaseReport) {
        if let Ok(count) = self.count.lock()
            && let Some(count) = &*count
        {
            let news = progress::is_news(case).then(|| {
                let rules = case
                    .failures
                    .iter()
                    .flat_map(|failure| failure.rules.clone());
                let mut rules: Vec<String> = rules.collect();
                rules.dedup();
                format!("failed: {} {} {}", rules.join(", "), target, case.id)
            });
            count.step(news.as_deref());
        }
    }
}
