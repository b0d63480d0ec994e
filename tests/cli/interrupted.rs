//! Killed at any moment, the program leaves a whole project or none.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::workspace::Workspace;

const DEMO: [&str; 5] = [
    "--lang",
    "demo",
    "--templates",
    "templates",
    "--skip-existing",
];

/// A catalogue that takes some milliseconds to write.
fn workspace() -> Workspace {
    let mut workspace = Workspace::new().demo_language();
    for index in 0..200 {
        let path = format!("templates/languages/demo/project/part/{index}.txt.j2");
        workspace = workspace.file(&path, &format!("{index}\n").repeat(2000));
    }
    workspace
}

/// What lies in a folder and is no part of a project: what an interrupted run has left.
fn left_over(workspace: &Workspace, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(workspace.path(folder)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let projects_own = [
        ".ssojet-gen.json",
        ".gitattributes",
        ".gitignore",
        ".env.example",
    ];
    names
        .filter(|name| name.starts_with('.') && !projects_own.contains(&name.as_str()))
        .collect()
}

#[test]
fn a_new_folder_appears_whole_or_not_at_all() {
    let workspace = workspace();
    workspace.succeed(&[&DEMO[..], &["--out", "whole"]].concat());
    let whole = workspace.tree("whole");
    let mut killed = 0;
    for round in 0..50 {
        let out = format!("round-{round}");
        let mut child = workspace
            .command(&[&DEMO[..], &["--out", &out]].concat())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(round));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        if workspace.path(&out).exists() {
            assert_eq!(workspace.tree(&out), whole, "round {round}");
        }
    }
    assert!(killed > 0, "no run was slow enough to be killed");
}

#[test]
fn runs_at_once_that_write_the_same_all_succeed() {
    let workspace = workspace();
    let mut children: Vec<_> = (0..6)
        .map(|_| {
            let mut command = workspace.command(&["--lang", "demo", "--templates", "templates"]);
            command
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children.drain(..) {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
    }
}

#[test]
fn in_a_folder_that_is_there_each_file_does_and_the_same_command_completes_it() {
    let workspace = workspace();
    workspace.succeed(&[&DEMO[..], &["--out", "whole"]].concat());
    let whole = workspace.tree("whole");
    for round in 0..50 {
        let out = format!("round-{round}");
        std::fs::create_dir(workspace.path(&out)).unwrap();
        let arguments = [&DEMO[..4], &["--out", &out]].concat();
        let mut child = workspace.command(&arguments).spawn().unwrap();
        thread::sleep(Duration::from_millis(round));
        child.kill().unwrap();
        child.wait().unwrap();
        let found = workspace.tree(&out);
        let files = found.iter().filter(|(path, _)| whole.contains_key(*path));
        for (path, text) in files {
            assert_eq!(text, &whole[path], "round {round}: {path} is half-written");
        }
        if found.contains_key(".ssojet-gen.json") {
            assert!(
                whole.keys().all(|path| found.contains_key(path)),
                "round {round}"
            );
        }
        workspace.succeed(&arguments);
        let completed = workspace.tree(&out);
        assert!(
            whole
                .iter()
                .all(|(path, text)| completed.get(path) == Some(text))
        );
    }
}

/// Waits until a run has something unfinished in a folder; whether it did before it ended.
fn is_under_way(child: &mut Child, workspace: &Workspace, folder: &str) -> bool {
    loop {
        if !left_over(workspace, folder).is_empty() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
    }
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_nothing_unfinished_behind() {
    let workspace = workspace();
    workspace.succeed(&[&DEMO[..], &["--out", "whole"]].concat());
    let whole = workspace.tree("whole");
    let mut interrupted = 0;
    for round in 0..24 {
        let signal = ["-INT", "-TERM", "-HUP"][round % 3];
        let (out, is_new) = (format!("round-{round}"), round % 2 == 0);
        if !is_new {
            fs::create_dir(workspace.path(&out)).unwrap();
        }
        let mut command = workspace.command(&[&DEMO[..4], &["--out", &out]].concat());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        if is_under_way(&mut child, &workspace, if is_new { "" } else { &out }) {
            let id = child.id().to_string();
            let kill = Command::new("kill").args([signal, &id]).output();
            kill.unwrap();
        }
        let status = child.wait().unwrap();
        if status.success() {
            assert_eq!(workspace.tree(&out), whole, "round {round}");
        } else {
            assert_eq!(status.code(), Some(130), "round {round}: it died");
            assert!(workspace.tree(&out).is_empty(), "round {round}: in part");
            assert!(!is_new || !workspace.path(&out).exists(), "round {round}");
            interrupted += 1;
        }
        assert_eq!(left_over(&workspace, ""), [""; 0], "round {round}");
        if !is_new {
            assert_eq!(left_over(&workspace, &out), [""; 0], "round {round}");
        }
    }
    assert!(interrupted > 0, "no run was slow enough to be interrupted");
}

#[test]
fn what_a_killed_run_has_left_goes_with_the_next() {
    let workspace = workspace();
    for (out, beside) in [("new", ""), ("there", "there")] {
        if !beside.is_empty() {
            fs::create_dir(workspace.path(beside)).unwrap();
        }
        let arguments = [&DEMO[..4], &["--out", out]].concat();
        let was_killed = (0..50).any(|_| {
            let mut child = workspace.command(&arguments).spawn().unwrap();
            is_under_way(&mut child, &workspace, beside);
            child.kill().unwrap();
            let is_killed = !child.wait().unwrap().success();
            is_killed && !left_over(&workspace, beside).is_empty()
        });
        assert!(was_killed, "no run was slow enough to be killed");
        workspace.succeed(&[&DEMO[..], &["--out", out]].concat());
        assert_eq!(left_over(&workspace, beside), [""; 0], "{out}: not swept");
    }
}

#[test]
fn a_folder_that_somebody_still_works_in_is_not_swept() {
    let workspace = Workspace::new().demo_language();
    workspace.write(".ssojet-gen.unfinished-dead/project/a", "");
    workspace.write(".ssojet-gen.unfinished-dead/lock", "");
    workspace.write(".ssojet-gen.unfinished-mine/notes.txt", "no lock of ours\n");
    workspace.write(".ssojet-gen.unfinished-live/project/a", "");
    workspace.write(".ssojet-gen.unfinished-live/lock", "");
    let lock = fs::File::open(workspace.path(".ssojet-gen.unfinished-live/lock")).unwrap();
    lock.lock().unwrap();
    workspace.succeed(&DEMO);
    let mut left = left_over(&workspace, "");
    left.sort();
    let wanted = [".ssojet-gen.unfinished-live", ".ssojet-gen.unfinished-mine"];
    assert_eq!(left, wanted);
}
