//! A child process with all that it starts.

use std::{
    io,
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus},
    sync::atomic::{AtomicBool, Ordering},
};

/// Whether there can be anything to end.
static HAS_STARTED: AtomicBool = AtomicBool::new(false);

/// A child process that leads a process group of its own. What it has started and left in that group ends with it, and
/// all of it ends when this is dropped.
///
/// What has left the group, as daemons do, ends with the program: [`end_descendants`].
#[derive(Debug)]
pub struct ChildGroup {
    child: Child,
    /// False at a terminal, where a group of its own could neither read from the keyboard nor get its Ctrl-C.
    has_own_group: bool,
    status: Option<ExitStatus>,
}

impl ChildGroup {
    /// Starts a child in a group of its own. It cannot read from the terminal.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        Self::spawned(command, cfg!(unix))
    }

    /// Starts a child that a person may work with: at a terminal it shares our group, so that it has the keyboard.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn_for_a_person(command: &mut Command) -> io::Result<Self> {
        if system::is_in_foreground() {
            Self::spawned(command, false)
        } else {
            Self::spawn(command)
        }
    }

    fn spawned(command: &mut Command, has_own_group: bool) -> io::Result<Self> {
        system::adopt_orphans();
        HAS_STARTED.store(true, Ordering::SeqCst);
        Ok(Self {
            child: command.spawn()?,
            has_own_group,
            status: None,
        })
    }

    /// Its standard streams, those that are pipes and have not been taken.
    pub fn take_pipes(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
        let Child {
            stdin,
            stdout,
            stderr,
            ..
        } = &mut self.child;
        (stdin.take(), stdout.take(), stderr.take())
    }

    /// Whether the terminal sends its Ctrl-C to the child as well.
    #[must_use]
    pub fn shares_our_terminal(&self) -> bool {
        cfg!(unix) && !self.has_own_group
    }

    /// How it ended, if it has; then what is left of its group ends too.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() && system::has_ended(&self.child) {
            // Before the child's number is given free, and with it that of its group.
            self.end_group();
            self.status = self.child.try_wait()?;
        }
        Ok(self.status)
    }

    /// Sends a signal to the child and to what it has started.
    pub fn signal(&self, number: i32) {
        if self.status.is_none() {
            system::signal(&self.child, self.has_own_group, number);
        }
    }

    /// Stops the child and what it has started (SIGSTOP), until it is to [go on](Self::go_on).
    pub fn stop(&self) {
        if self.status.is_none() {
            system::stop(&self.child, self.has_own_group);
        }
    }

    /// Lets it go on (SIGCONT).
    pub fn go_on(&self) {
        if self.status.is_none() {
            system::go_on(&self.child, self.has_own_group);
        }
    }

    /// Ends the child and what it has started, at once.
    pub fn kill(&mut self) {
        if self.status.is_none() {
            system::kill(&self.child, self.has_own_group);
            let _ = self.child.kill();
            self.status = self.child.wait().ok();
        }
    }

    fn end_group(&self) {
        if self.has_own_group {
            system::kill(&self.child, true);
        }
    }
}

impl Drop for ChildGroup {
    fn drop(&mut self) {
        if !matches!(self.try_wait(), Ok(Some(_))) {
            self.kill();
        }
    }
}

/// Ends everything that this program's children have started and left behind, whatever group it is in. On
/// Linux alone: elsewhere nobody can tell whose they were.
pub fn end_descendants() {
    if HAS_STARTED.load(Ordering::SeqCst) {
        system::end_descendants();
    }
}

#[cfg(unix)]
mod system {
    use std::{io, os::fd::AsFd, process::Child};

    use rustix::{
        process::{
            Pid, Signal, WaitId, WaitIdOptions, getpgrp, kill_process, kill_process_group, waitid,
        },
        termios::tcgetpgrp,
    };

    fn id_of(child: &Child) -> Option<Pid> {
        Pid::from_raw(i32::try_from(child.id()).ok()?)
    }

    /// Whether a terminal's keyboard is ours.
    pub fn is_in_foreground() -> bool {
        fn is_ours(stream: &impl AsFd) -> bool {
            tcgetpgrp(stream).is_ok_and(|group| group == getpgrp())
        }
        is_ours(&io::stdin()) || is_ours(&io::stdout()) || is_ours(&io::stderr())
    }

    /// Whether it has ended; it is not reaped.
    pub fn has_ended(child: &Child) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        id_of(child).is_none_or(|id| !matches!(waitid(WaitId::Pid(id), options), Ok(None)))
    }

    pub fn signal(child: &Child, has_own_group: bool, number: i32) {
        if let Some(signal) = Signal::from_named_raw(number) {
            send(child, has_own_group, signal);
        }
    }

    pub fn stop(child: &Child, has_own_group: bool) {
        send(child, has_own_group, Signal::STOP);
    }

    pub fn go_on(child: &Child, has_own_group: bool) {
        send(child, has_own_group, Signal::CONT);
    }

    pub fn kill(child: &Child, has_own_group: bool) {
        send(child, has_own_group, Signal::KILL);
    }

    fn send(child: &Child, has_own_group: bool, signal: Signal) {
        let Some(id) = id_of(child) else {
            return;
        };
        if has_own_group {
            let _ = kill_process_group(id, signal);
        } else {
            // The group is ours too, and perhaps that of the script that started us.
            let started = descendants_of(id);
            let _ = kill_process(id, signal);
            for id in started {
                let _ = kill_process(id, signal);
            }
        }
    }

    pub fn end_descendants() {
        // What is started while this looks is found the next time.
        for _ in 0..20 {
            let left = descendants_of(rustix::process::getpid());
            if left.is_empty() {
                return;
            }
            for id in left {
                let _ = kill_process(id, Signal::KILL);
            }
        }
    }

    /// From now on what our children leave behind has us as its parent, and can be found.
    pub fn adopt_orphans() {
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }

    /// The processes that a process has started and those that they have, so far as they live.
    #[cfg(target_os = "linux")]
    fn descendants_of(root: Pid) -> Vec<Pid> {
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = processes.filter_map(|entry| {
            let id: i32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // `12 (a name) S 1 …`: the name may have brackets of its own.
            let mut fields = stat.rsplit_once(") ")?.1.split(' ');
            let (state, parent) = (fields.next()?, fields.next()?.parse::<i32>().ok()?);
            (!matches!(state, "Z" | "X")).then_some((id, parent))
        });
        let processes: Vec<(i32, i32)> = processes.collect();
        let mut found = vec![root.as_raw_nonzero().get()];
        let mut at = 0;
        while at < found.len() {
            let children = processes.iter().filter(|(_, parent)| *parent == found[at]);
            let children: Vec<i32> = children.map(|(id, _)| *id).collect();
            found.extend(children);
            at += 1;
        }
        found
            .into_iter()
            .skip(1)
            .filter_map(Pid::from_raw)
            .collect()
    }

    #[cfg(not(target_os = "linux"))]
    fn descendants_of(_: Pid) -> Vec<Pid> {
        Vec::new()
    }
}

#[cfg(not(unix))]
mod system {
    use std::process::Child;

    pub fn is_in_foreground() -> bool {
        false
    }

    pub fn has_ended(_: &Child) -> bool {
        true // `try_wait` tells
    }

    pub fn signal(_: &Child, _: bool, _: i32) {}

    pub fn stop(_: &Child, _: bool) {}

    pub fn go_on(_: &Child, _: bool) {}

    pub fn kill(_: &Child, _: bool) {}

    pub fn end_descendants() {}

    pub fn adopt_orphans() {}
}
