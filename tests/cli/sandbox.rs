//! `sandbox`: an environment for a command, or a journal for a person.

use std::net::TcpListener;

use insta::assert_snapshot;

use crate::workspace::Workspace;

#[test]
fn a_command_gets_the_environment_and_its_exit_code_is_passed_on() {
    let script = r#"
        for name in CLIENT_ID CLIENT_SECRET API_URL TOKEN_URL SCOPE AUDIENCE; do
            eval "value=\$SSOJET_$name"
            test -n "$value" || { echo "no SSOJET_$name"; exit 1; }
        done
        exit 7"#;
    let run = Workspace::new().run(&["sandbox", "--", "sh", "-c", script]);
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (7, "", ""));
}

#[cfg(unix)]
#[test]
fn a_signal_that_ends_the_command_is_passed_on_as_shells_do() {
    let run = Workspace::new().run(&["sandbox", "--", "sh", "-c", "kill -TERM $$"]);
    assert_eq!(run.code, 128 + 15);
}

#[test]
fn a_client_id_and_a_secret_of_the_environment_are_taken() {
    let workspace = Workspace::new();
    let script = "test \"$SSOJET_CLIENT_ID $SSOJET_CLIENT_SECRET\" = 'cli_mine not-a-secret'";
    let mut command = workspace.command(&["sandbox", "--", "sh", "-c", script]);
    command
        .env("SSOJET_CLIENT_ID", "cli_mine")
        .env("SSOJET_CLIENT_SECRET", "not-a-secret");
    assert!(command.status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_secret_that_is_no_text_and_an_empty_id_are_refused() {
    use std::os::unix::ffi::OsStrExt as _;

    let workspace = Workspace::new();
    let mut command = workspace.command(&["sandbox", "--", "true"]);
    let secret = std::ffi::OsStr::from_bytes(b"not-\xff-text");
    let run = workspace.finish(command.env("SSOJET_CLIENT_SECRET", secret));
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("`SSOJET_CLIENT_SECRET` is not UTF-8"),
        "{run:#?}"
    );
    let run = workspace.run(&["sandbox", "--client-id", "", "--", "true"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--client-id"), "{run:#?}");
}

#[test]
fn the_first_line_for_programs_tells_the_address() {
    use std::io::{BufRead as _, BufReader};

    let workspace = Workspace::new();
    let mut child = workspace
        .command(&[
            "sandbox",
            "--json",
            "--alg",
            "ES256",
            "--client-id",
            "cli_mine",
        ])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let first: serde_json::Value = serde_json::from_str(&line).unwrap();
    let origin = first["listening"].as_str().unwrap();
    assert!(origin.starts_with("http://127.0.0.1:"), "{line}");
    assert_eq!(first["token_url"], format!("{origin}/oauth/token"));
    assert_eq!(first["client_id"], "cli_mine");
}

#[test]
fn mistakes() {
    let workspace = Workspace::new();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = workspace.run(&["sandbox", "--port", &port]);
    assert_snapshot!("port_in_use", run.text().replace(&port, "[PORT]"));
    assert_snapshot!(
        "algorithm",
        workspace.run(&["sandbox", "--alg", "HS256"]).text()
    );
    let run = workspace.run(&["sandbox", "--", "no-such-command"]);
    assert_snapshot!("no_such_command", run.text());
}

#[test]
fn what_is_demanded_and_what_lives_can_be_set() {
    let workspace = Workspace::new();
    let script = "echo \"$SSOJET_CLIENT_ID $SSOJET_AUDIENCE $SSOJET_SCOPE\"";
    let run = workspace.succeed(&[
        "sandbox",
        "--client-id",
        "cli_mine",
        "--audience",
        "urn:mine",
        "--require-scope",
        "invoices:read",
        "--token-lifetime",
        "2",
        "--alg",
        "ES256",
        "--",
        "sh",
        "-c",
        script,
    ]);
    assert_eq!(
        run.stdout,
        "cli_mine urn:mine orders:read orders:write invoices:read\n"
    );
}

#[test]
fn faults_are_explained() {
    let workspace = Workspace::new();
    assert_snapshot!(
        "faults",
        workspace.succeed(&["sandbox", "--fault", "list"]).stdout
    );
    assert_snapshot!(
        "unknown_fault",
        workspace.run(&["sandbox", "--fault", "slwo"]).text()
    );
    let bad_scope = ["sandbox", "--require-scope", "a  b"];
    assert_snapshot!("bad_scope", workspace.run(&bad_scope).text());
    assert_snapshot!(
        "no_lifetime",
        workspace.run(&["sandbox", "--token-lifetime", "0"]).text()
    );
}

#[cfg(unix)]
mod interrupted {
    use std::{
        io::{BufRead as _, BufReader, Read as _, Write as _},
        net::TcpStream,
        process::{Child, Command, Stdio},
    };

    use super::*;

    fn interrupt(child: &Child) {
        let id = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
    }

    #[test]
    fn the_journal_is_shown_until_ctrl_c() {
        let workspace = Workspace::new();
        let mut command = workspace.command(&["sandbox", "--print-env"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let first = lines.next().unwrap();
        let address = first
            .split("http://")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let body = "grant_type=client_credentials&client_id=cli_x&client_secret=hunter2hunter2";
        write!(
            stream,
            "POST /oauth/token HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
        let exchange = lines.find(|line| line.contains("POST /oauth")).unwrap();
        assert!(
            exchange.contains("/oauth/token  401  invalid_client"),
            "{exchange}"
        );
        interrupt(&child);
        assert!(lines.all(|line| !line.contains("hunter2")));
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let mut environment = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut environment)
            .unwrap();
        assert!(
            environment.contains("export SSOJET_CLIENT_SECRET="),
            "{environment}"
        );
    }

    #[test]
    fn the_journal_for_programs_is_an_object_a_line() {
        let workspace = Workspace::new();
        let mut command = workspace.command(&["sandbox", "--json", "--fault", "wrong-endpoint"]);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        BufReader::new(child.stderr.take().unwrap())
            .read_line(&mut text)
            .unwrap();
        let address = text
            .split("http://")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = "Connection: close\r\nContent-Length: 0\r\n\r\n";
        write!(
            stream,
            "POST /oauth/token HTTP/1.1\r\nHost: {address}\r\n{head}"
        )
        .unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        assert!(line.contains("\"listening\""), "{line}");
        line.clear();
        stdout.read_line(&mut line).unwrap();
        interrupt(&child);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let exchange: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(exchange["schema"], 1);
        assert_eq!(
            (&exchange["method"], &exchange["status"]),
            (&"POST".into(), &404.into())
        );
    }

    #[test]
    fn a_secret_of_the_users_own_is_not_printed() {
        let workspace = Workspace::new();
        let mut command = workspace.command(&["sandbox", "--print-env"]);
        command.env("SSOJET_CLIENT_SECRET", "not-a-secret");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut text = String::new();
        stderr.read_line(&mut text).unwrap();
        interrupt(&child);
        child.wait().unwrap();
        stderr.read_to_string(&mut text).unwrap();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert!(text.contains("export SSOJET_CLIENT_ID="), "{text}");
        assert!(!text.contains("not-a-secret"), "{text}");
    }
}
