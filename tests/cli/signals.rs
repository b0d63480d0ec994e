//! Signals reach what the program has started, and nothing of that survives it.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use crate::{
    wizard::{CTRL_C, Terminal},
    workspace::Workspace,
};

/// Long enough for a machine that has much else to do.
const LONG: Duration = Duration::from_secs(20);

/// A command that is in the middle of things, below `sandbox`.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    /// Runs a script, which has to print `ready`.
    fn start(workspace: &Workspace, script: &str) -> Self {
        Self::start_command(&mut workspace.command(&["sandbox", "--", "sh", "-c", script]))
    }

    fn start_command(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = stdout.lines().map_while(Result::ok);
            lines.for_each(|line| drop(sender.send(line)));
        });
        let running = Self { child, lines };
        assert_eq!(running.line(), "ready");
        running
    }

    fn send(&self, signal: &str) {
        send(&self.child, signal);
    }

    /// The next line of what it prints.
    fn line(&self) -> String {
        self.lines.recv_timeout(LONG).unwrap()
    }

    fn end(&mut self) -> ExitStatus {
        ended(&mut self.child)
    }
}

fn send(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status();
    assert!(sent.unwrap().success());
}

/// Waits until a file is there.
pub fn wait_for(path: &Path) {
    let deadline = Instant::now() + LONG;
    while !path.exists() {
        assert!(
            Instant::now() < deadline,
            "{} does not come",
            path.display()
        );
        thread::sleep(Duration::from_millis(10));
    }
}

/// Waits for the end, not for ever.
fn ended(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + LONG;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("it goes on and on");
}

#[test]
fn a_signal_reaches_all_of_the_command_which_is_waited_for() {
    for (signal, name) in [("-TERM", "TERM"), ("-HUP", "HUP"), ("-INT", "INT")] {
        let workspace = Workspace::new();
        let script = format!(
            "trap 'sleep 3; echo cleaned up; exit 9' {name}
             sh -c 'trap \"touch child; exit\" {name}; echo ready; while :; do sleep 0.1; done' &
             while :; do sleep 0.1; done"
        );
        let mut running = Running::start(&workspace, &script);
        running.send(signal);
        assert_eq!(running.line(), "cleaned up", "{signal}");
        assert_eq!(running.end().code(), Some(9), "{signal}");
        // A shell's background jobs ignore SIGINT.
        assert!(
            signal == "-INT" || workspace.path("child").exists(),
            "{signal}"
        );
    }
}

#[test]
fn a_second_signal_ends_a_command_that_goes_on() {
    let script = "trap 'echo still here' INT; echo ready; while :; do sleep 0.1; done";
    let mut running = Running::start(&Workspace::new(), script);
    running.send("-INT");
    assert_eq!(running.line(), "still here");
    thread::sleep(Duration::from_millis(500));
    running.send("-INT");
    assert_eq!(running.end().code(), Some(128 + 9));
}

/// What a program ignores is asked of Linux.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_from_the_start_stays_so() {
    let script = "echo ready; read -r line; kill -HUP $$; kill -INT $$; echo still here";
    let program = [
        env!("CARGO_BIN_EXE_ssojet-gen"),
        "sandbox",
        "--",
        "sh",
        "-c",
        script,
    ];
    // As `nohup` does, and a script to what it starts with `&`.
    let ignoring = ["-c", "trap '' HUP INT; exec \"$@\"", "sh"];
    let mut command = Command::new("sh");
    command.args(ignoring).args(program);
    let mut running = Running::start_command(command.stdin(Stdio::piped()));
    running.send("-HUP");
    running.send("-INT");
    thread::sleep(Duration::from_millis(500));
    drop(running.child.stdin.take());
    assert_eq!(running.line(), "still here");
    assert_eq!(running.end().code(), Some(0));
}

#[test]
fn at_a_terminal_the_command_has_the_keyboard_and_its_ctrl_c() {
    let script = "trap 'echo interrupted' INT
        echo ready
        while :; do read -r line && echo \"got $line\"; done";
    let arguments = ["sandbox", "--", "sh", "-c", script];
    let mut terminal = Terminal::run(&Workspace::new(), 80, "xterm", &arguments, &[]);
    terminal.shows("ready");
    terminal.press("one\r");
    terminal.shows("got one");
    terminal.press(CTRL_C);
    terminal.shows("interrupted");
    terminal.press("two\r");
    terminal.shows("got two");
    thread::sleep(Duration::from_millis(500));
    terminal.press(CTRL_C);
    assert_eq!(terminal.exit(), 128 + 9);
}

#[test]
fn a_command_that_is_not_there_or_cannot_be_run_is_told_as_shells_do() {
    let workspace = Workspace::new().file("data.txt", "not a program\n");
    for (command, code) in [("no-such-command", 127), ("./data.txt", 126), ("./", 126)] {
        let run = workspace.run(&["sandbox", "--", command]);
        assert_eq!(run.code, code, "{run:#?}");
        assert!(run.stderr.contains(&format!("cannot run `{command}`")));
    }
}

#[test]
fn an_interruption_ends_a_run_whose_driver_does_not_read() {
    // The first start only shows what it can do.
    let driver = r#"echo '{"ready":true,"protocol":1,"language":"sh"}'
        if [ -e probed ]; then touch stuck; exec sleep 60; fi
        touch probed; read -r line; echo '{"unsupported":true,"id":1}'"#;
    let workspace = Workspace::new().file("driver.sh", driver);
    let scenario = ["--scenario", "large-request-is-sent-again-whole"];
    let arguments = [&["verify", "--driver", "sh driver.sh"][..], &scenario].concat();
    let mut command = workspace.command(&arguments);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    wait_for(&workspace.path("stuck"));
    // Until it has been asked.
    thread::sleep(Duration::from_millis(300));
    send(&child, "-INT");
    assert_eq!(ended(&mut child).code(), Some(130));
}

#[test]
fn the_journal_for_programs_ends_with_its_reader() {
    let workspace = Workspace::new();
    let mut command = workspace.command(&["sandbox", "--json"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(child.try_wait().unwrap().is_none(), "it has a reader");
    drop(child.stdout.take());
    assert_eq!(ended(&mut child).code(), Some(0));
}

/// What is looked for are processes, so this is for Linux.
#[cfg(target_os = "linux")]
mod nothing_survives {
    use super::*;

    const MANIFEST: &str = "templates/languages/demo/manifest.yaml";

    /// Starts two processes that stay, one of which leaves session and group.
    fn lingering(workspace: Workspace) -> (Workspace, String) {
        let workspace = workspace.file("linger.sh", "sleep 15\n");
        let script = workspace.path("linger.sh");
        let script = script.to_str().unwrap();
        let start = format!("sh {script} & setsid sh {script} & sleep 0.5");
        (workspace, start)
    }

    /// The processes that run a workspace's script.
    fn survivors(workspace: &Workspace) -> usize {
        let script = workspace.path("linger.sh");
        let script = script.to_str().unwrap();
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = processes
            .filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
        lines.filter(|line| line.contains(script)).count()
    }

    fn run(command: &mut Command) -> Option<i32> {
        let streams = command.stdout(Stdio::null()).stderr(Stdio::null());
        ended(&mut streams.spawn().unwrap()).code()
    }

    #[test]
    fn of_the_sandboxs_command() {
        let (workspace, start) = lingering(Workspace::new());
        let mut command = workspace.command(&["sandbox", "--", "sh", "-c", &start]);
        assert_eq!(run(&mut command), Some(0));
        assert_eq!(survivors(&workspace), 0);
    }

    #[test]
    fn of_an_install_step() {
        let (workspace, start) = lingering(Workspace::new().demo_language());
        let (old, new) = (
            "install: [[sh, -c, \"true\"]]",
            format!("install: [[sh, -c, \"{start}\"]]"),
        );
        let workspace = workspace.edit(MANIFEST, old, &new);
        let arguments = [
            "try",
            "--lang",
            "demo",
            "--templates",
            "templates",
            "--trust",
        ];
        assert_eq!(run(&mut workspace.command(&arguments)), Some(0));
        assert_eq!(survivors(&workspace), 0);
    }

    #[test]
    fn of_a_driver() {
        let (workspace, start) = lingering(crate::verify::workspace());
        let driver = "templates/languages/demo/clients/plain/driver/driver.sh.j2";
        let text = workspace.read(driver);
        workspace.write(driver, &format!("({start}) >/dev/null 2>&1\n{text}"));
        let arguments = ["--lang", "demo", "--client", "plain"];
        let arguments = [&arguments[..], &crate::verify::PASSED].concat();
        let mut command = crate::verify::command(&workspace, &arguments);
        assert_eq!(run(&mut command), Some(0));
        assert_eq!(survivors(&workspace), 0);
    }
}

/// A test harness reads the address, lets its requests run, and ends the sandbox.
#[test]
fn a_sandbox_whose_journal_nobody_reads_can_be_ended() {
    use std::{io::Write as _, net::TcpStream};

    let workspace = Workspace::new();
    let mut command = workspace.command(&["sandbox", "--json", "--alg", "ES256"]);
    let mut sandbox = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::with_capacity(1, sandbox.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    let told: serde_json::Value = serde_json::from_str(&first).unwrap();
    let address = told["listening"].as_str().unwrap().replace("http://", "");
    // Each makes a line of some 200 bytes and a path as long; a pipe holds 64 KB.
    let mut connection = TcpStream::connect(address).unwrap();
    let path = "x".repeat(1000);
    for _ in 0..400 {
        let request = format!("GET /health?{path} HTTP/1.1\r\nHost: sandbox\r\n\r\n");
        connection.write_all(request.as_bytes()).unwrap();
    }
    thread::sleep(Duration::from_millis(500));
    send(&sandbox, "-TERM");
    assert_eq!(ended(&mut sandbox).code(), Some(130));
}
