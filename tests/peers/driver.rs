//! A program that speaks in lines of JSON, as `verify` runs it.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use libtest_mimic::Failed;
use serde_json::Value;

/// Longer than any client here waits for anything.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Driver {
    child: Child,
    requests: Option<ChildStdin>,
    replies: Receiver<String>,
    said: File,
}

impl Driver {
    /// Starts a program that finds `environment`, `PATH`, `HOME` and `LANG`, and nothing else.
    pub fn start(
        mut command: Command,
        environment: &BTreeMap<&'static str, String>,
    ) -> Result<Self, Failed> {
        let said = tempfile::tempfile()?;
        let kept = ["PATH", "HOME", "LANG"];
        let kept = kept.map(|name| std::env::var_os(name).map(|value| (name, value)));
        let mut child = command
            .env_clear()
            .envs(kept.into_iter().flatten())
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(said.try_clone()?)
            .spawn()?;
        let requests = child.stdin.take();
        let printed = BufReader::new(child.stdout.take().unwrap());
        let (lines, replies) = mpsc::channel();
        thread::spawn(move || {
            for line in printed.lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        Ok(Self {
            child,
            requests,
            replies,
            said,
        })
    }

    /// The next line that it prints.
    pub fn next(&mut self) -> Result<Value, Failed> {
        let Ok(line) = self.replies.recv_timeout(PATIENCE) else {
            let mut said = String::new();
            self.said.rewind()?;
            self.said.read_to_string(&mut said)?;
            return Err(format!("no reply\n{said}").into());
        };
        serde_json::from_str(&line).map_err(|error| format!("{error} in `{line}`").into())
    }

    pub fn ask(&mut self, request: &Value) -> Result<Value, Failed> {
        let requests = self.requests.as_mut().ok_or("its input is closed")?;
        writeln!(requests, "{request}")?;
        self.next()
    }

    /// Closes its input. The exit code, if no signal ended it.
    pub fn end(mut self) -> Result<Option<i32>, Failed> {
        drop(self.requests.take());
        match self.replies.recv_timeout(PATIENCE) {
            Ok(line) => Err(format!("a reply to no request: {line}").into()),
            Err(RecvTimeoutError::Timeout) => Err("it does not end with its input".into()),
            Err(RecvTimeoutError::Disconnected) => Ok(self.child.wait()?.code()),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
