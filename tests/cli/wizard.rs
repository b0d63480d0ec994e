//! The wizard, in a real terminal.

use std::{
    io::{Read as _, Write},
    path::Path,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use insta::assert_snapshot;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::{signals::wait_for, workspace::Workspace};

const ENTER: &str = "\r";
pub const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const DOWN: &str = "\x1b[B";

/// The program at a terminal of its own.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    /// Open as long as we read; its settings are the terminal's.
    master: Box<dyn MasterPty + Send>,
    settings_before: String,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
}

impl Terminal {
    fn start(workspace: &Workspace, columns: u16, term: &str, arguments: &[&str]) -> Self {
        Self::start_with(workspace, columns, term, arguments, &[("NO_COLOR", "1")])
    }

    fn start_with(
        workspace: &Workspace,
        columns: u16,
        term: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let arguments = [arguments, &["--templates", "templates"]].concat();
        Self::run(workspace, columns, term, &arguments, environment)
    }

    /// Without the demo catalogue.
    pub fn run(
        workspace: &Workspace,
        columns: u16,
        term: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let size = PtySize {
            rows: 40,
            cols: columns,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_ssojet-gen"));
        let mut command = CommandBuilder::new("ssojet-gen");
        let path = std::env::var("PATH").unwrap();
        command.env(
            "PATH",
            format!("{}:{path}", program.parent().unwrap().display()),
        );
        command.args(arguments);
        command.cwd(workspace.path(""));
        command.env("TERM", term);
        for (name, value) in environment {
            command.env(name, value);
        }
        let settings_before = settings(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            master: pair.master,
            settings_before,
            keys,
            output,
            screen: vt100::Parser::new(40, columns, 0),
        }
    }

    /// Waits until the screen has this text, and shows the screen.
    pub fn shows(&mut self, text: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.screen.screen().contents().contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!("no {text:?} on:\n{}", self.screen.screen().contents());
            };
            self.screen.process(&bytes);
        }
        self.settle();
        self.screen.screen().contents()
    }

    /// What was sent together is shown together.
    fn settle(&mut self) {
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.screen.process(&bytes);
        }
    }

    fn is_as_before(&self) -> bool {
        settings(&*self.master) == self.settings_before
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    pub fn exit(&mut self) -> u32 {
        let code = self.child.wait().unwrap().exit_code();
        self.settle();
        code
    }
}

/// Whether a terminal echoes, waits for whole lines, and so on.
fn settings(terminal: &dyn MasterPty) -> String {
    format!("{:?}", terminal.get_termios().unwrap())
}

/// Answers every question; returns the screens.
fn answer_everything(terminal: &mut Terminal) -> String {
    let mut screens = Vec::new();
    terminal.shows("Language");
    terminal.press("demo");
    for (question, keys) in [
        ("demo", ENTER),
        ("Client library", DOWN),
        ("> Fancy", ENTER),
        ("Token endpoint", ENTER),
        ("Scopes", "orders:read  x\r"),
        ("one space between", "orders:read\r"),
        ("Audience", ENTER),
        ("API base URL", "https://orders.example.com\r"),
        ("Folder", "mine\r"),
        ("Write it?", "y"),
    ] {
        screens.push(terminal.shows(question));
        terminal.press(keys);
    }
    screens.push(terminal.shows("Next:"));
    screens.join("\n----------------------------------------\n")
}

#[test]
fn the_same_answers_give_the_same_bytes_as_the_flags() {
    let workspace = Workspace::new().demo_language();
    let mut terminal = Terminal::start(&workspace, 80, "xterm-256color", &[]);
    let screens = answer_everything(&mut terminal);
    assert_eq!(terminal.exit(), 0);
    assert!(terminal.is_as_before());
    // Other languages of the catalogue are none of this test's business.
    let screens = &screens[screens.find("Client library").unwrap()..];
    assert_snapshot!("screens", screens);

    workspace.succeed(&[
        "--lang",
        "demo",
        "--client",
        "fancy",
        "--scope",
        "orders:read",
        "--api-url",
        "https://orders.example.com",
        "--out",
        "by-flags",
        "--templates",
        "templates",
    ]);
    assert_eq!(workspace.tree("mine"), workspace.tree("by-flags"));
}

#[test]
fn what_flags_say_is_not_asked() {
    let workspace = Workspace::new().demo_language();
    let flags = [
        "--client",
        "plain",
        "--token-url",
        "https://a.example/t",
        "--scope",
        "x",
        "--audience",
        "y",
        "--api-url",
        "https://b.example",
        "--out",
        "mine",
    ];
    let mut terminal = Terminal::start(&workspace, 80, "xterm-256color", &flags);
    terminal.shows("Language");
    terminal.press("demo\r");
    terminal.shows("Write it?");
    terminal.press("n");
    terminal.shows("Nothing was written.");
    assert_eq!(terminal.exit(), 0);
    assert!(!workspace.path("mine").exists());
}

#[test]
fn what_flags_say_is_checked_before_a_question() {
    let workspace = Workspace::new().demo_language();
    let flags = ["--token-url", "ftp://a.example"];
    let mut terminal = Terminal::start(&workspace, 80, "xterm-256color", &flags);
    let screen = terminal.shows("invalid `--token-url`");
    assert_eq!(terminal.exit(), 2);
    assert!(!screen.contains("Language"), "{screen}");

    let mut terminal = Terminal::start(&workspace, 80, "xterm-256color", &["--client", "fnacy"]);
    terminal.shows("Language");
    terminal.press("demo\r");
    terminal.shows("unknown client `fnacy`");
    assert_eq!(terminal.exit(), 2);
}

#[test]
fn ctrl_c_and_ctrl_d_at_any_question_leave_nothing_behind() {
    for (questions, key) in (0..8).flat_map(|count| [(count, CTRL_C), (count, CTRL_D)]) {
        let workspace = Workspace::new().demo_language();
        let before = workspace.tree("");
        let mut terminal = Terminal::start(&workspace, 80, "xterm-256color", &[]);
        terminal.shows("Language");
        let steps = [
            ("demo\r", "Client library"),
            (ENTER, "Token endpoint"),
            (ENTER, "Scopes"),
            (ENTER, "Audience"),
            (ENTER, "API base URL"),
            (ENTER, "Folder"),
            (ENTER, "Write it?"),
        ];
        for (keys, next) in &steps[..questions] {
            terminal.press(keys);
            terminal.shows(next);
        }
        terminal.press(key);
        let at = format!("at question {questions}, {key:?}");
        assert_eq!(terminal.exit(), 130, "{at}");
        assert!(!terminal.screen.screen().hide_cursor(), "{at}");
        assert_eq!(before, workspace.tree(""), "{at}");
        assert!(terminal.is_as_before(), "{at}");
    }
}

#[test]
fn a_plain_terminal_and_a_narrow_one_are_asked_line_by_line() {
    for (name, columns, term) in [("dumb", 80, "dumb"), ("narrow", 40, "xterm")] {
        let workspace = Workspace::new().demo_language();
        let mut terminal = Terminal::start(&workspace, columns, term, &[]);
        for (question, keys) in [
            ("Language [", "demo\r"),
            ("Client library [", "fnacy\r"),
            ("Choose one of", "fancy\r"),
            ("Token endpoint [", ENTER),
            ("Scopes, if any:", "a  b\r"),
            ("one space between", ENTER),
            ("Audience", ENTER),
            ("API base URL [", ENTER),
            ("Folder [", ENTER),
            ("Write it?", ENTER),
        ] {
            terminal.shows(question);
            terminal.press(keys);
        }
        let screen = terminal.shows("Next:");
        assert_eq!(terminal.exit(), 0);
        assert_snapshot!(name, &screen[screen.find("Client library").unwrap()..]);
        assert!(workspace.path("demo-fancy/main.sh").exists());
    }
}

#[test]
fn a_folder_may_be_in_the_persons_home() {
    let home = tempfile::tempdir().unwrap();
    let workspace = Workspace::new().demo_language();
    let flags = [
        "--client",
        "plain",
        "--token-url",
        "https://a.example/t",
        "--scope",
        "x",
        "--audience",
        "y",
        "--api-url",
        "https://b.example",
    ];
    let environment = [("NO_COLOR", "1"), ("HOME", home.path().to_str().unwrap())];
    let mut terminal = Terminal::start_with(&workspace, 80, "xterm", &flags, &environment);
    for (question, keys) in [
        ("Language", "demo\r"),
        ("Folder", "~/mine\r"),
        ("Write it?", "y"),
    ] {
        terminal.shows(question);
        terminal.press(keys);
    }
    terminal.shows("Next:");
    assert_eq!(terminal.exit(), 0);
    assert!(home.path().join("mine/main.sh").exists());
    assert!(!workspace.path("~").exists());
}

#[test]
fn an_empty_no_color_counts_as_absent() {
    for (value, has_colors) in [("", true), ("1", false)] {
        let workspace = Workspace::new().demo_language();
        let mut terminal = Terminal::start_with(
            &workspace,
            80,
            "xterm",
            &["--lang", "dmeo"],
            &[("NO_COLOR", value)],
        );
        terminal.shows("error:");
        assert_eq!(terminal.exit(), 2);
        let screen = terminal.screen.screen();
        let is_bold = screen.cell(0, 0).unwrap().bold();
        assert_eq!(is_bold, has_colors, "NO_COLOR={value:?}");
    }
}

#[test]
fn ctrl_c_and_ctrl_d_leave_a_plain_terminal_too() {
    for key in [CTRL_C, CTRL_D] {
        let workspace = Workspace::new().demo_language();
        let mut terminal = Terminal::start(&workspace, 80, "dumb", &[]);
        terminal.shows("Language [");
        terminal.press(key);
        assert_eq!(terminal.exit(), 130, "{key:?}");
    }
}

#[test]
fn ctrl_c_after_the_questions_is_no_missing_toolchain() {
    let workspace = Workspace::new().demo_language().edit(
        "templates/languages/demo/manifest.yaml",
        "echo sh 1.0",
        "touch probed; exec sleep 60",
    );
    // The probe is run in the folder above that of the project.
    let arguments = ["try", "--client", "plain", "--keep", "kept", "--trust"];
    let mut terminal = Terminal::start(&workspace, 80, "xterm", &arguments);
    terminal.shows("Language");
    terminal.press("demo\r");
    wait_for(&workspace.path("probed"));
    terminal.press(CTRL_C);
    assert_eq!(terminal.exit(), 130);
    terminal.shows("interrupted");
}
