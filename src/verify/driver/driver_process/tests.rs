#![allow(clippy::unwrap_used, reason = "tests may")]

use std::time::Duration;

use super::*;
use crate::{catalog::Capability, verify::driver::Repeat};

const READY: &str = r#"echo '{"ready":true,"protocol":1,"language":"sh"}'; "#;

/// Long enough for a machine that has much else to do.
const LONG: Duration = Duration::from_secs(20);
/// For what does not happen at all.
const SHORT: Duration = Duration::from_millis(400);

/// A driver in shell.
fn driver(script: &str) -> DriverProcess {
    patient(script, LONG, LONG)
}

/// One whose first line is waited for so long, and anything later so long.
fn patient(script: &str, ready: Duration, later: Duration) -> DriverProcess {
    let launch = Launch {
        command: ["sh", "-c", script].map(str::to_owned).to_vec(),
        folder: std::env::temp_dir(),
        pass: vec!["CARGO_PKG_NAME".to_owned()],
        env: BTreeMap::new(),
        has_dotenv: false,
        patience: Patience {
            ready,
            reply: later,
            end: later,
        },
    };
    DriverProcess::start(&launch, &BTreeMap::<String, String>::new()).unwrap()
}

/// One that is ready, asked for two tokens.
fn asked(script: &str) -> Result<Reply, DriverError> {
    let later = if script.starts_with("sleep") {
        SHORT
    } else {
        LONG
    };
    let mut driver = patient(&format!("{READY}{script}"), LONG, later);
    driver.first_line().unwrap();
    let operation = Operation::Token(Repeat {
        n: 2,
        ..Repeat::default()
    });
    driver.ask(&operation);
    driver.reply(&operation)
}

fn complaint<T: std::fmt::Debug>(result: Result<T, DriverError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_first_line_that_is_none_is_told() {
    insta::assert_snapshot!(complaint(driver("echo world >&2; echo hello; sleep 60").first_line()), @r"
    the driver printed `hello` where a first line was due: expected value at line 1 column 1
      | world
    ");
    insta::assert_snapshot!(complaint(driver("exit 7").first_line()), @"the driver ended (exit status: 7) where a first line was due");
    insta::assert_snapshot!(complaint(patient("sleep 60", SHORT, LONG).first_line()), @"the driver hangs: no first line after 0 s; it was ended");
    let newer = r#"echo '{"ready":true,"protocol":2}'"#;
    insta::assert_snapshot!(complaint(driver(newer).first_line()), @r#"the driver printed `{"ready":true,"protocol":2}` where a first line was due: protocol 2 is not known; this is protocol 1"#);
}

#[test]
fn one_that_has_ended_is_noticed_though_something_holds_its_output() {
    for script in ["sleep 30 & exit 7", "setsid sleep 30 & sleep 0.3; exit 7"] {
        let began = Instant::now();
        let found = complaint(driver(script).first_line());
        assert!(found.contains("ended (exit status: 7)"), "{found}");
        assert!(began.elapsed() < LONG / 2, "{script}");
    }
    // What it has said before is not lost.
    let answers = format!("(sleep 30) & {READY}exit 0");
    assert!(driver(&answers).first_line().is_ok());
}

#[test]
fn a_driver_without_capabilities_is_parallel() {
    let FirstLine::Ready(ready) = driver(READY).first_line().unwrap() else {
        panic!("refused");
    };
    assert_eq!(ready.capabilities, [Capability::Parallel]);
}

#[test]
fn a_reply_that_is_none_is_told() {
    for (script, told) in [
        (
            "echo nonsense",
            "printed `nonsense` where a reply to `token` was due",
        ),
        (
            "exit 3",
            "ended (exit status: 3) where a reply to `token` was due",
        ),
        ("sleep 60", "hangs: no reply to `token`"),
        (r#"echo '{"results":[]}'"#, "does not repeat it"),
        (
            r#"echo '{"results":[],"id":1}'"#,
            "0 results where 2 were asked for",
        ),
        (
            r#"echo '{"results":[{"ok":true},{"ok":true}],"id":1}'"#,
            "result 1 has neither",
        ),
        (r#"echo '{"ok":true,"id":1}'"#, "it is no reply to `token`"),
        (
            r#"echo '{"results":[{"ok":false,"error":{"kind":"network","message":""}}],"id":1}'"#,
            "unknown variant `network`",
        ),
    ] {
        let found = complaint(asked(&format!("{script}; sleep 60")));
        assert!(found.contains(told), "{found}");
    }
}

#[test]
fn one_that_does_not_read_hangs_whatever_it_is_asked() {
    let mut driver = patient(&format!("{READY}sleep 60"), LONG, SHORT);
    driver.first_line().unwrap();
    // More than a pipe holds.
    let operation = Operation::Invalidate {
        token: "x".repeat(300_000),
    };
    driver.ask(&operation);
    let found = complaint(driver.reply(&operation));
    assert!(found.contains("hangs: no reply to `invalidate`"), "{found}");
}

#[test]
fn an_operation_that_it_does_not_know_is_no_error() {
    let reply = asked(r#"echo '{"unsupported":true,"id":1}'"#).unwrap();
    assert_eq!(reply, Reply::Unsupported);
}

#[test]
fn it_has_to_end_with_its_input_and_in_silence() {
    let ended = |script: &str, code: i32| {
        let later = if script.starts_with("sleep") {
            SHORT
        } else {
            LONG
        };
        let mut driver = patient(&format!("{READY}{script}"), LONG, later);
        driver.first_line().unwrap();
        driver.end(code)
    };
    assert!(ended("cat >/dev/null", 0).is_ok());
    assert!(ended("exit 1", 1).is_ok());
    for (script, told) in [
        (
            "exit 3",
            "ended with exit status: 3 where exit code 0 was due",
        ),
        ("sleep 60", "no end of its own"),
        ("echo bye", "printed `bye`"),
    ] {
        let found = complaint(ended(script, 0));
        assert!(found.contains(told), "{found}");
    }
}

#[test]
fn it_sees_nothing_of_our_environment_but_three_variables_and_what_is_passed_on() {
    let mut driver = driver("env >&2");
    assert!(driver.first_line().is_err());
    let printed = driver.printed();
    let text = String::from_utf8_lossy(&printed.stderr);
    assert!(text.contains("CARGO_PKG_NAME=ssojet-gen\n"), "{text}");
    for line in text.lines() {
        let name = line.split('=').next().unwrap();
        // The last are the shell's own.
        let known = ["PATH", "HOME", "LANG", "PWD", "SHLVL", "_", "OLDPWD"];
        assert!(known.contains(&name) || name == "CARGO_PKG_NAME", "{line}");
    }
}

#[test]
fn a_stopped_driver_says_nothing_until_it_goes_on() {
    let mut driver = driver(&format!(
        "{READY}read line; echo '{{\"ok\":true,\"id\":1}}'; read end"
    ));
    driver.first_line().unwrap();
    driver.stop();
    let operation = Operation::Invalidate {
        token: String::new(),
    };
    driver.ask(&operation);
    std::thread::sleep(SHORT);
    assert_eq!(driver.printed().stdout.len(), 1);
    driver.go_on();
    assert_eq!(driver.reply(&operation).unwrap(), Reply::Done);
}
