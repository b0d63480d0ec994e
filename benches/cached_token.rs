//! What it costs each client to give the token that it holds, beside a bare lock and clock compare
//! in its language; in Node.js, which needs no lock, beside an async function with a clock compare.
//!
//! `cargo bench --bench cached_token` prints a row for each target, `cargo bench --bench cached_token -- go` for
//! some. A language's program is a folder below `benches/cached_token/`; its `bench.json` says how it is started.
//! The folder is laid into the prepared project, so that the program is built as the client is.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench may"
)]

use std::{fs, net::TcpListener, path::Path};

use ssojet_gen::{
    catalog::{Catalog, Target},
    sandbox::{Algorithm, Sandbox, Settings},
    system::process,
    verify::{Launch, Preparation, PrepareError, PreparedCache},
};

/// How a program is started in the project's folder. `{here}` stands for the name of its own folder there, `{client}`
/// for the client's.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    command: Vec<String>,
}

/// What a program prints, in one line: the best of its rounds, for one call.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    ours_ns: f64,
    bare_ns: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Only `cargo bench` says so: `cargo test --all-targets` starts benches too.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("cached_token is run by `cargo bench`");
        return;
    }
    let wanted: Vec<&String> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    println!(
        "{:<44} {:>12} {:>12} {:>7} {:>6}",
        "the held token, for one call", "ours", "bare", "ratio", "goal"
    );
    let catalog = Catalog::load(None).unwrap();
    for target in catalog.targets().unwrap() {
        let id = target.id();
        if !wanted.is_empty() && !wanted.iter().any(|part| id.contains(*part)) {
            continue;
        }
        match cost(&target) {
            Ok(Cost { ours_ns, bare_ns }) => {
                let (ours, bare) = (format!("{ours_ns:.1} ns"), format!("{bare_ns:.1} ns"));
                let ratio = ours_ns / bare_ns;
                println!("{id:<44} {ours:>12} {bare:>12} {ratio:>7.2} {:>6}", "2.00");
            }
            Err(reason) => println!("{id:<44} not run: {reason}"),
        }
    }
}

/// The error is why it was not run. A program that runs and fails ends the bench.
fn cost(target: &Target<'_>) -> Result<Cost, String> {
    let language = target.language().id();
    let programs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/cached_token"));
    let program = programs.join(language);
    let described = fs::read(program.join("bench.json"))
        .map_err(|_| format!("benches/cached_token/{language} has no program"))?;
    let Program { command } = serde_json::from_slice(&described).unwrap();
    let preparation = Preparation::of_target(target, &PreparedCache::usual_place())
        .map_err(|error| error.to_string())?;
    let cache = PreparedCache::in_cache().unwrap();
    let text = |error: PrepareError| error.to_string();
    let launch = match cache.ready(&preparation) {
        Some(launch) => launch,
        None => cache
            .install(&preparation)
            .map_err(text)?
            .finish()
            .map_err(text)?,
    };

    // Goes away with all that is built in it: other runs use the project, too.
    let beside = tempfile::Builder::new()
        .prefix(".ssojet-bench-")
        .tempdir_in(&launch.folder)
        .unwrap();
    copy(&program, beside.path());
    let here = beside.path().file_name().unwrap().to_str().unwrap();
    let command: Vec<String> = command
        .iter()
        .map(|argument| {
            let argument = argument.replace("{here}", here);
            argument.replace("{client}", &target.client().id)
        })
        .collect();
    Ok(run(&command, &launch))
}

/// Runs a program beside a sandbox, from which it has its one token.
fn run(command: &[String], launch: &Launch) -> Cost {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let settings = Settings::generate(Algorithm::Es256).unwrap();
    let sandbox = Sandbox::start(listener, settings).unwrap();
    let output = process::command(command, &launch.folder)
        .envs(&launch.env)
        .envs(sandbox.environment())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{stdout}{stderr}",
        output.status
    );
    assert_eq!(sandbox.issued_tokens().len(), 1, "{command:?}");
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{command:?}: {error}\n{stdout}"))
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir(&copied).unwrap();
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).unwrap();
        }
    }
}
