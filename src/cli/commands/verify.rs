use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use super::load;
use crate::{
    catalog::{Capability, Catalog, Contract, Target},
    cli::{
        args::VerifyArgs,
        error::Error,
        exit::Exit,
        output::{self, Count},
    },
    project::{
        provenance::PROVENANCE_FILE,
        writer::{self, WriteError},
    },
    system::{interrupt, process::ProcessError, text::printable},
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
    super::check_system("verify")?;
    let files: Vec<ReportFile> = args
        .report
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, report::UnknownFormat>>()
        .map_err(|error| Error::Usage(error.to_string()))?;
    check_distinct(&files)?;
    let catalog = load(&args.catalog)?;
    let contract = catalog.contract()?;
    let library = Library::load(contract, catalog.vectors()?)?;
    let cases = library.chosen(contract, &args.rule, &args.scenario)?;
    if args.list {
        return list(&cases);
    }
    check_reports(&files)?;
    let targets = targets(&catalog, args)?;
    super::check_trust(&args.catalog, args.trust, &targets)?;
    let clients = clients(targets, args)?;
    for client in &clients {
        library.check_exceptions(client.id(), &client.exceptions())?;
    }
    interrupt::note_instead_of_dying();
    if let Some(folder) = &args.keep {
        return keep(args, &catalog, clients, &cases, folder, &files);
    }
    let needs_cache = |client: &TestedClient| matches!(client, TestedClient::Project(_));
    let cache = if clients.iter().any(needs_cache) {
        PreparedCache::in_cache()?
    } else {
        PreparedCache::at(PathBuf::new())
    };
    if let Some(problem) = cache.problem() {
        output::tell(&format!(
            "no cache: {problem}; a temporary folder serves for this run, `XDG_CACHE_HOME` moves the cache"
        ));
    }
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
    let contract = catalog.contract()?;
    let run = Run {
        contract,
        catalog_version: catalog.version(),
        cases,
        whole_rules: &whole_rules(contract, args),
        cache,
    };
    let report = run.against(clients, &Shown::default())?;
    if interrupt::is_noted() {
        return Err(Error::Process(ProcessError::Interrupted));
    }
    let seconds = std::time::Duration::from_millis(report.time_ms).as_secs_f64();
    let shown = format!(
        "{}\n{}\n{}in {seconds:.1} s\n",
        report::failures(&report),
        report::table(&report),
        report::legend(&report)
    );
    let exit = Exit::of_report(&report, args.require);
    let to_stdout = files.iter().any(|file| writer::is_stdout(&file.path));
    let mut problems: Vec<Error> = Vec::new();
    if to_stdout {
        // What a program reads there is the report alone.
        output::tell(&shown);
    } else {
        problems.extend(output::print(&shown).err());
    }
    // A pipe waits for its reader, perhaps for ever.
    interrupt::exit_at_once(Exit::Interrupted.into());
    // One that cannot be written keeps nobody from the others.
    for file in files {
        let bytes = file.format.render(&report).into_bytes();
        problems.extend(writer::put(&file.path, bytes).err().map(Error::from));
    }
    for problem in &problems {
        output::tell_error(problem);
    }
    // A rule that does not hold is hidden by no disk that is full.
    Ok(if problems.is_empty() || exit == Exit::Findings {
        exit
    } else {
        Exit::InputOutput
    })
}

/// The rules of which every case was chosen: a case that is chosen for one rule may test another one too.
fn whole_rules(contract: &Contract, args: &VerifyArgs) -> Vec<String> {
    let is_whole = |id: &str| {
        let is_named = args.rule.iter().any(|rule| rule.eq_ignore_ascii_case(id));
        args.scenario.is_empty() && (args.rule.is_empty() || is_named)
    };
    let ids = contract.rules.iter().map(|rule| rule.id.clone());
    ids.filter(|id| is_whole(id)).collect()
}

/// Each report has a file of its own.
fn check_distinct(files: &[ReportFile]) -> Result<(), Error> {
    for (at, file) in files.iter().enumerate() {
        if file.path == Path::new("-") {
            return Err(Error::Usage(
                "`--report`: `-` names no file; standard output is `/dev/stdout`".to_owned(),
            ));
        }
        let is_same = |other: &ReportFile| {
            let resolved = |path: &Path| std::fs::canonicalize(path).or(std::path::absolute(path));
            let is_same_path = resolved(&other.path).ok() == resolved(&file.path).ok();
            is_same_path || (writer::is_stdout(&other.path) && writer::is_stdout(&file.path))
        };
        if files[..at].iter().any(is_same) {
            return Err(Error::Usage(format!(
                "`--report`: two reports would be written to `{}`; give each a file of its own",
                file.path.display()
            )));
        }
    }
    Ok(())
}

/// Before a run of minutes: whether its reports could be written.
fn check_reports(files: &[ReportFile]) -> Result<(), Error> {
    for file in files {
        writer::check_writable(&file.path).map_err(|error| match error {
            WriteError::Io { path, source } => Error::Report { path, source },
            other => other.into(),
        })?;
    }
    Ok(())
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

/// The targets that are asked for; none where it is a driver.
fn targets<'a>(catalog: &'a Catalog, args: &VerifyArgs) -> Result<Vec<Target<'a>>, Error> {
    match (&args.lang, &args.client) {
        _ if args.driver.is_some() => Ok(Vec::new()),
        (Some(language), Some(client)) => Ok(vec![catalog.target(language, Some(client))?]),
        (Some(language), None) => {
            let language = catalog.language(language)?.id();
            let targets = catalog.targets()?.into_iter();
            let targets = targets.filter(|target| target.language().id() == language);
            Ok(targets.collect())
        }
        _ if args.all => Ok(catalog.targets()?),
        _ => {
            let folder = folder(args);
            if args.dir.is_none() && !folder.join(PROVENANCE_FILE).exists() {
                return Err(Error::Usage(
                    "say what to verify: a project's folder, `--lang`, `--all` or `--driver`"
                        .to_owned(),
                ));
            }
            Ok(vec![Preparation::target_of_folder(catalog, folder)?])
        }
    }
}

/// The project that is asked for where nothing else is.
fn folder(args: &VerifyArgs) -> &Path {
    args.dir.as_deref().unwrap_or(Path::new("."))
}

/// From here on programs of the machine are run, if only to ask for their versions.
fn clients(targets: Vec<Target<'_>>, args: &VerifyArgs) -> Result<Vec<TestedClient>, Error> {
    if let Some(command) = &args.driver {
        return Ok(vec![driver(command)?]);
    }
    if let (None, false, [target]) = (&args.lang, args.all, &targets[..]) {
        let folder = folder(args);
        return match Preparation::of_folder(target, folder) {
            Ok(preparation) => {
                for what in preparation.left_out() {
                    output::tell(&format!("left out of the copy: {}", printable(what)));
                }
                Ok(vec![TestedClient::Project(Box::new(preparation))])
            }
            Err(error @ PrepareError::Toolchain(_)) => Ok(vec![TestedClient::Impossible {
                id: folder.display().to_string(),
                error,
            }]),
            Err(error) => Err(error.into()),
        };
    }
    let place = args.keep.clone();
    let place = place.unwrap_or_else(PreparedCache::usual_place);
    let client = |target: Target<'_>| match Preparation::of_target(&target, &place) {
        Ok(preparation) => TestedClient::Project(Box::new(preparation)),
        Err(error) => TestedClient::Impossible {
            id: target.id(),
            error,
        },
    };
    Ok(targets.into_iter().map(client).collect())
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
        if cases > 0
            && let Ok(mut count) = self.count.lock()
        {
            *count = Some(Count::begin("scenario", cases));
        }
    }

    fn ended(&self, target: &str, case: &CaseReport) {
        if interrupt::is_noted() {
            return; // it was not played to its end
        }
        if let Ok(count) = self.count.lock()
            && let Some(count) = &*count
        {
            let news = progress::is_news(case).then(|| {
                let rules = case
                    .failures
                    .iter()
                    .flat_map(|failure| failure.rules.clone());
                let mut rules: Vec<String> = rules.collect();
                rules.sort();
                rules.dedup();
                format!("failed: {} {} {}", rules.join(", "), target, case.id)
            });
            count.step(news.as_deref());
        }
    }
}
