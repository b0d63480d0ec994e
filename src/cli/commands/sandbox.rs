use std::{
    collections::BTreeMap,
    ffi::OsString,
    net::{Ipv4Addr, TcpListener},
    process::{Command, ExitStatus},
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Duration,
};

use crate::{
    cli::{
        args::SandboxArgs,
        error::Error,
        exit::Exit,
        output::{self, bold},
    },
    sandbox::{Algorithm, Exchange, Fault, Sandbox, Secret, Settings},
    system::{interrupt, process, shell},
};

/// How often it is looked whether the journal's reader has gone.
const PACE: Duration = Duration::from_millis(50);

/// The variables that give a client id and a secret instead of fresh ones.
const CLIENT_ID: &str = "SSOJET_CLIENT_ID";
const CLIENT_SECRET: &str = "SSOJET_CLIENT_SECRET";

pub fn run(args: &SandboxArgs) -> Result<Exit, Error> {
    if args.fault.as_deref() == Some("list") {
        output::print(&faults())?;
        return Ok(Exit::Done);
    }
    let given_secret = variable(CLIENT_SECRET)?;
    let is_secret_generated = given_secret.is_none();
    let settings = settings(args, given_secret)?;
    let (algorithm, client_id) = (settings.signing_key.algorithm(), settings.client_id.clone());
    let listener = bind(args.port)?;
    interrupt::note_instead_of_dying();
    let sandbox = Sandbox::start(listener, settings)?;
    if let Some((program, arguments)) = args.command.split_first() {
        return run_command(program, arguments, &sandbox.environment());
    }
    // Before anybody is told where it is: no request may be missed.
    let exchanges = sandbox.journal().subscribe();
    if args.print_env {
        output::print(&exports(&sandbox.environment(), is_secret_generated))?;
    }
    let origin = format!("http://{}", sandbox.address());
    output::tell(&format!(
        "{} at {origin}, {algorithm}; Ctrl-C stops it\n\
         \n  token endpoint  {origin}/oauth/token\
         \n  protected API   {origin}/orders (GET, POST), {origin}/health\
         \n  metadata        {origin}/.well-known/oauth-authorization-server\
         \n  client id       {client_id}\
         \n  client secret   {}\n",
        bold("Sandbox"),
        if is_secret_generated {
            "in the environment of `sandbox -- CMD`, or by `--print-env`"
        } else {
            "the one in SSOJET_CLIENT_SECRET"
        },
    ));
    if args.json {
        output::print_json_line(&serde_json::json!({
            "schema": 1,
            "listening": origin,
            "token_url": format!("{origin}/oauth/token"),
            "api_url": origin,
            "client_id": client_id,
        }))?;
    }
    // There is nothing to be put in order, and a reader that stands still may hold up what is printed.
    interrupt::exit_at_once(Exit::Interrupted.into());
    show_journal(&exchanges, args.json)
}

fn settings(args: &SandboxArgs, given_secret: Option<String>) -> Result<Settings, Error> {
    fn usage(error: impl std::fmt::Display) -> Error {
        Error::Usage(error.to_string())
    }
    // Making a key takes longest, so it comes after everything that can be wrong.
    let algorithm: Algorithm = args.alg.parse().map_err(usage)?;
    let required_scope = args.require_scope.parse();
    let required_scope = required_scope.map_err(|error| {
        Error::Usage(format!(
            "invalid `--require-scope`: {error}, as in `orders:read`"
        ))
    })?;
    let fault: Option<Fault> = args
        .fault
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(usage)?;
    let mut settings = Settings::generate(algorithm)?;
    settings.token_lifetime = Duration::from_secs(args.token_lifetime.into());
    // A scope that the API demands can be had.
    let allowed_scope = format!("{} {}", settings.allowed_scope, args.require_scope);
    settings.allowed_scope = allowed_scope.trim_end().parse().map_err(usage)?;
    settings.required_scope = required_scope;
    settings.audience.clone_from(&args.audience);
    if let Some(fault) = fault {
        settings.script = fault.script();
    }
    let client_id = match &args.client_id {
        Some(id) => Some(id.clone()),
        None => variable(CLIENT_ID)?,
    };
    if let Some(id) = client_id {
        settings.client_id = id;
    }
    if let Some(secret) = given_secret {
        settings.client_secret = Secret::new(secret);
    }
    Ok(settings)
}

fn faults() -> String {
    Fault::ALL.iter().fold(String::new(), |text, fault| {
        text + &format!("{:<15} {}\n", fault.name(), fault.explanation())
    })
}

/// A listener on loopback: a sandbox is for this machine alone.
///
/// # Errors
/// When the port is taken or forbidden.
fn bind(port: u16) -> Result<TcpListener, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|source| Error::Port { port, source })
}

/// One line a request, until the person, or the program that reads it, has seen enough.
fn show_journal(exchanges: &Receiver<Exchange>, as_json: bool) -> Result<Exit, Error> {
    loop {
        match exchanges.recv_timeout(PACE) {
            Ok(exchange) if as_json => output::print_json_line(&exchange.to_json())?,
            Ok(exchange) => output::tell(&exchange.to_string()),
            Err(RecvTimeoutError::Timeout) if as_json && output::has_no_reader() => {
                return Ok(Exit::Done);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(Exit::Done),
        }
    }
}

fn run_command(
    program: &OsString,
    arguments: &[OsString],
    environment: &BTreeMap<&'static str, String>,
) -> Result<Exit, Error> {
    let mut command = Command::new(program);
    command.args(arguments).envs(environment);
    let status = process::run_for_a_person(&mut command, &program.to_string_lossy());
    Ok(Exit::Command(code(status.map_err(Error::Command)?)))
}

/// The exit code as a shell gives it: 128 and the signal's number for a command that a signal ended.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal.map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// `export` lines. A secret that came by the environment is the user's, and is not shown.
fn exports(environment: &BTreeMap<&'static str, String>, is_secret_generated: bool) -> String {
    environment
        .iter()
        .map(|(name, value)| {
            if *name == CLIENT_SECRET && !is_secret_generated {
                format!("# {name}: set it to the same as here\n")
            } else {
                format!("export {name}={}\n", shell::quoted(value))
            }
        })
        .collect()
}

/// A variable of our environment; an empty one is an absent one.
fn variable(name: &str) -> Result<Option<String>, Error> {
    let Some(value) = std::env::var_os(name) else {
        return Ok(None);
    };
    let value = value.into_string().map_err(|_| {
        Error::Usage(format!(
            "the value of `{name}` is not UTF-8 text; set it to text, or unset it to get a fresh one"
        ))
    })?;
    Ok(Some(value).filter(|value| !value.is_empty()))
}
