//! Killed at any moment, the program leaves a whole project or none.

use std::{thread, time::Duration};

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
