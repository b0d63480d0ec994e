//! What the program costs, as ratios of two things measured in one run on one machine.
//!
//! `cargo bench` prints them. The sides of a ratio are measured in turns, so that a busy machine
//! slows both; the median of the turns counts.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench may"
)]

use std::{
    fs,
    io::{BufRead, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use nix::sys::resource::{UsageWho, getrusage};
use ssojet_gen::sandbox::{Algorithm, Sandbox, Settings, SigningKey};

/// The measured program: `cargo bench` builds one that unwinds, which a release does not, so that one can be named.
static PROGRAM: LazyLock<String> = LazyLock::new(|| {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--program");
    let named = arguments.nth(1);
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_ssojet-gen").to_owned())
});
const TURNS: usize = 60;
/// How long tokens are asked for, and signed, for each algorithm.
const SPELL: Duration = Duration::from_secs(2);
/// Connections that ask for tokens at once.
const CONNECTIONS: usize = 4;

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--peak-memory") {
        return peak_memory_of(&arguments.collect::<Vec<_>>());
    }
    // Only `cargo bench` says so: `cargo test --all-targets` starts benches too.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("ratios is run by `cargo bench`");
        return;
    }
    println!("{}\n", machine());
    println!(
        "{:<44} {:>12} {:>12} {:>7} {:>6}",
        "", "ours", "beside it", "ratio", "goal"
    );
    scaffold();
    thousand_files();
    docs_tree();
    for algorithm in Algorithm::ALL {
        tokens(algorithm);
    }
    first_token();
}

fn row(what: &str, ours: &str, beside: &str, ratio: f64, goal: &str) {
    println!("{what:<44} {ours:>12} {beside:>12} {ratio:>7.2} {goal:>6}");
}

/// A scaffold beside `cp -r` of what it writes.
fn scaffold() {
    let workspace = tempfile::tempdir().unwrap();
    let arguments = ["--lang", "python", "--out"];
    against_cp(
        "scaffold python, whole process",
        workspace.path(),
        &arguments,
        "1.10",
    );
}

/// The same for a catalogue of a thousand files in a folder.
fn thousand_files() {
    let workspace = tempfile::tempdir().unwrap();
    let project = workspace.path().join("templates/languages/many/project");
    fs::create_dir_all(&project).unwrap();
    let manifest = "format: 2\nid: many\ntitle: Many\nrequires: []\npackage: p\n\
        steps: {install: [], lint: [], test: [], run: []}\ndriver: {command: []}\n\
        clients: [{id: one, title: One, default: true, version: '1'}]\n";
    fs::write(project.parent().unwrap().join("manifest.yaml"), manifest).unwrap();
    for index in 0..1000 {
        let text = format!(
            "name = {{{{ name }}}}\n{}",
            "some text of a template\n".repeat(80)
        );
        fs::write(project.join(format!("file-{index}.txt.j2")), text).unwrap();
    }
    let templates = workspace.path().join("templates");
    let templates = templates.to_str().unwrap();
    let arguments = ["--lang", "many", "--templates", templates, "--out"];
    against_cp(
        "scaffold 1,000 files, whole process",
        workspace.path(),
        &arguments,
        "1.00",
    );
}

/// The whole docs tree: README, examples, guides and prompts.
fn docs_tree() {
    let workspace = tempfile::tempdir().unwrap();
    against_cp(
        "the docs tree, whole process",
        workspace.path(),
        &["docs", "--out"],
        "1.50",
    );
}

fn against_cp(what: &str, workspace: &Path, arguments: &[&str], goal: &str) {
    let run = |mut command: Command| {
        let began = Instant::now();
        let status = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{command:?}");
        began.elapsed()
    };
    let ours = |out: &Path| {
        let mut command = Command::new(&*PROGRAM);
        command.args(arguments).arg(out);
        command
    };
    let original = workspace.join("original");
    run(ours(&original));
    let copy = |out: &Path| {
        let mut command = Command::new("cp");
        command.arg("-r").arg(&original).arg(out);
        command
    };
    let mut times = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let out = workspace.join(format!("turn-{turn}"));
        times.0.push(run(ours(&out)));
        fs::remove_dir_all(&out).unwrap();
        times.1.push(run(copy(&out)));
        fs::remove_dir_all(&out).unwrap();
    }
    let (mine, beside) = (median(&mut times.0), median(&mut times.1));
    row(
        what,
        &ms(mine),
        &ms(beside),
        mine.as_secs_f64() / beside.as_secs_f64(),
        goal,
    );
    let memory = |command: &Command| {
        let mut measure = Command::new(std::env::current_exe().unwrap());
        measure
            .arg("--peak-memory")
            .arg(command.get_program())
            .args(command.get_args());
        let printed = measure.output().unwrap().stdout;
        String::from_utf8(printed)
            .unwrap()
            .trim()
            .parse::<f64>()
            .unwrap()
    };
    let mine = memory(&ours(&workspace.join("memory")));
    let beside = memory(&copy(&workspace.join("memory-of-cp")));
    row(
        "  its peak memory",
        &mib(mine),
        &mib(beside),
        mine / beside,
        "",
    );
}

/// Tokens from the sandbox beside bare signatures with the same key.
fn tokens(algorithm: Algorithm) {
    let key = SigningKey::generate(algorithm).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let sandbox = Sandbox::start(listener, Settings::with_key(key.clone()).unwrap()).unwrap();
    let environment = sandbox.environment();
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        environment["SSOJET_CLIENT_ID"], environment["SSOJET_CLIENT_SECRET"]
    );
    let request = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: {0}\r\nContent-Length: {1}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
        sandbox.address(),
        body.len()
    );
    let address = sandbox.address();
    let count: u32 = thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    let stream = TcpStream::connect(address).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let mut reader = BufReader::new(stream.try_clone().unwrap());
                    let (mut count, began) = (0, Instant::now());
                    while began.elapsed() < SPELL {
                        (&stream).write_all(request.as_bytes()).unwrap();
                        read_response(&mut reader);
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .sum()
    });
    let served = f64::from(count) / SPELL.as_secs_f64();
    let message = [b'x'; 600];
    let (mut signed, began) = (0, Instant::now());
    while began.elapsed() < SPELL {
        std::hint::black_box(key.sign(&message).unwrap());
        signed += 1;
    }
    let bare = f64::from(signed) / began.elapsed().as_secs_f64();
    let what = format!("sandbox tokens, {algorithm} (beside: bare signing)");
    row(
        &what,
        &format!("{served:.0}/s"),
        &format!("{bare:.0}/s"),
        served / bare,
        "0.50",
    );
}

fn read_response(reader: &mut impl BufRead) {
    let (mut length, mut line) = (0, String::new());
    while reader.read_line(&mut line).unwrap() > 2 {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    assert!(body.starts_with(b"{\"access_token\""));
}

/// From the start of the program to a command that runs beside a sandbox that can issue tokens.
fn first_token() {
    for algorithm in Algorithm::ALL {
        let mut times: Vec<Duration> = (0..20)
            .map(|_| {
                let began = Instant::now();
                let mut command = Command::new(&*PROGRAM);
                command.args(["sandbox", "--alg", algorithm.name(), "--", "true"]);
                assert!(command.status().unwrap().success());
                began.elapsed()
            })
            .collect();
        let what = format!("sandbox -- true, {algorithm}");
        println!("{what:<44} {:>12}", ms(median(&mut times)));
    }
}

/// Runs a command and prints the most memory that it held, in KiB.
fn peak_memory_of(command: &[String]) {
    let status = Command::new(&command[0])
        .args(&command[1..])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    println!(
        "{}",
        getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss()
    );
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

fn mib(kib: f64) -> String {
    format!("{:.1} MiB", kib / 1024.0)
}

fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name\t: "));
    format!("{} with {cores} cores", model.unwrap_or("a machine"))
}
