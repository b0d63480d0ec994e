use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    io::{BufRead as _, BufReader, Read, Write as _},
    process::{ChildStdin, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use super::{DriverError, FirstLine, Launch, Operation, Patience, Reply};
use crate::system::{child::ChildGroup, interrupt, process, shell};

/// How often a wait looks whether the person has interrupted.
const PACE: Duration = Duration::from_millis(50);
/// The longest line, and as much of standard error.
const LONGEST: u64 = 8 * 1024 * 1024;

/// A driver that runs. Dropping it ends it, with everything that it has started.
#[derive(Debug)]
pub struct DriverProcess {
    child: ChildGroup,
    /// What is sent is written to its standard input, which ends when this is dropped.
    requests: Option<Sender<String>>,
    lines: Receiver<String>,
    printed: Arc<Mutex<Printed>>,
    readers: Vec<thread::JoinHandle<()>>,
    asked: u64,
    patience: Patience,
}

/// What a driver has printed.
#[derive(Debug, Clone, Default)]
pub struct Printed {
    /// The lines of standard output.
    pub stdout: Vec<String>,
    /// Standard error, so far as it is kept.
    pub stderr: Vec<u8>,
}

impl DriverProcess {
    /// Starts a driver with nothing in its environment but `PATH`, `HOME`, `LANG`, what the launch
    /// sets and passes on, and `variables`.
    ///
    /// # Errors
    /// [`DriverError::NotStarted`]
    pub fn start(
        launch: &Launch,
        variables: &BTreeMap<String, impl AsRef<OsStr>>,
    ) -> Result<Self, DriverError> {
        let not_started = |source| DriverError::NotStarted {
            command: shell::line(&launch.command),
            source,
        };
        let passed = launch.pass.iter().map(String::as_str);
        let kept = ["PATH", "HOME", "LANG"].into_iter().chain(passed);
        let kept = kept.filter_map(|name| {
            let value: OsString = std::env::var_os(name)?;
            Some((name, value))
        });
        let mut command = process::command(&launch.command, &launch.folder);
        command
            .env_clear()
            .envs(kept)
            .envs(&launch.env)
            .envs(variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = ChildGroup::spawn(&mut command).map_err(not_started)?;
        let (stdin, stdout, stderr) = child.take_pipes();
        let printed = Arc::new(Mutex::new(Printed::default()));
        let (sender, lines) = mpsc::sync_channel(1024);
        let mut readers = Vec::new();
        if let (Some(stdout), Some(stderr)) = (stdout, stderr) {
            let kept = Arc::clone(&printed);
            readers.push(thread::spawn(move || read_lines(stdout, &kept, &sender)));
            let kept = Arc::clone(&printed);
            readers.push(thread::spawn(move || read_all(stderr, &kept)));
        }
        let requests = stdin.map(|stdin| {
            let (sender, requests) = mpsc::channel();
            thread::spawn(move || write_lines(stdin, &requests));
            sender
        });
        Ok(Self {
            requests,
            child,
            lines,
            printed,
            readers,
            asked: 0,
            patience: launch.patience,
        })
    }

    /// Waits for the first line.
    ///
    /// # Errors
    /// When there is none in time, or it is not in the protocol.
    pub fn first_line(&mut self) -> Result<FirstLine, DriverError> {
        let what = "first line";
        let line = self.line(what, self.patience.ready)?;
        FirstLine::parse(&line).map_err(|problem| self.garbage(what, &line, problem))
    }

    /// Asks for an operation; [`DriverProcess::reply`] waits for it.
    pub fn ask(&mut self, operation: &Operation) {
        self.asked += 1;
        if let Some(requests) = &self.requests {
            // One that has died is noticed where its reply is missing.
            let _ = requests.send(operation.line(self.asked));
        }
    }

    /// Waits for the reply to the operation that was asked for.
    ///
    /// # Errors
    /// When there is none in time, or it is not in the protocol.
    pub fn reply(&mut self, operation: &Operation) -> Result<Reply, DriverError> {
        let what = format!("reply to `{}`", operation.name());
        let line = self.line(&what, self.patience.reply)?;
        Reply::parse(&line, operation, self.asked)
            .map_err(|problem| self.garbage(&what, &line, problem))
    }

    /// Ends the input and waits for the end.
    ///
    /// # Errors
    /// When it goes on, prints another line or ends with another exit code.
    pub fn end(&mut self, wanted: i32) -> Result<(), DriverError> {
        drop(self.requests.take());
        let deadline = Instant::now() + self.patience.end;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break status,
                _ if interrupt::is_noted() => return Err(DriverError::Interrupted),
                _ if Instant::now() >= deadline => {
                    self.kill();
                    return Err(DriverError::Hangs {
                        what: "end of its own after that of its input".to_owned(),
                        after: self.patience.end,
                        stderr: self.stderr_tail(),
                    });
                }
                _ => thread::sleep(PACE / 5),
            }
        };
        self.wait_for_readers();
        if let Ok(line) = self.lines.try_recv() {
            let problem = "nothing was asked".to_owned();
            return Err(self.garbage("end", &line, problem));
        }
        if status.code() == Some(wanted) {
            return Ok(());
        }
        Err(DriverError::WrongExit {
            status,
            wanted,
            stderr: self.stderr_tail(),
        })
    }

    /// Stops it (SIGSTOP) with everything that it has started, until it is to [go on](Self::go_on).
    pub fn stop(&self) {
        self.child.stop();
    }

    /// Lets it go on (SIGCONT).
    pub fn go_on(&self) {
        self.child.go_on();
    }

    /// Forgets what it has printed so far.
    pub fn forget_printed(&self) {
        *lock(&self.printed) = Printed::default();
    }

    /// What it has printed so far.
    #[must_use]
    pub fn printed(&self) -> Printed {
        lock(&self.printed).clone()
    }

    fn line(&mut self, what: &str, patience: Duration) -> Result<String, DriverError> {
        let deadline = Instant::now() + patience;
        loop {
            match self.lines.recv_timeout(PACE) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Disconnected) => return Err(self.died(what)),
                Err(RecvTimeoutError::Timeout) if interrupt::is_noted() => {
                    return Err(DriverError::Interrupted);
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                    self.kill();
                    return Err(DriverError::Hangs {
                        what: what.to_owned(),
                        after: patience,
                        stderr: self.stderr_tail(),
                    });
                }
                // Something that it has started may hold its output open: that is not waited for.
                Err(RecvTimeoutError::Timeout) if matches!(self.child.try_wait(), Ok(Some(_))) => {
                    let rest = self.lines.recv_timeout(PACE * 4);
                    return rest.map_err(|_| self.died(what));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn died(&mut self, what: &str) -> DriverError {
        DriverError::Died {
            what: what.to_owned(),
            status: self.status_after_end(),
            stderr: self.stderr_tail(),
        }
    }

    /// The end of a driver that does not keep to the protocol, with all that it has said.
    fn garbage(&mut self, what: &str, line: &str, problem: String) -> DriverError {
        self.kill();
        DriverError::Garbage {
            what: what.to_owned(),
            line: line.chars().take(400).collect(),
            problem,
            stderr: self.stderr_tail(),
        }
    }

    fn status_after_end(&mut self) -> String {
        let deadline = Instant::now() + Duration::from_secs(2);
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                self.wait_for_readers();
                return status.to_string();
            }
            thread::sleep(PACE);
        }
        "it closed its standard output".to_owned()
    }

    /// The last lines of standard error.
    fn stderr_tail(&self) -> String {
        let printed = lock(&self.printed);
        let text = String::from_utf8_lossy(&printed.stderr);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// Something that the driver has started may hold the pipes open: that is not waited for.
    fn wait_for_readers(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(1);
        while Instant::now() < deadline && !self.readers.iter().all(thread::JoinHandle::is_finished)
        {
            thread::sleep(PACE / 10);
        }
    }

    fn kill(&mut self) {
        self.child.kill();
        self.wait_for_readers();
    }
}

fn lock(printed: &Mutex<Printed>) -> std::sync::MutexGuard<'_, Printed> {
    printed.lock().unwrap_or_else(PoisonError::into_inner)
}

/// On a thread of its own: a driver that does not read must not stop who waits for its reply.
fn write_lines(mut stdin: ChildStdin, lines: &Receiver<String>) {
    for line in lines {
        if stdin.write_all(line.as_bytes()).is_err() {
            return;
        }
    }
}

fn read_lines(stdout: impl Read, printed: &Mutex<Printed>, lines: &SyncSender<String>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        match stdout.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        lock(printed).stdout.push(line.clone());
        if lines.send(line).is_err() {
            return;
        }
    }
}

fn read_all(mut stderr: impl Read, printed: &Mutex<Printed>) {
    let mut chunk = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = stderr.read(&mut chunk) {
        let mut printed = lock(printed);
        // The rest is read too, so that the driver does not wait for a reader.
        if (printed.stderr.len() as u64) < LONGEST {
            printed.stderr.extend_from_slice(&chunk[..read]);
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
